#include "plans/parse_text.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "base/text.h"
#include "plans/properties.h"
#include "plans/text_details.h"
#include "plans/text_node.h"

namespace whet::plans {
namespace {

using model::Plan;
using model::PlanNode;

// Deeper trees are no plans; the tree is walked recursively everywhere.
constexpr std::size_t max_depth = 500;

struct KeyValue {
  std::string_view key, value;
};

/// "Some Key: value". A key begins with a capital and holds letters, blanks, "-", "/" and digits.
std::optional<KeyValue> key_value(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon > 40) return std::nullopt;
  if (colon + 1 < line.size() && line[colon + 1] != ' ') return std::nullopt;
  const std::string_view key = line.substr(0, colon);
  if (key.front() < 'A' || key.front() > 'Z') return std::nullopt;
  const bool plain = std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == ' ' ||
           c == '-' || c == '/';
  });
  if (!plain) return std::nullopt;
  return KeyValue{key, text::trim(line.substr(colon + 1))};
}

/// "InitPlan 1 (returns $0)", "SubPlan 2", "CTE recent".
bool is_label(std::string_view line) {
  for (const std::string_view word : {"InitPlan", "SubPlan", "CTE"}) {
    if (line.substr(0, word.size()) != word) continue;
    return line.size() == word.size() ? word != "CTE" : line[word.size()] == ' ';
  }
  return false;
}

double milliseconds(std::string_view value) {
  return text::to_double(value.substr(0, value.find(' '))).value_or(0);
}

double figure_after(std::string_view value, std::string_view mark) {
  const auto at = value.find(mark);
  return at == std::string_view::npos ? 0 : milliseconds(value.substr(at + mark.size()));
}

/// What follows the tree, and builds it: one object for one text.
class Builder {
 public:
  /// False when the line is not of this plan any more.
  bool line(std::string_view raw);
  [[nodiscard]] bool started() const { return !open_.empty(); }
  [[nodiscard]] bool too_deep() const { return too_deep_; }
  [[nodiscard]] Plan take();

 private:
  struct Open {
    std::size_t indent = 0;
    PlanNode node;
  };

  bool tree_line(std::size_t indent, std::string_view text);
  bool tail_line(std::size_t indent, std::string_view text);
  void tail_section(std::string_view key, std::string_view value);
  void add_node(std::size_t indent, PlanNode node);
  void close_to(std::size_t indent);
  bool label_line(std::size_t indent, std::string_view text);
  bool worker_line(std::size_t indent, KeyValue pair);
  void worker_detail(KeyValue pair);
  void detail(KeyValue pair);
  void continuation(std::string_view text);
  bool trigger(std::string_view text);
  void settings(std::string_view value);

  Plan plan_;
  std::vector<Open> open_;  ///< from the root to the node that was last begun
  std::string label_;       ///< waits for its node
  std::size_t label_indent_ = 0;
  std::string last_key_;  ///< the property that a continuation line belongs to
  std::string last_value_;
  std::optional<std::size_t> worker_indent_;
  std::string section_;  ///< Planning, JIT, Serialization: what an indented tail line is about
  std::size_t section_indent_ = 0;
  bool in_tail_ = false;
  bool too_deep_ = false;
};

bool is_member_parent(const std::string& type) {
  return type == "Append" || type == "Merge Append" || type == "BitmapOr" || type == "BitmapAnd";
}

std::string relationship(const PlanNode& parent) {
  if (is_member_parent(parent.type)) return "Member";
  if (parent.type == "Subquery Scan") return "Subquery";
  const auto ordinary =
      std::count_if(parent.children.begin(), parent.children.end(), [](const PlanNode& child) {
        return child.parent_relationship == "Outer" || child.parent_relationship == "Inner";
      });
  return ordinary == 0 ? "Outer" : "Inner";
}

void Builder::close_to(std::size_t indent) {
  while (open_.size() > 1 && open_.back().indent >= indent) {
    PlanNode done = std::move(open_.back().node);
    open_.pop_back();
    open_.back().node.children.push_back(std::move(done));
  }
}

void Builder::add_node(std::size_t indent, PlanNode node) {
  close_to(indent);
  const bool labelled = !label_.empty() && indent > label_indent_;
  if (labelled) {
    node.parent_relationship = label_.substr(0, 7) == "SubPlan" ? "SubPlan" : "InitPlan";
    node.subplan_name = label_;
  } else if (!open_.empty()) {
    node.parent_relationship = relationship(open_.back().node);
  }
  label_.clear();
  worker_indent_.reset();
  last_key_.clear();
  too_deep_ = too_deep_ || open_.size() >= max_depth;
  if (!too_deep_) open_.push_back({indent, std::move(node)});
}

bool Builder::label_line(std::size_t indent, std::string_view text) {
  if (!is_label(text)) return false;
  close_to(indent);
  label_ = text;
  label_indent_ = indent;
  worker_indent_.reset();
  return true;
}

bool Builder::worker_line(std::size_t indent, KeyValue pair) {
  if (pair.key.substr(0, 7) != "Worker ") return false;
  const auto number = text::to_int(pair.key.substr(7));
  if (!number) return false;
  auto& workers = open_.back().node.workers;
  const auto same = std::find_if(workers.begin(), workers.end(),
                                 [&](const auto& w) { return w.number == *number; });
  if (same == workers.end()) {
    workers.emplace_back();
    workers.back().number = *number;
  } else {
    std::rotate(same, same + 1, workers.end());
  }
  worker_indent_ = indent;
  PlanNode figures;
  if (parse_actual(pair.value, figures)) {
    workers.back().total_ms = figures.total_ms.value_or(0);
    workers.back().rows = figures.rows;
    workers.back().loops = figures.loops;
  } else if (const auto inner = key_value(pair.value)) {
    worker_detail(*inner);
  }
  return true;
}

void Builder::worker_detail(KeyValue pair) {
  PlanNode scratch;
  add_detail(scratch, pair.key, pair.value);
  model::PlanWorker& worker = open_.back().node.workers.back();
  if (!scratch.sort_method.empty()) {
    worker.sort_method = scratch.sort_method;
    worker.sort_space_type = scratch.sort_space_type;
    worker.sort_space_kb = scratch.sort_space_kb;
  }
  worker.disk_kb = std::max(worker.disk_kb, scratch.disk_kb);
}

void Builder::detail(KeyValue pair) {
  add_detail(open_.back().node, pair.key, pair.value);
  last_key_ = pair.key;
  last_value_ = pair.value;
}

/// A literal or an expression with a line break in it goes on in the next line.
void Builder::continuation(std::string_view text) {
  if (last_key_.empty()) return;
  last_value_ += " " + std::string(text);
  PlanNode& node = open_.back().node;
  if (last_key_ == "Output" || last_key_ == "Sort Key" || last_key_ == "Group Key") {
    set_property(node, last_key_, last_value_);
  } else {
    add_detail(node, last_key_, last_value_);
  }
}

bool Builder::tree_line(std::size_t indent, std::string_view text) {
  if (text.substr(0, 2) == "->") {
    auto node = parse_node_line(text::trim(text.substr(2)), true);
    if (!node || !started()) return started();
    add_node(std::max(indent, open_.front().indent + 1), std::move(*node));
    return true;
  }
  if (!started()) {
    if (auto node = parse_node_line(text, false)) open_.push_back({indent, std::move(*node)});
    return true;
  }
  if (label_line(indent, text)) return true;
  const auto pair = key_value(text);
  // Inside a literal everything belongs to it.
  const bool open_literal = std::count(last_value_.begin(), last_value_.end(), '\'') % 2 == 1;
  if (!last_key_.empty() && open_literal) {
    continuation(text);
  } else if (!pair) {
    // A second plan begins where a node stands at the root's indentation.
    if (indent <= open_.front().indent && parse_node_line(text, false)) return false;
    continuation(text);
  } else if (!worker_line(indent, *pair)) {
    if (worker_indent_ && indent > *worker_indent_) {
      worker_detail(*pair);
    } else {
      worker_indent_.reset();
      detail(*pair);
    }
  }
  return true;
}

/// "Trigger t on r: time=1.2 calls=3", "Trigger for constraint c on r: ...", "Trigger t: ...".
bool Builder::trigger(std::string_view text) {
  if (text.substr(0, 8) != "Trigger ") return false;
  const auto figures = text.find(": time=");
  const auto calls = text.find(": calls=");
  const auto colon = std::min(figures, calls);
  if (colon == std::string_view::npos) return false;
  model::PlanTrigger out;
  std::string_view name = text.substr(8, colon - 8);
  const auto on = name.rfind(" on ");
  if (on != std::string_view::npos) {
    out.relation = name.substr(on + 4);
    name = name.substr(0, on);
  }
  const auto constraint = name.find("for constraint ");
  if (constraint != std::string_view::npos) {
    out.constraint = name.substr(constraint + 15);
    name = text::trim(name.substr(0, constraint));
  }
  out.name = name;
  out.total_ms = figure_after(text, "time=");
  out.calls = figure_after(text, "calls=");
  plan_.triggers.push_back(std::move(out));
  return true;
}

/// "a = 'x', b = 'y, z'": names are bare, values quoted.
void Builder::settings(std::string_view value) {
  for (const std::string& one : split_list(value)) {
    const auto equals = one.find(" = ");
    if (equals == std::string::npos) continue;
    std::string_view setting = std::string_view(one).substr(equals + 3);
    if (setting.size() >= 2 && setting.front() == '\'' && setting.back() == '\'') {
      setting = setting.substr(1, setting.size() - 2);
    }
    plan_.settings[one.substr(0, equals)] = text::replace_all(std::string(setting), "''", "'");
  }
}

void Builder::tail_section(std::string_view key, std::string_view value) {
  if (section_ == "Planning" && (key == "Buffers" || key == "I/O Timings")) {
    auto buffers = plan_.planning_buffers.value_or(model::PlanBuffers{});
    key == "Buffers" ? add_buffers(buffers, value) : add_io_timings(buffers, value);
    plan_.planning_buffers = buffers;
  } else if (section_ == "JIT" && key == "Functions") {
    plan_.jit_functions = text::to_int(value).value_or(0);
  } else if (section_ == "JIT" && key == "Timing") {
    plan_.jit_ms = figure_after(value, "Total ");
  }
}

bool Builder::tail_line(std::size_t indent, std::string_view text) {
  if (trigger(text)) return true;
  const auto pair = key_value(text);
  if (!pair) return false;
  const std::string key = text::lower(pair->key);
  if (key == "planning time") {
    plan_.planning_ms = milliseconds(pair->value);
  } else if (key == "execution time" || key == "total runtime") {
    plan_.execution_ms = milliseconds(pair->value);
  } else if (key == "settings") {
    settings(pair->value);
  } else if (key == "query identifier") {
    plan_.query_id = pair->value;
  } else if (key == "planning" || key == "jit" || key == "serialization") {
    section_ = pair->key;
    section_indent_ = indent;
  } else if (in_tail_ && !section_.empty() && indent > section_indent_) {
    tail_section(pair->key, pair->value);
  } else {
    return false;
  }
  in_tail_ = true;
  return true;
}

bool Builder::line(std::string_view raw) {
  const auto indent = raw.find_first_not_of(' ');
  if (indent == std::string_view::npos) return true;
  const std::string_view text = text::trim(raw);
  if (started() && tail_line(indent, text)) return true;
  // After the figures of the whole, only more of them may come.
  if (in_tail_) return text.substr(0, 2) != "->" && !parse_node_line(text, false);
  return tree_line(indent, text);
}

Plan Builder::take() {
  close_to(0);
  plan_.root = std::move(open_.front().node);
  return std::move(plan_);
}

}  // namespace

Result<Plan> parse_text(const std::vector<std::string>& lines) {
  Builder builder;
  for (const std::string& line : lines) {
    if (!builder.line(line) || builder.too_deep()) break;
  }
  if (builder.too_deep()) {
    return Error{ErrorKind::invalid,
                 "This plan is nested deeper than 500 levels; no server makes such a plan.",
                 "Give the output of one EXPLAIN.", ""};
  }
  if (!builder.started()) {
    return Error{ErrorKind::invalid,
                 "There is no plan of PostgreSQL in this text: no line names a plan node such as "
                 "'Seq Scan on t  (cost=...)'.",
                 "Give the output of EXPLAIN, as text or FORMAT JSON.", ""};
  }
  return builder.take();
}

}  // namespace whet::plans
