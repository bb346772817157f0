// What MongoDB's statements read in vain: whole collections, keys and documents for few results,
// conditions that no index serves.
#include <algorithm>
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

/// An expression that does not begin with something known, or ignores the case.
bool has_open_regex(const Value& value) {
  return std::ranges::any_of(value.fields, [](const mql::Field& field) {
    if (field.value.type == mql::Type::regex) {
      return !field.value.text.starts_with('^') || text::contains(field.value.options, "i");
    }
    if (field.name == "$regex" && field.value.is_string()) {
      return !field.value.text.starts_with('^');
    }
    return has_open_regex(field.value);
  });
}

bool is_disjunction(const Value& condition) { return condition.find("$or") != nullptr; }

/// A statement with a condition that reads the whole collection for a small part of it.
bool scans_in_vain(const MongoStatement& one) {
  return one.scans() >= 0.5 && one.documents >= many_documents &&
         one.documents >= 10 * std::max(one.used, 1.0) && condition_of(one.command) != nullptr;
}

/// Counts and groups over what a condition selects are served by an index as well, but how much
/// they use is not counted: they must at least not ask for everything.
double part_in_vain(const MongoStatement& one) {
  if (aggregates(one.command)) return 0.5;
  return 1 - std::max(one.used, 1.0) / std::max(one.examined(), 1.0);
}

std::vector<model::Evidence> read_and_used(const Facts& facts, const MongoStatement& one) {
  return {number("documents read at each call", one.documents, counter(facts, "docsExamined")),
          number("keys read at each call", one.keys, counter(facts, "keysExamined")),
          number("documents returned or changed at each call", one.used,
                 counter(facts, "nreturned, nModified, ndeleted"))};
}

void finish(const Facts& facts, const MongoStatement& one, double part, Finding finding,
            std::vector<Finding>& out) {
  about_statement(facts, *one.statement, part, finding);
  out.push_back(std::move(finding));
}

void collection_scan(const Facts& facts, std::vector<Finding>& out) {
  for (const MongoStatement& one : mongodb_statements(facts)) {
    if (!scans_in_vain(one) || one.writes()) continue;
    const Value& condition = *condition_of(one.command);
    // What other checks tell better.
    if (is_disjunction(condition) || has_open_regex(condition)) continue;
    if (mentions(condition, "$where") || one.command.body.find("skip") != nullptr) continue;
    Finding finding;
    finding.severity = Severity::high;
    finding.title = "A statement reads all of " + one.name() + ", " + rows_text(one.documents) +
                    " documents, at each call";
    finding.detail =
        "No index serves its condition. See the advice of whet index: the fields compared with a "
        "value first, then those sorted by, then those of ranges.";
    finding.evidence = read_and_used(facts, one);
    finding.evidence.push_back(
        share("calls that read the whole collection", one.scans(), counter(facts, "planSummary")));
    finish(facts, one, part_in_vain(one), std::move(finding), out);
  }
}

void write_without_index(const Facts& facts, std::vector<Finding>& out) {
  for (const MongoStatement& one : mongodb_statements(facts)) {
    if (!scans_in_vain(one) || !one.writes()) continue;
    Finding finding;
    finding.severity = Severity::high;
    finding.title = "A write reads all of " + one.name() + ", " + rows_text(one.documents) +
                    " documents, to change " + text::number(one.used);
    finding.detail =
        "It finds its documents without an index. While it reads it yields, and each document that "
        "another write changed meanwhile makes it try again. An index on its condition ends that.";
    finding.evidence = read_and_used(facts, one);
    finish(facts, one, part_in_vain(one), std::move(finding), out);
  }
}

void rows_examined(const Facts& facts, std::vector<Finding>& out) {
  for (const MongoStatement& one : mongodb_statements(facts)) {
    if (one.scans() >= 0.5 || aggregates(one.command)) continue;
    // MG-PLAN-002 and 003
    if (one.examined() < 1000 || one.examined() < 10 * std::max(one.used, 1.0)) continue;
    const Value* condition = condition_of(one.command);
    if (condition != nullptr && has_open_regex(*condition)) continue;
    if (one.command.body.find("skip") != nullptr) continue;
    if (stage_named(one.command, "$skip") != nullptr ||
        stage_named(one.command, "$lookup") != nullptr) {
      continue;
    }
    Finding finding;
    finding.severity = one.examined() >= many_documents ? Severity::high : Severity::medium;
    finding.title = "A statement looks at " + rows_text(one.examined()) + " keys or documents to " +
                    (one.writes() ? "change " : "return ") + text::number(one.used);
    finding.detail =
        "Its index hardly selects what is wanted: a field of the condition is not in it, or stands "
        "behind a range or a sort. See the advice of whet index (equality, sort, range).";
    finding.evidence = read_and_used(facts, one);
    if (!one.statement->plan_summary.empty()) {
      finding.evidence.push_back(
          fact("plan", one.statement->plan_summary, counter(facts, "planSummary")));
    }
    finish(facts, one, part_in_vain(one), std::move(finding), out);
  }
}

void or_across_columns(const Facts& facts, std::vector<Finding>& out) {
  for (const MongoStatement& one : mongodb_statements(facts)) {
    if (!scans_in_vain(one) || !is_disjunction(*condition_of(one.command))) continue;
    Finding finding;
    finding.severity = Severity::medium;
    finding.title =
        "An $or has an alternative without an index, so all of " + one.name() + " is read";
    finding.detail =
        "$or uses indexes only when each alternative has one. Make the missing ones; each "
        "alternative is then a short scan of its own.";
    finding.evidence = read_and_used(facts, one);
    finish(facts, one, part_in_vain(one), std::move(finding), out);
  }
}

void leading_wildcard(const Facts& facts, std::vector<Finding>& out) {
  for (const MongoStatement& one : mongodb_statements(facts)) {
    const Value* condition = condition_of(one.command);
    if (condition == nullptr || !has_open_regex(*condition)) continue;
    if (one.examined() < many_documents || one.examined() < 10 * std::max(one.used, 1.0)) continue;
    Finding finding;
    finding.severity = Severity::medium;
    finding.title = "A regular expression without a fixed beginning is tried on " +
                    rows_text(one.examined()) + " values at each call";
    finding.detail =
        "An index has bounds only for expressions that begin with ^ and a fixed text and mind the "
        "case. To ignore the case use an index with collation {locale: \"en\", strength: 2}, and "
        "equality; to find words, a text index.";
    finding.evidence = read_and_used(facts, one);
    finish(facts, one, part_in_vain(one), std::move(finding), out);
  }
}

/// All conditions of it are negations.
bool only_negates(const Value& condition) {
  return !condition.fields.empty() && std::ranges::all_of(condition.fields, [](const auto& field) {
    const Value& value = field.value;
    if (!value.is_object() || value.fields.empty()) return false;
    const std::string& name = value.fields.front().name;
    return name == "$ne" || name == "$nin" || name == "$not" ||
           (name == "$exists" && !value.fields.front().value.truthy());
  });
}

void negated_condition(const Facts& facts, std::vector<Finding>& out) {
  for (const MongoStatement& one : mongodb_statements(facts)) {
    const Value* condition = condition_of(one.command);
    if (condition == nullptr || !only_negates(*condition) || one.examined() < many_documents) {
      continue;
    }
    // With few results the negation is rare: a partial index has exactly those.
    Finding finding;
    finding.severity = Severity::low;
    finding.title = "A statement asks for all but some values, and looks at " +
                    rows_text(one.examined()) + " keys or documents";
    finding.detail =
        "$ne, $nin, $not and $exists: false cannot be looked up, only read through. Ask for the "
        "values that are wanted ($in), keep a field that says it, or make a partial index whose "
        "expression selects them.";
    finding.evidence = read_and_used(facts, one);
    finish(facts, one, part_in_vain(one), std::move(finding), out);
  }
}

CheckInfo info(std::string_view id, Severity severity, std::string_view summary,
               std::string_view why, std::string_view guards, std::string_view source) {
  return mongodb_check(Area::query, id, severity, summary, why,
                       "read on system.profile, or the log", guards, source);
}

const Register on_scan{
    info("query.collection_scan", Severity::high,
         "A statement reads a whole collection for few documents",
         "The time grows with the collection, and what is read displaces other data.",
         "under 10,000 documents or ten for each used, no condition (exports, counts), what other "
         "checks tell ($or, regular expressions, skip, writes), tiny collections, fewer than ten "
         "calls, statements that cost little (as for query.function_on_column)",
         "checks list MG-PLAN-001"),
    collection_scan};
const Register on_write{
    info("query.write_without_index", Severity::high,
         "An update or delete reads a whole collection to find its documents",
         "It holds and yields locks all the while, and is repeated on conflicts.",
         "as for query.collection_scan", "checks list MG-QRY-005"),
    write_without_index};
const Register on_examined{
    info("query.rows_examined", Severity::high,
         "A statement looks at far more keys or documents than it uses",
         "Keys and documents that are looked at in vain cost as much as those wanted.",
         "under 1,000 at each call or ten for each used, aggregates, skips, joins, regular "
         "expressions, scans of the collection (query.collection_scan), fewer than ten calls, "
         "statements that cost little",
         "checks list MG-PLAN-002, MG-PLAN-003"),
    rows_examined};
const Register on_or{info("query.or_across_columns", Severity::medium,
                          "A statement's $or has an alternative without an index",
                          "One alternative without an index makes the server read all documents.",
                          "as for query.collection_scan", "checks list MG-PLAN-005"),
                     or_across_columns};
const Register on_regex{
    info("query.leading_wildcard", Severity::medium,
         "A statement searches a regular expression without a fixed beginning",
         "Nothing bounds the search in an index.",
         "under 10,000 values or ten for each used, expressions that begin with ^ and a text, "
         "fewer than ten calls, statements that cost little",
         "checks list MG-PLAN-006"),
    leading_wildcard};
const Register on_negation{
    info("query.negated_condition", Severity::low, "A statement has nothing but negated conditions",
         "All but a few values is most of them.",
         "under 10,000 keys or documents, another condition beside, fewer than ten calls, "
         "statements that cost little",
         "checks list MG-PLAN-007"),
    negated_condition};

}  // namespace
}  // namespace whet::advise
