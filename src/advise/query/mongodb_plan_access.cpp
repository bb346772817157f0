// How MongoDB's plans get at documents: whole collections, keys and documents looked at in vain,
// bounds that do not bound.
#include <algorithm>
#include <optional>
#include <string>

#include "advise/query/mongodb_plan.h"
#include "base/text.h"

namespace whet::advise {
namespace {

using model::PlanNode;
using model::Severity;

// MG-PLAN-002: a branch that looks at ten keys for each document that it returns.
constexpr double in_vain = 10;
constexpr double many_keys = 1000;

constexpr const char* keys_source = "keysExamined of the stage";
constexpr const char* documents_source = "docsExamined of the stage";
constexpr const char* returned_source = "nReturned of the stage";

bool has_regex(const PlanNode& node) { return text::contains(node.filter, "$regex"); }

bool is_disjunction(const PlanNode& node) { return node.filter.starts_with("{$or: ["); }

/// A COLLSCAN with a condition that reads much: as it ran, else as large as the collection is.
double scanned(const PlanContext& plan, std::size_t i) {
  const PlanNode& node = plan.node(i);
  if (node.type != "COLLSCAN" || node.filter.empty()) return 0;
  const double read = plan.ran() ? documents_of(node) : documents_there(plan, i);
  if (read < many_documents) return 0;
  // Most of what it reads is wanted: no index would help.
  if (plan.ran() && plan.figure(i).rows > 0.3 * read) return 0;
  return part_of(plan, i) < least_share ? 0 : read;
}

Draft scan_draft(const PlanContext& plan, std::size_t i, double read) {
  const PlanNode& node = plan.node(i);
  Draft draft;
  draft.share = part_of(plan, i);
  draft.evidence = {
      plan_count("documents read", read, plan.ran() ? documents_source : "count of the collection"),
      plan_fact("condition", text::shorten(node.filter, 120), "filter of the COLLSCAN")};
  if (plan.ran()) {
    draft.evidence.push_back(
        plan_count("documents that pass", plan.figure(i).rows, returned_source));
  }
  return draft;
}

std::optional<Draft> collection_scan(const PlanContext& plan, std::size_t i) {
  const double read = scanned(plan, i);
  const PlanNode& node = plan.node(i);
  if (read == 0 || is_disjunction(node) || has_regex(node)) return {};
  Draft draft = scan_draft(plan, i, read);
  draft.title = "All " + rows_text(read) + " documents of " + node.relation +
                " are read to find those of the condition";
  draft.detail =
      "No index serves the condition. Make one with the fields compared with a value first, then "
      "those sorted by, then those of ranges (equality, sort, range).";
  return draft;
}

std::optional<Draft> or_with_collection_scan(const PlanContext& plan, std::size_t i) {
  const double read = scanned(plan, i);
  const PlanNode& node = plan.node(i);
  if (read == 0 || !is_disjunction(node)) return {};
  Draft draft = scan_draft(plan, i, read);
  draft.title = "An $or with an alternative that no index serves reads all " + rows_text(read) +
                " documents of " + node.relation;
  draft.detail =
      "$or uses indexes only when each of its alternatives has one: a single one without makes the "
      "server read the whole collection. Make an index for each alternative.";
  return draft;
}

std::optional<Draft> unanchored_regex(const PlanContext& plan, std::size_t i) {
  const PlanNode& node = plan.node(i);
  const bool scan = has_regex(node) && scanned(plan, i) > 0;
  const bool all_texts = has_regex(node) && text::contains(node.index_condition, "[\"\", {})") &&
                         keys_of(node) >= many_documents;
  if (!scan && !all_texts) return {};
  const double read = std::max({documents_of(node), keys_of(node), scan ? scanned(plan, i) : 0});
  Draft draft;
  draft.share = part_of(plan, i);
  draft.title = "A regular expression without a fixed beginning is tried on " + rows_text(read) +
                (scan ? " documents of " : " keys of ") + node.relation;
  draft.detail =
      "Only an expression that begins with ^ and a fixed text, and minds the case, gives an index "
      "bounds. To ignore the case, use an index with a collation of strength 2; to search words, a "
      "text index.";
  draft.evidence = {
      plan_count("keys or documents looked at", read, scan ? documents_source : keys_source),
      plan_fact("condition", text::shorten(node.filter, 120), "filter")};
  return draft;
}

/// What the branch of an index scan returns: the FETCH above it, else the scan.
double returned_of_branch(const PlanContext& plan, std::size_t i) {
  const auto up = plan.figure(i).parent;
  return up && plan.is(*up, "FETCH") ? plan.figure(*up).rows : plan.figure(i).rows;
}

bool is_geo(const PlanNode& node) {
  const auto key = node.other.find("Key");
  return key != node.other.end() && text::contains(key->second, ": 2d");
}

std::optional<Draft> keys_in_vain(const PlanContext& plan, std::size_t i) {
  const PlanNode& node = plan.node(i);
  const double keys = keys_of(node);
  if (node.type != "IXSCAN" || !plan.ran() || keys < many_keys || is_geo(node)) return {};
  const double returned = returned_of_branch(plan, i);
  if (keys < in_vain * std::max(returned, 1.0) || part_of(plan, i) < least_share) return {};
  if (has_regex(node)) return {};  // plan.unanchored_regex
  Draft draft;
  draft.share = part_of(plan, i);
  draft.title = "Index " + node.index + " gives " + rows_text(keys) + " keys for " +
                rows_text(returned) + " documents";
  draft.detail =
      "Its bounds are far wider than what is wanted. An index that has the fields compared with a "
      "value first, then those sorted by, then those of ranges, is read only where it matches.";
  draft.evidence = {plan_count("keys read", keys, keys_source),
                    plan_count("documents returned", returned, returned_source),
                    plan_fact("bounds", text::shorten(node.index_condition, 120), "indexBounds")};
  return draft;
}

std::optional<Draft> fetch_filters(const PlanContext& plan, std::size_t i) {
  const PlanNode& node = plan.node(i);
  const double read = documents_of(node);
  const double kept = plan.figure(i).rows;
  if (node.type != "FETCH" || node.filter.empty() || !plan.ran() || read < many_keys) return {};
  if (read < 2 * std::max(kept, 1.0) || part_of(plan, i) < least_share) return {};
  Draft draft;
  draft.share = part_of(plan, i);
  draft.title = rows_text(read) + " documents are fetched, and " + rows_text(read - kept) +
                " of them thrown away";
  draft.detail =
      "The index lacks a field of the condition, so each document must be fetched to check it. Add "
      "the field to the index: then keys decide.";
  draft.evidence = {plan_count("documents fetched", read, documents_source),
                    plan_count("documents that pass", kept, returned_source),
                    plan_fact("condition", text::shorten(node.filter, 120), "filter of the FETCH")};
  return draft;
}

std::optional<Draft> negated_bounds(const PlanContext& plan, std::size_t i) {
  const PlanNode& node = plan.node(i);
  const bool open = text::contains(node.index_condition, "[MinKey, ?)") &&
                    text::contains(node.index_condition, "(?, MaxKey]");
  if (!open || keys_of(node) < many_documents || part_of(plan, i) < least_share) return {};
  Draft draft;
  draft.share = part_of(plan, i);
  draft.title = "Index " + node.index +
                " is read on both sides of a value: " + rows_text(keys_of(node)) + " keys";
  draft.detail =
      "$ne, $nin and $not select all but a few values, which an index cannot narrow. Ask for the "
      "values that are wanted ($in), or make a partial index for them.";
  draft.evidence = {plan_count("keys read", keys_of(node), keys_source),
                    plan_fact("bounds", text::shorten(node.index_condition, 120), "indexBounds")};
  return draft;
}

std::optional<Draft> long_list(const PlanContext& plan, std::size_t i) {
  const PlanNode& node = plan.node(i);
  const std::int64_t intervals = noted(node, "Intervals");
  // MG-PLAN-008. Geographic conditions have many by nature.
  if (intervals < 1000 || is_geo(node)) return {};
  Draft draft;
  draft.share = part_of(plan, i);
  draft.title = "A list of " + text::count(intervals) + " values is looked up one by one";
  draft.detail =
      "Each value is a seek in the index, and the list is sent, parsed and planned at each call. "
      "Ask in parts of a few hundred, or keep what the list selects as a field, or join by "
      "$lookup.";
  draft.evidence = {count("intervals of the index", intervals, "EXPLAIN, indexBounds"),
                    plan_fact("bounds", text::shorten(node.index_condition, 120), "indexBounds")};
  return draft;
}

/// The first field with one open side in an index's bounds: "qty: (?, inf]".
std::string half_bounded(const PlanNode& node) {
  const std::vector<std::string> parts = text::split(node.index_condition, ',');
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    const std::string_view low = text::trim(parts[i]);
    const auto colon = low.find(": ");
    if (colon == std::string_view::npos) continue;
    const std::string_view from = low.substr(colon + 2);
    const bool below = from.ends_with("-inf") || from.ends_with("MinKey");
    const std::string_view high = text::trim(parts[i + 1]);
    const bool above = high.starts_with("inf") || high.starts_with("MaxKey");
    if (below != above) return std::string(low.substr(0, colon));
  }
  return "";
}

std::optional<Draft> multikey_bounds(const PlanContext& plan, std::size_t i) {
  const PlanNode& node = plan.node(i);
  const auto up = plan.figure(i).parent;
  if (node.type != "IXSCAN" || !node.multikey || !up || keys_of(node) < many_keys) return {};
  const std::string field = half_bounded(node);
  if (field.empty() || keys_of(node) < 2 * std::max(plan.figure(*up).rows, 1.0)) return {};
  const std::string& filter = plan.node(*up).filter;
  const bool again =
      text::contains(filter, field + ": {$lt") || text::contains(filter, field + ": {$gt") ||
      text::contains(filter, field + "\": {$lt") || text::contains(filter, field + "\": {$gt");
  if (!again) return {};
  Draft draft;
  draft.share = part_of(plan, i);
  draft.title = "A range over the array " + field + " uses one of its two ends only";
  draft.detail =
      "Different elements of an array may satisfy the two ends, so the index can be bounded by one "
      "of them alone. When one element must satisfy both, say so with $elemMatch: then both ends "
      "bound the index.";
  draft.evidence = {plan_count("keys read", keys_of(node), keys_source),
                    plan_count("documents returned", plan.figure(*up).rows, returned_source),
                    plan_fact("bounds", text::shorten(node.index_condition, 120), "indexBounds"),
                    plan_fact("checked in documents", text::shorten(filter, 120), "filter")};
  return draft;
}

PlanCheck check(std::string_view id, Severity severity, std::string_view summary,
                std::string_view why, std::string_view guards, std::string_view source,
                std::optional<Draft> (*look)(const PlanContext&, std::size_t)) {
  return {{id, severity, summary, why, guards, source}, look, true};
}

}  // namespace

std::vector<PlanCheck> mongodb_access_plan_checks() {
  return {
      check("plan.collection_scan", Severity::high,
            "A whole collection is read for a few documents",
            "The time grows with the collection, and what is read displaces other data.",
            "no condition, under 10,000 documents, more than 30 % of them wanted, under 10 % of "
            "the plan; not run: collections of unknown size",
            "checks list MG-PLAN-001; MongoDB manual, analyse query performance", collection_scan),
      check("plan.or_with_collection_scan", Severity::high,
            "An alternative of an $or has no index, so all documents are read",
            "$or uses indexes for all of its alternatives or for none.",
            "as for plan.collection_scan", "checks list MG-PLAN-005; MongoDB manual, $or",
            or_with_collection_scan),
      check("plan.unanchored_regex", Severity::medium,
            "A regular expression without a fixed beginning is tried on all values",
            "Nothing bounds the search in the index.",
            "under 10,000 keys or documents, anchored expressions",
            "checks list MG-PLAN-006; MongoDB manual, $regex and index use", unanchored_regex),
      check("plan.keys_in_vain", Severity::medium,
            "An index scan reads ten keys or more for each document returned",
            "The order of the index's fields does not fit the query.",
            "under 1,000 keys, geographic indexes, under 10 % of the plan",
            "checks list MG-PLAN-002; the manual's ESR rule", keys_in_vain),
      check("plan.fetch_filters", Severity::medium,
            "Documents are fetched to be thrown away by a condition",
            "A key that has the field costs far less than a document.",
            "under 1,000 documents, half of them wanted, under 10 % of the plan",
            "checks list MG-PLAN-003", fetch_filters),
      check("plan.negated_bounds", Severity::low, "A negation reads an index on both sides",
            "All but a few values is most of the index.",
            "under 10,000 keys, under 10 % of the plan", "checks list MG-PLAN-007", negated_bounds),
      check("plan.long_list", Severity::low, "A list of a thousand values or more is looked up",
            "Each value is a seek, and the whole list is planned at each call.",
            "under 1,000 values, geographic conditions", "checks list MG-PLAN-008", long_list),
      check("plan.multikey_bounds", Severity::medium,
            "A range over an array bounds the index at one end only",
            "The other end is checked in fetched documents.",
            "under 1,000 keys, half of them wanted, indexes without arrays",
            "checks list MG-PLAN-020; MongoDB manual, multikey index bounds", multikey_bounds)};
}

}  // namespace whet::advise
