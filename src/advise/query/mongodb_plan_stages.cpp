// What MongoDB's plans do with documents: sorts, skips, joins, shards.
#include <algorithm>
#include <optional>
#include <string>

#include "advise/query/mongodb_plan.h"
#include "base/text.h"

namespace whet::advise {
namespace {

using model::PlanNode;
using model::Severity;

constexpr const char* returned_source = "nReturned of the stage";

bool sorts(const PlanNode& node) { return node.type == "SORT" || node.type == "$sort"; }

bool spilled(const PlanNode& node) { return node.spills > 0 || node.sort_space_type == "Disk"; }

/// Documents that a stage gets from those below it.
double input_rows(const PlanContext& plan, std::size_t i) {
  double rows = 0;
  for (const std::size_t child : plan.figure(i).children) rows += plan.figure(child).rows;
  return rows;
}

std::string sort_text(const PlanNode& node) {
  return "{" + text::shorten(text::join(node.sort_keys, ", "), 80) + "}";
}

/// What a pipeline computed cannot come from an index in order.
bool sorts_stored_fields(const PlanContext& plan, std::size_t i) {
  for (const std::size_t child : plan.figure(i).children) {
    const std::string& type = plan.node(child).type;
    const bool reads = type == "FETCH" || type == "COLLSCAN" || type == "IXSCAN" ||
                       type == "PROJECTION_SIMPLE" || type == "PROJECTION_COVERED";
    if (!reads) return false;
  }
  return true;
}

std::optional<Draft> blocking_sort(const PlanContext& plan, std::size_t i) {
  const PlanNode& node = plan.node(i);
  const double rows = input_rows(plan, i);
  if (!sorts(node) || !plan.ran() || spilled(node) || rows < many_documents) return {};
  if (!sorts_stored_fields(plan, i)) return {};
  const double part = std::max(part_of(plan, i), 0.1);
  Draft draft;
  draft.share = part;
  draft.title = rows_text(rows) + " documents are sorted by " + sort_text(node) + " in memory";
  draft.detail =
      "All must be read before the first can be returned. An index with the fields of the equality "
      "conditions first and those sorted by behind them returns them in order, and a limit then "
      "ends the reading.";
  draft.evidence = {
      plan_count("documents sorted", rows, returned_source),
      plan_fact("sorted by", sort_text(node), "sortPattern"),
      plan_kilobytes("memory", static_cast<double>(node.sort_space_kb), "totalDataSizeSorted")};
  return draft;
}

std::optional<Draft> disk_use(const PlanContext& plan, std::size_t i) {
  const PlanNode& node = plan.node(i);
  if (!spilled(node)) return {};
  Draft draft;
  draft.share = std::max(part_of(plan, i), 0.1);
  const std::string what = sorts(node) ? "A sort by " + sort_text(node) : "A " + node.type;
  draft.title = what + " went to disk";
  draft.detail =
      "It needed more memory than a stage may use (100 MB). Sort in the order of an index, filter "
      "and project before, or limit; then nothing is written.";
  draft.evidence = {plan_count("spills", static_cast<double>(node.spills), "spills")};
  if (node.spilled_bytes > 0) {
    draft.evidence.push_back(plan_kilobytes(
        "written", static_cast<double>(node.spilled_bytes) / 1024, "spilledDataStorageSize"));
  }
  if (node.memory_limit_bytes > 0) {
    draft.evidence.push_back(plan_kilobytes(
        "memory allowed", static_cast<double>(node.memory_limit_bytes) / 1024, "memLimit"));
  }
  return draft;
}

std::optional<Draft> skipped_documents(const PlanContext& plan, std::size_t i) {
  const PlanNode& node = plan.node(i);
  const std::int64_t skipped = noted(node, "Offset");
  // MG-PLAN-009
  if (skipped < 10000) return {};
  Draft draft;
  draft.share = plan.ran() ? 0.9 : 1;
  draft.title = text::count(skipped) + " documents are read only to be skipped";
  draft.detail =
      "Each page reads all pages before it. Remember the sort key of the last document of a page, "
      "and ask for those behind it: {_id: {$gt: last}}, sorted and limited.";
  draft.evidence = {count("documents skipped", skipped, "EXPLAIN, skipAmount")};
  return draft;
}

bool is_lookup(const PlanNode& node) {
  return node.type == "$lookup" || node.type == "EQ_LOOKUP" || node.type == "EQ_LOOKUP_UNWIND";
}

std::optional<Draft> lookup_without_index(const PlanContext& plan, std::size_t i) {
  const PlanNode& node = plan.node(i);
  if (!is_lookup(node)) return {};
  const std::int64_t scans = noted(node, "Collection scans");
  const bool loops = node.strategy == "NestedLoopJoin";
  const double read = documents_of(node);
  const bool much = scans > 0 && read >= many_documents;
  const bool planned = loops && !plan.ran() && documents_there(plan, i) >= 100;
  if (!much && !planned) return {};
  // Reading the other collection once, for all documents together, may be right.
  if (node.strategy == "HashJoin" && input_rows(plan, i) > 0.1 * read) return {};
  Draft draft;
  draft.share = part_of(plan, i);
  draft.title = "A $lookup reads all of " + node.relation + " for " +
                (plan.ran() ? "each of " + rows_text(input_rows(plan, i)) + " documents"
                            : std::string("each document"));
  draft.detail =
      "No index of " + node.relation +
      " begins with the foreign field, or its collation differs from the pipeline's. With one, "
      "each document costs a lookup in the index.";
  if (!node.join_filter.empty()) {
    draft.evidence.push_back(plan_fact("joined by", node.join_filter, "$lookup"));
  }
  if (plan.ran()) {
    draft.evidence.push_back(plan_count("documents read there", read, "totalDocsExamined"));
    draft.evidence.push_back(
        plan_count("scans of it", static_cast<double>(scans), "collectionScans"));
  } else {
    draft.evidence.push_back(plan_fact("strategy", node.strategy, "strategy of EQ_LOOKUP"));
  }
  return draft;
}

/// {status: 1, at: -1} as its names.
std::vector<std::string> names_in(const std::string& pattern) {
  std::vector<std::string> out;
  if (pattern.size() < 2) return out;
  for (const std::string& part : text::split(pattern.substr(1, pattern.size() - 2), ',')) {
    const std::string_view one = text::trim(part);
    out.emplace_back(one.substr(0, one.find(':')));
  }
  return out;
}

/// A FETCH that is needed for _id alone, which nobody may want.
std::optional<Draft> not_covered(const PlanContext& plan, std::size_t i) {
  const PlanNode& node = plan.node(i);
  const auto up = plan.figure(i).parent;
  if (node.type != "FETCH" || !node.filter.empty() || node.children.size() != 1 || !up) return {};
  const PlanNode& scan = node.children.front();
  const PlanNode& projection = plan.node(*up);
  if (projection.type != "PROJECTION_SIMPLE" || scan.type != "IXSCAN" || scan.multikey) return {};
  if (documents_of(node) < 1000 || projection.output.empty()) return {};
  const auto key = scan.other.find("Key");
  const std::vector<std::string> indexed = names_in(key == scan.other.end() ? "" : key->second);
  for (const std::string& field : projection.output) {
    const std::string name = field.substr(0, field.find(':'));
    const bool wanted = field.ends_with(": 1");
    if (!wanted || std::ranges::find(indexed, name) == indexed.end()) return {};
  }
  Draft draft;
  draft.share = part_of(plan, i);
  draft.title = rows_text(documents_of(node)) + " documents are fetched though index " +
                scan.index + " has all fields but _id";
  draft.detail =
      "_id is returned unless it is left out. When the application does not need it, add _id: 0 to "
      "the projection: then the index alone answers.";
  draft.evidence = {plan_count("documents fetched", documents_of(node), "docsExamined"),
                    plan_fact("projection", text::join(projection.output, ", "), "transformBy"),
                    plan_fact("index", key->second, "keyPattern")};
  return draft;
}

std::optional<Draft> scatter_gather(const PlanContext& plan, std::size_t i) {
  const PlanNode& node = plan.node(i);
  if (node.type != "SHARD_MERGE" || !plan.ran() || node.children.size() < 2) return {};
  const auto idle = std::ranges::count_if(
      node.children, [](const PlanNode& child) { return child.executed && child.rows == 0; });
  if (idle == 0 || examined_below(node) == 0) return {};
  Draft draft;
  draft.share = static_cast<double>(idle) / static_cast<double>(node.children.size());
  draft.title = "All of " + std::to_string(node.children.size()) + " shards are asked, and " +
                std::to_string(idle) + " of them have nothing to return";
  draft.detail =
      "The condition lacks the shard key, so every shard works for every call, and the slowest "
      "decides. Give the condition the shard key's first field where the application knows it.";
  draft.evidence = {
      count("shards asked", static_cast<std::int64_t>(node.children.size()), "EXPLAIN, shards"),
      count("shards that return nothing", static_cast<std::int64_t>(idle),
            "EXPLAIN, nReturned of shards")};
  return draft;
}

std::optional<Draft> orphans_filtered(const PlanContext& plan, std::size_t i) {
  const PlanNode& node = plan.node(i);
  const auto skipped = static_cast<double>(noted(node, "Chunk skips"));
  if (node.type != "SHARDING_FILTER" || skipped < 1000) return {};
  if (skipped < 0.1 * (skipped + plan.figure(i).rows)) return {};
  Draft draft;
  draft.share = skipped / (skipped + plan.figure(i).rows);
  draft.title = rows_text(skipped) + " documents are read that belong to another shard";
  draft.detail =
      "Orphans are left over from migrations of chunks. They are deleted in the background; when "
      "they stay, run cleanupOrphaned on the shard's primary (before 4.4), or look why its range "
      "deleter waits.";
  draft.evidence = {plan_count("documents of other shards", skipped, "chunkSkips"),
                    plan_count("documents returned", plan.figure(i).rows, returned_source)};
  return draft;
}

std::optional<Draft> long_trial(const PlanContext& plan, std::size_t i) {
  if (i != 0) return {};
  const auto works = static_cast<double>(noted(plan.node(0), "Trial works"));
  // MG-PLAN-016: the trial's limit (internalQueryPlanEvaluationWorks).
  if (works < 10000 || plan.plan().rejected == 0) return {};
  Draft draft;
  draft.share = 0.1;
  draft.title = "Choosing between " + std::to_string(plan.plan().rejected + 1) +
                " plans took a trial of " + rows_text(works) + " steps";
  draft.detail =
      "No candidate was better within the trial: their indexes serve the query about equally "
      "badly. "
      "An index made for the query ends the contest; from 8.0 on query settings choose one.";
  draft.evidence = {plan_count("steps of the longest trial", works, "works in allPlansExecution"),
                    count("plans that lost", plan.plan().rejected, "EXPLAIN, rejectedPlans")};
  return draft;
}

std::optional<Draft> execution_failed(const PlanContext& plan, std::size_t i) {
  if (i != 0 || plan.plan().warnings.empty()) return {};
  const model::PlanWarning& warning = plan.plan().warnings.front();
  Draft draft;
  draft.share = 1;
  draft.title = "The query fails: error " + std::to_string(warning.code);
  draft.detail = warning.message;
  if (warning.code == 292) {
    draft.detail += " Sort in the order of an index, or set allowDiskUse.";
  }
  draft.evidence = {count("error", warning.code, "EXPLAIN, errorCode")};
  return draft;
}

PlanCheck check(std::string_view id, Severity severity, std::string_view summary,
                std::string_view why, std::string_view guards, std::string_view source,
                std::optional<Draft> (*look)(const PlanContext&, std::size_t)) {
  return {{id, severity, summary, why, guards, source}, look, true};
}

}  // namespace

std::vector<PlanCheck> mongodb_stage_plan_checks() {
  return {
      check("plan.blocking_sort", Severity::medium, "Many documents are sorted in memory",
            "The first document waits for the last, and a limit saves nothing.",
            "under 10,000 documents, sorts of what the pipeline computed",
            "checks list MG-PLAN-004", blocking_sort),
      check("plan.disk_use", Severity::medium, "A stage went to disk",
            "Writing and reading files takes many times what memory does.", "none: it was measured",
            "checks list MG-PLAN-004; MongoDB manual, limits of 100 MB", disk_use),
      check("plan.skipped_documents", Severity::medium, "Documents are read to be skipped",
            "The time grows with each page.", "under 10,000 documents skipped",
            "checks list MG-PLAN-009; MongoDB manual, cursor.skip", skipped_documents),
      check("plan.lookup_without_index", Severity::high, "A $lookup has no index to look up by",
            "The time grows with the product of both collections.",
            "under 10,000 documents read there, hash joins of comparable sides; not run: "
            "collections under 100 documents",
            "checks list MG-PLAN-010", lookup_without_index),
      check("plan.not_covered", Severity::low, "Documents are fetched for _id alone",
            "An index that answers alone needs no documents.",
            "under 1,000 documents, multikey indexes, conditions on other fields",
            "checks list MG-PLAN-013; MongoDB manual, covered queries", not_covered),
      check("plan.scatter_gather", Severity::medium, "All shards are asked, some in vain",
            "Each shard pays for each call; adding shards does not help.",
            "not run, shards that all return something", "checks list MG-PLAN-014", scatter_gather),
      check("plan.orphans_filtered", Severity::medium, "Documents of other shards are read",
            "What chunk migrations left behind is read and thrown away.",
            "under 1,000 documents or 10 %", "checks list MG-PLAN-015", orphans_filtered),
      check("plan.long_trial", Severity::low, "Plans compete to the end of their trial",
            "Each planning costs the trial, and the winner may be wrong.",
            "under 10,000 steps, one candidate", "checks list MG-PLAN-016", long_trial),
      check("plan.execution_failed", Severity::high, "The query fails when it runs",
            "The application gets an error.", "none: the server says so",
            "explain, executionSuccess", execution_failed)};
}

}  // namespace whet::advise
