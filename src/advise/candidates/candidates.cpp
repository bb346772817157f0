#include "advise/candidates/candidates.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "advise/index/common.h"
#include "advise/naming.h"
#include "base/text.h"
#include "sql/dialect/dialect.h"

namespace whet::advise {

namespace {

using model::IndexPart;
using model::StatementKind;
using Parts = std::vector<IndexPart>;

constexpr std::size_t max_statements = 400;
constexpr std::size_t max_for_table = 5;

// A key in the making: groups of columns whose order within the group is still free, so that
// shorter needs can be served by the beginning of a longer one's key.
struct Draft {
  std::vector<Parts> groups;
  Parts tail;
  std::string predicate;
  std::vector<Need> needs;
};

bool contains(const Parts& parts, const IndexPart& wanted) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](const IndexPart& part) { return same_part(part, wanted); });
}

// Many values first: all else being equal, that narrows soonest.
double distinct_of(const model::Table& table, const IndexPart& part) {
  const model::Column* column = table.column(part.column);
  if (column == nullptr || !column->stats) return 0;
  const double distinct = column->stats->distinct;
  return distinct >= 0 ? distinct : -distinct * table.rows();
}

model::Index index_of(const model::Table& table, const Draft& draft) {
  model::Index index;
  index.schema = table.schema;
  index.method = "btree";
  index.predicate = draft.predicate;
  for (Parts group : draft.groups) {
    std::sort(group.begin(), group.end(), [&](const IndexPart& a, const IndexPart& b) {
      return std::tuple(-distinct_of(table, a), a.column, a.expression) <
             std::tuple(-distinct_of(table, b), b.column, b.expression);
    });
    index.parts.insert(index.parts.end(), group.begin(), group.end());
  }
  index.parts.insert(index.parts.end(), draft.tail.begin(), draft.tail.end());
  return index;
}

// The draft with its groups split so that it begins with the given columns; nothing when it cannot.
std::optional<Draft> begun_with(const Draft& draft, Parts wanted) {
  Draft out = draft;
  out.groups.clear();
  for (const Parts& group : draft.groups) {
    Parts first;
    Parts rest;
    for (const IndexPart& part : group) (contains(wanted, part) ? first : rest).push_back(part);
    std::erase_if(wanted, [&](const IndexPart& part) { return contains(first, part); });
    if (!wanted.empty() && !rest.empty()) return std::nullopt;
    if (!first.empty()) out.groups.push_back(std::move(first));
    if (!rest.empty()) out.groups.push_back(std::move(rest));
  }
  if (!wanted.empty()) return std::nullopt;
  return out;
}

// Serves the need with the draft too, if splitting its groups is all that this takes.
bool absorb(Draft& draft, const Need& need) {
  if (draft.predicate != need.predicate) return false;
  auto split = begun_with(draft, need.equality);
  if (!split || !serves(index_of(*need.table, *split), need)) return false;
  split->needs.push_back(need);
  draft = *std::move(split);
  return true;
}

std::vector<Need> needs_of(const Facts& facts) {
  std::vector<Need> out;
  const sql::Catalog catalog = sql::catalog_of(facts.snapshot());
  const model::Database* current = facts.server().current_database();
  std::size_t looked_at = 0;
  for (const model::Statement* statement : top_statements(facts)) {
    const bool planned =
        statement->kind == StatementKind::select || statement->kind == StatementKind::insert ||
        statement->kind == StatementKind::update || statement->kind == StatementKind::remove ||
        statement->kind == StatementKind::merge;
    // A MySQL server's databases are all in the schema.
    const bool elsewhere = !sql::is_mysql(facts.server().engine) && current != nullptr &&
                           !statement->database.empty() && statement->database != current->name;
    if (!planned || elsewhere) continue;
    if (++looked_at > max_statements) break;
    const auto shape = sql::shape_of(facts.snapshot(), catalog, *statement);
    if (!shape.ok()) continue;
    const Readings readings(facts, *statement);
    for (std::size_t i = 0; i < shape->relations.size(); ++i) {
      if (auto need = need_of(facts, *statement, *shape, i, readings))
        out.push_back(*std::move(need));
    }
  }
  return out;
}

Candidate candidate_of(const Facts& facts, const model::Table& table, Draft draft) {
  Candidate out;
  out.table = &table;
  out.index = index_of(table, draft);
  out.needs = std::move(draft.needs);
  std::stable_sort(out.needs.begin(), out.needs.end(), [](const Need& a, const Need& b) {
    return a.statement->total.execution_ms > b.statement->total.execution_ms;
  });
  std::set<const model::Statement*> once;
  for (const Need& need : out.needs) {
    if (!once.insert(need.statement).second) continue;
    out.seconds_per_hour += facts.seconds_per_hour(*need.statement);
    out.share += facts.share(*need.statement);
  }
  return out;
}

// Below these a statement is not worth an index that every write pays for.
constexpr std::int64_t min_calls = 10;
constexpr double min_seconds_per_hour = 1;
constexpr double min_share = 0.01;
constexpr double min_mean_ms = 1;

bool worth_it(const Candidate& candidate) {
  std::int64_t calls = 0;
  double slowest = 0;
  for (const Need& need : candidate.needs) {
    calls += need.statement->total.calls;
    slowest = std::max(slowest, need.statement->mean_ms());
  }
  return calls >= min_calls && slowest >= min_mean_ms &&
         (candidate.seconds_per_hour >= min_seconds_per_hour || candidate.share >= min_share);
}

}  // namespace

std::vector<std::string> Candidate::statement_ids() const {
  std::vector<std::string> out;
  for (const Need& need : needs) {
    if (std::find(out.begin(), out.end(), need.statement->id) == out.end())
      out.push_back(need.statement->id);
  }
  return out;
}

std::string Candidate::key() const { return sql_definition(index); }

model::HypotheticalIndex Candidate::hypothetical() const {
  return {table->schema, table->name, index};
}

std::vector<Candidate> index_candidates(const Facts& facts) {
  std::map<const model::Table*, std::vector<Need>> by_table;
  for (Need& need : needs_of(facts)) by_table[need.table].push_back(std::move(need));
  std::vector<Candidate> out;
  for (const model::Table& table : facts.schema().tables) {
    const auto at = by_table.find(&table);
    if (at == by_table.end()) continue;
    std::vector<Need>& needs = at->second;
    // Long keys first: the short ones find their place in them.
    std::stable_sort(needs.begin(), needs.end(), [](const Need& a, const Need& b) {
      return a.equality.size() + a.tail.size() > b.equality.size() + b.tail.size();
    });
    std::vector<Draft> drafts;
    for (const Need& need : needs) {
      if (std::any_of(drafts.begin(), drafts.end(),
                      [&](Draft& draft) { return absorb(draft, need); }))
        continue;
      Draft draft{{}, need.tail, need.predicate, {need}};
      if (!need.equality.empty()) draft.groups = {need.equality};
      drafts.push_back(std::move(draft));
    }
    std::vector<Candidate> found;
    for (Draft& draft : drafts) found.push_back(candidate_of(facts, table, std::move(draft)));
    std::stable_sort(found.begin(), found.end(), [](const Candidate& a, const Candidate& b) {
      return a.seconds_per_hour > b.seconds_per_hour;
    });
    if (found.size() > max_for_table) found.resize(max_for_table);
    for (Candidate& candidate : found) out.push_back(std::move(candidate));
  }
  std::stable_sort(out.begin(), out.end(), [](const Candidate& a, const Candidate& b) {
    return a.seconds_per_hour > b.seconds_per_hour;
  });
  return out;
}

std::vector<Candidate> proposed_indexes(const Facts& facts) {
  std::vector<Candidate> out = index_candidates(facts);
  std::erase_if(out, [](const Candidate& candidate) { return !worth_it(candidate); });
  return out;
}

}  // namespace whet::advise
