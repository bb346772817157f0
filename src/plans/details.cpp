#include "plans/details.h"

#include <cmath>
#include <cstdint>

#include "base/text.h"
#include "plans/details_mongodb.h"
#include "plans/expression.h"

namespace whet::plans {
namespace {

using model::PlanNode;

std::string readable(const std::string& expression) {
  const auto parsed = parse_expression(expression);
  return parsed ? to_text(*parsed) : text::squeeze(expression);
}

std::string kilobytes(std::int64_t kb) { return text::bytes(static_cast<double>(kb) * 1024); }

void add(std::vector<std::string>& out, const std::string& name, const std::string& value) {
  if (!value.empty()) out.push_back(name + ": " + value);
}

void conditions(const NodeFigures& figures, std::vector<std::string>& out) {
  const PlanNode& node = *figures.node;
  add(out, "index", readable(node.index_condition));
  // MySQL and MariaDB check a part of the condition in the index (index condition pushdown).
  if (!node.access.empty()) add(out, "index filter", readable(node.recheck_condition));
  if (node.access.empty() && node.index_condition.empty()) {
    add(out, "recheck", readable(node.recheck_condition));
  }
  add(out, "hash", readable(node.hash_condition));
  add(out, "merge", readable(node.merge_condition));
  const auto removed = [&](double rows) {
    return rows * figures.loops >= 1 ? "  removes " + short_count(rows * figures.loops) : "";
  };
  if (!node.join_filter.empty()) {
    add(out, "join filter", readable(node.join_filter) + removed(node.rows_removed_by_join_filter));
  }
  if (!node.filter.empty()) {
    add(out, "filter", readable(node.filter) + removed(node.rows_removed_by_filter));
  }
  add(out, "once", readable(node.one_time_filter));
  add(out, "cache key", node.cache_key);
}

void memory(const PlanNode& node, std::vector<std::string>& out) {
  const bool disk = node.sort_space_type == "Disk";
  if (!node.sort_keys.empty()) {
    std::string line = text::join(node.sort_keys, ", ");
    if (node.sort_space_kb > 0) {
      line += (disk ? "  on disk " : "  in memory ") + kilobytes(node.sort_space_kb);
    }
    add(out, "key", line);
  }
  add(out, "group", text::join(node.group_keys, ", "));
  if (node.hash_batches > 1) {
    std::string line = text::count(node.hash_batches);
    if (node.disk_kb > 0) line += "  on disk " + kilobytes(node.disk_kb);
    add(out, "batches", line);
  }
  if (const auto limit = node.other.find("Limit"); limit != node.other.end()) {
    const auto offset = node.other.find("Offset");
    add(out, "limit",
        limit->second + (offset == node.other.end() ? "" : " behind " + offset->second));
  }
  for (const std::string_view name : {"Functions", "Partitions", "Rowid Filter", "Detail"}) {
    const auto found = node.other.find(std::string(name));
    if (found != node.other.end()) add(out, text::lower(name), found->second);
  }
  if (node.lossy_heap_blocks > 0) add(out, "lossy pages", text::count(node.lossy_heap_blocks));
  if (node.heap_fetches && *node.heap_fetches > 0) {
    add(out, "heap fetches", short_count(*node.heap_fetches));
  }
  if (node.type == "Memoize" && node.cache_hits + node.cache_misses > 0) {
    add(out, "cache",
        short_count(static_cast<double>(node.cache_hits)) + " hits, " +
            short_count(static_cast<double>(node.cache_misses)) + " misses");
  }
}

void traffic(const NodeFigures& figures, std::vector<std::string>& out) {
  const model::PlanBuffers& own = figures.own;
  std::vector<std::string> parts;
  const auto part = [&](const char* name, std::int64_t blocks) {
    if (blocks > 0) parts.push_back(name + short_count(static_cast<double>(blocks)));
  };
  part("cached ", own.shared_hit + own.local_hit);
  part("read ", own.shared_read + own.local_read);
  part("written ", own.shared_written + own.local_written);
  part("temporary ", own.temp_read + own.temp_written);
  // A handful of blocks tells nothing.
  if (figures.exclusive_blocks >= 100) add(out, "blocks", text::join(parts, ", "));
}

}  // namespace

std::string short_count(double value) {
  if (!std::isfinite(value)) return "-";
  const double size = std::fabs(value);
  if (size < 1 && size > 0) return text::number(value, 2);
  if (size < 99999.5) return text::count(std::llround(value));
  if (size < 999.5e3) return text::number(value / 1e3, 3) + " k";
  if (size < 999.5e6) return text::number(value / 1e6, 3) + " M";
  return text::number(value / 1e9, 3) + " G";
}

namespace {

/// "Covering index lookup", "Left hash join", "Materialize CTE top", "Union (Deduplication)".
std::string mysql_kind(const PlanNode& node) {
  std::string out = node.type;
  if (node.covering && !out.empty()) {
    out = "Covering " + text::lower(out.substr(0, 1)) + out.substr(1);
  } else if (node.type == "Hash join" && node.join_type != "Inner" && !node.join_type.empty()) {
    out = node.join_type + " hash join";
  } else if (node.type == "Materialize" && !node.cte.empty()) {
    out += " CTE " + node.cte;
  }
  return node.strategy.empty() ? out : out + " (" + text::lower(node.strategy) + ")";
}

/// Marks of MySQL and MariaDB; PostgreSQL writes its kinds in capitals.
bool is_mysql(const PlanNode& node) {
  return !node.access.empty() || node.type == "Hash join" || node.temporary;
}

}  // namespace

std::string node_title(const PlanNode& node) {
  std::string out = node.parallel_aware ? "Parallel " : "";
  if (!node.partial_mode.empty() && node.partial_mode != "Simple") out += node.partial_mode + " ";
  if (is_stage_of_mongodb(node)) return stage_title(node);
  const bool plain_join = node.join_type.empty() || node.join_type == "Inner";
  if (is_mysql(node)) {
    out += mysql_kind(node);
  } else if (node.type == "ModifyTable" && !node.operation.empty()) {
    out += node.operation;
  } else if (!plain_join && node.type == "Nested Loop") {
    out += "Nested Loop " + node.join_type + " Join";
  } else if (!plain_join) {
    out += text::replace_all(node.type, " Join", " " + node.join_type + " Join");
  } else if (node.type == "Aggregate" && node.strategy != "Plain" && !node.strategy.empty()) {
    out += node.strategy + " Aggregate";
  } else {
    out += node.type;
  }
  if (node.scan_direction == "Backward") out += " Backward";
  if (!node.index.empty()) out += (node.relation.empty() ? " on " : " using ") + node.index;
  const std::string& name = !node.relation.empty()                 ? node.relation
                            : !node.cte.empty() && !node.temporary ? node.cte
                                                                   : node.function;
  if (!name.empty()) {
    out += " on " + (node.schema.empty() ? "" : node.schema + ".") + name;
    if (!node.alias.empty() && node.alias != name) out += " " + node.alias;
  } else if (!node.alias.empty()) {
    out += " on " + node.alias;
  }
  return out;
}

std::vector<std::string> node_details(const NodeFigures& figures) {
  const PlanNode& node = *figures.node;
  if (is_stage_of_mongodb(node)) return stage_details(node);
  std::vector<std::string> out;
  conditions(figures, out);
  memory(node, out);
  if (node.workers_planned > 0) {
    std::string line = text::count(node.workers_planned) + " planned";
    if (node.workers_launched) line += ", " + text::count(*node.workers_launched) + " launched";
    add(out, "workers", line);
  }
  if (node.disabled) out.emplace_back("disabled");
  traffic(figures, out);
  return out;
}

}  // namespace whet::plans
