// sizes SNAPSHOT: every secondary index of the snapshot as it is and as the model has it.
#include "advise/innodb/sizes.h"

#include <cstdio>

#include "base/files.h"
#include "model/json.h"

namespace innodb = whet::advise::innodb;

int main(int argc, char** argv) {
  const auto read =
      argc == 2 ? whet::files::read(argv[1]) : whet::Result<std::string>(whet::Error{});
  if (!read) return 2;
  const auto snapshot = whet::model::snapshot_from_json(*read);
  if (!snapshot) return 2;
  const innodb::Constants constants = innodb::constants_of(snapshot->server, 0);
  for (const auto& table : snapshot->schema.tables) {
    for (const auto& index : table.indexes) {
      if (index.primary) continue;
      const auto size = innodb::index_size(constants, table, index);
      const auto pages = static_cast<double>(index.pages);
      std::printf(
          "%-8s %-12s %8.0f pages, model %8.0f, %+6.1f %% leaves %5lld model %5.0f entry %.1f\n",
          table.name.c_str(), index.name.c_str(), pages, size.pages, 100 * (size.pages / pages - 1),
          static_cast<long long>(index.leaf_pages), size.leaf_pages, size.entry_bytes);
    }
  }
  return 0;
}
