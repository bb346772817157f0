#include "plans/mysql/table.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "plans/mysql/words.h"

namespace whet::plans::mysql {
namespace {

using json::View;
using model::PlanNode;

struct Access {
  std::string_view access, type;
};

constexpr std::array<Access, 13> accesses{{{"ALL", "Table scan"},
                                           {"index", "Index scan"},
                                           {"range", "Index range scan"},
                                           {"ref", "Index lookup"},
                                           {"ref_or_null", "Index lookup"},
                                           {"unique_subquery", "Single-row index lookup"},
                                           {"index_subquery", "Index lookup"},
                                           {"eq_ref", "Single-row index lookup"},
                                           {"const", "Constant row"},
                                           {"system", "Constant row"},
                                           {"fulltext", "Full-text index search"},
                                           {"index_merge", "Index merge"},
                                           {"NULL", "Table scan"}}};

std::vector<std::string> strings(View list) {
  std::vector<std::string> out;
  for (const View one : list.elements()) out.push_back(one.string_or(""));
  return out;
}

void set_access(PlanNode& node, View table) {
  std::string access = table["access_type"].string_or("ALL");
  // MariaDB's hash joins: hash_ALL, hash_range, hash_index.
  if (access.substr(0, 5) == "hash_") access.erase(0, 5);
  node.access = access;
  node.type = "Table scan";
  for (const Access& one : accesses) {
    if (one.access == access) node.type = one.type;
  }
  if (flag(table["using_index_for_skip_scan"])) {
    node.type = "Index skip scan";
    node.covering = true;
  }
  if (table["using_index_for_group_by"].present()) {
    node.type = "Index skip scan";
    node.strategy = "Grouping";
    node.covering = true;
  }
  if (flag(table["backward_index_scan"])) node.scan_direction = "Backward";
  if (table["range_checked_for_each_record"].present()) node.strategy = "Re-planned";
}

/// MySQL: "union(PRIMARY,member_id)"; MariaDB: {"union": [{"range": {"key": ...}}]}.
void set_merge(PlanNode& node, View table) {
  if (node.type != "Index merge") return;
  std::vector<std::string> indexes;
  const std::string key = table["key"].string_or("");
  std::string how = key.substr(0, key.find('('));
  std::string inner;
  for (const char c : key.substr(std::min(how.size(), key.size()))) {
    if (c != '(' && c != ')' && c != ' ') inner += c;
  }
  for (const std::string& one : text::split(inner, ',')) {
    if (!one.empty()) indexes.push_back(one);
  }
  for (const auto& [name, parts] : table["index_merge"].members()) {
    how = name;
    for (const View part : parts.elements()) {
      indexes.push_back(part["range"]["key"].string_or("?"));
      for (const View column : part["range"]["used_key_parts"].elements()) {
        node.used_key_parts.push_back(column.string_or(""));
      }
    }
  }
  node.index = text::join(indexes, ", ");
  node.strategy = text::contains(how, "intersect") ? "Intersection"
                  : text::contains(how, "sort")    ? "Sort union"
                                                   : "Union";
}

/// "member_id = m.id" from the parts of the key and what they are compared with.
std::string lookup(const PlanNode& node, View table) {
  std::vector<std::string> terms;
  const std::vector<std::string> refs = strings(table["ref"]);
  std::size_t constants = 0;
  for (std::size_t i = 0; i < std::min(refs.size(), node.used_key_parts.size()); ++i) {
    std::string ref = refs[i];
    // "lib.m.id": the schema says nothing here.
    if (std::count(ref.begin(), ref.end(), '.') == 2) ref.erase(0, ref.find('.') + 1);
    if (ref == "const") ref = "$" + std::to_string(++constants);
    terms.push_back(node.used_key_parts[i] + " = " + ref);
  }
  return text::join(terms, " AND ");
}

void set_index(PlanNode& node, View table) {
  node.possible_indexes = strings(table["possible_keys"]);
  node.used_key_parts = strings(table["used_key_parts"]);
  node.covering = node.covering || flag(table["using_index"]);
  if (node.type != "Index merge") node.index = table["key"].string_or("");
  node.key_bytes = static_cast<std::int64_t>(std::clamp(figure(table["key_length"]), 0.0, 1e6));
  set_merge(node, table);
  node.index_condition = lookup(node, table);
  node.recheck_condition = plain_expression(table["index_condition"].string_or(""));
}

void set_actuals(PlanNode& node, View table) {
  const View loops = table["r_loops"];
  if (!loops.present()) return;
  node.executed = true;
  node.loops = loops.number_or(0);
  // Tables that were read while planning say 0 loops and have their row all the same.
  if (node.access == "const" || node.access == "system") {
    node.loops = node.rows = 1;
    return;
  }
  if (node.loops <= 0) return;
  const double read = table["r_rows"].number_or(0);
  const double passed = std::clamp(table["r_filtered"].number_or(100), 0.0, 100.0);
  node.filtered_actual = passed;
  node.rows = read * passed / 100;
  node.rows_removed_by_filter = read - node.rows;
  if (table["r_table_time_ms"].present()) {
    node.total_ms =
        (table["r_table_time_ms"].number_or(0) + table["r_other_time_ms"].number_or(0)) /
        node.loops;
  } else if (table["r_total_time_ms"].present()) {
    node.total_ms = table["r_total_time_ms"].number_or(0) / node.loops;
  }
  const View stats = table["r_engine_stats"];
  if (!stats.is_object()) return;
  model::PlanBuffers buffers;
  buffers.shared_read = std::max<std::int64_t>(stats["pages_read_count"].integer_or(0), 0);
  buffers.shared_hit =
      std::max<std::int64_t>(stats["pages_accessed"].integer_or(0) - buffers.shared_read, 0);
  buffers.read_ms = stats["pages_read_time_ms"].number_or(0);
  node.buffers = buffers;
}

void set_cost(PlanNode& node, View table) {
  const View cost = table["cost_info"];
  node.total_cost = figure(cost["read_cost"]) + figure(cost["eval_cost"]);
  // MariaDB 11: for all loops, too.
  if (table["cost"].is_number()) node.total_cost = table["cost"].number_or(0);
}

void set_more(PlanNode& node, View table) {
  if (table["partitions"].is_array()) {
    node.other["Partitions"] = text::join(strings(table["partitions"]), ", ");
  }
  if (table["table_function"].is_string()) node.function = table["table_function"].string_or("");
  if (table["rowid_filter"].is_object()) {
    const View filter = table["rowid_filter"];
    const View range = filter["range"].is_object() ? filter["range"] : filter;
    node.other["Rowid Filter"] = range["key"].string_or("");
  }
  for (const std::string_view name : {"not_exists", "using_MRR", "using_temporary_table"}) {
    if (!flag(table[name])) continue;
    if (name == "using_temporary_table") node.temporary = true;
    if (name == "not_exists") node.other["Not Exists"] = "true";
    if (name == "using_MRR") node.other["Multi-Range Read"] = "true";
  }
  if (table["first_match"].is_string()) {
    node.other["First Match"] = table["first_match"].string_or("");
  }
}

}  // namespace

double figure(View view, double otherwise) {
  if (const auto number = view.number()) return std::isfinite(*number) ? *number : otherwise;
  const auto text = view.string();
  const auto number = text ? text::to_double(*text) : std::nullopt;
  return number && std::isfinite(*number) ? *number : otherwise;
}

bool flag(View view) {
  return view.boolean_or(false) || view.integer_or(0) != 0 || view.string_or("") == "true";
}

double rows_examined(View table) {
  // MySQL and MariaDB have a name each.
  return std::max(figure(table["rows_examined_per_scan"].present() ? table["rows_examined_per_scan"]
                                                                   : table["rows"]),
                  0.0);
}

PlanNode table_node(View table) {
  PlanNode node;
  if (table["message"].is_string()) {
    node.type = "Rows fetched before execution";
    node.access = "const";
    node.other["Detail"] = table["message"].string_or("");
    return node;
  }
  node.relation = table["table_name"].string_or("");
  set_access(node, table);
  set_index(node, table);
  node.filter = plain_expression(table["attached_condition"].string_or(""));
  // "0.00" of many rows is still a few.
  const double passed = std::clamp(figure(table["filtered"], 100), 0.001, 100.0);
  node.filtered = passed;
  node.plan_rows = rows_examined(table) * passed / 100;
  set_cost(node, table);
  set_more(node, table);
  set_actuals(node, table);
  return node;
}

}  // namespace whet::plans::mysql
