// What names and values say about a schema: quoted names, one name with two types, repeated
// columns, text that is an enumeration.
#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "advise/build.h"
#include "advise/check.h"
#include "advise/naming.h"
#include "advise/schema/common.h"
#include "base/text.h"
#include "base/whole.h"

namespace whet::advise::schema {
namespace {

using model::Column;
using model::ConstraintKind;
using model::Severity;
using model::Table;

constexpr std::size_t longest_name = 63;  // NAMEDATALEN - 1

void awkward(const Facts& facts, std::vector<model::Finding>& out) {
  for (const Table* table : designed_tables(facts)) {
    std::vector<std::string> names;
    const auto look = [&](const std::string& name) {
      if (sql::needs_quotes(name) || name.size() >= longest_name) names.push_back(name);
    };
    look(table->name);
    for (const Column& column : table->columns) look(column.name);
    if (names.empty()) continue;
    model::Finding finding;
    finding.severity = Severity::info;
    finding.subject = table_subject(*table);
    finding.title =
        fmt::format("{} {} in {} must be quoted or may be cut off: {}", names.size(),
                    names.size() == 1 ? "name" : "names", table->qualified(), listed(names));
    finding.detail =
        "Capitals, blanks and reserved words need double quotes in every statement, for ever; "
        "names "
        "over 63 bytes are cut off silently, and this long they may have been.";
    for (const std::string& name : names) {
      if (finding.evidence.size() == 20) break;
      finding.evidence.push_back(fact(name,
                                      name.size() >= longest_name ? "63 bytes or more"
                                      : sql::is_reserved(name)    ? "a reserved word"
                                                               : "capitals or special characters",
                                      "pg_attribute.attname"));
    }
    finding.references = {manual_page("sql-syntax-lexical")};
    out.push_back(std::move(finding));
  }
}

struct Place {
  const Table* table = nullptr;
  const Column* column = nullptr;
};

bool names_a_key(const std::string& name) { return name.size() > 3 && name.ends_with("_id"); }

std::string family(const Column& column) {
  return is_text(column.base_type) ? std::string("text") : column.base_type;
}

bool has_foreign_key(const Table& table, const std::string& column) {
  return std::any_of(table.constraints.begin(), table.constraints.end(), [&](const auto& c) {
    return c.kind == ConstraintKind::foreign_key &&
           std::find(c.columns.begin(), c.columns.end(), column) != c.columns.end();
  });
}

void report_other_type(const std::string& name, const std::string& usual, std::size_t usual_places,
                       const Place& place, std::vector<model::Finding>& out) {
  model::Finding finding;
  finding.severity = Severity::info;
  finding.subject = column_subject(*place.table, name);
  finding.title = fmt::format("{}.{} is {}, but {} in {} other tables", place.table->qualified(),
                              name, place.column->type, usual, usual_places);
  finding.detail =
      "If they mean the same, joins on them convert one side, which can keep an index from being "
      "used. Give them one type.";
  finding.evidence = {
      fact("type here", place.column->type, "pg_attribute.atttypid"),
      fact("type elsewhere", usual, "pg_attribute.atttypid"),
      count("tables with that type", static_cast<std::int64_t>(usual_places), "pg_attribute")};
  out.push_back(std::move(finding));
}

using PlacesByType = std::map<std::string, std::vector<Place>>;

// The type that clearly is the usual one among several; nothing when there is none.
std::optional<std::string> usual_type(const PlacesByType& types) {
  const auto usual = std::max_element(types.begin(), types.end(), [](const auto& a, const auto& b) {
    return a.second.size() < b.second.size();
  });
  std::size_t all = 0;
  for (const auto& [type, places] : types) all += places.size();
  const std::size_t others = all - usual->second.size();
  if (others == 0 || usual->second.size() < 2 * others || usual->second.size() < 2)
    return std::nullopt;
  return usual->first;
}

void other_type_of(const std::string& name, const PlacesByType& types,
                   std::vector<model::Finding>& out) {
  const auto usual = usual_type(types);
  if (!usual) return;
  const auto& those = types.at(*usual);
  for (const auto& [type, places] : types) {
    if (type == *usual) continue;
    for (const Place& place : places) {
      // A foreign key of the wrong type has a check of its own.
      if (!has_foreign_key(*place.table, name))
        report_other_type(name, those.front().column->type, those.size(), place, out);
    }
  }
}

void other_type(const Facts& facts, std::vector<model::Finding>& out) {
  std::map<std::string, PlacesByType> uses;
  for (const Table* table : designed_tables(facts)) {
    for (const Column& column : table->columns) {
      if (names_a_key(column.name)) uses[column.name][family(column)].push_back({table, &column});
    }
  }
  for (const auto& [name, types] : uses) other_type_of(name, types, out);
}

// "phone12" -> {"phone", 12}; {name, -1} without a number at its end.
std::pair<std::string, std::int64_t> numbered(const std::string& name) {
  std::size_t digits = 0;
  while (digits < name.size() && name[name.size() - 1 - digits] >= '0' &&
         name[name.size() - 1 - digits] <= '9')
    ++digits;
  std::string stem = name.substr(0, name.size() - digits);
  const auto number = text::to_int(name.substr(stem.size()));
  if (digits == 0 || digits > 4 || stem.empty() || !number) return {name, -1};
  if (stem.back() == '_') stem.pop_back();
  return {stem, *number};
}

void repeated(const Facts& facts, std::vector<model::Finding>& out) {
  for (const Table* table : designed_tables(facts)) {
    const auto ends_in_digit = [](const Column& column) {
      return !column.name.empty() && column.name.back() >= '0' && column.name.back() <= '9';
    };
    if (std::count_if(table->columns.begin(), table->columns.end(), ends_in_digit) < 4) continue;
    std::map<std::pair<std::string, std::string>, std::set<std::int64_t>> groups;
    for (const Column& column : table->columns) {
      const auto [stem, number] = numbered(column.name);
      if (number >= 0) groups[{stem, column.base_type}].insert(number);
    }
    for (const auto& [key, numbers] : groups) {
      const bool in_a_row =
          *numbers.rbegin() - *numbers.begin() + 1 == static_cast<std::int64_t>(numbers.size());
      if (numbers.size() < 4 || *numbers.begin() > 1 || !in_a_row) continue;
      model::Finding finding;
      finding.severity = Severity::info;
      finding.subject = table_subject(*table);
      finding.title = fmt::format("{} repeats the column {} {} times", table->qualified(),
                                  key.first, numbers.size());
      finding.detail =
          "A list kept in numbered columns has a fixed end, must be searched column by column, and "
          "needs an index for each. A table of its own, or an array, holds any number.";
      finding.evidence = {
          fact("columns",
               fmt::format("{} {} to {}", key.first, *numbers.begin(), *numbers.rbegin()),
               "pg_attribute.attname"),
          fact("type of each", key.second, "pg_attribute.atttypid")};
      out.push_back(std::move(finding));
    }
  }
}

// All values are among the most common ones, and those are few.
bool is_enumeration(const Column& column) {
  if (!is_text(column.base_type) || !column.stats) return false;
  const model::ColumnStats& stats = *column.stats;
  const double listed_share =
      std::accumulate(stats.common_frequencies.begin(), stats.common_frequencies.end(), 0.0);
  return stats.distinct >= 2 && stats.distinct <= 20 && stats.average_width >= 8 &&
         !stats.has_histogram && listed_share + stats.null_fraction >= 0.999;
}

void enumerations(const Facts& facts, std::vector<model::Finding>& out) {
  for (const Table* table : designed_tables(facts)) {
    const double rows = all_rows(facts, *table);
    if (rows < 1e7) continue;
    model::Finding finding;
    std::vector<std::string> names;
    for (const Column& column : table->columns) {
      if (!is_enumeration(column)) continue;
      names.push_back(column.name);
      finding.impact.bytes +=
          rows * (1 - column.stats->null_fraction) * (column.stats->average_width - 4);
      finding.evidence.push_back(
          fact(column.name,
               fmt::format("{} values, {} bytes on average", text::number(column.stats->distinct),
                           text::number(column.stats->average_width)),
               "pg_stats.n_distinct, avg_width"));
    }
    if (names.empty()) continue;
    finding.severity = Severity::info;
    finding.subject = table_subject(*table);
    finding.title = fmt::format("{} spells out a few values in each of {} rows: {}",
                                table->qualified(), text::count(to_whole(rows)), listed(names));
    finding.detail =
        "An enum takes 4 bytes, a smallint key of a small table 2, in the table and in each index. "
        "Worth it when the table is rebuilt anyway; text with a CHECK is easier to change.";
    finding.evidence.push_back(count("rows", to_whole(rows), "pg_stat_all_tables.n_live_tup"));
    finding.impact.arithmetic = "rows x (average width - 4 bytes), in the table alone";
    finding.references = {manual_page("datatype-enum")};
    out.push_back(std::move(finding));
  }
}

const Register awkward_check{
    schema_check("schema.awkward_identifier", Severity::info,
                 "Names that SQL must quote, or that were cut off",
                 "Every statement must quote them, for ever.",
                 "an opinion: information only, one finding for each table",
                 "PostgreSQL manual, 4.1.1 Identifiers and Key Words"),
    awkward};
const Register type_check{
    schema_check("schema.same_column_other_type", Severity::info,
                 "A column ..._id whose type differs from its namesakes in other tables",
                 "Joins convert one side.",
                 "names that do not end in _id; no clear majority; columns with a foreign key",
                 "pg-index-health; a majority of two to one"),
    other_type};
const Register repeated_check{
    schema_check("schema.repeated_columns", Severity::info, "A list kept in numbered columns",
                 "It has a fixed end and cannot be searched as one.",
                 "fewer than 4 in a row from 0 or 1; other types", "first normal form"),
    repeated};
const Register enumeration_check{
    schema_check("schema.enum_like_text", Severity::info,
                 "Long texts with few different values in a large table",
                 "The same words are stored many million times.",
                 "under 10 million rows; more than 20 values; under 8 bytes",
                 "4 bytes of an enum: PostgreSQL manual, 8.7"),
    enumerations};

}  // namespace
}  // namespace whet::advise::schema
