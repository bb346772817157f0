#include "plans/text_details.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "plans/properties.h"

namespace whet::plans {
namespace {

using model::PlanBuffers;
using model::PlanNode;

std::string capital(std::string_view word) {
  std::string out(word);
  if (!out.empty() && out[0] >= 'a' && out[0] <= 'z') out[0] = static_cast<char>(out[0] - 32);
  return out;
}

/// "A: 1  B: 2" as pairs; values end at two blanks.
std::vector<std::pair<std::string, std::string>> pairs(std::string_view key,
                                                       std::string_view value) {
  std::vector<std::pair<std::string, std::string>> out;
  std::string name(key);
  while (true) {
    value = text::trim(value);
    const auto end = value.find("  ");
    out.emplace_back(name, text::trim(value.substr(0, end)));
    if (end == std::string_view::npos) return out;
    value = text::trim(value.substr(end));
    const auto colon = value.find(':');
    if (colon == std::string_view::npos) return out;
    name = value.substr(0, colon);
    value.remove_prefix(colon + 1);
  }
}

void sort_method(PlanNode& node, std::string_view value) {
  for (const auto& [name, figure] : pairs("Sort Method", value)) {
    if (name == "Sort Method") {
      node.sort_method = figure;
    } else {
      node.sort_space_type = name;
      set_property(node, "Sort Space Used", figure);
    }
  }
}

/// "1024 (originally 512)" becomes the value now and the value at first.
void with_original(PlanNode& node, const std::string& name, std::string_view value) {
  const std::string_view now = value.substr(0, value.find(' '));
  const auto at = value.find("(originally ");
  const std::string_view before = at == std::string_view::npos ? now : value.substr(at + 12);
  set_property(node, name, now);
  set_property(node, "Original " + name, before.substr(0, before.find(')')));
}

/// The line of a Hash, a hashed aggregate or a Memoize: figures two blanks apart.
void memory_line(PlanNode& node, std::string_view key, std::string_view value) {
  const auto figures = pairs(key, value);
  const bool hash = std::any_of(figures.begin(), figures.end(),
                                [](const auto& pair) { return pair.first == "Buckets"; });
  for (const auto& [name, figure] : figures) {
    if (name == "Buckets") {
      with_original(node, "Hash Buckets", figure);
    } else if (name == "Batches" && hash) {
      with_original(node, "Hash Batches", figure);
    } else if (name == "Batches") {
      set_property(node, "HashAgg Batches", figure);
    } else if (name == "Memory Usage") {
      set_property(node, "Peak Memory Usage", figure);
    } else if (name == "Hits" || name == "Misses" || name == "Evictions" || name == "Overflows") {
      set_property(node, "Cache " + name, figure);
    } else {
      set_property(node, name, figure);
    }
  }
}

/// "Full-sort Groups: 3  Sort Method: quicksort  Average Memory: 28kB  Peak Memory: 28kB", or with
/// "Sort Methods: top-N heapsort, external merge" and "Peak Disk".
void sort_groups(PlanNode& node, std::string_view key, std::string_view value) {
  const auto figures = pairs(key, value);
  for (const auto& [name, figure] : figures) {
    if (name == "Peak Disk") {
      node.sort_space_type = "Disk";
      PlanNode scratch;
      set_property(scratch, "Sort Space Used", figure);
      node.sort_space_kb = std::max(node.sort_space_kb, scratch.sort_space_kb);
    } else if (name == "Sort Method" || name == "Sort Methods") {
      add_to_property(node, "Sort Methods Used", figure);
    } else if (name == key) {
      set_property(node, name, figure);
    }
  }
}

void heap_blocks(PlanNode& node, std::string_view value) {
  for (const std::string& part : text::split(value, ' ')) {
    const auto equals = part.find('=');
    if (equals == std::string::npos) continue;
    const std::string name = capital(std::string_view(part).substr(0, equals)) + " Heap Blocks";
    set_property(node, name, std::string_view(part).substr(equals + 1));
  }
}

void wal(PlanNode& node, std::string_view value) {
  constexpr std::array names{std::pair{"records=", "WAL Records"}, std::pair{"fpi=", "WAL FPI"},
                             std::pair{"bytes=", "WAL Bytes"},
                             std::pair{"full=", "WAL Buffers Full"}};
  for (const auto& [mark, name] : names) {
    const auto at = value.find(mark);
    if (at == std::string_view::npos) continue;
    const std::string_view figure = value.substr(at + std::string_view(mark).size());
    set_property(node, name, figure.substr(0, figure.find(' ')));
  }
}

void storage(PlanNode& node, std::string_view value) {
  for (const auto& [name, figure] : pairs("Storage", value)) {
    set_property(node, name, figure);
    if (name == "Maximum Storage" && node.other["Storage"] == "Disk") {
      set_property(node, "Disk Usage", figure);
    }
  }
}

/// "a=1 b=2, c d=3" in groups: calls visit(group words, name, figure).
template <class Visit>
void grouped_figures(std::string_view value, Visit visit) {
  std::string group;
  for (const std::string& section : text::split(value, ',')) {
    for (const std::string& word : text::split(section, ' ')) {
      const auto equals = word.find('=');
      if (word.empty()) continue;
      if (equals == std::string::npos) {
        group = capital(word);
      } else {
        visit(group, capital(std::string_view(word).substr(0, equals)),
              std::string_view(word).substr(equals + 1));
      }
    }
  }
}

bool is_memory_line(std::string_view key) {
  return key == "Buckets" || key == "Batches" || key == "Hits" || key == "Planned Partitions" ||
         key == "Memory Usage";
}

/// Keys whose value is a list of expressions; grouping sets repeat them.
bool is_list(std::string_view key) {
  return key == "Sort Key" || key == "Group Key" || key == "Presorted Key" || key == "Output";
}

}  // namespace

void add_buffers(PlanBuffers& buffers, std::string_view value) {
  grouped_figures(value,
                  [&](const std::string& group, const std::string& name, std::string_view figure) {
                    set_buffer_property(buffers, group + " " + name + " Blocks", figure);
                  });
}

void add_io_timings(PlanBuffers& buffers, std::string_view value) {
  grouped_figures(value,
                  [&](const std::string& group, const std::string& name, std::string_view figure) {
                    const std::string prefix = group == "Temp" ? "Temp I/O " : "I/O ";
                    set_buffer_property(buffers, prefix + name + " Time", figure);
                  });
}

void add_detail(PlanNode& node, std::string_view key, std::string_view value) {
  if (key == "Sort Method") {
    sort_method(node, value);
  } else if (key == "Full-sort Groups" || key == "Pre-sorted Groups") {
    sort_groups(node, key, value);
  } else if (is_memory_line(key)) {
    memory_line(node, key, value);
  } else if (key == "Heap Blocks") {
    heap_blocks(node, value);
  } else if (key == "Buffers" || key == "I/O Timings") {
    PlanBuffers buffers = node.buffers.value_or(PlanBuffers{});
    key == "Buffers" ? add_buffers(buffers, value) : add_io_timings(buffers, value);
    node.buffers = buffers;
  } else if (key == "WAL") {
    wal(node, value);
  } else if (key == "Storage") {
    storage(node, value);
  } else if (key == "Hash Key") {
    node.group_keys.emplace_back(value);
  } else if (is_list(key) && !property(node, key).empty()) {
    add_to_property(node, key, value);
  } else {
    set_property(node, key, value);
  }
}

}  // namespace whet::plans
