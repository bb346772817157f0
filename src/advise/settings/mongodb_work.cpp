// What the server does for its answers, over all statements: documents looked at, whole collections
// read, sorts in memory, spills, plans tried.
#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

#include "advise/build.h"
#include "advise/check.h"
#include "advise/mongodb_server.h"
#include "base/text.h"
#include "base/units.h"
#include "base/whole.h"

namespace whet::advise::settings {
namespace {

using model::Finding;
using model::Severity;

constexpr std::string_view scanned_objects = "metrics.queryExecutor.scannedObjects";
constexpr std::string_view scanned_keys = "metrics.queryExecutor.scanned";
constexpr std::string_view whole_scans = "metrics.queryExecutor.collectionScans.nonTailable";

// Updates, deletes, counts and groups look at documents and return none or one.
std::optional<Part> per_result(const Facts& facts, std::string_view scanned) {
  return part_of(facts, scanned,
                 {"metrics.document.returned", "opcounters.update", "opcounters.delete",
                  "metrics.commands.aggregate.total", "metrics.commands.count.total",
                  "metrics.commands.distinct.total"},
                 10'000);
}

void add_work_evidence(const Facts& facts, std::string_view scanned, model::Finding& finding) {
  finding.evidence =
      known_facts(facts, {scanned, "metrics.document.returned", "opcounters.update",
                          "opcounters.delete", "metrics.commands.aggregate.total",
                          "metrics.commands.count.total", "metrics.commands.distinct.total"});
  finding.evidence.push_back(age_fact(facts));
}

void targeting(const Facts& facts, std::vector<model::Finding>& out) {
  const auto work = per_result(facts, scanned_objects);
  const double rate = steady_per_second(facts, scanned_objects);
  if (!work || work->value <= 100 || rate < 1000) return;
  model::Finding finding = finding_of(
      work->value > 1000 ? Severity::medium : Severity::low, server_subject(),
      fmt::format("{:.0f} documents are looked at for each result", work->value),
      "Indexes find too much or are missing. The findings about single statements say which; this "
      "is all of them together, with writes, counts and groups as one result each.");
  add_work_evidence(facts, scanned_objects, finding);
  finding.impact.arithmetic = fmt::format("{:.0f} / {:.0f}", work->part, work->whole);
  finding.references = {mongodb_manual(facts, "tutorial/analyze-query-plan")};
  out.push_back(std::move(finding));
}

void key_targeting(const Facts& facts, std::vector<model::Finding>& out) {
  const auto work = per_result(facts, scanned_keys);
  const double rate = steady_per_second(facts, scanned_keys);
  if (!work || work->value <= 1000 || rate < 10'000) return;
  model::Finding finding = finding_of(
      Severity::low, server_subject(),
      fmt::format("{:.0f} index entries are read for each result", work->value),
      "Indexes are used, but they do not select: a range before the equalities, a field that has "
      "few values, or a filter that the index lacks.");
  add_work_evidence(facts, scanned_keys, finding);
  finding.impact.arithmetic = fmt::format("{:.0f} / {:.0f}", work->part, work->whole);
  finding.references = {mongodb_manual(facts, "tutorial/equality-sort-range-rule")};
  out.push_back(std::move(finding));
}

void collection_scans(const Facts& facts, std::vector<model::Finding>& out) {
  const double rate = steady_per_second(facts, whole_scans);
  const double objects = steady_per_second(facts, scanned_objects);
  // At most this many documents each: a small collection may well be read whole.
  if (rate < 1 || objects / rate < 1000 || objects < 10'000) return;
  model::Finding finding = finding_of(
      objects >= 100'000 ? Severity::medium : Severity::low, server_subject(),
      fmt::format("{} times a second a whole collection is read", text::number(rate)),
      "Reads of capped collections that follow the end do not count. The findings about statements "
      "and indexes say which are worth an index.");
  finding.evidence = {status_fact(facts, whole_scans), status_fact(facts, scanned_objects),
                      age_fact(facts)};
  finding.impact.arithmetic =
      fmt::format("{} documents a second / {} scans a second: up to {} each", text::number(objects),
                  text::number(rate), text::number(objects / rate));
  finding.references = {mongodb_manual(facts, "tutorial/analyze-query-plan")};
  out.push_back(std::move(finding));
}

void sorts_in_memory(const Facts& facts, std::vector<model::Finding>& out) {
  constexpr std::string_view sorts = "metrics.operation.scanAndOrder";
  constexpr std::string_view keys = "metrics.query.sort.totalKeysSorted";
  const auto part =
      part_of(facts, sorts, {"opcounters.query", "metrics.commands.aggregate.total"}, 1000);
  const double rate = steady_per_second(facts, sorts);
  if (!part || part->value <= 0.1 || rate < 1) return;
  // 6.2 and later count what was sorted: a few documents in memory are cheaper than an index.
  const bool counted = facts.server().status_value(keys) != nullptr;
  const double each = counted ? status(facts, keys) / part->part : 0;
  if (counted && each < 100) return;
  model::Finding finding = finding_of(
      part->value > 0.3 && each >= 1000 ? Severity::medium : Severity::low, server_subject(),
      fmt::format("{} of the queries sort in memory", text::percent(part->value)),
      "All that matches is read and sorted before the first document is returned, even with a "
      "limit. An index that ends in the sort's fields gives them in order.");
  finding.evidence =
      known_facts(facts, {sorts, "opcounters.query", "metrics.commands.aggregate.total", keys});
  finding.evidence.push_back(age_fact(facts));
  finding.impact.arithmetic =
      fmt::format("{:.0f} / {:.0f}", part->part, part->whole) +
      (counted ? fmt::format("; {} documents each", text::number(each)) : std::string());
  finding.references = {mongodb_manual(facts, "tutorial/sort-results-with-indexes")};
  out.push_back(std::move(finding));
}

constexpr std::array<std::string_view, 4> spill_counters{
    "metrics.query.sort.spillToDisk", "metrics.query.group.spills",
    "metrics.query.lookup.hashLookupSpillToDisk", "metrics.query.setWindowFields.spills"};

void spills(const Facts& facts, std::vector<model::Finding>& out) {
  double hourly = 0;
  for (const std::string_view name : spill_counters) hourly += per_second(facts, name) * 3600;
  if (hourly < 10) return;
  model::Finding finding = finding_of(
      hourly >= 360 ? Severity::medium : Severity::low, server_subject(),
      fmt::format("{} times an hour a sort, group or lookup spills to the disk",
                  text::number(hourly)),
      "It needed more than 100 MB of memory. An index for the sort, a $match before it, or fewer "
      "fields keep it in memory.");
  for (const std::string_view name : spill_counters) {
    if (status(facts, name) > 0) finding.evidence.push_back(status_fact(facts, name));
  }
  if (const model::Setting* allowed = facts.server().setting("allowDiskUseByDefault"))
    finding.evidence.push_back(setting_fact(*allowed));
  finding.evidence.push_back(age_fact(facts));
  finding.references = {mongodb_manual(facts, "core/aggregation-pipeline-limits")};
  out.push_back(std::move(finding));
}

void planning(const Facts& facts, std::vector<model::Finding>& out) {
  constexpr std::string_view classic = "metrics.query.multiPlanner.classicMicros";
  constexpr double least_micros = 600e6;
  const auto part = part_of(facts, classic, {"opLatencies.reads.latency"}, least_micros);
  const double rate = steady_per_second(facts, "metrics.query.multiPlanner.classicCount");
  if (!part || part->value <= 0.2 || rate < 1) return;
  model::Finding finding = finding_of(
      part->value > 0.5 ? Severity::medium : Severity::low, server_subject(),
      fmt::format("{} of the time of reads goes into trying several plans",
                  text::percent(part->value)),
      "Plans are tried against each other again and again: because none stays good enough to be "
      "kept, or because many indexes begin with the same fields. Fewer, better indexes (or, from "
      "8.0 on, query settings) end that.");
  finding.evidence = {status_fact(facts, "metrics.query.multiPlanner.classicCount"),
                      status_fact(facts, classic), status_fact(facts, "opLatencies.reads.latency"),
                      status_fact(facts, "metrics.query.planCacheTotalQueryShapes"),
                      age_fact(facts)};
  finding.impact.seconds_per_hour = part->part / 1e6 / status_age(facts) * 3600;
  finding.impact.arithmetic =
      fmt::format("{:.0f} s / {:.0f} s", part->part / 1e6, part->whole / 1e6);
  finding.references = {mongodb_manual(facts, "core/query-plans")};
  out.push_back(std::move(finding));
}

// Names of fields that are data ("visits.2026-10-01") make a new shape each.
void plan_cache_full(const Facts& facts, std::vector<Finding>& out) {
  constexpr std::string_view prefix = "planCache.", suffix = ".entries";
  constexpr double usual_limit = 5000, nearly = 0.9;
  const double limit =
      facts.server().number("internalQueryCacheMaxEntriesPerCollection").value_or(usual_limit);
  for (const model::StatusValue& one : facts.server().status) {
    if (!one.name.starts_with(prefix) || !one.name.ends_with(suffix)) continue;
    if (limit <= 0 || one.total < nearly * limit) continue;
    const std::string name =
        one.name.substr(prefix.size(), one.name.size() - prefix.size() - suffix.size());
    Finding finding = finding_of(
        Severity::low, named(model::SubjectKind::table, name),
        "The plan cache of " + name + " is full: " + text::count(to_whole(one.total)) +
            " shapes of queries",
        "The least recently used plan goes when a new shape comes, and is tried out again later. "
        "So many shapes come from field names that are data, or from $or and $and lists of any "
        "length: put the names into values ({k, v}), and use $in.");
    finding.evidence = {
        number("plans cached", one.total, "$planCacheStats"),
        number("limit of entries", limit, "internalQueryCacheMaxEntriesPerCollection")};
    out.push_back(std::move(finding));
  }
}

const Register targeting_check{
    server_check(
        "performance.query_targeting", Severity::medium,
        "Far more documents are looked at than returned", "Most of the work is thrown away.",
        "up to 100 for each result; writes, counts and groups count as results; under 1,000 "
        "documents a second, always and in the window; counters younger than a day",
        "Atlas alert 'query targeting' at 1,000, without the results that return no document; "
        "the bound that health checks of the field take"),
    targeting};
const Register key_check{
    server_check(
        "performance.key_targeting", Severity::low,
        "Far more index entries are read than documents returned", "The indexes do not select.",
        "up to 1,000 for each result; under 10,000 entries a second; counters younger than a day",
        "Atlas alert 'query targeting'"),
    key_targeting};
const Register scan_check{
    server_check(
        "performance.collection_scans", Severity::medium, "Whole collections are read often",
        "The work grows with the data.",
        "under one a second, 1,000 documents each, or 10,000 a second, always and in the window",
        "PMM"),
    collection_scans};
const Register sort_check{
    server_check(
        "performance.sorts_in_memory", Severity::medium, "Many queries sort in memory",
        "Everything is read before the first document is returned.",
        "up to 10 % of the queries, or one a second; fewer than 100 documents each, where the "
        "server counts them (6.2); counters younger than a day",
        "Atlas chart 'scan and order'"),
    sorts_in_memory};
const Register spill_check{
    server_check("performance.temp_spills", Severity::medium, "Sorts and groups spill to the disk",
                 "The disk is far slower than memory.",
                 "under 10 an hour; counters younger than a day",
                 "the bound that health checks of the field take"),
    spills};
const Register plan_check{
    server_check(
        "performance.multi_planning", Severity::medium,
        "Much time goes into trying plans against each other", "The same queries are planned anew.",
        "up to 20 % of the time of reads, 10 min in all, or one a second; before 5.3 it is not "
        "counted",
        "the bound that health checks of the field take"),
    planning};

const Register cache_check{
    needing("clusterMonitor, or planCacheRead on the collection",
            server_check("performance.plan_cache_full", Severity::low,
                         "A collection's plan cache is full",
                         "Each new shape of a query pushes out another one's plan.",
                         "under 90 % of the limit of entries; the 50 busiest collections",
                         "MongoDB source, internalQueryCacheMaxEntriesPerCollection (5,000)")),
    plan_cache_full};

}  // namespace
}  // namespace whet::advise::settings
