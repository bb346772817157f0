// Keys and sequences that run out of numbers.
#include <algorithm>
#include <cmath>
#include <string>
#include <unordered_map>

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
using model::Sequence;
using model::Severity;
using model::Table;

// pghero warns at 90 % of a sequence; for a key, whose repair rewrites a table, that is late.
constexpr double medium_share = 0.5;
constexpr double high_share = 0.8;
constexpr double critical_share = 0.95;
constexpr double far_off_years = 5;

struct Feeds {
  const Table* table = nullptr;
  const Column* column = nullptr;
};

// "nextval('public.orders_id_seq'::regclass)" -> "public.orders_id_seq", without SQL's quotes.
std::string sequence_in(const std::string& default_expression) {
  constexpr std::string_view before = "nextval('";
  if (!default_expression.starts_with(before)) return "";
  const std::size_t end = default_expression.find("'::", before.size());
  if (end == std::string::npos) return "";
  return text::replace_all(default_expression.substr(before.size(), end - before.size()), "\"", "");
}

/// Which column takes its numbers from which sequence, by owner or by the column's default.
class Users {
 public:
  explicit Users(const Facts& facts) : facts_(facts) {
    for (const Table* table : facts.user_tables()) {
      for (const Column& column : table->columns) {
        const std::string name = sequence_in(column.default_expression);
        if (!name.empty() && !table->is_partition) by_name_.emplace(name, Feeds{table, &column});
      }
    }
  }

  [[nodiscard]] Feeds of(const Sequence& sequence) const {
    if (const Table* table = facts_.table(sequence.owner_table)) {
      if (const Column* column = table->column(sequence.owner_column)) return {table, column};
    }
    // The server leaves the schema out when it is on the search path.
    for (const std::string& name : {sequence.schema + "." + sequence.name, sequence.name}) {
      if (const auto at = by_name_.find(name); at != by_name_.end()) return at->second;
    }
    return {};
  }

 private:
  const Facts& facts_;
  std::unordered_map<std::string, Feeds> by_name_;
};

bool extension_owned(const Facts& facts, const Sequence& sequence) {
  const Table* table = facts.table(sequence.owner_table);
  return table != nullptr && (!table->extension.empty() || table->system || table->temporary);
}

/// The part of a range of numbers that is used up, and how long the rest lasts.
struct Usage {
  double share = 0, left = 0;
  std::optional<double> per_day;  ///< numbers used, from the owning table's inserts

  [[nodiscard]] std::optional<double> days_left() const {
    return per_day ? std::optional(left / *per_day) : std::nullopt;
  }
};

std::optional<double> numbers_per_day(const Facts& facts, const Table* table, double step) {
  if (table == nullptr || !facts.ratio_age(facts.history_seconds())) return std::nullopt;
  double inserts = static_cast<double>(table->total.inserts);
  for (const Table* child : facts.children(table->id))
    inserts += static_cast<double>(child->total.inserts);
  if (inserts <= 0) return std::nullopt;
  return inserts * std::fabs(step) / facts.history_seconds() * 86400;
}

// At the present pace the end may be decades away: then the share alone says too much.
Severity severity_of(const Facts& facts, const Usage& usage) {
  Severity severity = usage.share >= critical_share ? Severity::critical
                      : usage.share >= high_share   ? Severity::high
                                                    : Severity::medium;
  const auto days = usage.days_left();
  if (days && *days > far_off_years * 365 && facts.history_is_long())
    severity = static_cast<Severity>(static_cast<int>(severity) - 1);
  return severity;
}

std::string in_full(double value) { return text::count(to_whole(std::round(value))); }

void describe_pace(const Usage& usage, model::Finding& finding) {
  if (!usage.per_day) return;
  finding.evidence.push_back(count("numbers used per day", to_whole(*usage.per_day),
                                   "pg_stat_all_tables.n_tup_ins since the reset"));
  finding.evidence.push_back(
      time("time left at this pace", *usage.days_left() * 86400, "numbers left / numbers per day"));
  finding.impact.arithmetic =
      fmt::format("{} numbers left / {} per day = {} d", in_full(usage.left),
                  in_full(*usage.per_day), in_full(*usage.days_left()));
}

std::string percent_used(double share) { return fmt::format("{:.1f} %", share * 100); }

// The column, not the sequence, is the narrower of the two.
bool column_ends_first(const Sequence& sequence, const Column& column) {
  const double limit = integer_limit(column.base_type);
  return limit > 0 && limit < 9e18 && static_cast<double>(sequence.maximum) >= limit;
}

void int_key_exhaustion(const Facts& facts, std::vector<model::Finding>& out) {
  const Users users(facts);
  for (const Sequence& sequence : facts.schema().sequences) {
    const Feeds feeds = users.of(sequence);
    if (feeds.column == nullptr || !sequence.last_value || sequence.increment <= 0 ||
        extension_owned(facts, sequence) || !column_ends_first(sequence, *feeds.column))
      continue;
    const double limit = integer_limit(feeds.column->base_type);
    const double last = static_cast<double>(*sequence.last_value);
    const Usage usage{last / limit, limit - last,
                      numbers_per_day(facts, feeds.table, static_cast<double>(sequence.increment))};
    if (usage.share < medium_share) continue;
    model::Finding finding;
    finding.severity = severity_of(facts, usage);
    finding.subject = column_subject(*feeds.table, feeds.column->name);
    finding.title = fmt::format("{}.{} ({}) has used {} of its numbers", feeds.table->qualified(),
                                feeds.column->name, feeds.column->type, percent_used(usage.share));
    finding.detail =
        "When the next number does not fit the column, every INSERT fails. Change the column to "
        "bigint before that, and the columns that refer to it. ALTER COLUMN rewrites the table "
        "under ACCESS EXCLUSIVE; for a large table add a bigint column, keep it in step with a "
        "trigger, fill it in batches, and swap the two.";
    finding.evidence = {
        count("last number given", *sequence.last_value, "pg_sequences.last_value"),
        count("largest number that the column holds", to_whole(limit), "pg_attribute.atttypid"),
        share("used", usage.share, "last number / largest number")};
    finding.impact.outage_risk = std::min(1.0, usage.share);
    describe_pace(usage, finding);
    finding.changes.push_back(
        rewrite(*feeds.table, "schema.int_key_exhaustion/" + finding.subject.text(),
                "Widen " + finding.subject.text() + " to bigint",
                fmt::format("-- Rewrites the table and its indexes.\n"
                            "ALTER TABLE {0} ALTER COLUMN {1} TYPE bigint;\n"
                            "ALTER SEQUENCE {2} AS bigint;",
                            sql_name(*feeds.table), sql_name(feeds.column->name),
                            sql_name(sequence.schema, sequence.name))));
    finding.references = {manual_page("datatype-numeric")};
    out.push_back(std::move(finding));
  }
}

Usage sequence_usage(const Facts& facts, const Sequence& sequence, const Feeds& feeds) {
  const double last = static_cast<double>(*sequence.last_value);
  const double minimum = static_cast<double>(sequence.minimum);
  const double maximum = static_cast<double>(sequence.maximum);
  const double range = std::max(1.0, maximum - minimum);
  const double left = sequence.increment > 0 ? maximum - last : last - minimum;
  return {1 - left / range, left,
          numbers_per_day(facts, feeds.table, static_cast<double>(sequence.increment))};
}

void sequence_exhaustion(const Facts& facts, std::vector<model::Finding>& out) {
  const Users users(facts);
  for (const Sequence& sequence : facts.schema().sequences) {
    const Feeds feeds = users.of(sequence);
    if (!sequence.last_value || sequence.cycles || sequence.increment == 0 ||
        extension_owned(facts, sequence) ||
        (feeds.column != nullptr && column_ends_first(sequence, *feeds.column)))
      continue;
    const Usage usage = sequence_usage(facts, sequence, feeds);
    if (usage.share < medium_share) continue;
    model::Finding finding;
    finding.severity = severity_of(facts, usage);
    finding.subject = {model::SubjectKind::sequence, sequence.schema, "", sequence.name};
    finding.title = fmt::format("Sequence {} has used {} of its numbers", finding.subject.text(),
                                percent_used(usage.share));
    finding.detail =
        "After its last number nextval() fails, and so does what calls it. Raise its limit, after "
        "checking that every column and program that stores the number has room for more.";
    finding.evidence = {count("last number given", *sequence.last_value, "pg_sequences.last_value"),
                        count("minimum", sequence.minimum, "pg_sequences.min_value"),
                        count("maximum", sequence.maximum, "pg_sequences.max_value"),
                        count("increment", sequence.increment, "pg_sequences.increment_by"),
                        share("used", usage.share, "of the range from minimum to maximum")};
    finding.impact.outage_risk = std::min(1.0, usage.share);
    describe_pace(usage, finding);
    finding.changes.push_back(manual(
        "schema.sequence_exhaustion/" + finding.subject.text(),
        "Raise the limit of " + finding.subject.text(),
        fmt::format("ALTER SEQUENCE {} AS bigint NO {};", sql_name(sequence.schema, sequence.name),
                    sequence.increment > 0 ? "MAXVALUE" : "MINVALUE")));
    finding.references = {manual_page("sql-altersequence")};
    out.push_back(std::move(finding));
  }
}

const Register key{
    {
        .id = "schema.int_key_exhaustion",
        .area = Area::schema,
        .severity = Severity::critical,
        .engines = postgresql,
        .summary = "A smallint or integer key nears the last number that its type holds",
        .why = "When the numbers run out every INSERT fails, and the repair rewrites the table.",
        .privileges = "USAGE or SELECT on the sequence (pg_read_all_data)",
        .guards = "below 50 % used; sequences that end before the column does; one level milder "
                  "when a week of history says that more than 5 years are left",
        .source =
            "range of int2 and int4; 50, 80 and 95 %: the repair of a large table takes weeks "
            "of preparation",
    },
    int_key_exhaustion};

const Register sequence{
    {
        .id = "schema.sequence_exhaustion",
        .area = Area::schema,
        .severity = Severity::critical,
        .engines = postgresql,
        .summary = "A sequence nears its own limit",
        .why = "nextval() fails after the last number, and with it every statement that calls it.",
        .privileges = "USAGE or SELECT on the sequence (pg_read_all_data)",
        .guards = "sequences that cycle, were never used or may not be read; below 50 % used",
        .source = "PostgreSQL manual, CREATE SEQUENCE; pghero warns at 90 %",
    },
    sequence_exhaustion};

}  // namespace
}  // namespace whet::advise::schema
