// What the plans of the workload say about indexes that nearly fit.
#include <algorithm>
#include <functional>
#include <set>
#include <unordered_map>

#include "advise/check.h"
#include "advise/index/common.h"
#include "advise/index/texts.h"
#include "base/text.h"
#include "base/units.h"
#include "base/whole.h"

namespace whet::advise {
namespace {

using model::Column;
using model::Finding;
using model::Index;
using model::PlanNode;
using model::Severity;
using model::Statement;
using model::Table;

/// A plan node and the statement that it is of.
struct Seen {
  const Statement* statement = nullptr;
  const PlanNode* node = nullptr;
};

std::vector<Seen> nodes_of(const Facts& facts, const std::function<bool(const PlanNode&)>& wanted) {
  std::vector<Seen> seen;
  for (const Statement* statement : top_statements(facts)) {
    if (!statement->plan) continue;
    for_each_node(statement->plan->root, [&](const PlanNode& node) {
      if (wanted(node)) seen.push_back({statement, &node});
    });
  }
  return seen;
}

bool reads(const PlanNode& node, const Table& table) {
  return node.relation == table.name && (node.schema.empty() || node.schema == table.schema);
}

// Sums what the statements cost, each once, and names them in the evidence.
void add_statements(const Facts& facts, const std::vector<Seen>& seen, Finding& finding) {
  std::set<const Statement*> once;
  for (const Seen& one : seen) {
    if (!once.insert(one.statement).second) continue;
    finding.impact.seconds_per_hour += facts.seconds_per_hour(*one.statement);
    finding.impact.share += facts.share(*one.statement);
    if (once.size() <= 3)
      finding.evidence.push_back(fact("statement " + one.statement->id,
                                      text::shorten(text::squeeze(one.statement->text), 160),
                                      "pg_stat_statements.query"));
  }
  finding.evidence.push_back(
      share("share of the workload's time", finding.impact.share, "pg_stat_statements"));
  finding.impact.arithmetic =
      "execution time of " +
      text::plural(static_cast<std::int64_t>(once.size()), "statement", "statements") +
      " (pg_stat_statements.total_exec_time), per hour";
}

Severity by_share(const Finding& finding) {
  return finding.impact.share >= 0.05 && finding.impact.seconds_per_hour >= 1 ? Severity::medium
                                                                              : Severity::low;
}

model::Change reshape(const Table& table, std::string_view name, std::string_view summary,
                      std::string_view statement) {
  return manual("reshape/" + table.schema + "." + std::string(name), summary, statement);
}

std::string create_on(const Table& table, std::string_view key) {
  return "CREATE INDEX CONCURRENTLY ON " + sql_name(table.schema, table.name) + " (" +
         std::string(key) + ")";
}

// ---- a function or cast keeps the index out --------------------------------------------------

Finding form_finding(const Facts& facts, const Table& table, const Index& index,
                     const std::string& form, const std::vector<Seen>& scans) {
  std::vector<Seen> same;
  std::copy_if(scans.begin(), scans.end(), std::back_inserter(same), [&](const Seen& other) {
    return reads(*other.node, table) && text::contains(other.node->filter, form);
  });
  const std::string& column = index.parts[0].column;
  Finding finding;
  finding.subject = index_subject(table, index);
  finding.title = index.name + " is never used: the queries compare " + form + ", not " + column;
  finding.detail =
      "An index on a column does not serve comparisons of an expression of it. Index the "
      "expression itself (it must be immutable), or compare the bare column: cast the other "
      "side, or turn a function of a time into a range.";
  finding.evidence = {
      count("scans of the index", 0, "pg_stat_user_indexes.idx_scan"),
      fact("expression in the plan's filter", form, "EXPLAIN, Filter of a Seq Scan"),
      count("rows read instead", to_whole(table.rows()), "pg_stat_user_tables.n_live_tup")};
  add_statements(facts, same, finding);
  finding.severity = by_share(finding);
  finding.changes = {reshape(table, index.name, "Index the expression, or compare the column",
                             create_on(table, "(" + form + ")") + ";")};
  return finding;
}

void because_of_form(const Facts& facts, std::vector<Finding>& out) {
  const auto scans = nodes_of(facts, [](const PlanNode& node) {
    return !node.filter.empty() && text::contains(node.type, "Seq Scan");
  });
  const TableFinder finder(facts);
  std::set<std::string> told;
  for (const Seen& scan : scans) {
    const Table* table = finder.table(*scan.node);
    if (table == nullptr || table->rows() < 10000) continue;
    for (const Index& index : table->indexes) {
      if (!index.usable() || index.parts.empty() || index.total.scans > 0) continue;
      const Column* column = table->column(index.parts[0].column);
      if (column == nullptr) continue;
      const std::string form = wrapped_column(scan.node->filter, column->name, column->base_type);
      if (form.empty() || !told.insert(table->qualified() + '\n' + index.name + '\n' + form).second)
        continue;
      out.push_back(form_finding(facts, *table, index, form, scans));
    }
  }
}

// ---- INCLUDE columns -------------------------------------------------------------------------

// The plain columns of an output list that the index lacks; nothing when one is no plain column.
std::optional<std::vector<std::string>> lacking(const PlanNode& node, const Table& table,
                                                const Index& index) {
  std::set<std::string> have(index.includes.begin(), index.includes.end());
  for (const model::IndexPart& part : index.parts) have.insert(part.column);
  std::vector<std::string> missing;
  for (const std::string& item : node.output) {
    const std::string name = item.substr(item.rfind('.') + 1);
    if (table.column(name) == nullptr) return std::nullopt;
    if (!have.contains(name)) missing.push_back(name);
  }
  return missing;
}

bool small_fixed(const Table& table, const std::vector<std::string>& columns) {
  std::int64_t width = 0;
  for (const std::string& name : columns) {
    const Column* column = table.column(name);
    if (column->length <= 0) return false;
    width += column->length;
  }
  return !columns.empty() && columns.size() <= 3 && width <= 32;
}

// Many rows for each call, nearly each on a page of its own, on a table that vacuum keeps visible.
bool heap_dominates(const Facts& facts, const Statement& statement, const Table& table) {
  const auto calls = static_cast<double>(statement.total.calls);
  if (calls < 100 || facts.share(statement) < 0.05 || table.pages == 0) return false;
  const double rows = static_cast<double>(statement.total.rows) / calls;
  const double blocks =
      static_cast<double>(statement.total.shared_hit + statement.total.shared_read) / calls;
  return rows >= 50 && blocks >= rows / 2 &&
         static_cast<double>(table.all_visible_pages) >= 0.8 * static_cast<double>(table.pages);
}

Finding covering_finding(const Facts& facts, const Table& table, const Index& index,
                         const Seen& scan, const std::vector<std::string>& missing) {
  const std::string list = text::join(missing, ", ");
  const auto calls = static_cast<double>(scan.statement->total.calls);
  const auto& total = scan.statement->total;
  Finding finding;
  finding.subject = index_subject(table, index);
  finding.title = index.name + " lacks only " + list + " to answer a statement of " +
                  text::percent(facts.share(*scan.statement)) +
                  " of the workload without the table";
  finding.detail =
      "With these columns as INCLUDE the scan becomes an index-only scan: the table's pages "
      "are all-visible, so it need not visit them.";
  finding.evidence = {
      number("rows a call", static_cast<double>(total.rows) / calls,
             "pg_stat_statements.rows / calls"),
      number("blocks a call", static_cast<double>(total.shared_hit + total.shared_read) / calls,
             "pg_stat_statements.shared_blks_hit + read / calls"),
      share("all-visible pages",
            static_cast<double>(table.all_visible_pages) / static_cast<double>(table.pages),
            "pg_class.relallvisible / relpages")};
  add_statements(facts, {scan}, finding);
  finding.severity = Severity::low;
  finding.changes = {reshape(table, index.name, "Make the index anew with INCLUDE (" + list + ")",
                             create_on(table, sql_key(index)) + " INCLUDE (" + list + ");")};
  return finding;
}

const Index* index_named(const Table& table, std::string_view name) {
  const auto at = std::find_if(table.indexes.begin(), table.indexes.end(),
                               [&](const Index& index) { return index.name == name; });
  return at == table.indexes.end() ? nullptr : &*at;
}

void covering(const Facts& facts, std::vector<Finding>& out) {
  const auto scans = nodes_of(facts, [](const PlanNode& node) {
    return node.type == "Index Scan" && node.filter.empty() && !node.output.empty();
  });
  const TableFinder finder(facts);
  const Writers writers(facts);
  std::set<const Index*> told;
  for (const Seen& scan : scans) {
    const Table* table = finder.table(*scan.node);
    if (table == nullptr || !heap_dominates(facts, *scan.statement, *table)) continue;
    const Index* index = index_named(*table, scan.node->index);
    if (index == nullptr || index->method != "btree") continue;
    const auto missing = lacking(*scan.node, *table, *index);
    if (!missing || !small_fixed(*table, *missing)) continue;
    const UpdatedColumns updated = writers.updates_of(*table);
    const bool changing = std::any_of(
        missing->begin(), missing->end(),
        [&](const std::string& name) { return updated.calls.contains(text::lower(name)); });
    if (!changing && told.insert(index).second)
      out.push_back(covering_finding(facts, *table, *index, scan, *missing));
  }
}

// ---- NULLs in the index ----------------------------------------------------------------------

bool plain_and_large(const Index& index) {
  return index.method == "btree" && index.usable() && !index.unique && index.predicate.empty() &&
         index.parent == 0 && !index.parts[0].column.empty() &&
         static_cast<double>(index.size_bytes) >= 10 * megabyte;
}

// The workload's texts in lower case by the words in them that are names of tables. Each text is
// read once, however many tables ask.
class TextsByTable {
 public:
  explicit TextsByTable(const Facts& facts) {
    for (const Table* table : facts.user_tables()) by_table_.try_emplace(text::lower(table->name));
    for (const Statement* statement : top_statements(facts)) {
      texts_.push_back(text::lower(text::squeeze(statement->text)));
      note(texts_.size() - 1);
    }
  }

  // A statement of the table that needs the NULLs of the column: looks for them, or sorts by it.
  [[nodiscard]] bool nulls_wanted(const Table& table, const std::string& column) const {
    const auto at = by_table_.find(text::lower(table.name));
    // A name that is several words cannot be found by words: rather silent than wrong.
    if (at == by_table_.end() || at->first.find_first_of(between) != std::string::npos) return true;
    const std::string name = text::lower(column);
    return std::any_of(at->second.begin(), at->second.end(), [&](std::size_t i) {
      const std::string& text = texts_[i];
      if (text::contains(text, name + " is null") ||
          text::contains(text, name + " is not distinct from"))
        return true;
      const std::size_t order = text.find("order by");
      return order != std::string::npos && mentions(std::string_view(text).substr(order), name);
    });
  }

 private:
  static constexpr std::string_view between = " \t\n().,;=<>+-*/%'\"[]:!|&";

  void note(std::size_t i) {
    const std::string& text = texts_[i];
    for (std::size_t begin = text.find_first_not_of(between); begin != std::string::npos;) {
      const std::size_t end = std::min(text.find_first_of(between, begin), text.size());
      const auto at = by_table_.find(text.substr(begin, end - begin));
      if (at != by_table_.end() && (at->second.empty() || at->second.back() != i))
        at->second.push_back(i);
      begin = text.find_first_not_of(between, end);
    }
  }

  std::vector<std::string> texts_;
  std::unordered_map<std::string, std::vector<std::size_t>> by_table_;
};

void partial(const Facts& facts, std::vector<Finding>& out) {
  if (facts.snapshot().workload.statements.empty()) return;
  const TextsByTable texts(facts);
  for (const Table* table : facts.user_tables()) {
    if (table->rows() < 100000) continue;
    for (const Index& index : table->indexes) {
      if (index.parts.size() != 1 || !plain_and_large(index) || index.total.scans == 0) continue;
      const Column* column = table->column(index.parts[0].column);
      if (column == nullptr || !column->stats || column->stats->null_fraction <= 0.5 ||
          texts.nulls_wanted(*table, column->name))
        continue;
      const double nulls = column->stats->null_fraction * table->rows();
      // Deduplicated entries of one key take 6 bytes each (PostgreSQL source, nbtree/README).
      const double saved = std::min(nulls * 6, static_cast<double>(index.size_bytes));
      Finding finding;
      finding.subject = index_subject(*table, index);
      finding.severity = Severity::info;
      finding.title = text::percent(column->stats->null_fraction) + " of the entries of " +
                      index.name + " are NULLs that no query looks for";
      finding.detail =
          "Comparisons never match NULL. An index WHERE " + column->name +
          " IS NOT NULL serves the same queries, and rows without a value cost it nothing on "
          "insert.";
      finding.evidence = {
          share("NULLs", column->stats->null_fraction, "pg_stats.null_frac"),
          count("rows", to_whole(table->rows()), "pg_stat_user_tables.n_live_tup"),
          size("size", static_cast<double>(index.size_bytes), "pg_relation_size"),
          count("scans of the index", index.total.scans, "pg_stat_user_indexes.idx_scan")};
      finding.impact.bytes = saved;
      finding.impact.arithmetic =
          text::count(to_whole(nulls)) + " NULLs x 6 bytes (deduplicated entries)";
      finding.changes = {reshape(*table, index.name, "Make " + index.name + " partial",
                                 create_on(*table, sql_key(index)) + " WHERE " +
                                     sql_name(column->name) + " IS NOT NULL;")};
      out.push_back(std::move(finding));
    }
  }
}

void nullable_leading(const Facts& facts, std::vector<Finding>& out) {
  std::unordered_map<std::string, std::vector<Seen>> by_index;
  for (const Seen& seen : nodes_of(facts, [](const PlanNode& node) { return !node.index.empty(); }))
    by_index[seen.node->index].push_back(seen);
  for (const Table* table : facts.user_tables()) {
    for (const Index& index : table->indexes) {
      if (!plain_and_large(index)) continue;
      const Column* column = table->column(index.parts[0].column);
      if (column == nullptr || column->not_null || !column->stats ||
          column->stats->null_fraction < 0.2)
        continue;
      const std::vector<Seen>& uses = by_index[index.name];
      const bool always = std::all_of(uses.begin(), uses.end(), [&](const Seen& use) {
        return text::contains(use.node->index_condition, column->name + " IS NOT NULL") ||
               text::contains(use.node->filter, column->name + " IS NOT NULL");
      });
      if (uses.empty() || !always) continue;
      Finding finding;
      finding.subject = index_subject(*table, index);
      finding.severity = Severity::info;
      finding.title = "Every plan that uses " + index.name + " excludes the " +
                      text::percent(column->stats->null_fraction) + " of NULLs in " + column->name;
      finding.detail = "The same index WHERE " + column->name +
                       " IS NOT NULL is smaller, and rows without a value do not write to it.";
      finding.evidence = {
          share("NULLs", column->stats->null_fraction, "pg_stats.null_frac"),
          count("plans that use it", static_cast<std::int64_t>(uses.size()), "EXPLAIN, Index Cond"),
          size("size", static_cast<double>(index.size_bytes), "pg_relation_size")};
      finding.impact.bytes = std::min(column->stats->null_fraction * table->rows() * 6,
                                      static_cast<double>(index.size_bytes));
      finding.impact.arithmetic = "NULLs x 6 bytes (deduplicated entries)";
      finding.changes = {reshape(*table, index.name, "Make " + index.name + " partial",
                                 create_on(*table, sql_key(index)) + " WHERE " +
                                     sql_name(column->name) + " IS NOT NULL;")};
      out.push_back(std::move(finding));
    }
  }
}

const Register form_check{
    {.id = "index.unused_because_of_form",
     .area = Area::index,
     .severity = Severity::medium,
     .summary = "An index is idle because the queries compare an expression of its column",
     .why = "The index is maintained for nothing, and the queries read the whole table.",
     .privileges = "pg_read_all_stats, for the statements of other roles",
     .guards = "10,000 rows, no scan of the index, a plan that scans the table and filters by the "
               "expression; casts from varchar to text do not count",
     .source = "PostgreSQL manual, 'Indexes on Expressions'"},
    because_of_form};
const Register covering_check{
    {.id = "index.covering_opportunity",
     .area = Area::index,
     .severity = Severity::low,
     .summary = "An index lacks a few small columns for an index-only scan",
     .why = "Each row found costs a visit to a page of the table.",
     .privileges = "pg_read_all_stats, for the statements of other roles",
     .guards = "5 % of the workload, 100 calls, 50 rows a call with half a block each, 80 % of the "
               "pages all-visible, up to 3 fixed columns of 32 bytes that no statement updates",
     .source = "PostgreSQL manual, 'Index-Only Scans and Covering Indexes'"},
    covering};
const Register partial_check{
    {.id = "index.partial_opportunity",
     .area = Area::index,
     .severity = Severity::info,
     .summary = "Most entries of an index are NULLs that no query looks for",
     .why = "A partial index would be a fraction of the size and of the writes.",
     .privileges = "SELECT on the table, to read its statistics",
     .guards =
         "100,000 rows, more than half NULL, 10 MB; silent when a statement tests for NULL or "
         "sorts by the column, and without a workload",
     .source = "pgwatch recommendations (null_frac over 0.5)"},
    partial};
const Register nullable_check{
    {.id = "index.nullable_leading",
     .area = Area::index,
     .severity = Severity::info,
     .summary = "All plans that use an index exclude the NULLs of its first column",
     .why = "The entries of NULLs are written and cached for nobody.",
     .privileges = "SELECT on the table, to read its statistics",
     .guards = "a fifth NULL, 10 MB, at least one plan, and none without IS NOT NULL",
     .source = "pg-index-health"},
    nullable_leading};

}  // namespace
}  // namespace whet::advise
