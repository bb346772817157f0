// What MongoDB's statements do with what they read: sorts, skips, joins, results, JavaScript.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "advise/build.h"
#include "advise/check.h"
#include "advise/mongodb_facts.h"
#include "advise/query/mongodb_plan.h"
#include "advise/query/mongodb_statement.h"
#include "advise/query/plan_context.h"
#include "advise/query/statement.h"
#include "base/text.h"

namespace whet::advise {
namespace {

using model::Finding;
using model::Severity;
using mql::Value;

double each(const MongoStatement& one, std::int64_t total) {
  return static_cast<double>(total) / one.calls;
}

void finish(const Facts& facts, const MongoStatement& one, double part, Finding finding,
            std::vector<Finding>& out) {
  about_statement(facts, *one.statement, part, finding);
  out.push_back(std::move(finding));
}

void blocking_sort(const Facts& facts, std::vector<Finding>& out) {
  for (const MongoStatement& one : mongodb_statements(facts)) {
    const double sorted = each(one, one.statement->total.sort_scans);
    if (sorted < 0.5 || one.examined() < many_documents || !sorts(one.command)) continue;
    // What a pipeline computed has no index.
    if (aggregates(one.command) || one.statement->total.temp_disk_tables > 0) continue;
    // Scans are told by query.collection_scan: an index for the condition serves the sort, too.
    if (one.scans() >= 0.5 && condition_of(one.command) != nullptr) continue;
    Finding finding;
    finding.severity = Severity::medium;
    finding.title = "A statement sorts " + rows_text(one.examined()) + " documents of " +
                    one.name() + " in memory at each call";
    finding.detail =
        "All are read before the first is returned, whatever the limit. An index with the fields "
        "of "
        "the equality conditions first and those sorted by behind them gives them in order.";
    finding.evidence = {
        share("calls that sort", std::min(sorted, 1.0), counter(facts, "hasSortStage")),
        number("keys or documents read at each call", one.examined(),
               counter(facts, "keysExamined, docsExamined")),
        number("documents returned at each call", one.used, counter(facts, "nreturned"))};
    const double part = has_limit(one.command) ? 0.8 : 0.3;
    finish(facts, one, part, std::move(finding), out);
  }
}

void disk_use(const Facts& facts, std::vector<Finding>& out) {
  for (const MongoStatement& one : mongodb_statements(facts)) {
    const double spills = each(one, one.statement->total.temp_disk_tables);
    if (spills < 0.1) continue;
    Finding finding;
    finding.severity = Severity::medium;
    finding.title =
        "A statement goes to disk in " + text::percent(std::min(spills, 1.0)) + " of its calls";
    finding.detail =
        "A sort or group needed more than the 100 MB that a stage may use. Filter and project "
        "before it, sort in the order of an index, or limit.";
    finding.evidence = {count("calls that went to disk", one.statement->total.temp_disk_tables,
                              counter(facts, "usedDisk"))};
    finish(facts, one, 0.5, std::move(finding), out);
  }
}

void deep_offset(const Facts& facts, std::vector<Finding>& out) {
  for (const MongoStatement& one : mongodb_statements(facts)) {
    const bool skips =
        one.command.body.find("skip") != nullptr || stage_named(one.command, "$skip") != nullptr;
    // MG-PLAN-009
    if (!skips || one.examined() < 10000 || one.examined() < 10 * std::max(one.used, 1.0)) continue;
    Finding finding;
    finding.severity = Severity::medium;
    finding.title = "A statement pages by skip, and reads " + rows_text(one.examined()) +
                    " keys or documents for pages of " + text::number(one.used);
    finding.detail =
        "Each page reads all pages before it. Remember the sort key of a page's last document, and "
        "ask for what is behind it: find({_id: {$gt: last}}).sort({_id: 1}).limit(n).";
    finding.evidence = {
        number("keys or documents read at each call", one.examined(),
               counter(facts, "keysExamined, docsExamined")),
        number("documents returned at each call", one.used, counter(facts, "nreturned"))};
    finish(facts, one, 1 - one.used / one.examined(), std::move(finding), out);
  }
}

/// The fields that a pipeline's conditions behind an $unwind ask of what it unwinds.
std::string late_condition(const mql::Command& command) {
  const Value* pipeline = command.body.find("pipeline");
  if (pipeline == nullptr) return "";
  std::string unwound;
  for (const mql::Field& stage : pipeline->fields) {
    if (const Value* unwind = stage.value.find("$unwind")) {
      const std::string path = unwind->is_string() ? unwind->text : unwind->string_at("path");
      if (path.starts_with('$')) unwound = path.substr(1);
    }
    // Behind these the path may mean something else.
    for (const char* changes : {"$group", "$lookup", "$project", "$addFields", "$set", "$facet"}) {
      if (stage.value.find(changes) != nullptr) return "";
    }
    const Value* match = stage.value.find("$match");
    if (match == nullptr || unwound.empty()) continue;
    for (const mql::Field& field : match->fields) {
      if (field.name == unwound || field.name.starts_with(unwound + ".")) return field.name;
    }
  }
  return "";
}

void late_match(const Facts& facts, std::vector<Finding>& out) {
  for (const MongoStatement& one : mongodb_statements(facts)) {
    const std::string field = late_condition(one.command);
    if (field.empty() || one.documents < many_documents) continue;
    const Value* first = condition_of(one.command);
    if (first != nullptr && first->find(field) != nullptr) continue;
    Finding finding;
    finding.severity = Severity::medium;
    finding.title = "A pipeline unwinds all of " + one.name() + " and only then asks for " + field;
    finding.detail =
        "The server cannot move a $match on array elements before the $unwind by itself. Put a "
        "$match of the same condition before the $unwind as well: it uses an index, and leaves few "
        "documents to unwind. Keep the one behind: it picks the elements.";
    finding.evidence = {
        number("documents read at each call", one.documents, counter(facts, "docsExamined")),
        fact("condition behind the $unwind", field, "the pipeline")};
    finish(facts, one, 0.8, std::move(finding), out);
  }
}

void javascript(const Facts& facts, std::vector<Finding>& out) {
  for (const MongoStatement& one : mongodb_statements(facts)) {
    std::string what;
    for (const char* name : {"$where", "$function", "$accumulator"}) {
      if (mentions(one.command.body, name)) what = name;
    }
    if (one.command.verb == "mapReduce") what = "mapReduce";
    if (what.empty()) continue;
    Finding finding;
    finding.severity = Severity::medium;
    finding.title = "A statement runs JavaScript (" + what + ") for each document";
    finding.detail =
        "It is many times slower than the server's own operators, uses no index, and keeps the "
        "server from switching JavaScript off (security.javascriptEnabled). Say it with $expr and "
        "aggregation operators; a mapReduce with a pipeline of $group and $merge.";
    finding.evidence = {
        fact("operator", what, "the statement"),
        number("documents read at each call", one.documents, counter(facts, "docsExamined"))};
    finish(facts, one, 0.8, std::move(finding), out);
  }
}

/// countDocuments({}): all documents are read to be counted.
bool counts_all(const MongoStatement& one) {
  if (condition_of(one.command) != nullptr) return false;
  if (stage_named(one.command, "$count") != nullptr) return true;
  const Value* group = stage_named(one.command, "$group");
  if (group == nullptr || group->fields.size() != 2) return false;
  // {_id: 1, n: {$sum: 1}}: one group, and one number.
  const Value* id = group->find("_id");
  return id != nullptr && !id->is_object() && !id->text.starts_with('$') &&
         mentions(*group, "$sum");
}

void count_all(const Facts& facts, std::vector<Finding>& out) {
  for (const MongoStatement& one : mongodb_statements(facts)) {
    if (!counts_all(one) || one.examined() < many_documents || one.calls < 100) continue;
    Finding finding;
    finding.severity = Severity::medium;
    finding.title = "All " + rows_text(one.examined()) + " documents of " + one.name() +
                    " are counted one by one, again and again";
    finding.detail =
        "countDocuments({}) reads the collection or an index through. "
        "db." +
        one.name() +
        ".estimatedDocumentCount() takes the number from the collection's metadata at once; it is "
        "exact but after a crash, and on sharded clusters while chunks move.";
    finding.evidence = {number("keys or documents read at each call", one.examined(),
                               counter(facts, "keysExamined, docsExamined"))};
    finding.changes.push_back(manual("count/" + one.name(), "Count by the collection's metadata",
                                     "db." + one.name() + ".estimatedDocumentCount()"));
    finish(facts, one, 1, std::move(finding), out);
  }
}

void many_rows_sent(const Facts& facts, std::vector<Finding>& out) {
  for (const MongoStatement& one : mongodb_statements(facts)) {
    // MG-QRY-002
    if (one.statement->kind != model::StatementKind::select || has_limit(one.command)) continue;
    if (one.used < 10000 || one.calls < 100 || facts.calls_per_hour(*one.statement) < 4) continue;
    Finding finding;
    finding.severity = Severity::low;
    finding.title = "A statement without a limit returns " + rows_text(one.used) +
                    " documents at each call, and often";
    finding.detail =
        "Reading, sending and decoding them costs the server, the network and the application. "
        "Limit it, project the fields that are used, or let a pipeline compute what is wanted. An "
        "export must read all: let it read from a secondary.";
    finding.evidence = {
        number("documents returned at each call", one.used, counter(facts, "nreturned")),
        number("further batches at each call", one.batches, counter(facts, "getMore"))};
    finish(facts, one, 1, std::move(finding), out);
  }
}

void large_results(const Facts& facts, std::vector<Finding>& out) {
  for (const MongoStatement& one : mongodb_statements(facts)) {
    constexpr double megabyte = 1024.0 * 1024;
    const double bytes = each(one, one.statement->total.result_bytes);
    // MG-QRY-004. Many documents are told by query.many_rows_sent.
    if (bytes < megabyte || one.used >= 10000) continue;
    Finding finding;
    finding.severity = Severity::low;
    finding.title = "A statement's answers have " + text::bytes(bytes) + " on average";
    finding.detail =
        "Ask for the fields that are used (a projection), and keep large values (files, long "
        "arrays) in documents of their own.";
    finding.evidence = {size("answer, on average", bytes, counter(facts, "reslen")),
                        number("documents in it", one.used, counter(facts, "nreturned"))};
    finish(facts, one, 0.5, std::move(finding), out);
  }
}

void replans(const Facts& facts, std::vector<Finding>& out) {
  for (const MongoStatement& one : mongodb_statements(facts)) {
    const double again = each(one, one.statement->total.replans);
    const double planned = each(one, one.statement->total.multi_plans);
    if (one.calls < 100 || (again < 0.1 && planned < 0.5)) continue;
    Finding finding;
    finding.severity = Severity::low;
    finding.title = again >= 0.1 ? text::percent(std::min(again, 1.0)) +
                                       " of a statement's calls find their plan bad and plan anew"
                                 : "A statement's plan is chosen anew by a trial in " +
                                       text::percent(std::min(planned, 1.0)) + " of its calls";
    finding.detail =
        "Several indexes serve it about equally, and which is best depends on the values, so the "
        "plan cache does not settle. An index made for it ends the contest.";
    finding.evidence = {
        count("calls that planned anew", one.statement->total.replans, counter(facts, "replanned")),
        count("calls that tried several plans", one.statement->total.multi_plans,
              counter(facts, "fromMultiPlanner"))};
    const bool settings = mongodb_since(facts, 8, 0);
    finding.changes.push_back(
        manual("plan/" + one.statement->fingerprint, "Decide which index it uses",
               settings ? "db.adminCommand({setQuerySettings: {...}, settings: {indexHints: {ns: "
                          "{db: \"" +
                              one.command.database + "\", coll: \"" + one.name() +
                              "\"}, allowedIndexes: [...]}}})"
                        : "db." + one.name() + ".find(...).hint({...})"));
    finish(facts, one, 0.2, std::move(finding), out);
  }
}

CheckInfo info(std::string_view id, Severity severity, std::string_view summary,
               std::string_view why, std::string_view guards, std::string_view source) {
  return mongodb_check(Area::query, id, severity, summary, why,
                       "read on system.profile, or the log", guards, source);
}

const Register on_sort{
    info("query.blocking_sort", Severity::medium, "A statement sorts many documents in memory",
         "The first result waits for the last, and a limit saves nothing.",
         "under 10,000 documents, fewer than half of the calls, groups, statements whose scan is "
         "told by query.collection_scan, fewer than ten calls, statements that cost little",
         "checks list MG-PLAN-004"),
    blocking_sort};
const Register on_disk{
    info("query.disk_use", Severity::medium, "A statement's sort or group goes to disk",
         "Writing and reading files takes many times what memory does.",
         "under 10 % of the calls, fewer than ten calls, statements that cost little",
         "checks list MG-PLAN-004; the limit of 100 MB for a stage"),
    disk_use};
const Register on_skip{
    info("query.deep_offset", Severity::medium, "A statement pages by skip and reads what it skips",
         "The time grows with each page.",
         "under 10,000 keys or documents or ten for each returned, fewer than ten calls, "
         "statements that cost little",
         "checks list MG-PLAN-009"),
    deep_offset};
const Register on_late{
    info("query.late_match", Severity::medium,
         "A pipeline unwinds arrays before it selects by their elements",
         "All documents are read and multiplied, to be thrown away.",
         "under 10,000 documents, the same condition before the $unwind, stages between that "
         "change the field, fewer than ten calls, statements that cost little",
         "checks list MG-PLAN-011"),
    late_match};
const Register on_javascript{
    info("query.javascript", Severity::medium, "A statement runs JavaScript in the server",
         "It is slow, uses no index, and opens a door that could be closed.",
         "fewer than ten calls, statements that cost little", "checks list MG-PLAN-012"),
    javascript};
const Register on_count{
    info("query.count_all", Severity::medium,
         "All documents of a large collection are counted often",
         "The number stands in the collection's metadata.",
         "under 10,000 documents, fewer than 100 calls, counts with a condition, statements that "
         "cost little",
         "checks list MG-QRY-003"),
    count_all};
const Register on_sent{
    info("query.many_rows_sent", Severity::low,
         "A statement without a limit returns very many documents, and often",
         "Sending and decoding them costs all who take part.",
         "under 10,000 documents at each call, a limit, fewer than 100 calls or four an hour, "
         "statements that cost little",
         "checks list MG-QRY-002"),
    many_rows_sent};
const Register on_large{
    info("query.large_results", Severity::low, "A statement's answers are large",
         "They take time on the network and memory in the application.",
         "under 1 MB on average, fewer than ten calls, statements that cost little",
         "checks list MG-QRY-004"),
    large_results};
const Register on_replans{
    info("query.replans", Severity::low, "A statement's plan does not settle",
         "Each contest between plans costs time, and each may be won by the wrong one.",
         "fewer than 100 calls, under 10 % planned anew and half tried, statements that cost "
         "little",
         "checks list MG-PLAN-016"),
    replans};

}  // namespace
}  // namespace whet::advise
