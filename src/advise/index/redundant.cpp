// Indexes that another index makes needless: duplicates, prefixes, twins of unique ones.
#include "advise/index/redundant.h"

#include <algorithm>
#include <tuple>

#include "advise/check.h"
#include "base/text.h"

namespace whet::advise {
namespace {

using model::Finding;
using model::Index;
using model::Severity;
using model::Table;

// Of two that cover each other: which one to keep. Tied ones first, then the used, the smaller, the
// older. A strict order, so that never both go.
auto keep_rank(const Index& index, const Ties& ties) {
  return std::tuple(must_stay(index, ties).empty(), !index.unique, index.total.scans == 0,
                    index.size_bytes, index.id);
}

struct Pair {
  Cover kind = Cover::no;
  std::string reason;
};

// covers(), but of two that cover each other only the less useful is redundant.
Pair redundant_to(const Index& keeper, const Index& index, const Ties& ties) {
  Coverage answer = covers(keeper, index, ties);
  if (answer.droppable() && keep_rank(index, ties) < keep_rank(keeper, ties) &&
      covers(index, keeper, ties).droppable())
    return {};
  return {answer.kind, std::move(answer.reason)};
}

// What covers() settles first, without a reason as text: most of a catalog's pairs end here.
bool may_cover(const Index& keeper, const Index& index) {
  return &keeper != &index && !keeper.parts.empty() && !index.parts.empty() &&
         keeper.parts[0].column == index.parts[0].column;
}

bool droppable(Cover kind) { return Coverage{kind, ""}.droppable(); }

}  // namespace

std::vector<Redundancy> redundancies(const Facts& facts, const Table& table) {
  std::vector<Redundancy> found;
  const auto& indexes = table.indexes;
  if (indexes.size() < 2) return found;
  const Ties ties = ties_of(facts, table);
  std::vector<bool> goes(indexes.size(), false);
  std::vector<std::tuple<std::size_t, std::size_t, Pair>> pairs;
  for (std::size_t b = 0; b < indexes.size(); ++b) {
    if (!indexes[b].usable()) continue;  // index.invalid speaks of those
    for (std::size_t a = 0; a < indexes.size(); ++a) {
      if (!may_cover(indexes[a], indexes[b])) continue;
      Pair pair = redundant_to(indexes[a], indexes[b], ties);
      if (pair.kind == Cover::no) continue;
      goes[b] = goes[b] || droppable(pair.kind);
      pairs.emplace_back(b, a, std::move(pair));
    }
  }
  // Only an index that stays may justify dropping another: otherwise both could go.
  for (auto& [b, a, pair] : pairs) {
    if (goes[a]) continue;
    Redundancy one{&indexes[b], &indexes[a], pair.kind, std::move(pair.reason)};
    if (pair.kind == Cover::identical && indexes[b].unique && !indexes[a].constraint.empty())
      one.twin_of_constraint = true;
    const auto same = std::find_if(found.begin(), found.end(), [&](const Redundancy& other) {
      return other.index == one.index;
    });
    if (same == found.end()) {
      found.push_back(std::move(one));
      continue;
    }
    const auto rank = [](const Redundancy& r) {
      return std::tuple(!droppable(r.kind), r.kind, r.keeper->size_bytes, r.keeper->id);
    };
    if (rank(one) < rank(*same)) *same = std::move(one);
  }
  return found;
}

bool is_redundant(const std::vector<Redundancy>& list, const Index& index) {
  return std::any_of(list.begin(), list.end(), [&](const Redundancy& one) {
    return one.index == &index && droppable(one.kind);
  });
}

bool is_keeper(const std::vector<Redundancy>& list, const Index& index) {
  return std::any_of(list.begin(), list.end(), [&](const Redundancy& one) {
    return one.keeper == &index && droppable(one.kind);
  });
}

namespace {

Finding redundant_finding(const Table& table, const Redundancy& one) {
  const Index& index = *one.index;
  const Index& keeper = *one.keeper;
  Finding finding;
  finding.subject = index_subject(table, index);
  finding.evidence = {
      fact("its key", key_text(index), "pg_index.indkey, indoption, indclass, indcollation"),
      fact("key of " + keeper.name, key_text(keeper), "pg_index.indkey, indoption, indclass"),
      size("its size", static_cast<double>(index.size_bytes), "pg_relation_size"),
      size("size of " + keeper.name, static_cast<double>(keeper.size_bytes), "pg_relation_size"),
      count("its scans", index.total.scans, "pg_stat_user_indexes.idx_scan"),
      count("rows written to the table",
            table.total.inserts + table.total.updates + table.total.deletes,
            "pg_stat_user_tables.n_tup_ins, n_tup_upd, n_tup_del")};
  if (!index.predicate.empty())
    finding.evidence.push_back(fact("predicate", index.predicate, "pg_index.indpred"));
  finding.impact.bytes = static_cast<double>(index.size_bytes);
  finding.impact.arithmetic = "the whole index: " + text::bytes(finding.impact.bytes);
  return finding;
}

// An index costs each write and its share of the cache; how much depends on its size.
Severity by_size(const Index& index) {
  constexpr double large = 100.0 * 1024 * 1024;
  return static_cast<double>(index.size_bytes) >= large ? Severity::medium : Severity::low;
}

using Describe = void (*)(const Table&, const Redundancy&, Finding&);

void each(const Facts& facts, const std::function<bool(const Redundancy&)>& wanted,
          Describe describe, std::vector<Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    if (table->indexes.size() < 2) continue;
    for (const Redundancy& one : redundancies(facts, *table)) {
      if (!wanted(one)) continue;
      Finding finding = redundant_finding(*table, one);
      describe(*table, one, finding);
      out.push_back(std::move(finding));
    }
  }
}

std::string title_size(const Index& index) {
  return " (" + text::bytes(static_cast<double>(index.size_bytes)) + ")";
}

void duplicate(const Facts& facts, std::vector<Finding>& out) {
  each(
      facts,
      [](const Redundancy& one) {
        return (one.kind == Cover::identical || one.kind == Cover::reversed) &&
               !one.twin_of_constraint;
      },
      [](const Table& table, const Redundancy& one, Finding& finding) {
        finding.severity = by_size(*one.index);
        finding.title = one.index->name + title_size(*one.index) +
                        (one.kind == Cover::reversed ? " is the mirror image of " : " repeats ") +
                        one.keeper->name;
        finding.detail = "Every query that can use " + one.index->name + " can use " +
                         one.keeper->name + " as well: " + one.reason +
                         ". It only slows writes and takes cache.";
        finding.changes = {drop_index(table, *one.index, one.keeper->name + " does the same")};
      },
      out);
}

void prefix_redundant(const Facts& facts, std::vector<Finding>& out) {
  each(
      facts, [](const Redundancy& one) { return one.kind == Cover::prefix; },
      [](const Table& table, const Redundancy& one, Finding& finding) {
        finding.severity = by_size(*one.index);
        finding.title = one.index->name + title_size(*one.index) + " is contained in " +
                        one.keeper->name + " (" + key_text(*one.keeper) + ")";
        finding.detail = "A B-tree serves any beginning of its key, so " + one.keeper->name +
                         " answers what " + one.index->name + " answers: " + one.reason +
                         ". Scans of the longer index read somewhat more pages.";
        finding.changes = {
            drop_index(table, *one.index, one.keeper->name + " begins with its key")};
      },
      out);
}

void covered_by_unique(const Facts& facts, std::vector<Finding>& out) {
  each(
      facts, [](const Redundancy& one) { return one.kind == Cover::covered_by_unique; },
      [](const Table& table, const Redundancy& one, Finding& finding) {
        finding.severity = by_size(*one.index);
        finding.title = one.index->name + title_size(*one.index) + " repeats the unique index " +
                        one.keeper->name;
        finding.detail =
            "The unique index has the same key and must stay; the plain one adds "
            "nothing that a query could notice.";
        finding.changes = {drop_index(table, *one.index,
                                      "the unique index " + one.keeper->name + " does the same")};
      },
      out);
}

void unique_twin(const Facts& facts, std::vector<Finding>& out) {
  each(
      facts, [](const Redundancy& one) { return one.twin_of_constraint; },
      [](const Table& table, const Redundancy& one, Finding& finding) {
        finding.severity = by_size(*one.index);
        finding.title = "Uniqueness of " + table.name + " (" + key_text(*one.index) +
                        ") is enforced twice: " + one.index->name + " and the constraint " +
                        one.keeper->constraint;
        finding.detail =
            "The constraint's own index enforces the same and can be the target of "
            "foreign keys; the second unique index is checked on each write for "
            "nothing.";
        finding.changes = {drop_index(table, *one.index,
                                      "the constraint " + one.keeper->constraint + " enforces it")};
      },
      out);
}

void partial_superseded(const Facts& facts, std::vector<Finding>& out) {
  // The partial index earns its place when it is much smaller than the full one and used.
  each(
      facts,
      [](const Redundancy& one) {
        return one.kind == Cover::partial_superseded && one.index->size_bytes > 0 &&
               one.index->size_bytes * 2 >= one.keeper->size_bytes &&
               one.index->size_bytes >= 10LL * 1024 * 1024;
      },
      [](const Table& table, const Redundancy& one, Finding& finding) {
        finding.severity = Severity::info;
        finding.title = one.index->name + title_size(*one.index) + " holds most of the rows of " +
                        one.keeper->name + title_size(*one.keeper);
        finding.detail =
            "A partial index pays when it is far smaller than the full one. Here one "
            "of the two is probably enough: decide which the queries need.";
        finding.changes = {
            manual("review/" + table.schema + "." + one.index->name,
                   "Decide whether " + one.index->name + " is needed beside " + one.keeper->name,
                   "DROP INDEX CONCURRENTLY " + sql_name(table.schema, one.index->name) + ";")};
      },
      out);
}

constexpr std::string_view algebra_source =
    "index algebra of Whet after the PostgreSQL manual, 'Multicolumn Indexes' and 'Indexes and "
    "ORDER BY'";
constexpr std::string_view redundancy_guards =
    "never constraints, replica identity, foreign key targets, clustered, partition or extension "
    "indexes; an invalid index covers nothing; operator class, collation, direction, NULLS, "
    "predicate and INCLUDE must agree";

const Register duplicates{
    {.id = "index.duplicate",
     .area = Area::index,
     .severity = Severity::medium,
     .summary = "Two indexes are the same",
     .why = "Each write maintains both, and both compete for the cache; no query gains.",
     .guards = redundancy_guards,
     .source = algebra_source},
    duplicate};
const Register prefixes{
    {.id = "index.prefix_redundant",
     .area = Area::index,
     .severity = Severity::medium,
     .summary = "An index's key is the beginning of another index's key",
     .why = "The longer index answers the same queries; the shorter costs writes and cache.",
     .guards = "as index.duplicate; also silent when the longer index is three times as large and "
               "the shorter is busy",
     .source = algebra_source},
    prefix_redundant};
const Register uniques{
    {.id = "index.covered_by_unique",
     .area = Area::index,
     .severity = Severity::medium,
     .summary = "A plain index has the same key as a unique one",
     .why = "The unique index must stay and serves every query of the plain one.",
     .guards = redundancy_guards,
     .source = algebra_source},
    covered_by_unique};
const Register twins{{.id = "index.unique_twin_of_constraint",
                      .area = Area::index,
                      .severity = Severity::medium,
                      .summary = "A unique index repeats a primary key or unique constraint",
                      .why = "Uniqueness is checked twice on each write.",
                      .guards = redundancy_guards,
                      .source = algebra_source},
                     unique_twin};
const Register partials{
    {.id = "index.partial_superseded",
     .area = Area::index,
     .severity = Severity::info,
     .summary = "A partial index holds at least half of what the full index beside it holds",
     .why = "A partial index pays by being small; a large one beside the full index is a second "
            "copy.",
     .guards = "10 MB and more; a partial index below half the size of the full one is left alone",
     .source = "half: below that factor the smaller tree no longer saves a level or much cache"},
    partial_superseded};

}  // namespace
}  // namespace whet::advise
