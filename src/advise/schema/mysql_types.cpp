// Column types and names of MySQL and MariaDB that have a better alternative.
#include <algorithm>
#include <array>
#include <map>
#include <set>

#include <fmt/format.h>

#include "advise/build.h"
#include "advise/mysql_facts.h"
#include "advise/schema/common.h"
#include "advise/schema/mysql_common.h"
#include "base/text.h"
#include "base/whole.h"

namespace whet::advise::schema {
namespace {

using model::Column;
using model::Finding;
using model::Severity;
using model::Table;

bool has_word(const Column& column, std::initializer_list<std::string_view> wanted) {
  const std::vector<std::string> own = words(column.name);
  return std::any_of(own.begin(), own.end(), [&](const std::string& word) {
    return std::find(wanted.begin(), wanted.end(), word) != wanted.end();
  });
}

bool is_money(const Column& column) {
  return has_word(column, {"price", "amount", "cost", "balance", "salary", "fee", "payment",
                           "money", "revenue", "vat", "discount", "total", "subtotal"});
}

std::vector<std::string> columns_where(const Table& table, bool (*wanted)(const Column&)) {
  std::vector<std::string> out;
  for (const Column& column : table.columns) {
    if (wanted(column)) out.push_back(column.name);
  }
  return out;
}

void float_money(const Facts& facts, std::vector<Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    const auto names = columns_where(*table, [](const Column& c) {
      return (c.base_type == "float" || c.base_type == "double") && is_money(c);
    });
    if (names.empty()) continue;
    Finding finding = finding_of(
        Severity::low, table_subject(*table),
        fmt::format("{} keeps money in floating point: {}", table->qualified(), listed(names)),
        "Binary fractions cannot hold most decimal ones: sums drift by cents, and = does not find "
        "what was written. DECIMAL(12,2) is exact.");
    std::vector<std::string> parts;
    for (const std::string& name : names) {
      const Column* column = table->column(name);
      finding.evidence.push_back(
          fact("type of " + name, column->type, "information_schema.COLUMNS"));
      parts.push_back("MODIFY " + ticked(name) + " DECIMAL(12,2)" +
                      (column->not_null ? " NOT NULL" : ""));
    }
    finding.changes.push_back(alter(*table, "schema.float_money",
                                    "Keep the money of " + table->qualified() + " as DECIMAL",
                                    text::join(parts, ", ")));
    out.push_back(std::move(finding));
  }
}

bool is_utf8mb3(const Column& column) {
  return column.character_set == "utf8mb3" || column.character_set == "utf8";
}

void utf8mb3(const Facts& facts, std::vector<Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    const auto names = columns_where(*table, is_utf8mb3);
    if (names.empty()) continue;
    Finding finding = finding_of(
        Severity::low, table_subject(*table),
        fmt::format("{} keeps text in utf8mb3: {}", table->qualified(), listed(names)),
        "It holds three bytes of a character at most: emoji and many Chinese characters are "
        "refused "
        "or lost. It is deprecated and will go. utf8mb4 takes no more space for the same text.");
    finding.evidence = {
        count("columns in utf8mb3", static_cast<std::int64_t>(names.size()),
              "information_schema.COLUMNS.CHARACTER_SET_NAME"),
        count("rows", to_whole(table->rows()), "information_schema.TABLES.TABLE_ROWS")};
    finding.changes.push_back(alter(*table, "schema.utf8mb3",
                                    "Convert " + table->qualified() + " to utf8mb4",
                                    "CONVERT TO CHARACTER SET utf8mb4 /* copies the table; check "
                                    "index keys against 3,072 bytes */"));
    out.push_back(std::move(finding));
  }
}

/// "coupons" and "coupon" name the same thing.
std::string singular(std::string_view table) {
  std::string name = text::lower(table);
  if (name.ends_with("ies")) return name.substr(0, name.size() - 3) + "y";
  if (name.ends_with("s")) name.pop_back();
  return name;
}

bool is_joinable(const Column& column) {
  return !column.collation.empty() && (column.base_type == "varchar" || column.base_type == "char");
}

bool leads_an_index(const Table& table, const std::string& column) {
  return std::any_of(table.indexes.begin(), table.indexes.end(), [&](const model::Index& index) {
    return !index.parts.empty() && index.parts.front().column == column;
  });
}

void compare_collations(const Table& table, const Column& column, const Table& other,
                        const Column& match, std::vector<Finding>& out) {
  const bool sets_differ = column.character_set != match.character_set;
  Finding finding = finding_of(
      sets_differ ? Severity::medium : Severity::low, column_subject(table, column.name),
      fmt::format("{}.{} is {}, {}.{} is {}", table.qualified(), column.name, column.collation,
                  other.qualified(), match.name, match.collation),
      "Their names say that the one refers to the other. A join of the two must convert one side, "
      "and the index on that side cannot be used; with equal character sets and different "
      "collations the server may refuse the comparison (error 1267).");
  finding.evidence = {fact("collation of " + table.name + "." + column.name, column.collation,
                           "information_schema.COLUMNS"),
                      fact("collation of " + other.name + "." + match.name, match.collation,
                           "information_schema.COLUMNS")};
  finding.changes.push_back(alter(
      table, "schema.collation_mismatch/" + column.name,
      fmt::format("Give {}.{} the collation of {}.{}", table.qualified(), column.name,
                  other.qualified(), match.name),
      fmt::format("MODIFY {} {} CHARACTER SET {} COLLATE {}{}", ticked(column.name), column.type,
                  match.character_set, match.collation, column.not_null ? " NOT NULL" : " NULL")));
  out.push_back(std::move(finding));
}

void collation_mismatch(const Facts& facts, std::vector<Finding>& out) {
  // By "schema.table_column": what a column of another table refers to by its name.
  std::map<std::string, std::pair<const Table*, const Column*>> referred;
  for (const Table* table : facts.user_tables()) {
    for (const Column& column : table->columns) {
      if (!is_joinable(column) || !leads_an_index(*table, column.name)) continue;
      referred.try_emplace(
          table->schema + "." + singular(table->name) + "_" + text::lower(column.name), table,
          &column);
    }
  }
  for (const Table* table : facts.user_tables()) {
    for (const Column& column : table->columns) {
      if (!is_joinable(column)) continue;
      const auto at = referred.find(table->schema + "." + text::lower(column.name));
      if (at == referred.end() || at->second.first == table) continue;
      const auto& [other, match] = at->second;
      if (match->collation != column.collation)
        compare_collations(*table, column, *other, *match, out);
    }
  }
}

void zero_date(const Facts& facts, std::vector<Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    const auto names = columns_where(
        *table, [](const Column& c) { return text::contains(c.default_expression, "0000-00-00"); });
    if (names.empty()) continue;
    Finding finding = finding_of(
        Severity::low, table_subject(*table),
        fmt::format("{} has '0000-00-00' as a default: {}", table->qualified(), listed(names)),
        "No such day exists: strict mode (the default since 5.7) refuses it, so that ALTER TABLE "
        "and "
        "restoring a dump fail; programs get errors or wrong dates from it. NULL says 'unknown'.");
    for (const std::string& name : names)
      finding.evidence.push_back(fact("default of " + name, table->column(name)->default_expression,
                                      "information_schema.COLUMNS.COLUMN_DEFAULT"));
    out.push_back(std::move(finding));
  }
}

struct NewWord {
  std::string_view word;
  std::int64_t since = 0;  ///< MySQL version that reserves it
};
// MySQL manual, 11.3 Keywords and Reserved Words, of 8.0, 8.4 and 9.x.
constexpr std::array new_words{
    NewWord{"cube", 80000},         NewWord{"cume_dist", 80000},   NewWord{"dense_rank", 80000},
    NewWord{"empty", 80000},        NewWord{"except", 80000},      NewWord{"first_value", 80000},
    NewWord{"function", 80000},     NewWord{"grouping", 80000},    NewWord{"groups", 80000},
    NewWord{"json_table", 80000},   NewWord{"lag", 80000},         NewWord{"last_value", 80000},
    NewWord{"lateral", 80014},      NewWord{"lead", 80000},        NewWord{"nth_value", 80000},
    NewWord{"ntile", 80000},        NewWord{"of", 80000},          NewWord{"over", 80000},
    NewWord{"percent_rank", 80000}, NewWord{"rank", 80000},        NewWord{"recursive", 80000},
    NewWord{"row_number", 80000},   NewWord{"system", 80000},      NewWord{"window", 80000},
    NewWord{"intersect", 80031},    NewWord{"manual", 80400},      NewWord{"parallel", 80400},
    NewWord{"qualify", 80400},      NewWord{"tablesample", 80400}, NewWord{"library", 90200}};

void reserved_names(const Facts& facts, std::vector<Finding>& out) {
  const std::int64_t version = facts.server().version_number;
  for (const Table* table : facts.user_tables()) {
    std::vector<std::string> names;
    std::int64_t first = 0;
    const auto look = [&](const std::string& name) {
      for (const NewWord& one : new_words) {
        if (text::lower(name) != one.word || one.since <= version) continue;
        names.push_back(name);
        first = first == 0 ? one.since : std::min(first, one.since);
      }
    };
    look(table->name);
    for (const Column& column : table->columns) look(column.name);
    if (names.empty()) continue;
    Finding finding = finding_of(
        Severity::info, table_subject(*table),
        fmt::format("{} uses names that a later MySQL reserves: {}", table->qualified(),
                    listed(names)),
        "Statements that write them without backticks fail after the upgrade. Quote or rename them "
        "before.");
    finding.evidence = {fact("names", text::join(names, ", "), "information_schema.COLUMNS"),
                        fact("reserved from",
                             fmt::format("{}.{}.{}", first / 10000, first / 100 % 100, first % 100),
                             "MySQL manual, Keywords and Reserved Words"),
                        fact("this server", facts.server().version, "VERSION()")};
    out.push_back(std::move(finding));
  }
}

const Register money{{.id = "schema.float_money",
                      .area = Area::schema,
                      .severity = Severity::low,
                      .engines = both_forks,
                      .summary = "Money in FLOAT or DOUBLE",
                      .why = "Sums drift by cents, and comparisons miss what was written.",
                      .guards = "columns whose names do not speak of money",
                      .source = "MySQL manual, B.3.4.8 Problems with Floating-Point Values"},
                     float_money};
const Register charset{{.id = "schema.utf8mb3",
                        .area = Area::schema,
                        .severity = Severity::low,
                        .engines = both_forks,
                        .summary = "Text columns in utf8mb3",
                        .why = "Characters of four bytes are refused or lost; it is deprecated.",
                        .guards = "other character sets, which somebody chose",
                        .source = "MySQL manual, 12.9.2 The utf8mb3 Character Set"},
                       utf8mb3};
const Register collations{
    {.id = "schema.collation_mismatch",
     .area = Area::schema,
     .severity = Severity::medium,
     .engines = both_forks,
     .summary = "A column and the one that its name refers to have different collations",
     .why = "Joining them converts one side, whose index then cannot be used.",
     .guards = "columns whose name is not that of another table and its indexed column",
     .source =
         "MySQL manual, 12.8.5 The binary Collation and 10.3.1 (comparing dissimilar columns)"},
    collation_mismatch};
const Register dates{{.id = "schema.zero_date",
                      .area = Area::schema,
                      .severity = Severity::low,
                      .engines = both_forks,
                      .summary = "A column's default is '0000-00-00'",
                      .why = "Strict mode refuses it: dumps and ALTER TABLE fail.",
                      .guards = "none: the definition says so",
                      .source = "MySQL manual, 7.1.11 Server SQL Modes, NO_ZERO_DATE"},
                     zero_date};
const Register reserved{
    {.id = "schema.reserved_name",
     .area = Area::schema,
     .severity = Severity::info,
     .engines = mysql,
     .summary = "Names that a later MySQL version reserves",
     .why = "Unquoted, they are syntax errors after the upgrade.",
     .guards = "words that this version reserves already",
     .source = "MySQL manual, 11.3 Keywords and Reserved Words, of 8.0, 8.4 and 9"},
    reserved_names};

}  // namespace
}  // namespace whet::advise::schema
