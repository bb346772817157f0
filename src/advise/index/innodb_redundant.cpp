#include "advise/index/innodb_redundant.h"

#include <algorithm>
#include <tuple>

#include "advise/check.h"
#include "advise/index/common.h"
#include "advise/mysql_facts.h"
#include "base/text.h"

namespace whet::advise {

namespace {

using model::Finding;
using model::Index;
using model::Severity;
using model::Table;

constexpr std::int64_t mysql_hides = 80000;
constexpr std::int64_t mariadb_hides = 100600;

/// Of two that cover each other: which one to keep. A strict order, so that never both go.
auto keep_rank(const Index& index, bool needed) {
  return std::tuple(!needed, !index.unique, uses_of(index) == 0, index.parts.size(),
                    index.size_bytes, std::string_view(index.name));
}

bool needed(const Facts& facts, const Table& table, const Index& index) {
  return !innodb_needed_by(table, index, referring_keys(facts, table)).empty();
}

/// `keeper` begins with every column that the other one offers to foreign keys, so that only its
/// own going could leave one without an index.
InnodbCover redundant_to(const Facts& facts, const Table& table, const Index& keeper,
                         const Index& index) {
  const InnodbCover cover = innodb_covers(table, keeper, index);
  if (!cover.droppable()) return {};
  const InnodbCover back = innodb_covers(table, index, keeper);
  // One that covers the other and gives more (order, a column in the key) stays.
  if (back.droppable() && !back.order_lost) {
    if (cover.order_lost) return {};
    if (keep_rank(index, needed(facts, table, index)) <
        keep_rank(keeper, needed(facts, table, keeper)))
      return {};
  }
  return cover;
}

model::Change index_change(const Table& table, const Index& index) {
  model::Change change;
  change.action.schema = table.schema;
  change.action.table = table.name;
  change.action.name = index.name;
  change.action.index = index;
  return change;
}

std::string named_on(const Table& table, const Index& index) {
  return index.name + " on " + table.qualified() + " (" + key_text(index) + ")";
}

}  // namespace

std::int64_t uses_of(const Index& index) {
  return std::max(index.total.scans, index.total.rows_fetched);
}

std::vector<const model::Constraint*> referring_keys(const Facts& facts, const Table& table) {
  std::vector<const model::Constraint*> out;
  for (const Facts::Reference& reference : facts.references_to(table.id))
    out.push_back(reference.constraint);
  return out;
}

std::vector<InnodbRedundancy> innodb_redundancies(const Facts& facts, const Table& table) {
  struct Pair {
    std::size_t index = 0, keeper = 0;
    InnodbCover cover;
  };
  std::vector<Pair> pairs;
  std::vector<bool> goes(table.indexes.size(), false);
  for (std::size_t b = 0; b < table.indexes.size(); ++b) {
    for (std::size_t a = 0; a < table.indexes.size(); ++a) {
      const InnodbCover cover = redundant_to(facts, table, table.indexes[a], table.indexes[b]);
      if (!cover.droppable()) continue;
      goes[b] = true;
      pairs.push_back({b, a, cover});
    }
  }
  std::vector<InnodbRedundancy> found;
  for (const Pair& pair : pairs) {
    // Only an index that stays may justify retiring another: otherwise both could go.
    if (goes[pair.keeper]) continue;
    const InnodbRedundancy one{&table.indexes[pair.index], &table.indexes[pair.keeper], pair.cover};
    const auto same = std::find_if(found.begin(), found.end(), [&](const InnodbRedundancy& other) {
      return other.index == one.index;
    });
    const auto rank = [](const InnodbRedundancy& r) {
      return std::tuple(r.cover.order_lost, r.cover.kind, r.keeper->size_bytes,
                        std::string_view(r.keeper->name));
    };
    if (same == found.end()) {
      found.push_back(one);
    } else if (rank(one) < rank(*same)) {
      *same = one;
    }
  }
  return found;
}

model::Change drop_innodb_index(const Table& table, const Index& index, std::string_view reason) {
  model::Change change = index_change(table, index);
  change.id = "drop_index/" + table.qualified() + "." + index.name;
  change.summary = "Drop index " + named_on(table, index);
  change.reason = reason;
  change.action.kind = model::ActionKind::drop_index;
  change.risk = model::Risk::medium;
  change.preconditions = {"the index still has the same definition",
                          "no foreign key has come to need it"};
  return change;
}

model::Change retire_index(const Facts& facts, const Table& table, const Index& index,
                           std::string_view reason) {
  const bool mariadb = is_mariadb(facts);
  const std::int64_t since = mariadb ? mariadb_hides : mysql_hides;
  if (facts.server().version_number < since) return drop_innodb_index(table, index, reason);
  model::Change change = index_change(table, index);
  change.id = "hide_index/" + table.qualified() + "." + index.name;
  change.summary = std::string(mariadb ? "Ignore" : "Hide") + " index " + named_on(table, index);
  change.reason = reason;
  change.action.kind = model::ActionKind::hide_index;
  change.risk = model::Risk::low;
  change.preconditions = {
      "no query names it in a hint (FORCE INDEX on a hidden index is an error)"};
  return change;
}

namespace {

Finding redundant_finding(const Facts& facts, const Table& table, const InnodbRedundancy& one) {
  const Index& index = *one.index;
  const Index& keeper = *one.keeper;
  Finding finding;
  finding.severity = static_cast<double>(index.size_bytes) >= 100.0 * 1024 * 1024 ? Severity::medium
                                                                                  : Severity::low;
  finding.subject = index_subject(table, index);
  finding.evidence = {
      fact("its key", key_text(index), "information_schema.STATISTICS"),
      fact("key of " + keeper.name, key_text(keeper), "information_schema.STATISTICS"),
      size("its size", static_cast<double>(index.size_bytes), "mysql.innodb_index_stats, size"),
      count("reads through it", uses_of(index), "table_io_waits_summary_by_index_usage"),
      count("rows written to the table",
            table.total.inserts + table.total.updates + table.total.deletes,
            "table_io_waits_summary_by_table")};
  const auto primary = primary_columns(table);
  if (one.cover.by_primary_key || one.cover.order_lost)
    finding.evidence.push_back(
        fact("primary key", text::join(primary, ", "), "information_schema.STATISTICS"));
  finding.impact.bytes = static_cast<double>(index.size_bytes);
  finding.impact.arithmetic = "the whole index: " + text::bytes(finding.impact.bytes);
  finding.changes = {retire_index(facts, table, index, keeper.name + " does its work")};
  return finding;
}

std::string sized(const Index& index) {
  return index.name + " (" + text::bytes(static_cast<double>(index.size_bytes)) + ")";
}

using Wanted = bool (*)(const InnodbCover&);
using Describe = void (*)(const InnodbRedundancy&, Finding&);

void each(const Facts& facts, Wanted wanted, Describe describe, std::vector<Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    if (table->indexes.size() < 2) continue;
    for (const InnodbRedundancy& one : innodb_redundancies(facts, *table)) {
      if (!wanted(one.cover)) continue;
      Finding finding = redundant_finding(facts, *table, one);
      describe(one, finding);
      out.push_back(std::move(finding));
    }
  }
}

void duplicate(const Facts& facts, std::vector<Finding>& out) {
  each(
      facts,
      [](const InnodbCover& c) { return c.kind == Cover::identical || c.kind == Cover::reversed; },
      [](const InnodbRedundancy& one, Finding& finding) {
        finding.title = sized(*one.index) + " repeats " + one.keeper->name;
        finding.detail =
            "Every query that can use one can use the other; each write maintains both.";
      },
      out);
}

void prefix(const Facts& facts, std::vector<Finding>& out) {
  each(
      facts, [](const InnodbCover& c) { return c.kind == Cover::prefix && !c.by_primary_key; },
      [](const InnodbRedundancy& one, Finding& finding) {
        finding.title = sized(*one.index) + " is contained in " + one.keeper->name + " (" +
                        key_text(*one.keeper) + ")";
        finding.detail = "The longer index begins with its key and answers the same searches.";
        if (one.cover.order_lost)
          finding.detail +=
              " Among equal keys the shorter one gives rows in the order of the primary key and "
              "the longer does not: a query that sorts by the primary key, or takes a range of it, "
              "would notice. Hiding it first shows that without harm.";
      },
      out);
}

void primary_key_suffix(const Facts& facts, std::vector<Finding>& out) {
  each(
      facts, [](const InnodbCover& c) { return c.kind == Cover::prefix && c.by_primary_key; },
      [](const InnodbRedundancy& one, Finding& finding) {
        finding.title = sized(*one.index) + " adds only the primary key to " + one.keeper->name;
        finding.detail =
            "InnoDB ends every secondary index with the primary key's columns, so the two are the "
            "same on disk and for every query.";
      },
      out);
}

void covered_by_unique(const Facts& facts, std::vector<Finding>& out) {
  each(
      facts, [](const InnodbCover& c) { return c.kind == Cover::covered_by_unique; },
      [](const InnodbRedundancy& one, Finding& finding) {
        finding.title = sized(*one.index) + " repeats the unique key " + one.keeper->name;
        finding.detail = "The unique key must stay and serves every search of the plain index.";
      },
      out);
}

constexpr std::string_view source =
    "MySQL manual, 10.3.6 Multiple-Column Indexes and 17.6.2.1 Clustered and Secondary Indexes";
constexpr std::string_view guards =
    "unique and primary keys, indexes that a foreign key needs (of this table or pointing at it), "
    "hidden ones, FULLTEXT and SPATIAL unless the same; key parts agree in column, expression, "
    "prefix length and direction";

const Register duplicates{
    {.id = "index.duplicate",
     .area = Area::index,
     .severity = Severity::medium,
     .engines = both_forks,
     .summary = "Two indexes are the same",
     .why = "Each write maintains both, and both compete for the buffer pool.",
     .guards = guards,
     .source = source},
    duplicate};
const Register prefixes{
    {.id = "index.prefix_redundant",
     .area = Area::index,
     .severity = Severity::medium,
     .engines = both_forks,
     .summary = "An index's key is the beginning of another index's key",
     .why = "The longer index answers the same searches; the shorter costs writes and memory.",
     .guards = guards,
     .source = source},
    prefix};
const Register suffixes{{.id = "index.primary_key_suffix",
                         .area = Area::index,
                         .severity = Severity::medium,
                         .engines = both_forks,
                         .summary = "An index adds only the primary key to another one",
                         .why = "InnoDB puts the primary key at the end of each secondary index "
                                "anyway: the second index is a copy.",
                         .guards = guards,
                         .source = source},
                        primary_key_suffix};
const Register uniques{{.id = "index.covered_by_unique",
                        .area = Area::index,
                        .severity = Severity::medium,
                        .engines = both_forks,
                        .summary = "A plain index has the same key as a unique one",
                        .why = "The unique key must stay and serves every search of the plain one.",
                        .guards = guards,
                        .source = source},
                       covered_by_unique};

}  // namespace
}  // namespace whet::advise
