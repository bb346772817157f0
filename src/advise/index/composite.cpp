// Composite indexes that the plans ask for: another order of the key, or one index instead of two.
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "advise/check.h"
#include "advise/index/common.h"
#include "advise/index/texts.h"
#include "base/text.h"

namespace whet::advise {
namespace {

using model::Finding;
using model::Index;
using model::PlanNode;
using model::Severity;
using model::Statement;
using model::Table;

// A statement matters when it takes a hundredth of the workload's time and ran a hundred times.
bool matters(const Facts& facts, const Statement& statement) {
  return statement.plan && statement.total.calls >= 100 && facts.share(statement) >= 0.01;
}

void add_statement(const Facts& facts, const Statement& statement, Finding& finding) {
  finding.evidence.push_back(fact("statement " + statement.id,
                                  text::shorten(text::squeeze(statement.text), 160),
                                  "pg_stat_statements.query"));
  finding.evidence.push_back(count("its calls", statement.total.calls, "pg_stat_statements.calls"));
  finding.impact.seconds_per_hour = facts.seconds_per_hour(statement);
  finding.impact.share = facts.share(statement);
  finding.impact.arithmetic = "execution time of the statement (total_exec_time), per hour";
  finding.severity = finding.impact.share >= 0.05 && finding.impact.seconds_per_hour >= 1
                         ? Severity::medium
                         : Severity::low;
}

model::Change composite(const Table& table, const std::vector<std::string>& columns,
                        std::string_view summary) {
  std::vector<std::string> names;
  for (const std::string& column : columns) names.push_back(sql_name(column));
  return manual("reshape/" + table.qualified() + "(" + text::join(columns, ",") + ")", summary,
                "CREATE INDEX CONCURRENTLY ON " + sql_name(table.schema, table.name) + " (" +
                    text::join(names, ", ") + ");");
}

/// An index by name, looked up among user tables.
struct Place {
  const Table* table = nullptr;
  const Index* index = nullptr;
};

// A Bitmap Index Scan names only its index, so indexes are found by name.
class IndexFinder {
 public:
  explicit IndexFinder(const Facts& facts) {
    // A hundred plans name a few of a hundred thousand indexes.
    std::unordered_set<std::string_view> named;
    for (const Statement* statement : top_statements(facts)) {
      if (!matters(facts, *statement)) continue;
      for_each_node(statement->plan->root, [&](const PlanNode& node) { named.insert(node.index); });
    }
    for (const Table* table : facts.user_tables()) {
      for (const Index& index : table->indexes) {
        if (named.contains(index.name)) by_name_.emplace(index.name, Place{table, &index});
      }
    }
  }
  [[nodiscard]] Place find(const PlanNode& node) const {
    const auto [from, to] = by_name_.equal_range(node.index);
    Place found;
    for (auto at = from; at != to; ++at) {
      const Table& table = *at->second.table;
      if ((!node.relation.empty() && node.relation != table.name) ||
          (!node.schema.empty() && node.schema != table.schema))
        continue;
      if (found.index != nullptr) return {};  // the name alone does not tell which
      found = at->second;
    }
    return found;
  }

 private:
  std::unordered_multimap<std::string_view, Place> by_name_;
};

// ---- a range before an equality ---------------------------------------------------------------

// The key with the equalities first, when the condition has a range before one; else empty.
std::vector<std::string> better_order(const Index& index, const std::string& condition) {
  std::vector<std::string> equal;
  std::vector<std::string> others;
  bool range_seen = false;
  bool misplaced = false;
  for (const model::IndexPart& part : index.parts) {
    if (part.column.empty()) return {};
    const Comparison how = comparison_of(condition, part.column);
    misplaced = misplaced || (range_seen && how == Comparison::equality);
    range_seen = range_seen || how == Comparison::range;
    (how == Comparison::equality ? equal : others).push_back(part.column);
  }
  if (!misplaced) return {};
  equal.insert(equal.end(), others.begin(), others.end());
  return equal;
}

void range_in_middle(const Facts& facts, std::vector<Finding>& out) {
  const IndexFinder finder(facts);
  std::set<const Index*> told;
  for (const Statement* statement : top_statements(facts)) {
    if (!matters(facts, *statement)) continue;
    for_each_node(statement->plan->root, [&](const PlanNode& node) {
      if (node.index.empty() || node.index_condition.empty()) return;
      const auto [table, index] = finder.find(node);
      if (index == nullptr || index->method != "btree" || index->parts.size() < 2) return;
      const auto order = better_order(*index, node.index_condition);
      if (order.empty() || !told.insert(index).second) return;
      Finding finding;
      finding.subject = index_subject(*table, *index);
      finding.title =
          index->name + " (" + key_text(*index) +
          ") has a column that is searched by range before one that is searched by value";
      finding.detail =
          "The scan reads all entries of the range and checks the later columns one by one. With "
          "the columns that are compared by = in front it reads only the entries that match.";
      finding.evidence = {fact("key", key_text(*index), "pg_index"),
                          fact("better order", text::join(order, ", "), "EXPLAIN, Index Cond")};
      add_statement(facts, *statement, finding);
      finding.changes = {composite(*table, order, "Create the index in the better order")};
      out.push_back(std::move(finding));
    });
  }
}

// ---- two bitmaps instead of one index ----------------------------------------------------------

void merge_singles(const Facts& facts, std::vector<Finding>& out) {
  const IndexFinder finder(facts);
  std::set<std::string> told;
  for (const Statement* statement : top_statements(facts)) {
    if (!matters(facts, *statement)) continue;
    for_each_node(statement->plan->root, [&](const PlanNode& node) {
      if (node.type != "BitmapAnd") return;
      const Table* table = nullptr;
      std::vector<std::string> columns;
      std::vector<std::string> indexes;
      for (const PlanNode& child : node.children) {
        const auto [owner, index] = finder.find(child);
        if (index == nullptr || index->method != "btree" || index->parts[0].column.empty() ||
            (table != nullptr && table != owner))
          return;
        table = owner;
        const bool equality =
            comparison_of(child.index_condition, index->parts[0].column) == Comparison::equality;
        // Equalities in front of ranges.
        columns.insert(equality ? columns.begin() : columns.end(), index->parts[0].column);
        indexes.push_back(index->name);
      }
      if (table == nullptr || columns.size() < 2 ||
          !told.insert(table->qualified() + text::join(indexes, ",")).second)
        return;
      Finding finding;
      finding.subject = table_subject(*table);
      finding.title = "A statement of " + text::percent(facts.share(*statement)) +
                      " of the workload's time intersects " + text::join(indexes, " and ") +
                      " where one index on (" + text::join(columns, ", ") + ") would do";
      finding.detail =
          "BitmapAnd reads every entry that matches either condition and throws most away. One "
          "composite index reads only those that match both.";
      finding.evidence = {
          fact("indexes intersected", text::join(indexes, ", "), "EXPLAIN, BitmapAnd")};
      add_statement(facts, *statement, finding);
      finding.changes = {composite(*table, columns, "Create one composite index")};
      out.push_back(std::move(finding));
    });
  }
}

const Register middle_check{
    {.id = "index.range_in_middle",
     .area = Area::index,
     .severity = Severity::medium,
     .summary = "A composite index has a range column before columns compared by =",
     .why = "The scan reads the whole range instead of the entries that match.",
     .privileges = "pg_read_all_stats, for the statements of other roles",
     .guards = "only with a plan whose index condition shows it, of a statement with 1 % of the "
               "time and 100 calls",
     .source = "pg-index-health; PostgreSQL manual, 'Multicolumn Indexes'"},
    range_in_middle};
const Register merge_check{
    {.id = "index.merge_singles",
     .area = Area::index,
     .severity = Severity::medium,
     .summary = "A frequent statement intersects two indexes where a composite one would do",
     .why = "Both bitmaps are built whole before most of their rows are thrown away.",
     .privileges = "pg_read_all_stats, for the statements of other roles",
     .guards = "only with a plan that has a BitmapAnd, of a statement with 1 % of the time and 100 "
               "calls",
     .source = "PostgreSQL manual, 'Combining Multiple Indexes'"},
    merge_singles};

}  // namespace
}  // namespace whet::advise
