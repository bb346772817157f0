// Column types that usually have a better alternative. Mostly opinions: one finding for each table.
#include <algorithm>
#include <string>
#include <string_view>
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
using model::Severity;
using model::Table;

constexpr std::size_t evidence_limit = 20;

struct TypeRule {
  std::string_view id;
  Severity severity = Severity::info;
  bool (*matches)(const Column&) = nullptr;
  std::string_view what;  ///< continues "public.t.c is ..."
  std::string_view detail;
  std::string_view change;  ///< what follows ALTER COLUMN {}; {} stands for the column. "" for none
  std::string_view page;
  double min_rows = 0;
};

bool has_word(const Column& column, const std::vector<std::string_view>& wanted) {
  const std::vector<std::string> own = words(column.name);
  return std::any_of(own.begin(), own.end(), [&](const std::string& word) {
    return std::find(wanted.begin(), wanted.end(), word) != wanted.end();
  });
}

bool makes_uuid(const Column& column) {
  return text::contains(column.default_expression, "gen_random_uuid(") ||
         text::contains(column.default_expression, "uuid_generate_v") ||
         text::contains(column.default_expression, "uuidv");
}

// A canonical UUID is 36 characters; pg_stats counts a header byte as well.
bool is_uuid_text(const Column& column) {
  if (!is_text(column.base_type)) return false;
  if (makes_uuid(column)) return true;
  const bool fits = column.stats && column.stats->average_width >= 36 &&
                    column.stats->average_width <= 37.5 && column.stats->null_fraction < 1;
  return fits && has_word(column, {"uuid", "guid"});
}

bool is_float_money(const Column& column) {
  return (column.base_type == "float4" || column.base_type == "float8") &&
         has_word(column, {"price", "amount", "cost", "balance", "salary", "fee", "payment",
                           "money", "revenue", "vat", "discount"});
}

bool is_serial(const Column& column) {
  return column.identity.empty() && is_integer(column.base_type) &&
         column.default_expression.starts_with("nextval('");
}

constexpr TypeRule timestamp_rule{
    .id = "schema.timestamp_without_zone",
    .severity = Severity::info,
    .matches = [](const Column& c) { return c.base_type == "timestamp"; },
    .what = "of type timestamp without time zone",
    .detail =
        "Such a column holds what a clock on some wall showed, not a moment: its meaning "
        "changes with the session's TimeZone, and an hour is ambiguous each autumn. timestamptz "
        "takes the same 8 bytes. When converting, name the zone in which the values were "
        "written.",
    .change = "TYPE timestamptz USING {} AT TIME ZONE 'UTC' /* the zone they were written in */",
    .page = "datatype-datetime"};

constexpr TypeRule timetz_rule{
    .id = "schema.timetz",
    .severity = Severity::info,
    .matches = [](const Column& c) { return c.base_type == "timetz"; },
    .what = "of type time with time zone",
    .detail =
        "An offset without a date says nothing about daylight saving time, so such values "
        "cannot be compared fairly. Use timestamptz, or time and a column with the zone's name.",
    .change = "",
    .page = "datatype-datetime"};

constexpr TypeRule money_rule{
    .id = "schema.money",
    .severity = Severity::info,
    .matches = [](const Column& c) { return c.base_type == "money"; },
    .what = "of type money",
    .detail =
        "Its currency and decimals come from lc_monetary, not from the value: a dump restored "
        "under another locale means other amounts. Use numeric with a scale, and a column for "
        "the currency.",
    .change = "TYPE numeric(14,2) USING {}::numeric",
    .page = "datatype-money"};

constexpr TypeRule char_rule{
    .id = "schema.char_n",
    .severity = Severity::info,
    .matches = [](const Column& c) { return c.base_type == "bpchar"; },
    .what = "of type character(n)",
    .detail =
        "Values are padded with blanks on disk and compared without them, which surprises "
        "programs; it is no faster than text. Use text or varchar, with a CHECK on the length "
        "when it matters.",
    .change = "TYPE text",
    .page = "datatype-character"};

constexpr TypeRule json_rule{
    .id = "schema.json_not_jsonb",
    .severity = Severity::info,
    .matches = [](const Column& c) { return c.base_type == "json"; },
    .what = "of type json",
    .detail =
        "json is kept as text and parsed again for every access; it has no equality and no GIN "
        "index. jsonb has both. Keep json only where white space or the order of keys matters.",
    .change = "TYPE jsonb USING {}::jsonb",
    .page = "datatype-json"};

constexpr TypeRule serial_rule{
    .id = "schema.serial_column",
    .severity = Severity::info,
    .matches = is_serial,
    .what = "a serial (a default with nextval)",
    .detail =
        "An identity column does the same without separate rights on the sequence, and does not "
        "take a stray value by mistake. Worth it when the table is changed anyway.",
    .change = "",
    .page = "ddl-identity-columns"};

constexpr TypeRule uuid_rule{
    .id = "schema.uuid_as_text",
    .severity = Severity::low,
    .matches = is_uuid_text,
    .what = "text that holds UUIDs",
    .detail =
        "uuid takes 16 bytes instead of 37, in the table and in every index, compares faster and "
        "refuses what is no UUID. Columns that refer to this one must change with it.",
    .change = "TYPE uuid USING {}::uuid",
    .page = "datatype-uuid",
    .min_rows = 10000};

constexpr TypeRule float_rule{
    .id = "schema.float_money",
    .severity = Severity::low,
    .matches = is_float_money,
    .what = "floating point under a name that speaks of money",
    .detail =
        "Binary floating point cannot hold most decimal fractions, so sums are off by cents and "
        "depend on the order of the rows. Use numeric with a scale.",
    .change = "TYPE numeric(14,2)",
    .page = "datatype-numeric"};

std::string statement_of(const TypeRule& rule, const Table& table,
                         const std::vector<const Column*>& columns) {
  std::vector<std::string> parts;
  for (const Column* column : columns) {
    const std::string name = sql_name(column->name);
    parts.push_back("  ALTER COLUMN " + name + " " +
                    text::replace_all(std::string(rule.change), "{}", name));
  }
  return "-- Rewrites the table.\nALTER TABLE " + sql_name(table) + "\n" +
         text::join(parts, ",\n") + ";";
}

// (37 - 16) bytes for each value, in the table alone.
void weigh_uuids(const TypeRule& rule, double rows, std::size_t columns, model::Finding& finding) {
  if (rule.id != uuid_rule.id) return;
  finding.impact.bytes = rows * 21 * static_cast<double>(columns);
  finding.impact.arithmetic = fmt::format("{} rows x {} x (37 - 16) bytes, in the table alone",
                                          text::count(to_whole(rows)), columns);
}

model::Finding type_finding(const TypeRule& rule, const Table& table, double rows,
                            const std::vector<const Column*>& columns) {
  std::vector<std::string> names;
  for (const Column* column : columns) names.push_back(column->name);
  model::Finding finding;
  finding.severity = rule.severity;
  finding.subject = table_subject(table);
  finding.title = columns.size() == 1
                      ? fmt::format("{}.{} is {}", table.qualified(), names[0], rule.what)
                      : fmt::format("{} columns of {} are {}: {}", columns.size(),
                                    table.qualified(), rule.what, listed(names));
  finding.detail = rule.detail;
  for (const Column* column : columns) {
    if (finding.evidence.size() == evidence_limit) break;
    std::string value = column->type;
    if (!column->default_expression.empty()) value += " DEFAULT " + column->default_expression;
    finding.evidence.push_back(fact(column->name, value, "pg_attribute.atttypid"));
  }
  if (rows > 0) {
    finding.evidence.push_back(count("rows", to_whole(rows), "pg_stat_all_tables.n_live_tup"));
  }
  weigh_uuids(rule, rows, columns.size(), finding);
  if (!rule.change.empty()) {
    finding.changes = {rewrite(table, std::string(rule.id) + "/" + table.qualified(),
                               "Change the type of " + table.qualified() + "." + listed(names),
                               statement_of(rule, table, columns))};
  }
  finding.references = {manual_page(rule.page)};
  return finding;
}

template <const TypeRule& rule>
void run(const Facts& facts, std::vector<model::Finding>& out) {
  for (const Table* table : designed_tables(facts)) {
    std::vector<const Column*> columns;
    for (const Column& column : table->columns) {
      if (rule.matches(column)) columns.push_back(&column);
    }
    if (columns.empty()) continue;
    const double rows = all_rows(facts, *table);
    if (rows < rule.min_rows) continue;
    out.push_back(type_finding(rule, *table, rows, columns));
  }
}

constexpr CheckInfo info(const TypeRule& rule, std::string_view summary, std::string_view why,
                         std::string_view guards, std::string_view source) {
  return {.id = rule.id,
          .area = Area::schema,
          .severity = rule.severity,
          .engines = postgresql,
          .summary = summary,
          .why = why,
          .privileges = "",
          .guards = guards,
          .source = source};
}

constexpr std::string_view grouped = "an opinion: information only, one finding for each table";

const Register timestamp{info(timestamp_rule, "Columns of type timestamp without time zone",
                              "The same value means another moment in another session.", grouped,
                              "PostgreSQL manual, 8.5 Date/Time Types"),
                         run<timestamp_rule>};
const Register timetz{info(timetz_rule, "Columns of type time with time zone",
                           "An offset without a date cannot follow daylight saving time.", grouped,
                           "PostgreSQL manual, 8.5: the type is there for the standard's sake"),
                      run<timetz_rule>};
const Register money{
    info(money_rule, "Columns of type money", "What a value means depends on the server's locale.",
         grouped, "PostgreSQL manual, 8.2 Monetary Types"),
    run<money_rule>};
const Register char_n{info(char_rule, "Columns of type character(n)",
                           "Blank padding costs space and surprises programs.", grouped,
                           "PostgreSQL manual, 8.3 Character Types (tip on performance)"),
                      run<char_rule>};
const Register json{info(json_rule, "Columns of type json",
                         "Each access parses the text again, and it cannot be indexed.", grouped,
                         "PostgreSQL manual, 8.14 JSON Types"),
                    run<json_rule>};
const Register serial{info(serial_rule, "Columns made by serial instead of GENERATED AS IDENTITY",
                           "The sequence has rights and a life of its own.", grouped,
                           "PostgreSQL manual, 5.3 Identity Columns"),
                      run<serial_rule>};
const Register uuid{
    info(uuid_rule, "UUIDs kept as text", "They take more than twice the space in every index.",
         "tables under 10,000 rows; text columns whose name and width do not both speak of UUIDs",
         "16 bytes against 36 characters and a header byte"),
    run<uuid_rule>};
const Register float_money{
    info(float_rule, "Amounts of money as floating point", "Sums are off by cents.",
         "columns whose name does not speak of money", "PostgreSQL manual, 8.1.3"),
    run<float_rule>};

}  // namespace
}  // namespace whet::advise::schema
