// Any bytes: no literal survives normalize(), a second pass changes nothing, and the tokens are the
// whole text; and whatever shape a statement has, indexes can be proposed for it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <string>
#include <string_view>

#include "advise/proposals/merge.h"
#include "advise/proposals/proposals.h"
#include "sql/fingerprint.h"
#include "sql/kind.h"
#include "sql/normalize.h"
#include "sql/parameters.h"
#include "sql/shape.h"
#include "sql/tokens.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

const whet::model::Snapshot& snapshot() {
  static const whet::model::Snapshot made = [] {
    whet::model::Snapshot out;
    out.server.extensions.push_back({"pg_trgm", "public", "1.6", "1.6"});
    out.schema.tables.resize(2);
    const char* const types[] = {"int4", "text", "jsonb", "tstzrange", "bool", "text[]"};
    const char* const columns[] = {"a", "b", "c", "d", "e", "f"};
    for (auto& table : out.schema.tables) {
      table.schema = "s";
      table.pages = 10000;
      for (std::size_t i = 0; i < std::size(types); ++i) {
        whet::model::Column column;
        column.name = columns[i];
        column.base_type = types[i];
        column.stats.emplace();
        column.stats->correlation = 1;
        column.stats->average_width = 40;
        column.stats->null_fraction = 0.1;
        table.columns.push_back(column);
      }
    }
    out.schema.tables[0].name = "t";
    out.schema.tables[0].id = 1;
    out.schema.tables[1].name = "u";
    out.schema.tables[1].id = 2;
    whet::model::View view;
    view.schema = "s";
    view.name = "v";
    view.definition = "SELECT a, b, c FROM s.t WHERE e UNION ALL SELECT a, b, c FROM s.u;";
    out.schema.views.push_back(view);
    return out;
  }();
  return made;
}

// Whatever the statement, the proposals name a table of the schema and have a key.
void propose(const whet::model::Shape& shape) {
  static const whet::advise::Facts facts(snapshot(), whet::advise::Policy());
  const auto all = whet::advise::proposals_for(facts, shape, whet::advise::ProposalLimits());
  for (const auto& one : all) require(one.table != nullptr && !one.index.parts.empty());
  for (const auto& one : whet::advise::merge_proposals(facts, {all, all}, {}))
    require(!one.statements.empty() && !one.proposal.index.parts.empty());
}

const whet::sql::Catalog& catalog() {
  static const whet::sql::Catalog made(snapshot().schema, {"s"});
  return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): libFuzzer's interface
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string together;
  for (const auto& token : whet::sql::tokens(text)) together += token.text;
  require(together == text);
  const std::string normal = whet::sql::normalize(text);
  for (const auto& token : whet::sql::tokens(normal)) {
    require(token.kind != whet::sql::TokenKind::string &&
            token.kind != whet::sql::TokenKind::number);
  }
  require(whet::sql::normalize(normal) == normal);
  require(whet::sql::fingerprint(text).size() == 16);
  (void)whet::sql::classify(text);
  (void)whet::sql::split(text);
  const auto shape = whet::sql::shape(text, catalog());
  if (shape.ok()) propose(*shape);
  const auto normal_shape = whet::sql::shape(normal, catalog());
  if (normal_shape.ok()) propose(*normal_shape);
  (void)whet::sql::parameter_columns(text, catalog());
  return 0;
}
