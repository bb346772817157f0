// Documents that are read one by one by a unique key, in a loop of the application over what a
// list returned (N+1). The SQL servers' check of that name is in advise/settings/workload.cpp.
#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "advise/build.h"
#include "advise/check.h"
#include "advise/mongodb_facts.h"
#include "advise/query/mongodb_statement.h"
#include "base/text.h"
#include "mql/command.h"

namespace whet::advise {
namespace {

using model::Severity;
using model::Statement;

constexpr std::int64_t least_calls = 100;
constexpr double least_calls_per_hour = 1000;
constexpr double least_part = 0.2;  // of all calls
/// Below that, two statements of one page or a cache that misses do it.
constexpr double several = 3;

double number_of(std::int64_t value) { return static_cast<double>(value); }

bool is_unique_key(const model::Index& index, const std::vector<std::string>& fields) {
  const bool unique = (index.unique || index.primary) && index.predicate.empty();
  return unique && std::ranges::all_of(index.parts, [&](const model::IndexPart& part) {
           return std::ranges::find(fields, part.column) != fields.end();
         });
}

/// A statement that finds one document by its _id or by all of another unique key.
struct Fetch {
  const Statement* statement = nullptr;
  std::string collection, key;
};

/// The fields that a find compares with a value, when it has no other conditions.
std::vector<std::string> fields_compared(const mql::Command& command) {
  const auto shape = mql::shape_of(command);
  if (!shape.ok() || shape->relations.size() != 1) return {};
  std::vector<std::string> fields;
  for (const model::Predicate& one : shape->relations[0].predicates) {
    if (one.kind != model::PredicateKind::equality || one.column.empty() || one.negated ||
        one.disjunction != 0)
      return {};
    fields.push_back(one.column);
  }
  return fields;
}

std::optional<Fetch> fetch_of(const Facts& facts, const Statement& statement) {
  if (statement.kind != model::StatementKind::select || statement.own) return std::nullopt;
  if (statement.total.rows > statement.total.calls) return std::nullopt;
  const auto command = mql::parse_command(statement.text, statement.database);
  if (!command.ok() || command->verb != "find") return std::nullopt;
  const std::vector<std::string> fields = fields_compared(*command);
  if (fields.empty()) return std::nullopt;
  if (std::ranges::find(fields, "_id") != fields.end())
    return Fetch{&statement, command->collection, "_id"};
  const model::Table* table = facts.table(statement.database, command->collection);
  if (table == nullptr) return std::nullopt;
  for (const model::Index& index : table->indexes) {
    if (!is_unique_key(index, fields)) continue;
    std::vector<std::string> key;
    for (const model::IndexPart& part : index.parts) key.push_back(part.column);
    return Fetch{&statement, command->collection, text::join(key, ", ")};
  }
  return std::nullopt;
}

/// The same program, as far as programs have names.
bool of_same_program(const Statement& one, const Statement& other) {
  if (one.applications.empty() || other.applications.empty()) return true;
  return std::ranges::any_of(one.applications, [&](const std::string& name) {
    return std::ranges::find(other.applications, name) != other.applications.end();
  });
}

/// What a fetch by its key is called for, as far as the counters tell.
struct Loop {
  const Statement* list = nullptr;     ///< returns about as many documents as there are calls
  const Statement* busiest = nullptr;  ///< the most frequent read that is no such fetch
};

Loop loop_around(const Facts& facts, const Statement& fetch) {
  Loop loop;
  const double calls = number_of(fetch.total.calls);
  const auto distance = [&](const Statement& one) {
    return std::abs(number_of(one.total.rows) - calls);
  };
  for (const Statement& one : facts.snapshot().workload.statements) {
    if (&one == &fetch || one.own || one.kind != model::StatementKind::select) continue;
    if (one.total.calls == 0 || one.database != fetch.database || !of_same_program(one, fetch))
      continue;
    if (fetch_of(facts, one)) continue;  // the same loop reads here, too
    if (loop.busiest == nullptr || one.total.calls > loop.busiest->total.calls) loop.busiest = &one;
    const bool lists = one.total.rows >= 2 * one.total.calls &&
                       number_of(one.total.calls) * several <= calls &&
                       number_of(one.total.rows) >= 0.5 * calls;
    if (lists && (loop.list == nullptr || distance(one) < distance(*loop.list))) loop.list = &one;
  }
  return loop;
}

bool is_loop(const Loop& loop, const Statement& fetch) {
  return loop.list != nullptr && loop.busiest != nullptr &&
         number_of(fetch.total.calls) >= several * number_of(loop.busiest->total.calls);
}

// As many documents listed as fetched, within a tenth: the list and its loop.
bool matches(const Loop& loop, const Statement& fetch) {
  return std::abs(number_of(loop.list->total.rows - fetch.total.calls)) <=
         0.1 * number_of(fetch.total.calls);
}

std::string collection_of(const Statement& statement) {
  const auto command = mql::parse_command(statement.text, statement.database);
  return command.ok() ? command->collection : std::string();
}

void add_evidence(const Facts& facts, const Fetch& fetch, const Loop& loop, std::int64_t all,
                  model::Finding& finding) {
  const Statement& statement = *fetch.statement;
  const std::string calls = counter(facts, "operations");
  const std::string returned = counter(facts, "nreturned");
  finding.evidence = {
      count("calls", statement.total.calls, calls),
      count("calls of all statements", all, calls),
      time("mean time", statement.mean_ms() / 1000, counter(facts, "millis")),
      fact("statement", text::shorten(text::squeeze(statement.text), 400),
           counter(facts, "command")),
      count("documents of a list that it may be fetched for", loop.list->total.rows, returned),
      fact("that list", text::shorten(text::squeeze(loop.list->text), 160),
           counter(facts, "command")),
      count("calls of the next most frequent read", loop.busiest->total.calls, calls)};
  if (!statement.applications.empty())
    finding.evidence.push_back(
        fact("programs", text::join(statement.applications, ", "), counter(facts, "appName")));
}

model::Finding finding_of(const Facts& facts, const Fetch& fetch, const Loop& loop,
                          std::int64_t all) {
  const Statement& statement = *fetch.statement;
  const double part = number_of(statement.total.calls) / number_of(std::max<std::int64_t>(all, 1));
  const double time_share = facts.share(statement);
  model::Finding finding;
  finding.severity = time_share >= 0.1 || matches(loop, statement) ? Severity::low : Severity::info;
  finding.subject = named(model::SubjectKind::statement,
                          statement.fingerprint.empty() ? statement.id : statement.fingerprint);
  finding.title = fmt::format("{} of all calls fetch one document of {} by its {}",
                              text::percent(part), fetch.collection, fetch.key);
  const std::string list = collection_of(*loop.list);
  finding.detail = fmt::format(
      "If the program calls it in a loop over the documents of a list (N+1), one read of all of "
      "them, find({{{}: {{$in: [...]}}}}), or a $lookup in the list's pipeline{} does the same in "
      "one round trip; the network and the client's time, which the server does not see, are the "
      "larger part of the gain. If each call stands for a request of its own, all is well.",
      fetch.key, list.empty() ? "" : " over " + list);
  add_evidence(facts, fetch, loop, all, finding);
  finding.impact.seconds_per_hour = facts.seconds_per_hour(statement);
  finding.impact.share = time_share;
  finding.impact.arithmetic =
      fmt::format("{} / {} calls = {}; {} calls an hour", statement.total.calls, all,
                  text::percent(part), text::number(facts.calls_per_hour(statement)));
  return finding;
}

void n_plus_one(const Facts& facts, std::vector<model::Finding>& out) {
  std::int64_t all = 0;
  for (const Statement& one : facts.snapshot().workload.statements) {
    if (!one.own && one.kind != model::StatementKind::utility) all += one.total.calls;
  }
  for (const Statement& one : facts.snapshot().workload.statements) {
    if (one.total.calls < least_calls || facts.calls_per_hour(one) < least_calls_per_hour ||
        number_of(one.total.calls) < least_part * number_of(all) || one.mean_ms() >= 1)
      continue;
    const auto fetch = fetch_of(facts, one);
    if (!fetch) continue;
    const Loop loop = loop_around(facts, one);
    if (is_loop(loop, one)) out.push_back(finding_of(facts, *fetch, loop, all));
  }
}

const Register registered{
    mongodb_check(
        Area::performance, "performance.n_plus_one", Severity::low,
        "One document at a time is fetched by its key, again and again",
        "A loop in the program costs a round trip for each document.",
        "clusterMonitor, read on system.profile",
        "100 calls and 1,000 an hour or more, a fifth of all calls, under 1 ms and at most one "
        "document each; three times as frequent as any other read of the same program, and one of "
        "its lists returned half as many documents or more; sources with slow operations only do "
        "not show it",
        "the bound that health checks of the field take"),
    n_plus_one};

}  // namespace
}  // namespace whet::advise
