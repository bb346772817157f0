// What the workload's commands say of MongoDB's indexes that are there: keys whose order makes a
// scan read far more than it finds, and partial ones that no query may use.
#include <algorithm>
#include <cmath>
#include <optional>

#include "advise/check.h"
#include "advise/index/mongodb_common.h"
#include "advise/wired/bounds.h"
#include "base/text.h"
#include "base/whole.h"

namespace whet::advise::wired {

namespace {

using model::Finding;
using model::Index;
using model::Severity;
using model::Statement;
using model::Table;

struct Asked {
  const Statement* statement = nullptr;
  Query query;
};

std::vector<Asked> queries_of(const Facts& facts) {
  std::vector<Asked> out;
  for (const Statement* statement : top_statements(facts)) {
    const auto command = mql::parse_command(statement->text, statement->database);
    if (!command) continue;
    auto query = query_of(*command);
    if (query) out.push_back({statement, std::move(query).value()});
  }
  return out;
}

/// As the profiler and the log have it: "IXSCAN { createdAt: 1, status: 1 }".
std::string summary_of(const Index& index) {
  std::vector<std::string> parts;
  for (const model::IndexPart& part : index.parts) {
    const std::string word = part_word(index, part);
    parts.push_back(part.column + ": " +
                    (!word.empty()     ? "\"" + word + "\""
                     : part.descending ? "-1"
                                       : "1"));
  }
  return "IXSCAN { " + text::join(parts, ", ") + " }";
}

struct Misplaced {
  std::string range, behind;  ///< paths; the latter is an equality or a sort key
  bool sorts = false;
};

/// A part that the read bounds by a range stands before one that it fixes or sorts by.
std::optional<Misplaced> misplaced(const Index& index, const Read& read) {
  std::string range;
  for (const model::IndexPart& part : index.parts) {
    bool fixed = false, bounded = false;
    for (const Condition& one : read.filter.conditions) {
      if (one.path != part.column) continue;
      fixed = fixed || one.is_point();
      bounded = bounded || one.is_range() || one.op == Op::prefix;
    }
    const bool sorted = std::any_of(read.sort.begin(), read.sort.end(),
                                    [&](const SortKey& key) { return key.path == part.column; });
    if (!range.empty() && fixed) return Misplaced{range, part.column, false};
    if (!range.empty() && sorted && !fixed) return Misplaced{range, part.column, true};
    if (bounded && !fixed && range.empty() && !sorted) range = part.column;
  }
  return std::nullopt;
}

/// Equality, sort, range.
Index reordered(const Index& index, const Read& read) {
  const auto rank = [&](const model::IndexPart& part) {
    int worst = 3;
    for (const Condition& one : read.filter.conditions) {
      if (one.path != part.column) continue;
      worst = std::min(worst, one.is_point() ? 0 : 2);
    }
    for (const SortKey& key : read.sort) {
      if (key.path == part.column) worst = std::min(worst, 1);
    }
    return worst;
  };
  Index out = index;
  std::stable_sort(out.parts.begin(), out.parts.end(),
                   [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  out.name.clear();
  return out;
}

constexpr double many_keys = 1000;  // a call
constexpr double few_results = 10;  // keys for each of them

void range_first(const Facts& facts, std::vector<Finding>& out) {
  for (const Asked& asked : queries_of(facts)) {
    const Statement& statement = *asked.statement;
    const Read& read = asked.query.reads.front();
    const Table* table = facts.table(read.database, read.collection);
    if (table == nullptr || statement.total.calls <= 0) continue;
    const auto calls = static_cast<double>(statement.total.calls);
    const double keys = static_cast<double>(statement.total.keys_examined) / calls;
    const double rows =
        static_cast<double>(statement.total.rows + statement.total.rows_affected) / calls;
    const auto index =
        std::find_if(table->indexes.begin(), table->indexes.end(), [&](const Index& one) {
          return summary_of(one) == statement.plan_summary && is_ordered(one);
        });
    if (index == table->indexes.end() || keys < many_keys) continue;
    const auto wrong = misplaced(*index, read);
    if (!wrong) continue;
    if (wrong->sorts ? statement.total.sort_scans == 0 : keys < few_results * std::max(rows, 1.0))
      continue;
    Finding finding;
    finding.severity = facts.share(statement) >= 0.1 ? Severity::medium : Severity::low;
    finding.subject = index_subject(*table, *index);
    finding.title = index->name + " has the range on " + wrong->range + " before " + wrong->behind +
                    ": " + text::count(to_whole(std::round(keys))) + " keys are read for " +
                    text::count(to_whole(std::round(rows))) + " documents";
    finding.detail =
        wrong->sorts ? "Behind a range an index no longer gives the order, so that all that is "
                       "found must be "
                       "sorted. Equality first, then the sort, then ranges: such a key reads no "
                       "more than it "
                       "needs."
                     : "Behind a range a scan must look at each value of it to find the equal "
                       "ones. Equality "
                       "first, then the sort, then ranges: such a key reads no more than it needs.";
    finding.evidence = {
        key_evidence(*index),
        fact("statement " + statement.id, text::shorten(text::squeeze(statement.text), 160),
             "system.profile, log"),
        number("keys read for each call", keys, "keysExamined"),
        number("documents found by each call", rows, "nreturned, nModified"),
        count("calls", statement.total.calls, "system.profile, log")};
    finding.impact.seconds_per_hour = facts.seconds_per_hour(statement);
    finding.impact.share = facts.share(statement);
    finding.impact.arithmetic = "execution time of the statement";
    const Index better = reordered(*index, read);
    finding.changes = {
        manual("reorder/" + table->qualified() + "." + index->name,
               "Make the key again in the order " + mongosh_key(better),
               mongosh_create(*table, better) + "; " + mongosh_drop(*table, *index))};
    finding.references = {mongodb_manual(facts, "tutorial/equality-sort-range-guideline")};
    out.push_back(std::move(finding));
  }
}

bool has_condition(const Filter& filter, const std::string& path) {
  const auto here = [&](const Filter& one) {
    return std::any_of(one.conditions.begin(), one.conditions.end(),
                       [&](const Condition& condition) { return condition.path == path; });
  };
  if (here(filter)) return true;
  return std::any_of(filter.alternatives.begin(), filter.alternatives.end(),
                     [&](const auto& arms) { return std::any_of(arms.begin(), arms.end(), here); });
}

/// Statements that ask for the index's first field, and those of them that could imply its filter.
struct Interest {
  std::int64_t asking = 0, implying = 0;
  const Statement* example = nullptr;
};

Interest interest_in(const std::vector<Asked>& queries, const Table& table, const Index& index,
                     const Filter& partial) {
  Interest out;
  for (const Asked& asked : queries) {
    for (const Read& read : asked.query.reads) {
      if (read.collection != table.name || read.database != table.schema) continue;
      if (!has_condition(read.filter, index.parts.front().column)) continue;
      ++out.asking;
      const bool all =
          std::all_of(partial.conditions.begin(), partial.conditions.end(),
                      [&](const Condition& one) { return has_condition(read.filter, one.path); });
      if (all) {
        ++out.implying;
      } else if (out.example == nullptr) {
        out.example = asked.statement;
      }
    }
  }
  return out;
}

void never_implied(const Facts& facts, std::vector<Finding>& out) {
  const std::vector<Asked> queries = queries_of(facts);
  for (const Table* table : facts.user_tables()) {
    for (const Index& index : table->indexes) {
      if (index.predicate.empty() || !index.usable() || index.unique || is_ttl(index)) continue;
      if (mongodb_uses(index) > 0) continue;
      const Filter partial = key_of(*table, index).partial;
      if (partial.conditions.empty() || !partial.alternatives.empty()) continue;
      const Interest interest = interest_in(queries, *table, index, partial);
      if (interest.asking == 0 || interest.implying > 0) continue;
      const SeenUse use = seen_use(facts, index);
      Finding finding;
      finding.severity = Severity::low;
      finding.subject = index_subject(*table, index);
      finding.title =
          "No query may use the partial index " + index.name + ": none says what its filter says";
      finding.detail =
          "The server uses a partial index only for queries whose conditions are within its "
          "partialFilterExpression. Add that condition to the queries, or make the index whole.";
      finding.evidence = {
          key_evidence(index), fact("filter", index.predicate, "listIndexes"),
          count("statements that ask for " + index.parts.front().column, interest.asking,
                "system.profile, log, $queryStats"),
          fact("for example", text::shorten(text::squeeze(interest.example->text), 160),
               "statement " + interest.example->id)};
      for (model::Evidence& one : use_evidence(use)) finding.evidence.push_back(std::move(one));
      finding.impact.bytes = static_cast<double>(index.size_bytes);
      finding.references = {mongodb_manual(facts, "core/index-partial")};
      out.push_back(std::move(finding));
    }
  }
}

const Register order{{.id = "index.range_in_middle",
                      .area = Area::index,
                      .severity = Severity::medium,
                      .engines = mongodb,
                      .summary = "An index has a range before the equality or sort of a query",
                      .why = "The scan reads all of the range, or sorts what it found.",
                      .privileges = "find on system.profile, or the log",
                      .guards = "fewer than 1,000 keys a call, fewer than ten for each document; "
                                "sorts: none was seen; the plan is that of the latest call",
                      .source = "MongoDB manual, The ESR (Equality, Sort, Range) Guideline; "
                                "the bound that health checks of the field take"},
                     range_first};
const Register implied{{.id = "index.partial_never_implied",
                        .area = Area::index,
                        .severity = Severity::low,
                        .engines = mongodb,
                        .summary = "A partial index whose filter no query implies",
                        .why = "The server may not use it for any of them.",
                        .privileges = "find on system.profile, or the log",
                        .guards = "used, unique and TTL indexes; no statement on its first field; "
                                  "any statement with conditions on the filter's fields",
                        .source = "MongoDB manual, Partial Indexes (query coverage)"},
                       never_implied};

}  // namespace
}  // namespace whet::advise::wired
