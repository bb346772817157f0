#include "plans/properties.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "base/text.h"

namespace whet::plans {
namespace {

using model::PlanBuffers;
using model::PlanNode;

using Member =
    std::variant<std::string PlanNode::*, double PlanNode::*, std::optional<double> PlanNode::*,
                 std::int64_t PlanNode::*, std::optional<std::int64_t> PlanNode::*,
                 bool PlanNode::*, std::vector<std::string> PlanNode::*,
                 std::int64_t PlanBuffers::*, double PlanBuffers::*>;

struct Entry {
  std::string_view name;
  Member member;
};

using N = PlanNode;
using B = PlanBuffers;

// Sorted by name: looked up by bisection, once for each property of each node.
constexpr std::array entries{
    Entry{"Actual Loops", &N::loops},
    Entry{"Actual Rows", &N::rows},
    Entry{"Actual Startup Time", &N::startup_ms},
    Entry{"Actual Total Time", &N::total_ms},
    Entry{"Alias", &N::alias},
    Entry{"CTE Name", &N::cte},
    Entry{"Cache Evictions", &N::cache_evictions},
    Entry{"Cache Hits", &N::cache_hits},
    Entry{"Cache Key", &N::cache_key},
    Entry{"Cache Misses", &N::cache_misses},
    Entry{"Cache Overflows", &N::cache_overflows},
    Entry{"Disabled", &N::disabled},
    Entry{"Disk Usage", &N::disk_kb},
    Entry{"Exact Heap Blocks", &N::exact_heap_blocks},
    Entry{"Filter", &N::filter},
    Entry{"Function Name", &N::function},
    Entry{"Group Key", &N::group_keys},
    Entry{"Hash Batches", &N::hash_batches},
    Entry{"Hash Buckets", &N::hash_buckets},
    Entry{"Hash Cond", &N::hash_condition},
    Entry{"HashAgg Batches", &N::hash_batches},
    Entry{"Heap Fetches", &N::heap_fetches},
    Entry{"I/O Read Time", &B::read_ms},
    Entry{"I/O Write Time", &B::write_ms},
    Entry{"Index Cond", &N::index_condition},
    Entry{"Index Name", &N::index},
    Entry{"Index Searches", &N::index_searches},
    Entry{"Join Filter", &N::join_filter},
    Entry{"Join Type", &N::join_type},
    Entry{"Local Dirtied Blocks", &B::local_dirtied},
    Entry{"Local Hit Blocks", &B::local_hit},
    Entry{"Local I/O Read Time", &B::read_ms},
    Entry{"Local I/O Write Time", &B::write_ms},
    Entry{"Local Read Blocks", &B::local_read},
    Entry{"Local Written Blocks", &B::local_written},
    Entry{"Lossy Heap Blocks", &N::lossy_heap_blocks},
    Entry{"Merge Cond", &N::merge_condition},
    Entry{"Node Type", &N::type},
    Entry{"One-Time Filter", &N::one_time_filter},
    Entry{"Operation", &N::operation},
    Entry{"Order By", &N::order_by},
    Entry{"Original Hash Batches", &N::original_hash_batches},
    Entry{"Output", &N::output},
    Entry{"Parallel Aware", &N::parallel_aware},
    Entry{"Parent Relationship", &N::parent_relationship},
    Entry{"Partial Mode", &N::partial_mode},
    Entry{"Peak Memory Usage", &N::peak_memory_kb},
    Entry{"Plan Rows", &N::plan_rows},
    Entry{"Plan Width", &N::plan_width},
    Entry{"Presorted Key", &N::presorted_keys},
    Entry{"Recheck Cond", &N::recheck_condition},
    Entry{"Relation Name", &N::relation},
    Entry{"Rows Removed by Filter", &N::rows_removed_by_filter},
    Entry{"Rows Removed by Index Recheck", &N::rows_removed_by_recheck},
    Entry{"Rows Removed by Join Filter", &N::rows_removed_by_join_filter},
    Entry{"Scan Direction", &N::scan_direction},
    Entry{"Schema", &N::schema},
    Entry{"Shared Dirtied Blocks", &B::shared_dirtied},
    Entry{"Shared Hit Blocks", &B::shared_hit},
    Entry{"Shared I/O Read Time", &B::read_ms},
    Entry{"Shared I/O Write Time", &B::write_ms},
    Entry{"Shared Read Blocks", &B::shared_read},
    Entry{"Shared Written Blocks", &B::shared_written},
    Entry{"Single Copy", &N::single_copy},
    Entry{"Sort Key", &N::sort_keys},
    Entry{"Sort Method", &N::sort_method},
    Entry{"Sort Space Type", &N::sort_space_type},
    Entry{"Sort Space Used", &N::sort_space_kb},
    Entry{"Startup Cost", &N::startup_cost},
    Entry{"Strategy", &N::strategy},
    Entry{"Subplan Name", &N::subplan_name},
    Entry{"Subplans Removed", &N::subplans_removed},
    Entry{"Temp I/O Read Time", &B::temp_read_ms},
    Entry{"Temp I/O Write Time", &B::temp_write_ms},
    Entry{"Temp Read Blocks", &B::temp_read},
    Entry{"Temp Written Blocks", &B::temp_written},
    Entry{"Total Cost", &N::total_cost},
    Entry{"Workers Launched", &N::workers_launched},
    Entry{"Workers Planned", &N::workers_planned},
};
static_assert(std::is_sorted(entries.begin(), entries.end(),
                             [](const Entry& a, const Entry& b) { return a.name < b.name; }));

const Entry* find(std::string_view name) {
  const auto* it =
      std::lower_bound(entries.begin(), entries.end(), name,
                       [](const Entry& entry, std::string_view n) { return entry.name < n; });
  return it != entries.end() && it->name == name ? it : nullptr;
}

/// Figures end in "kB" or " ms" in text plans.
std::optional<double> figure(std::string_view value) {
  value = text::trim(value);
  const auto end = value.find_last_of("0123456789.");
  if (end == std::string_view::npos) return std::nullopt;
  const auto parsed = text::to_double(value.substr(0, end + 1));
  return parsed && std::isfinite(*parsed) ? parsed : std::nullopt;
}

std::optional<std::int64_t> whole_figure(std::string_view value) {
  const auto parsed = figure(value);
  // Beyond 2^53 a double is no count any more.
  if (!parsed || std::abs(*parsed) > 9007199254740992.0) return std::nullopt;
  return static_cast<std::int64_t>(*parsed);
}

struct Setter {
  PlanNode& node;
  std::string_view value;

  void operator()(std::string N::* member) const { node.*member = value; }
  void operator()(double N::* member) const {
    if (const auto parsed = figure(value)) node.*member = *parsed;
  }
  void operator()(std::optional<double> N::* member) const {
    if (const auto parsed = figure(value)) node.*member = parsed;
  }
  void operator()(std::int64_t N::* member) const {
    if (const auto parsed = whole_figure(value)) node.*member = *parsed;
  }
  void operator()(std::optional<std::int64_t> N::* member) const {
    if (const auto parsed = whole_figure(value)) node.*member = parsed;
  }
  void operator()(bool N::* member) const { node.*member = value == "true"; }
  void operator()(std::vector<std::string> N::* member) const { node.*member = split_list(value); }
  void operator()(std::int64_t B::* /*member*/) const {}
  void operator()(double B::* /*member*/) const {}
};

struct BufferSetter {
  PlanBuffers& buffers;
  std::string_view value;
  bool known = true;

  void operator()(std::int64_t B::* member) {
    if (const auto parsed = whole_figure(value)) buffers.*member = *parsed;
  }
  void operator()(double B::* member) {
    // Shared and local times share a member.
    if (const auto parsed = figure(value)) buffers.*member += *parsed;
  }
  template <class Other>
  void operator()(Other /*member*/) {
    known = false;
  }
};

struct Getter {
  const PlanNode& node;

  std::string operator()(std::string N::* member) const { return node.*member; }
  std::string operator()(double N::* member) const { return text::number(node.*member, 15); }
  std::string operator()(std::optional<double> N::* member) const {
    return node.*member ? text::number(*(node.*member), 15) : "";
  }
  std::string operator()(std::int64_t N::* member) const { return std::to_string(node.*member); }
  std::string operator()(std::optional<std::int64_t> N::* member) const {
    return node.*member ? std::to_string(*(node.*member)) : "";
  }
  std::string operator()(bool N::* member) const { return node.*member ? "true" : "false"; }
  std::string operator()(std::vector<std::string> N::* member) const {
    return text::join(node.*member, ", ");
  }
  std::string operator()(std::int64_t B::* member) const {
    return node.buffers ? std::to_string((*node.buffers).*member) : "";
  }
  std::string operator()(double B::* member) const {
    return node.buffers ? text::number((*node.buffers).*member, 15) : "";
  }
};

}  // namespace

bool set_buffer_property(PlanBuffers& buffers, std::string_view name, std::string_view value) {
  const Entry* entry = find(name);
  if (entry == nullptr) return false;
  BufferSetter setter{buffers, value};
  std::visit(setter, entry->member);
  return setter.known;
}

void set_property(PlanNode& node, std::string_view name, std::string_view value) {
  const Entry* entry = find(name);
  if (entry == nullptr) {
    node.other[std::string(name)] = value;
    return;
  }
  PlanBuffers buffers = node.buffers.value_or(PlanBuffers{});
  if (set_buffer_property(buffers, name, value)) {
    node.buffers = buffers;
    return;
  }
  std::visit(Setter{node, value}, entry->member);
}

void add_to_property(PlanNode& node, std::string_view name, std::string_view value) {
  const Entry* entry = find(name);
  if (entry != nullptr) {
    const auto* list = std::get_if<std::vector<std::string> N::*>(&entry->member);
    if (list != nullptr) {
      (node.**list).emplace_back(value);
      return;
    }
  }
  if (entry == nullptr && !node.other[std::string(name)].empty()) {
    node.other[std::string(name)] += ", " + std::string(value);
    return;
  }
  set_property(node, name, value);
}

std::string property(const PlanNode& node, std::string_view name) {
  const Entry* entry = find(name);
  if (entry != nullptr) return std::visit(Getter{node}, entry->member);
  const auto it = node.other.find(std::string(name));
  return it == node.other.end() ? "" : it->second;
}

std::vector<std::string> split_list(std::string_view list) {
  std::vector<std::string> parts;
  std::size_t from = 0;
  int depth = 0;
  char quote = 0;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const char c = list[i];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == '(' || c == '[' || c == '{') {
      ++depth;
    } else if (c == ')' || c == ']' || c == '}') {
      --depth;
    } else if (c == ',' && depth == 0) {
      parts.emplace_back(text::trim(list.substr(from, i - from)));
      from = i + 1;
    }
  }
  const std::string_view last = text::trim(list.substr(from));
  if (!last.empty()) parts.emplace_back(last);
  return parts;
}

}  // namespace whet::plans
