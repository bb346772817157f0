// TTL indexes of MongoDB that do not expire what they should, or more than they should.
#include <algorithm>
#include <cmath>
#include <limits>

#include "advise/check.h"
#include "advise/index/mongodb_common.h"
#include "base/text.h"
#include "mql/value.h"

namespace whet::advise {

namespace {

using model::Finding;
using model::Index;
using model::Severity;
using model::Table;

constexpr double longest_seconds = 2147483647;
constexpr double century_seconds = 100 * 365.25 * 86400;
/// Rarely a type: a few odd documents in a sample say nothing about the collection.
constexpr double some_share = 0.02;

/// NaN when it is NaN; nothing when the index has no TTL.
std::optional<double> seconds_of(const Index& index) {
  const std::string_view text = index_option(index, "expireAfterSeconds");
  if (text.empty()) return std::nullopt;
  if (text::lower(text).find("nan") != std::string::npos)
    return std::numeric_limits<double>::quiet_NaN();
  const auto value = mql::parse_json(text);
  return value.ok() ? value->as_number() : text::to_double(text);
}

/// NaN counts as 0 in these versions: SERVER-68477.
bool nan_expires_at_once(const Facts& facts) {
  const std::int64_t version = facts.server().version_number;
  return (version >= 50000 && version < 50014) || (version >= 60000 && version < 60002);
}

const model::PathFacts* path_of(const Table& table, const Index& index) {
  const model::Column* column = table.column(index.parts.front().column);
  return column != nullptr && column->path ? &*column->path : nullptr;
}

/// The part of the values that can expire: dates, alone or in arrays.
double date_share(const model::PathFacts& path) {
  double share = 0;
  for (const model::TypeShare& type : path.types) {
    if (type.type == "date" || type.type == "array") share += type.share;
  }
  return share;
}

double typed_share(const model::PathFacts& path) {
  double share = 0;
  for (const model::TypeShare& type : path.types) {
    if (type.type != "null" && type.type != "undefined") share += type.share;
  }
  return share;
}

std::string types_text(const model::PathFacts& path) {
  std::vector<std::string> out;
  for (const model::TypeShare& type : path.types)
    out.push_back(type.type + " " + text::percent(type.share));
  return text::join(out, ", ");
}

model::Evidence ttl_evidence(const Index& index) {
  return fact("expireAfterSeconds", index_option(index, "expireAfterSeconds"), "listIndexes");
}

Finding base_of(const Facts& facts, const Table& table, const Index& index) {
  Finding finding;
  finding.subject = index_subject(table, index);
  finding.evidence = {key_evidence(index), ttl_evidence(index)};
  finding.references = {mongodb_manual(facts, "core/index-ttl")};
  return finding;
}

template <class Visit>
void each_ttl(const Facts& facts, const Visit& visit) {
  for (const Table* table : facts.user_tables()) {
    for (const Index& index : table->indexes) {
      if (const auto seconds = seconds_of(index); seconds && !index.parts.empty())
        visit(*table, index, *seconds);
    }
  }
}

/// Why no document ever expires by it, as a sentence; empty: documents may.
std::string never_reason(const Facts& facts, const Table& table, const Index& index,
                         double seconds) {
  if (index.parts.size() > 1)
    return "A TTL works on one field only: the server ignores it on a compound index.";
  if (const auto capped = table.options.find("capped");
      capped != table.options.end() && capped->second != "false")
    return "Nothing expires from a capped collection.";
  if (!is_ordered(index))
    return "The TTL monitor cannot read a " + index.method +
           " index: only an ascending or "
           "descending one.";
  if (std::isnan(seconds) && !nan_expires_at_once(facts))
    return "NaN counts as 2147483647 seconds, 68 years.";
  if (seconds > longest_seconds || seconds >= century_seconds)
    return "That is so long that no document will ever reach it.";
  return "";
}

void without_effect(const Facts& facts, std::vector<Finding>& out) {
  each_ttl(facts, [&](const Table& table, const Index& index, double seconds) {
    std::string reason = never_reason(facts, table, index, seconds);
    const model::PathFacts* path = path_of(table, index);
    if (reason.empty()) {
      const bool sampled = table.sample && table.sample->documents >= 50;
      if (path == nullptr || !sampled || path->types.empty() || typed_share(*path) <= 0 ||
          date_share(*path) > 0)
        return;
      reason = "Only dates expire, and no sampled document has a date in " +
               index.parts.front().column + ".";
    }
    Finding finding = base_of(facts, table, index);
    finding.severity = Severity::medium;
    finding.title =
        "No document of " + table.qualified() + " expires by the TTL index " + index.name;
    finding.detail = reason + " The collection grows although somebody wanted it not to.";
    if (path != nullptr && !path->types.empty())
      finding.evidence.push_back(
          fact("types in " + index.parts.front().column, types_text(*path), "sampled documents"));
    finding.evidence.push_back(
        count("documents", table.live_rows, "$collStats.storageStats.count"));
    out.push_back(std::move(finding));
  });
}

void partly(const Facts& facts, std::vector<Finding>& out) {
  each_ttl(facts, [&](const Table& table, const Index& index, double seconds) {
    if (!never_reason(facts, table, index, seconds).empty()) return;
    const model::PathFacts* path = path_of(table, index);
    if (path == nullptr || !table.sample || table.sample->documents < 50) return;
    const double others = typed_share(*path) - date_share(*path);
    if (date_share(*path) <= 0 || others < some_share) return;
    // A filter may leave the others out on purpose.
    if (!index.predicate.empty()) return;
    Finding finding = base_of(facts, table, index);
    finding.severity = Severity::medium;
    finding.title = text::percent(others) + " of " + table.qualified() +
                    " never expires: " + index.parts.front().column + " is no date there";
    finding.detail =
        "The TTL monitor removes documents by dates only. Others, such as strings that look like "
        "dates and numbers of seconds, stay for ever. Convert them with an update pipeline "
        "($toDate), and let a validator keep the type.";
    finding.evidence.push_back(
        fact("types in " + index.parts.front().column, types_text(*path), "sampled documents"));
    finding.evidence.push_back(count("sampled documents", table.sample->documents, "$sample"));
    out.push_back(std::move(finding));
  });
}

void at_once(const Facts& facts, std::vector<Finding>& out) {
  each_ttl(facts, [&](const Table& table, const Index& index, double seconds) {
    if (!std::isnan(seconds) || !nan_expires_at_once(facts)) return;
    Finding finding = base_of(facts, table, index);
    finding.severity = Severity::critical;
    finding.title = "The TTL of " + index.name + " is NaN, which this version takes for 0";
    finding.detail =
        "Every document of " + table.qualified() +
        " with a date in the past is removed, as soon as this server is primary. Give the index "
        "a number of seconds, or drop it.";
    finding.evidence.push_back(fact("version", facts.server().version, "buildInfo.version"));
    finding.impact.outage_risk = 1;
    finding.references.emplace_back("https://jira.mongodb.org/browse/SERVER-68477");
    model::Change change;
    change.id = "ttl/" + table.qualified() + "." + index.name;
    change.summary = "Set expireAfterSeconds of " + index.name + " to 2147483647 (never)";
    change.reason = "NaN would remove every document";
    change.action.kind = model::ActionKind::set_index_option;
    change.action.schema = table.schema;
    change.action.table = table.name;
    change.action.name = index.name;
    change.action.setting = "expireAfterSeconds";
    change.action.value = "2147483647";
    change.action.index = index;
    change.risk = model::Risk::low;
    finding.changes = {std::move(change)};
    out.push_back(std::move(finding));
  });
}

void monitor_off(const Facts& facts, std::vector<Finding>& out) {
  const auto& settings = facts.server().settings;
  const auto setting = std::find_if(settings.begin(), settings.end(), [](const auto& one) {
    return one.name == "ttlMonitorEnabled";
  });
  if (setting == settings.end() || (setting->value != "false" && setting->value != "0")) return;
  std::vector<std::string> names;
  double documents = 0;
  each_ttl(facts, [&](const Table& table, const Index& index, double /*seconds*/) {
    names.push_back(table.qualified() + "." + index.name);
    documents += table.rows();
  });
  if (names.empty()) return;
  Finding finding;
  finding.severity = Severity::high;
  finding.subject = setting_subject("ttlMonitorEnabled");
  finding.title = "The TTL monitor is off: nothing expires by " +
                  text::plural(static_cast<std::int64_t>(names.size()), "index", "indexes");
  finding.detail =
      "Collections with a TTL grow without end. Somebody may have switched it off to save I/O; "
      "when it comes back on, all that is due is removed at once.";
  finding.evidence = {
      fact("ttlMonitorEnabled", setting->value, "getParameter"),
      fact("TTL indexes", text::shorten(text::join(names, ", "), 200), "listIndexes"),
      number("documents in their collections", documents, "$collStats.storageStats.count")};
  finding.changes = {change_setting(*setting, "true", "documents do not expire without it")};
  finding.references = {mongodb_manual(facts, "core/index-ttl")};
  out.push_back(std::move(finding));
}

constexpr std::string_view source = "MongoDB manual, TTL Indexes (restrictions; NaN: SERVER-68477)";

const Register never{{.id = "index.ttl_without_effect",
                      .area = Area::index,
                      .severity = Severity::medium,
                      .engines = mongodb,
                      .summary = "No document can expire by a TTL index",
                      .why = "The collection grows although somebody wanted it not to.",
                      .guards = "fewer than 50 sampled documents, paths with any date",
                      .source = source},
                     without_effect};
const Register some{{.id = "index.ttl_mixed_types",
                     .area = Area::index,
                     .severity = Severity::medium,
                     .engines = mongodb,
                     .summary = "A part of the documents never expires: their value is no date",
                     .why = "What is no date stays for ever, unnoticed.",
                     .guards = "less than 2 % of the sampled documents, missing and null values "
                               "(often meant), partial indexes",
                     .source = source},
                    partly};
const Register nan{{.id = "index.ttl_not_a_number",
                    .area = Area::index,
                    .severity = Severity::critical,
                    .engines = mongodb,
                    .summary = "A TTL of NaN, on a version that takes it for 0",
                    .why = "All documents of the collection are removed.",
                    .guards = "versions other than 5.0.0 to 5.0.13, 6.0.0 and 6.0.1",
                    .source = source},
                   at_once};
const Register off{{.id = "index.ttl_monitor_off",
                    .area = Area::index,
                    .severity = Severity::high,
                    .engines = mongodb,
                    .summary = "The TTL monitor is off while there are TTL indexes",
                    .why = "Nothing expires; switched on again, everything due goes at once.",
                    .guards = "no TTL index",
                    .source = "MongoDB manual, TTL Indexes (ttlMonitorEnabled)"},
                   monitor_off};

}  // namespace
}  // namespace whet::advise
