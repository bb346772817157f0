#include "plans/mysql/tree.h"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "plans/mysql/operation.h"
#include "plans/mysql/settle.h"

namespace whet::plans::mysql {
namespace {

using model::Plan;
using model::PlanNode;

constexpr std::string_view arrow = "-> ";

/// "1.5..2.5" or "2.5".
struct Range {
  double first = 0, last = 0;
};

std::optional<Range> range_of(std::string_view text) {
  const auto dots = text.find("..");
  const auto last = text::to_double(dots == std::string_view::npos ? text : text.substr(dots + 2));
  if (!last) return std::nullopt;
  if (dots == std::string_view::npos) return Range{0, *last};
  const auto first = text::to_double(text.substr(0, dots));
  if (!first) return std::nullopt;
  return Range{*first, *last};
}

/// The value of "name=" in "cost=1.2..3 rows=4".
std::string_view value_of(std::string_view figures, std::string_view name) {
  const auto at = figures.find(name);
  if (at == std::string_view::npos) return "";
  const std::string_view rest = figures.substr(at + name.size());
  return rest.substr(0, rest.find(' '));
}

bool set_cost(PlanNode& node, std::string_view figures) {
  const auto rows = text::to_double(value_of(figures, "rows="));
  if (!rows) return false;
  if (const auto cost = range_of(value_of(figures, "cost="))) {
    node.startup_cost = cost->first;
    node.total_cost = cost->last;
  }
  node.plan_rows = *rows;
  return true;
}

bool set_actual(PlanNode& node, std::string_view figures) {
  const auto rows = text::to_double(value_of(figures, "rows="));
  const auto loops = text::to_double(value_of(figures, "loops="));
  if (!rows || !loops) return false;
  node.executed = true;
  node.rows = *rows;
  node.loops = *loops;
  if (const auto ms = range_of(value_of(figures, "time="))) {
    node.startup_ms = ms->first;
    node.total_ms = ms->last;
  }
  return true;
}

struct Line {
  std::size_t indent = 0;
  std::string text;
};

/// The lines of the first tree. A literal with a line break in it goes on in the next line.
std::vector<Line> tree_lines(std::string_view text) {
  std::vector<Line> out;
  for (const std::string& raw : text::split(text, '\n')) {
    const auto at = raw.find(arrow);
    const bool blank = text::trim(raw).empty();
    const std::string_view before =
        at == std::string::npos ? "?" : text::trim(std::string_view(raw).substr(0, at));
    // What clients put before the first line: the frame of a cell, the name of the column.
    const bool framed = out.empty() && (before == "|" || before == "EXPLAIN:");
    if (framed || before.empty()) {
      std::string rest(text::trim(std::string_view(raw).substr(at + arrow.size())));
      out.push_back({framed ? 0 : at, std::move(rest)});
    } else if (!out.empty() && (blank || raw.front() == '|' || raw.front() == '+')) {
      break;
    } else if (!out.empty() && out.back().text.back() != ')') {
      out.back().text += "\n" + raw;
    }
    if (!out.empty() && out.back().text.empty()) out.back().text = "?";
  }
  return out;
}

PlanNode node_of(const Line& line) {
  PlanNode node;
  std::string_view operation = line.text;
  while (take_figures(node, operation)) {
  }
  read_operation(node, operation);
  return node;
}

/// Takes the node at `at` and all that is indented below it.
PlanNode take_subtree(const std::vector<Line>& lines, std::size_t& at, std::size_t depth,
                      bool& too_deep) {
  const std::size_t indent = lines[at].indent;
  PlanNode node = node_of(lines[at++]);
  while (at < lines.size() && lines[at].indent > indent) {
    if (depth >= max_depth) {
      too_deep = true;
      at = lines.size();
      break;
    }
    node.children.push_back(take_subtree(lines, at, depth + 1, too_deep));
  }
  return node;
}

}  // namespace

Error no_tree() {
  return Error{ErrorKind::invalid, "The server shows no tree for this statement.",
               "Ask for EXPLAIN FORMAT=JSON with SET explain_json_format_version = 1.", ""};
}

bool take_figures(PlanNode& node, std::string_view& operation) {
  operation = text::trim(operation);
  if (operation.empty() || operation.back() != ')') return false;
  const auto open = operation.rfind('(');
  if (open == std::string_view::npos) return false;
  const std::string_view inner = operation.substr(open + 1, operation.size() - open - 2);
  bool taken = false;
  if (inner == "never executed") {
    node.executed = true;
    taken = true;
  } else if (inner.substr(0, 7) == "actual ") {
    taken = set_actual(node, inner.substr(7));
  } else if (inner.substr(0, 5) == "cost=" || inner.substr(0, 5) == "rows=") {
    taken = set_cost(node, inner);
  }
  if (taken) operation = text::trim(operation.substr(0, open));
  return taken;
}

bool looks_like_tree(std::string_view text) { return !tree_lines(text).empty(); }

Result<Plan> parse_tree(std::string_view text) {
  const std::vector<Line> lines = tree_lines(text);
  if (lines.empty()) {
    return Error{ErrorKind::invalid, "There is no plan of MySQL in this text.",
                 "Give the output of EXPLAIN FORMAT=TREE, EXPLAIN ANALYZE or FORMAT=JSON.", ""};
  }
  if (text::contains(lines.front().text, "<not executable")) return no_tree();
  Plan plan;
  std::size_t at = 0;
  bool too_deep = false;
  plan.root = take_subtree(lines, at, 0, too_deep);
  settle(plan.root);
  std::vector<PlanNode> subqueries;
  while (at < lines.size() && lines[at].text.substr(0, 8) == "Select #") {
    subqueries.push_back(take_subtree(lines, at, 0, too_deep));
    settle(subqueries.back());
  }
  if (too_deep) {
    return Error{ErrorKind::invalid, "This plan is nested too deep to be one.",
                 "Give the output of EXPLAIN FORMAT=TREE as it is.", ""};
  }
  attach_projection(plan.root, std::move(subqueries));
  if (plan.root.executed && plan.root.total_ms) {
    plan.execution_ms = *plan.root.total_ms * plan.root.loops;
  }
  return plan;
}

}  // namespace whet::plans::mysql
