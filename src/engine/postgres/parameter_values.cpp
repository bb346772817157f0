#include "engine/postgres/parameter_values.h"

#include <algorithm>

#include "base/text.h"
#include "sql/quote.h"

namespace whet::engine::postgres {

namespace {

/// What an application asks for when it asks for a page.
constexpr std::string_view page = "50";

/// Steps through a list in an order that does not favour its beginning: 37 shares no factor with
/// the usual sizes of histograms (101, 1001).
const std::string& spread(const std::vector<std::string>& list, int turn) {
  return list[(static_cast<std::size_t>(turn) * 37 + list.size() / 2) % list.size()];
}

bool is_range(std::string_view op) {
  return op == "<" || op == "<=" || op == ">" || op == ">=" || op == "BETWEEN";
}

bool is_pattern(std::string_view op) {
  return op == "LIKE" || op == "ILIKE" || op == "~~" || op == "~~*";
}

/// The first code points of a value, as the beginning of a pattern.
std::string as_pattern(const std::string& value) {
  std::string prefix;
  for (const char c : value.substr(0, 4)) {
    if (c == '%' || c == '_' || c == '\\') break;
    prefix += c;
  }
  while (!prefix.empty() && (static_cast<unsigned char>(prefix.back()) & 0x80U) != 0)
    prefix.pop_back();
  return prefix + "%";
}

std::string array_literal(const std::vector<std::string>& items) {
  std::vector<std::string> quoted;
  for (const auto& item : items) {
    std::string escaped;
    for (const char c : item) {
      if (c == '"' || c == '\\') escaped += '\\';
      escaped += c;
    }
    quoted.push_back("\"" + escaped + "\"");
  }
  return "{" + text::join(quoted, ",") + "}";
}

}  // namespace

ParameterValues::ParameterValues(Connection& connection, const model::Snapshot& snapshot)
    : connection_(connection), snapshot_(snapshot) {}

const ParameterValues::Known& ParameterValues::known(const sql::ParameterUse& use) {
  const std::string key = use.schema + '\n' + use.table + '\n' + use.column;
  const auto at = known_.find(key);
  if (at != known_.end()) return at->second;
  Known found;
  const auto rows = connection_.query(R"(
    SELECT most_common_vals::text, histogram_bounds::text FROM pg_stats
    WHERE schemaname = $1 AND tablename = $2 AND attname = $3 ORDER BY inherited LIMIT 1)",
                                      {use.schema, use.table, use.column});
  if (rows && !rows->empty()) {
    Row row(*rows, 0);
    found.common = row.array();
    found.bounds = row.array();
  }
  return known_[key] = std::move(found);
}

std::optional<std::string> ParameterValues::through_expression(const sql::ParameterUse& use,
                                                               const std::string& value) {
  // The expression of one known value: the server works it out.
  for (const auto& table : snapshot_.schema.tables) {
    if (table.schema != use.schema || table.name != use.table) continue;
    const auto* column = table.column(use.column);
    if (column == nullptr) return std::nullopt;
    const auto rows = connection_.query(
        "SELECT (" + use.expression + ")::text FROM (SELECT $1::" + column->type + " AS " +
            sql::quote_identifier(use.column) + ") AS " + sql::quote_identifier(use.table),
        {value});
    if (!rows || rows->empty() || rows->null(0, 0)) return std::nullopt;
    return std::string(rows->text(0, 0));
  }
  return std::nullopt;
}

std::optional<std::string> ParameterValues::value(const sql::ParameterUse& use, int turn,
                                                  bool upper) {
  const Known& from = known(use);
  if (from.common.empty() && from.bounds.empty()) return std::nullopt;
  std::string chosen;
  if (is_range(use.op) && from.bounds.size() > 1) {
    // A lower and an upper limit of the same turn enclose one share of the histogram.
    const std::size_t low =
        (static_cast<std::size_t>(turn) * 37 + from.bounds.size() / 2) % (from.bounds.size() - 1);
    chosen = from.bounds[upper ? low + 1 : low];
  } else if (from.bounds.empty() || (turn % 2 == 0 && !from.common.empty())) {
    chosen = from.common[static_cast<std::size_t>(turn / 2) % from.common.size()];
  } else {
    chosen = spread(from.bounds, turn);
  }
  if (!use.expression.empty()) {
    auto through = through_expression(use, chosen);
    if (!through) return std::nullopt;
    chosen = *std::move(through);
  }
  if (is_pattern(use.op)) chosen = as_pattern(chosen);
  if (use.op == "= ANY") chosen = array_literal({chosen});
  // Without a type: the server gives the constant that of what it is compared with.
  return sql::quote_literal(chosen);
}

std::optional<std::vector<std::string>> ParameterValues::draw(
    const std::vector<sql::ParameterUse>& uses, int turn) {
  std::vector<std::string> values;
  bool between_open = false;
  for (const auto& use : uses) {
    switch (use.role) {
      case sql::ParameterRole::limit:
        values.emplace_back(page);
        break;
      case sql::ParameterRole::offset:
        values.push_back(std::to_string(turn * 50));
        break;
      case sql::ParameterRole::column: {
        const bool between = use.op == "BETWEEN";
        const bool upper = between ? between_open : use.op == "<" || use.op == "<=";
        between_open = between != between_open;
        auto found = value(use, turn, upper);
        if (!found) return std::nullopt;
        values.push_back(*std::move(found));
        break;
      }
      case sql::ParameterRole::unknown:
        return std::nullopt;
    }
  }
  return values;
}

}  // namespace whet::engine::postgres
