#include "plans/mysql/blocks.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "plans/mysql/settle.h"
#include "plans/mysql/table.h"
#include "plans/mysql/tree.h"
#include "plans/mysql/words.h"

namespace whet::plans::mysql {
namespace {

using json::View;
using model::Plan;
using model::PlanNode;

PlanNode plain(std::string_view type, std::string_view why) {
  PlanNode node;
  node.type = type;
  if (!why.empty()) node.other["Detail"] = why;
  return node;
}

/// Puts a node of that type above; it has the figures of what it stands on until it gets its own.
PlanNode& put_above(PlanNode& node, std::string_view type) {
  PlanNode above;
  above.type = type;
  above.total_cost = node.total_cost;
  above.plan_rows = node.plan_rows;
  above.executed = node.executed;
  above.rows = node.rows;
  above.loops = node.loops;
  above.total_ms = node.total_ms;
  above.children.push_back(std::move(node));
  node = std::move(above);
  return node;
}

void tables_below(const PlanNode& node, std::vector<std::string>& out) {
  if (!node.relation.empty()) out.push_back(node.relation);
  for (const PlanNode& child : node.children) {
    if (child.parent_relationship != "SubPlan") tables_below(child, out);
  }
}

/// The node whose condition names that subquery.
PlanNode* find_mention(PlanNode& node, std::string_view name) {
  for (const std::string* condition : {&node.filter, &node.join_filter, &node.one_time_filter}) {
    if (text::contains(*condition, name)) return &node;
  }
  for (PlanNode& child : node.children) {
    if (PlanNode* found = find_mention(child, name)) return found;
  }
  return nullptr;
}

/// MariaDB lists the subqueries of a block together, wherever they run.
void attach_subqueries(PlanNode& root, std::vector<PlanNode> subqueries) {
  std::vector<PlanNode> others;
  for (PlanNode& one : subqueries) {
    const std::string mark =
        "(SubPlan " + text::replace_all(one.subplan_name, "Select #", "") + ")";
    PlanNode* owner = find_mention(root, mark);
    if (owner != nullptr) {
      owner->children.push_back(std::move(one));
    } else {
      others.push_back(std::move(one));
    }
  }
  attach_projection(root, std::move(others));
}

class Blocks {
 public:
  [[nodiscard]] bool too_deep() const { return too_deep_; }

  /// A query block with its subqueries.
  PlanNode block(View view) {
    PlanNode node = content(view);
    if (view["having_condition"].is_string()) {
      put_above(node, "Filter").filter = plain_expression(view["having_condition"].string_or(""));
    }
    for (const std::string_view name : {"const_condition", "outer_ref_condition"}) {
      if (!view[name].is_string()) continue;
      put_above(node, "Filter").one_time_filter = plain_expression(view[name].string_or(""));
    }
    attach_subqueries(node, subqueries(view));
    set_block_figures(node, view);
    return node;
  }

 private:
  /// What a block, an operation or a materialisation works on.
  PlanNode content(View view) {
    const Level level(*this);
    if (too_deep_ || !view.is_object()) return plain("Result", "");
    if (auto node = operation(view)) return std::move(*node);
    // Beside a table, "materialized" says what it is made from.
    if (!view["table"].is_object()) {
      if (auto node = mariadb_operation(view)) return std::move(*node);
    }
    if (auto node = set_operation(view)) return std::move(*node);
    if (view["nested_loop"].is_array()) return join(view["nested_loop"]);
    if (view["insert_from"].is_object()) return insert(view);
    if (view["table"].is_object()) return table(view["table"]);
    if (view["query_block"].is_object()) return block(view["query_block"]);
    if (view["message"].is_string()) {
      PlanNode node = plain("Rows fetched before execution", view["message"].string_or(""));
      node.access = "const";
      return node;
    }
    return plain("Result", "");
  }

  struct Level {
    explicit Level(Blocks& blocks) : owner(blocks) {
      if (++owner.depth_ > max_depth) owner.too_deep_ = true;
    }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;
    Level(Level&&) = delete;
    Level& operator=(Level&&) = delete;
    ~Level() { --owner.depth_; }
    Blocks& owner;
  };

  static void set_block_figures(PlanNode& node, View view) {
    const double cost = figure(view["cost_info"]["query_cost"]);
    node.total_cost = std::max({node.total_cost, cost, figure(view["cost"])});
    if (!view["r_loops"].present()) return;
    const double loops = view["r_loops"].number_or(0);
    node.executed = true;
    node.loops = loops;
    if (loops <= 0) return;
    const double ms = view["r_total_time_ms"].number_or(0) / loops;
    node.total_ms = std::max(node.total_ms.value_or(0), ms);
  }

  /// MySQL's operations around the tables.
  std::optional<PlanNode> operation(View view) {
    for (const std::string_view name : {"ordering_operation", "grouping_operation",
                                        "duplicates_removal", "windowing", "buffer_result"}) {
      const View inner = view[name];
      if (!inner.is_object()) continue;
      PlanNode node = content(inner);
      apply(node, name, inner);
      for (PlanNode& one : subqueries(inner)) node.children.push_back(std::move(one));
      return node;
    }
    return std::nullopt;
  }

  static void apply(PlanNode& node, std::string_view name, View inner) {
    const bool temporary = flag(inner["using_temporary_table"]);
    const bool sorts = flag(inner["using_filesort"]);
    const double sort_cost = figure(inner["cost_info"]["sort_cost"]);
    if (name == "windowing") {
      for (const View window : inner["windows"].elements()) {
        if (!flag(window["using_filesort"])) continue;
        PlanNode& sort = put_above(node, "Sort");
        for (const View key : window["filesort_key"].elements()) {
          sort.sort_keys.push_back(plain_expression(key.string_or("")));
        }
      }
      put_above(node, "Window aggregate").temporary = temporary;
      node.total_cost += sort_cost;
      return;
    }
    if (name == "grouping_operation") {
      if (sorts) put_above(node, "Sort").total_cost += sort_cost;
      put_above(node, temporary ? "Aggregate using temporary table" : "Group aggregate").temporary =
          temporary;
      return;
    }
    if (sorts) {
      PlanNode& sort = put_above(node, "Sort");
      sort.total_cost += sort_cost;
      sort.temporary = temporary;
      if (name == "duplicates_removal") sort.strategy = "Deduplication";
    } else if (temporary || name == "buffer_result") {
      PlanNode& table = put_above(node, "Temporary table");
      table.temporary = true;
      if (name == "duplicates_removal") table.strategy = "Deduplication";
    }
  }

  /// MariaDB's.
  std::optional<PlanNode> mariadb_operation(View view) {
    if (view["filesort"].is_object()) return filesort(view["filesort"]);
    if (view["read_sorted_file"].is_object()) return content(view["read_sorted_file"]);
    if (view["temporary_table"].is_object()) {
      PlanNode node = content(view["temporary_table"]);
      put_above(node, "Temporary table").temporary = true;
      return node;
    }
    const View windows = view["window_functions_computation"];
    if (windows.is_object()) {
      PlanNode node = content(windows);
      for (const View sort : windows["sorts"].elements()) sort_above(node, sort["filesort"]);
      put_above(node, "Window aggregate");
      return node;
    }
    if (view["materialization"].is_object()) {
      PlanNode node = content(view["materialization"]);
      put_above(node, "Materialize").temporary = true;
      return node;
    }
    for (const std::string_view name : {"duplicates_removal", "expression_cache", "materialized"}) {
      if (view[name].is_array()) {
        PlanNode node = join(view[name]);
        put_above(node, "Remove duplicates").temporary = true;
        return node;
      }
      if (view[name].is_object()) return content(view[name]);
    }
    return std::nullopt;
  }

  PlanNode filesort(View view) {
    PlanNode node = content(view);
    sort_above(node, view);
    return node;
  }

  static void sort_above(PlanNode& node, View view) {
    const double below = node.total_ms.value_or(0) * node.loops;
    PlanNode& sort = put_above(node, "Sort");
    std::string_view keys;
    const std::string text = view["sort_key"].string_or("");
    for (keys = text; !keys.empty();) {
      const std::size_t comma = find_outside(keys, ", ");
      sort.sort_keys.push_back(plain_expression(keys.substr(0, comma)));
      keys = comma == std::string_view::npos ? "" : keys.substr(comma + 2);
    }
    if (!view["r_loops"].present()) return;
    sort.executed = true;
    sort.loops = view["r_loops"].number_or(0);
    if (sort.loops <= 0) return;
    sort.rows = view["r_output_rows"].number_or(sort.rows) / sort.loops;
    // The time holds that of reading the table when the sort reads it itself.
    const double ms = view["r_total_time_ms"].number_or(0);
    sort.total_ms = (ms >= below ? ms : ms + below) / sort.loops;
    if (flag(view["r_used_priority_queue"])) sort.sort_method = "priority queue";
    if (view["r_limit"].is_number()) {
      sort.plan_rows = std::min(sort.plan_rows, std::max(view["r_limit"].number_or(0), 0.0));
      sort.other["Limit"] = std::to_string(view["r_limit"].integer_or(0));
    }
    if (view["r_sort_passes"].number_or(0) > 0) sort.sort_space_type = "Disk";
  }

  /// UNION, INTERSECT, EXCEPT and recursion.
  std::optional<PlanNode> set_operation(View view) {
    struct Kind {
      std::string_view member, type;
    };
    constexpr std::array<Kind, 5> kinds{{{"union_result", "Union"},
                                         {"intersect_result", "Intersect"},
                                         {"except_result", "Except"},
                                         {"recursive_union", "Union"},
                                         {"unary_result", "Union"}}};
    for (const Kind& kind : kinds) {
      const View result = view[kind.member];
      if (!result.is_object()) continue;
      PlanNode node = plain(kind.type, "");
      if (kind.member == "recursive_union") node.strategy = "Recursive";
      node.temporary = flag(result["using_temporary_table"]);
      for (const View one : result["query_specifications"].elements()) {
        node.children.push_back(content(one));
        node.total_cost += node.children.back().total_cost;
        node.plan_rows += node.children.back().plan_rows;
      }
      if (result["r_loops"].present() && result["r_loops"].number_or(0) > 0) {
        node.executed = true;
        node.loops = result["r_loops"].number_or(1);
        node.rows = result["r_rows"].number_or(0);
        double ms = 0;
        for (const PlanNode& child : node.children) ms += child.total_ms.value_or(0) * child.loops;
        node.total_ms = ms / node.loops;
      }
      if (flag(result["using_filesort"])) put_above(node, "Sort");
      return node;
    }
    return std::nullopt;
  }

  PlanNode insert(View view) {
    PlanNode node = content(view["insert_from"]);
    PlanNode& above = put_above(node, "Insert");
    above.operation = "Insert";
    above.relation = view["table"]["table_name"].string_or("");
    return node;
  }

  PlanNode table(View view) {
    const Level level(*this);
    if (too_deep_) return plain("Result", "");
    PlanNode node = table_node(view);
    for (const std::string_view name : {"materialized_from_subquery", "materialized"}) {
      if (view[name].is_object()) make(node, view[name]);
    }
    for (PlanNode& one : subqueries(view)) node.children.push_back(std::move(one));
    for (const auto& [member, type] :
         {std::pair<std::string_view, std::string_view>{"update", "Update"},
          {"delete", "Delete"},
          {"replace", "Replace"},
          {"insert", "Insert"}}) {
      if (!flag(view[member])) continue;
      const std::string name = node.relation;
      PlanNode& above = put_above(node, type);
      above.operation = type;
      above.relation = name;
    }
    return node;
  }

  /// The table is made from a query.
  void make(PlanNode& table, View made) {
    PlanNode inner = content(made);
    put_above(inner, "Materialize").temporary = true;
    inner.dependent = flag(made["dependent"]) || flag(made["lateral"]);
    // The table's time is that of reading what was made.
    if (table.loops > 0 && table.total_ms) {
      *table.total_ms += inner.total_ms.value_or(0) * inner.loops / table.loops;
    }
    table.children.push_back(std::move(inner));
  }

  /// Tables in join order become a tree that leans to the left.
  PlanNode join(View list) {
    std::optional<PlanNode> left;
    double rows = 1;
    for (const View element : list.elements()) {
      if (!left) {
        left = content(element);
        const View first = element["table"];
        rows = figure(first["rows_produced_per_join"], left->plan_rows);
      } else {
        left = joined(std::move(*left), element, rows);
      }
    }
    return left ? std::move(*left) : plain("Result", "");
  }

  PlanNode joined(PlanNode left, View element, double& outer_rows) {
    const View buffered = element["block-nl-join"];
    const View checked = element["range-checked-for-each-record"];
    const View holder = buffered.is_object() ? buffered : checked.is_object() ? checked : element;
    const View table = holder["table"];
    PlanNode inner = content(holder);
    if (checked.is_object()) inner.strategy = "Re-planned";
    if (holder["materialized"].is_object() && table.is_object())
      make(inner, holder["materialized"]);
    const double produced = outer_rows * inner.plan_rows;
    // The server prints the sum of all loops; a loop's is what the other formats print.
    if (!buffered.is_object() && inner.total_cost > 0)
      inner.total_cost /= std::max(outer_rows, 1.0);
    outer_rows = figure(table["rows_produced_per_join"], produced);
    const std::string how = buffered.is_object() ? buffered["join_type"].string_or("BNL")
                                                 : table["using_join_buffer"].string_or("");
    PlanNode node = how.empty() ? loop_join(std::move(left), std::move(inner))
                                : buffer_join(std::move(left), std::move(inner), how, holder);
    node.plan_rows = outer_rows;
    const double prefix = figure(table["cost_info"]["prefix_cost"]);
    if (prefix > 0) node.total_cost = prefix;
    return node;
  }

  static void add_actuals(PlanNode& node) {
    const PlanNode& left = node.children.front();
    if (!left.executed) return;
    node.executed = true;
    node.loops = left.loops > 0 ? 1 : 0;
    double ms = 0;
    for (const PlanNode& child : node.children) ms += child.total_ms.value_or(0) * child.loops;
    if (left.total_ms) node.total_ms = ms;
  }

  static PlanNode loop_join(PlanNode left, PlanNode inner) {
    PlanNode node;
    const bool anti = inner.other.contains("Not Exists");
    const bool semi = inner.other.contains("First Match");
    node.type = anti   ? "Nested loop antijoin"
                : semi ? "Nested loop semijoin"
                       : "Nested loop inner join";
    node.join_type = anti ? "Anti" : semi ? "Semi" : "Inner";
    node.rows = inner.rows * inner.loops;
    node.total_cost = left.total_cost + inner.total_cost * std::max(left.plan_rows, 1.0);
    node.children.push_back(std::move(left));
    node.children.push_back(std::move(inner));
    add_actuals(node);
    return node;
  }

  /// The rows before are kept in the join buffer, and the table is read once for each filling.
  static PlanNode buffer_join(PlanNode left, PlanNode inner, const std::string& how, View holder) {
    PlanNode node;
    const bool hash = text::contains(how, "hash") || text::contains(how, "BNLH");
    const bool batched = text::contains(how, "Batched") || text::contains(how, "BKA");
    node.type = hash ? "Hash join" : batched ? "Batched key access join" : "Block nested loop join";
    node.join_type = inner.other.contains("Not Exists") ? "Anti" : "Inner";
    node.join_buffer = true;
    std::vector<std::string> before;
    tables_below(left, before);
    std::vector<std::string> own;
    std::vector<std::string> both;
    std::string condition = inner.filter;
    const std::string outer = plain_expression(holder["attached_condition"].string_or(""));
    if (holder["buffer_type"].present() && !outer.empty()) both.push_back(outer);
    if (!condition.empty()) {
      for (std::string& term : conjuncts_of(condition)) {
        (names_any(term, before) ? both : own).push_back(std::move(term));
      }
    }
    inner.filter = text::join(own, " AND ");
    node.join_filter = text::join(both, " AND ");
    // Which part of the rows the join keeps is not the table's own filter.
    if (own.empty() && !inner.executed) {
      inner.plan_rows = rows_read(inner);
      inner.filtered = 100;
    }
    node.total_cost = left.total_cost + inner.total_cost;
    if (inner.executed) {
      const double pairs = holder["r_loops"].number_or(1) *
                           holder["r_effective_rows"].number_or(inner.rows * inner.loops);
      node.rows = pairs * std::clamp(holder["r_filtered"].number_or(100), 0.0, 100.0) / 100;
      node.rows_removed_by_join_filter = std::max(0.0, pairs - node.rows);
    }
    // As TREE has it: the first input is looked up in the second, which is kept.
    node.children.push_back(std::move(hash ? inner : left));
    node.children.push_back(std::move(hash ? left : inner));
    add_actuals(node);
    return node;
  }

  /// All members that hold subqueries.
  std::vector<PlanNode> subqueries(View view) {
    std::vector<PlanNode> out;
    for (const auto& [name, list] : view.members()) {
      const bool listed = name.size() >= 10 && name.substr(name.size() - 10) == "subqueries";
      if (!listed || name == "optimized_away_subqueries") continue;
      for (const View one : list.elements()) out.push_back(subquery(one, name));
    }
    return out;
  }

  PlanNode subquery(View view, std::string_view place) {
    const View cached = view["expression_cache"];
    PlanNode node = content(view);
    node.parent_relationship = "SubPlan";
    const View made = view["materialization"];
    const View holder = cached.is_object() ? cached : made.is_object() ? made : view;
    const View inner = holder["query_block"];
    const std::int64_t number = inner["select_id"].integer_or(0);
    node.subplan_name = number > 0 ? "Select #" + std::to_string(number) : "Select";
    // MariaDB says it by the cache for repeated values, MySQL in so many words.
    node.dependent = flag(view["dependent"]) || cached.is_object();
    if (place != "subqueries") {
      node.other["Subquery In"] = place == "select_list_subqueries" ? "projection" : "condition";
    }
    return node;
  }

  std::size_t depth_ = 0;
  bool too_deep_ = false;
};

}  // namespace

Result<Plan> parse_blocks(View document) {
  Blocks blocks;
  Plan plan;
  plan.root = blocks.block(document["query_block"]);
  if (blocks.too_deep()) {
    return Error{ErrorKind::invalid, "This plan is nested too deep to be one.",
                 "Give the output of EXPLAIN FORMAT=JSON as it is.", ""};
  }
  settle(plan.root);
  const View planning = document["query_optimization"]["r_total_time_ms"];
  if (planning.is_number()) plan.planning_ms = planning.number();
  if (plan.root.executed && plan.root.total_ms) {
    plan.execution_ms = *plan.root.total_ms * plan.root.loops;
  }
  return plan;
}

}  // namespace whet::plans::mysql
