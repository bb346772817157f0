// predict URL ROWS_AN_HOUR: what the model says of each index of schema "b": its name and the price
// of one row, inserted and updated, in planner units. For bench/upkeep/run.
#include <cstdio>
#include <cstdlib>

#include "advise/facts.h"
#include "advise/sizes/sizes.h"
#include "advise/upkeep/upkeep.h"
#include "engine/postgres/postgres.h"

int main(int argc, char** argv) {
  using namespace whet;
  if (argc != 3) {
    std::fputs("give the URL of a server, and the rows an hour\n", stderr);
    return 2;
  }
  NoProgress progress;
  engine::ConnectOptions connect;
  connect.url = argv[1];
  const auto opened = engine::postgres::open(connect, progress);
  if (!opened) {
    std::fprintf(stderr, "%s\n", opened.error().text().c_str());
    return 3;
  }
  engine::CollectOptions options;
  options.window_seconds = 0;
  const auto collected = opened.value()->collect(options, progress);
  if (!collected) {
    std::fprintf(stderr, "%s\n", collected.error().text().c_str());
    return 3;
  }
  const advise::Facts facts(collected.value().snapshot, {});
  for (const auto& table : facts.schema().tables) {
    for (const auto& index : table.indexes) {
      if (index.schema != "b") continue;
      const auto size = advise::index_size(facts, table, index);
      const double rows = std::atof(argv[2]);
      std::printf("%s %.4f %.4f\n", index.name.c_str(),
                  advise::entry_cost(facts, table, index, size, rows, advise::Arrival::inserted),
                  advise::entry_cost(facts, table, index, size, rows, advise::Arrival::updated));
    }
  }
  return 0;
}
