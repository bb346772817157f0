#include "engine/mysql/parameter_values.h"

#include <algorithm>

#include "base/text.h"
#include "engine/mysql/names.h"

namespace whet::engine::mysql {
namespace {

constexpr int rows_of_a_table = 12;
/// What an application asks for when it asks for a page.
constexpr std::string_view page = "50";
constexpr int values_of_a_list = 3;

bool is_range(std::string_view op) {
  return op == "<" || op == "<=" || op == ">" || op == ">=" || op == "BETWEEN";
}

std::string hexadecimal(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out = "x'";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += digits[byte >> 4U];
    out += digits[byte & 15U];
  }
  return out + "'";
}

/// What is selected for a parameter: the column, or the expression that is compared.
std::string selected(const sql::ParameterUse& use) {
  return use.expression.empty() ? identifier(use.column) : "(" + use.expression + ")";
}

bool same_table(const sql::ParameterUse& a, const sql::ParameterUse& b) {
  return a.schema == b.schema && a.table == b.table;
}

/// Values of a histogram: those of single ones, or the borders of buckets.
std::vector<std::string> histogram_values(const model::Column& column) {
  std::vector<std::string> values;
  if (!column.stats) return values;
  for (const model::HistogramBucket& bucket : column.stats->histogram) {
    values.push_back(bucket.low);
    if (bucket.high != bucket.low) values.push_back(bucket.high);
  }
  return values;
}

/// Steps through a list in an order that does not favour its beginning: 37 shares no factor with
/// the usual sizes.
const std::string& spread(const std::vector<std::string>& list, int turn) {
  return list[(static_cast<std::size_t>(turn) * 37 + list.size() / 2) % list.size()];
}

}  // namespace

std::string neighbour(const std::vector<std::string>& all, const std::string& value, bool above) {
  const auto less = [](const std::string& a, const std::string& b) {
    const auto left = text::to_double(a);
    const auto right = text::to_double(b);
    return left && right ? *left < *right : a < b;
  };
  const std::string* best = nullptr;
  for (const std::string& one : all) {
    const bool beyond = above ? less(value, one) : less(one, value);
    if (beyond && (best == nullptr || (above ? less(one, *best) : less(*best, one)))) best = &one;
  }
  return best == nullptr ? value : *best;
}

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

ParameterValues::ParameterValues(Connection& connection, const model::Snapshot& snapshot)
    : connection_(connection), snapshot_(snapshot), rows_(connection) {}

const model::Table* ParameterValues::table_of(const sql::ParameterUse& use) const {
  for (const model::Table& table : snapshot_.schema.tables) {
    if (table.schema == use.schema && table.name == use.table) return &table;
  }
  return nullptr;
}

/// Values for one parameter, those of one row at the same place as those of its table's others.
std::vector<std::string> ParameterValues::known(const sql::ParameterUse& use,
                                                const std::vector<sql::ParameterUse>& uses) {
  const model::Table* table = table_of(use);
  if (table == nullptr) return {};
  std::vector<std::string> expressions;
  std::size_t own = 0;
  for (const sql::ParameterUse& other : uses) {
    if (other.role != sql::ParameterRole::column || !same_table(other, use)) continue;
    const std::string sql = selected(other);
    const auto at = std::find(expressions.begin(), expressions.end(), sql);
    if (at == expressions.end()) expressions.push_back(sql);
    if (sql == selected(use))
      own = static_cast<std::size_t>(std::find(expressions.begin(), expressions.end(), sql) -
                                     expressions.begin());
  }
  std::vector<std::string> values;
  for (const SampledRow& row : rows_.of(*table, expressions, rows_of_a_table)) {
    // A row with NULL in one of them stands for none of the statements.
    if (std::all_of(row.begin(), row.end(), [](const auto& one) { return one.has_value(); }))
      values.push_back(*row[own]);
  }
  if (values.empty() && use.expression.empty()) {
    if (const model::Column* column = table->column(use.column)) values = histogram_values(*column);
  }
  return values;
}

std::optional<std::string> ParameterValues::value(const sql::ParameterUse& use,
                                                  const std::vector<sql::ParameterUse>& uses,
                                                  int turn, bool upper) {
  const std::vector<std::string> all = known(use, uses);
  if (all.empty()) return std::nullopt;
  const model::Table* table = table_of(use);
  const model::Column* column = table->column(use.column);
  const bool bare = use.expression.empty() && column != nullptr && is_number(*column);
  const bool binary = use.expression.empty() && column != nullptr && is_binary(*column);
  const auto written = [&](const std::string& one) {
    if (bare && text::to_double(one)) return one;
    return binary ? hexadecimal(one) : literal(one);
  };
  const std::string& chosen = spread(all, turn);
  if (use.op == "LIKE") return literal(as_pattern(chosen));
  // A range ends a little beyond where it began.
  if (is_range(use.op)) return written(upper ? neighbour(all, chosen, true) : chosen);
  if (use.op != "IN") return written(chosen);
  std::vector<std::string> list;
  for (int i = 0; i < values_of_a_list; ++i) {
    const std::string one = written(spread(all, turn + i));
    if (std::find(list.begin(), list.end(), one) == list.end()) list.push_back(one);
  }
  return text::join(list, ", ");
}

std::optional<std::vector<std::string>> ParameterValues::draw(
    const std::vector<sql::ParameterUse>& uses, int turn) {
  std::vector<std::string> values;
  bool between_open = false;
  for (const sql::ParameterUse& use : uses) {
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
        auto found = value(use, uses, turn, upper);
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

}  // namespace whet::engine::mysql
