// MongoDB: what sampled documents have at their paths: arrays that grow, types that drift, values
// kept as the wrong type.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "advise/build.h"
#include "advise/mongodb_facts.h"
#include "advise/mongodb_index.h"
#include "advise/schema/common.h"
#include "advise/status.h"
#include "base/text.h"

namespace whet::advise::schema {
namespace {

using model::Column;
using model::Finding;
using model::PathFacts;
using model::Severity;
using model::Table;

constexpr std::string_view sampled = "$sample of the collection";

/// Fewer documents show no habit; of large ones few are sampled, and each of them tells much.
constexpr std::int64_t least_documents = 20, least_large = 5;
constexpr double large = 16384;  // bytes

bool well_sampled(const Table& table) {
  if (!table.sample) return false;
  const bool are_large = table.sample->average_bytes >= large;
  return table.sample->documents >= (are_large ? least_large : least_documents);
}

model::Evidence sample_fact(const Table& table) {
  return count("documents sampled", table.sample->documents, sampled);
}

/// Calls `take` for each path of each collection that was sampled well.
template <class Take>
void each_path(const Facts& facts, const Take& take) {
  for (const Table* table : facts.user_tables()) {
    if (!well_sampled(*table)) continue;
    for (const Column& column : table->columns) {
      if (column.path) take(*table, column, *column.path);
    }
  }
}

model::Change for_a_person(const Table& table, std::string_view id, const std::string& path,
                           const std::string& summary, const std::string& statement) {
  return manual(fmt::format("{}/{}.{}", id, table.qualified(), path), summary, statement);
}

// Arrays of a few hundred elements are what Compass warns of; what shows that nothing bounds them
// is that the longest is far longer than the average.
void unbounded_array(const Facts& facts, std::vector<Finding>& out) {
  constexpr double long_array = 250, very_long = 1000;
  each_path(facts, [&](const Table& table, const Column& column, const PathFacts& path) {
    if (!path.array || path.array_max < long_array) return;
    // [x, y, ...] of one fixed length, such as a vector for a search, grows in no document.
    if (path.array_average >= path.array_max * 0.999) return;
    Finding finding = finding_of(
        path.array_max >= very_long ? Severity::medium : Severity::low,
        column_subject(table, column.name),
        fmt::format("The array {} of {} has up to {} elements", column.name, table.qualified(),
                    text::number(path.array_max)),
        "Nothing seems to bound it. Each update rewrites the whole document, an index on it holds "
        "an entry for each element, and at 16 MB the next write fails. Keep the latest elements "
        "only ($push with $slice), or give the elements a collection of their own.");
    finding.evidence = {number("longest array", path.array_max, sampled),
                        number("95th percentile", path.array_p95, sampled),
                        number("average", path.array_average, sampled), sample_fact(table)};
    finding.changes.push_back(for_a_person(
        table, "schema.unbounded_array", column.name,
        "Bound " + column.name + " when it is written",
        fmt::format("{}.updateOne({{_id: ...}}, {{$push: {{\"{}\": {{$each: [...], $slice: "
                    "-100}}}}}})",
                    mongosh_collection(table), column.name)));
    finding.references = {
        mongodb_manual(facts, "data-modeling/design-antipatterns/unbounded-arrays")};
    out.push_back(std::move(finding));
  });
}

/// int, long, double and decimal compare with each other.
std::string family(const std::string& type) {
  constexpr std::array numbers{"int", "long", "double", "decimal"};
  return std::find(numbers.begin(), numbers.end(), type) != numbers.end() ? "number" : type;
}

/// The types that do not compare with the commonest one, and their share together.
struct Drift {
  std::vector<std::string> types;
  double share = 0;
};
Drift drift_of(const PathFacts& path) {
  Drift drift;
  std::string main;
  for (const model::TypeShare& one : path.types) {
    // An array of the same values is how optional lists are kept; null is a missing value.
    if (one.type == "null" || one.type == "undefined" || one.type == "array") continue;
    if (main.empty()) main = family(one.type);
    if (family(one.type) == main) continue;
    drift.types.push_back(fmt::format("{} in {}", one.type, text::percent(one.share)));
    drift.share += one.share;
  }
  return drift;
}

void mixed_types(const Facts& facts, std::vector<Finding>& out) {
  constexpr double least_share = 0.001, notable = 0.01;
  each_path(facts, [&](const Table& table, const Column& column, const PathFacts& path) {
    const Drift drift = drift_of(path);
    if (drift.types.empty() || drift.share < least_share) return;
    Finding finding = finding_of(
        drift.share >= notable ? Severity::low : Severity::info, column_subject(table, column.name),
        fmt::format("{}.{} is {} in most documents and {}", table.qualified(), column.name,
                    path.types.front().type, text::join(drift.types, ", ")),
        "A comparison finds values of its own type only: a query with a date misses the documents "
        "that hold a text, without any error. Convert the few, and let a validator refuse more of "
        "them.");
    for (const model::TypeShare& one : path.types) {
      finding.evidence.push_back(share("documents with " + one.type, one.share, sampled));
    }
    finding.evidence.push_back(sample_fact(table));
    finding.changes.push_back(for_a_person(
        table, "schema.mixed_types", column.name, "Look at the documents of another type",
        fmt::format("{}.find({{\"{}\": {{$not: {{$type: \"{}\"}}, $exists: true}}}})",
                    mongosh_collection(table), column.name, family(path.types.front().type))));
    out.push_back(std::move(finding));
  });
}

/// A kind of value that is kept as text.
struct TextKind {
  std::string_view id;
  bool PathFacts::* found;
  std::string_view title, detail, conversion;
};

void text_values(const Facts& facts, const TextKind& kind, std::vector<Finding>& out) {
  each_path(facts, [&](const Table& table, const Column& column, const PathFacts& path) {
    if (!(path.*kind.found) || column.base_type != "string") return;
    Finding finding =
        finding_of(Severity::low, column_subject(table, column.name),
                   fmt::format("{}.{} {}", table.qualified(), column.name, kind.title),
                   std::string(kind.detail));
    finding.evidence = {fact("type", column.base_type, sampled),
                        number("bytes of a value", path.value_average_bytes, sampled),
                        sample_fact(table)};
    finding.changes.push_back(for_a_person(
        table, kind.id, column.name, "Convert " + column.name,
        fmt::format("{}.updateMany({{\"{}\": {{$type: \"string\"}}}}, [{{$set: {{\"{}\": {{{}: "
                    "\"${}\"}}}}}}])",
                    mongosh_collection(table), column.name, column.name, kind.conversion,
                    column.name)));
    out.push_back(std::move(finding));
  });
}

constexpr TextKind dates{
    "schema.date_as_text", &PathFacts::looks_like_date, "holds dates as text",
    "Text takes about three times the space of a date, sorts right only while "
    "all have one format and zone, and neither TTL indexes nor $dateTrunc work "
    "with it.",
    "$toDate"};
constexpr TextKind numbers{"schema.number_as_text", &PathFacts::looks_like_number,
                           "holds numbers as text",
                           "\"10\" sorts before \"9\", and a query with a number does not find it. "
                           "Identifiers with leading zeros are right as text.",
                           "$toDouble"};
constexpr TextKind ids{"schema.uuid_as_text", &PathFacts::looks_like_id,
                       "holds ObjectIds or UUIDs as text",
                       "24 or 36 characters instead of 12 or 16 bytes, in each document and in "
                       "each index on it; and a $lookup to the real id finds nothing.",
                       "$toObjectId"};

void date_as_text(const Facts& facts, std::vector<Finding>& out) { text_values(facts, dates, out); }

// Codes, telephone numbers and the like are texts of digits by right.
void number_as_text(const Facts& facts, std::vector<Finding>& out) {
  std::vector<Finding> found;
  text_values(facts, numbers, found);
  constexpr std::array measured{"price", "amount", "total", "count",  "quantity",
                                "qty",   "rating", "score", "age",    "weight",
                                "size",  "stock",  "value", "balance"};
  for (Finding& one : found) {
    const auto own = words(one.subject.name);
    const bool measures = std::any_of(own.begin(), own.end(), [&](const std::string& word) {
      return std::find(measured.begin(), measured.end(), word) != measured.end();
    });
    if (measures) out.push_back(std::move(one));
  }
}

void uuid_as_text(const Facts& facts, std::vector<Finding>& out) { text_values(facts, ids, out); }

void float_money(const Facts& facts, std::vector<Finding>& out) {
  constexpr std::array money{"price",   "amount", "cost",     "balance", "salary",  "fee",
                             "revenue", "vat",    "discount", "total",   "subtotal"};
  each_path(facts, [&](const Table& table, const Column& column, const PathFacts& path) {
    if (column.base_type != "double") return;
    const std::size_t dot = column.name.rfind('.');
    const auto own = words(dot == std::string::npos ? column.name : column.name.substr(dot + 1));
    if (own.empty() || std::find(money.begin(), money.end(), own.back()) == money.end()) return;
    Finding finding = finding_of(
        Severity::info, column_subject(table, column.name),
        fmt::format("{}.{} keeps money in floating point", table.qualified(), column.name),
        "Binary fractions cannot hold most decimal ones: sums drift by cents, and an equality does "
        "not find what was written. Decimal128 is exact; so are whole cents in a long.");
    finding.evidence = {fact("type", "double", sampled),
                        share("documents with it", path.present, sampled), sample_fact(table)};
    finding.changes.push_back(for_a_person(
        table, "schema.float_money", column.name, "Write it as Decimal128",
        fmt::format("{}.updateMany({{\"{}\": {{$type: \"double\"}}}}, [{{$set: "
                    "{{\"{}\": {{$round: [{{$toDecimal: \"${}\"}}, 2]}}}}}}])",
                    mongosh_collection(table), column.name, column.name, column.name)));
    out.push_back(std::move(finding));
  });
}

constexpr std::string_view needs_read = "read on the database (to sample documents)";
constexpr std::string_view sample_guard = "20 sampled documents or more";

const Register registered_arrays{
    mongodb_check(Area::schema, "schema.unbounded_array", Severity::medium,
                  "An array that nothing seems to bound",
                  "Documents grow until updates are slow, and at 16 MB writes fail.", needs_read,
                  "20 sampled documents (5 large ones); 250 elements or more; arrays of one fixed "
                  "length are left "
                  "alone",
                  "MongoDB manual, Avoid Unbounded Arrays; MongoDB Compass's threshold"),
    unbounded_array};
const Register registered_types{
    mongodb_check(Area::schema, "schema.mixed_types", Severity::low,
                  "A field has different types in different documents",
                  "Queries silently miss the documents of the other type.", needs_read,
                  "20 sampled documents; all numbers count as one type; null, missing and arrays "
                  "are no drift",
                  "MongoDB manual, Comparison/Sort Order (type bracketing)"),
    mixed_types};
const Register registered_dates{
    mongodb_check(Area::schema, "schema.date_as_text", Severity::low, "Dates are kept as text",
                  "They take more space, and date operators and TTL indexes do not work.",
                  needs_read, sample_guard, "MongoDB manual, TTL Indexes, Date"),
    date_as_text};
const Register registered_numbers{
    mongodb_check(Area::schema, "schema.number_as_text", Severity::low,
                  "Quantities are kept as text", "They sort and compare as text.", needs_read,
                  "only fields whose name says that they are a quantity",
                  "MongoDB manual, BSON Types"),
    number_as_text};
const Register registered_ids{
    mongodb_check(Area::schema, "schema.uuid_as_text", Severity::low,
                  "ObjectIds or UUIDs are kept as text",
                  "Two to three times the bytes, in documents and indexes.", needs_read,
                  sample_guard, "MongoDB manual, BSON Types, ObjectId and UUID"),
    uuid_as_text};
const Register registered_money{
    mongodb_check(Area::schema, "schema.float_money", Severity::info,
                  "Money is kept in floating point", "Sums drift by cents.", needs_read,
                  "only fields whose last word is a word for money",
                  "MongoDB manual, Model Monetary Data"),
    float_money};

}  // namespace
}  // namespace whet::advise::schema
