#include "plans/text_node.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/text.h"

namespace whet::plans {
namespace {

using model::PlanNode;

/// Reads a text from the left; every member moves on only when it succeeds.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  [[nodiscard]] std::string_view rest() const { return rest_; }
  [[nodiscard]] bool done() const { return rest_.empty(); }

  bool take(std::string_view prefix) {
    if (rest_.substr(0, prefix.size()) != prefix) return false;
    rest_.remove_prefix(prefix.size());
    return true;
  }
  void blanks() {
    while (!rest_.empty() && rest_.front() == ' ') rest_.remove_prefix(1);
  }
  std::optional<double> number() {
    const auto end = std::min(rest_.find_first_not_of("0123456789.+-e"), rest_.size());
    // "0.28..8.29": a number ends at the two dots.
    const auto dots = rest_.find("..");
    const auto taken = std::min(end, dots);
    const auto value = text::to_double(rest_.substr(0, taken));
    if (value) rest_.remove_prefix(taken);
    return value;
  }
  /// A bare or quoted identifier, unquoted.
  std::string identifier() {
    std::string out;
    if (!rest_.empty() && rest_.front() == '"') {
      std::size_t i = 1;
      for (; i < rest_.size(); ++i) {
        if (rest_[i] != '"') {
          out += rest_[i];
        } else if (i + 1 < rest_.size() && rest_[i + 1] == '"') {
          out += rest_[i++];
        } else {
          break;
        }
      }
      rest_.remove_prefix(std::min(i + 1, rest_.size()));
      return out;
    }
    const auto end = std::min(rest_.find_first_of(" ."), rest_.size());
    out = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return out;
  }

 private:
  std::string_view rest_;
};

bool parse_cost(Reader& in, PlanNode& node) {
  if (!in.take("(cost=")) return false;
  const auto startup = in.number();
  if (!startup || !in.take("..")) return false;
  const auto total = in.number();
  if (!total || !in.take(" rows=")) return false;
  const auto rows = in.number();
  if (!rows || !in.take(" width=")) return false;
  const auto width = in.number();
  if (!width || !in.take(")")) return false;
  node.startup_cost = *startup;
  node.total_cost = *total;
  node.plan_rows = *rows;
  node.plan_width = *width;
  return true;
}

bool read_actual(Reader& in, PlanNode& node) {
  if (!in.take("actual ")) return false;
  std::optional<double> startup;
  std::optional<double> total;
  if (in.take("time=")) {
    startup = in.number();
    if (!startup || !in.take("..")) return false;
    total = in.number();
    if (!total || !in.take(" ")) return false;
  }
  if (!in.take("rows=")) return false;
  const auto rows = in.number();
  if (!rows || !in.take(" loops=")) return false;
  const auto loops = in.number();
  if (!loops) return false;
  node.startup_ms = startup;
  node.total_ms = total;
  node.rows = *rows;
  node.loops = *loops;
  node.executed = true;
  return true;
}

/// The figures behind the name; false when the rest is something else.
bool parse_figures(std::string_view text, PlanNode& node) {
  Reader in(text);
  bool any = parse_cost(in, node);
  in.blanks();
  if (in.take("(never executed)")) {
    node.executed = true;
    any = true;
  } else if (in.take("(actual ")) {
    Reader actual(text.substr(text.size() - in.rest().size() - std::string_view("actual ").size()));
    if (!read_actual(actual, node) || !actual.take(")")) return false;
    any = true;
    in = actual;
  }
  in.blanks();
  return any;
}

std::size_t figures_begin(std::string_view line) {
  std::size_t at = std::string_view::npos;
  for (const std::string_view mark : {"(cost=", "(actual ", "(never executed)"}) {
    at = std::min(at, line.find(mark));
  }
  return at;
}

struct JoinName {
  std::string_view prefix, type;
};
constexpr std::array joins{JoinName{"Nested Loop", "Nested Loop"}, JoinName{"Hash", "Hash Join"},
                           JoinName{"Merge", "Merge Join"}};
constexpr std::array<std::string_view, 8> join_types{"",     "Left", "Right",      "Full",
                                                     "Semi", "Anti", "Right Anti", "Right Semi"};

bool parse_join(std::string_view name, PlanNode& node) {
  for (const JoinName& join : joins) {
    for (const std::string_view type : join_types) {
      std::string full(join.prefix);
      if (!type.empty()) full += " " + std::string(type);
      if (!type.empty() || join.prefix != "Nested Loop") full += " Join";
      if (name != full) continue;
      node.type = join.type;
      node.join_type = type.empty() ? "Inner" : type;
      return true;
    }
  }
  return false;
}

struct AggregateName {
  std::string_view text, type, strategy;
};
constexpr std::array aggregates{
    AggregateName{"HashAggregate", "Aggregate", "Hashed"},
    AggregateName{"GroupAggregate", "Aggregate", "Sorted"},
    AggregateName{"MixedAggregate", "Aggregate", "Mixed"},
    AggregateName{"Aggregate", "Aggregate", "Plain"},
};

bool parse_aggregate(std::string_view name, PlanNode& node) {
  for (const std::string_view mode : {"Partial", "Finalize", "Simple"}) {
    if (name.substr(0, mode.size() + 1) != std::string(mode) + " ") continue;
    node.partial_mode = mode;
    name.remove_prefix(mode.size() + 1);
    break;
  }
  for (const AggregateName& aggregate : aggregates) {
    if (name != aggregate.text) continue;
    node.type = aggregate.type;
    node.strategy = aggregate.strategy;
    if (node.partial_mode.empty()) node.partial_mode = "Simple";
    return true;
  }
  node.partial_mode.clear();
  return false;
}

bool parse_set_operation(std::string_view name, PlanNode& node) {
  const bool hashed = name.substr(0, 9) == "HashSetOp";
  if (!hashed && name.substr(0, 5) != "SetOp") return false;
  node.type = "SetOp";
  node.strategy = hashed ? "Hashed" : "Sorted";
  const auto blank = name.find(' ');
  if (blank != std::string_view::npos) node.other["Command"] = name.substr(blank + 1);
  return true;
}

bool parse_modification(std::string_view head, PlanNode& node) {
  if (head.substr(0, 8) == "Foreign ") head.remove_prefix(8);
  for (const std::string_view operation : {"Insert", "Update", "Delete", "Merge"}) {
    if (head != operation) continue;
    node.type = "ModifyTable";
    node.operation = operation;
    return true;
  }
  return false;
}

/// " on schema.relation alias" in all its meanings.
void parse_target(std::string_view target, PlanNode& node) {
  Reader in(target);
  std::string first = in.identifier();
  if (in.take(".")) {
    node.schema = std::move(first);
    first = in.identifier();
  }
  in.blanks();
  std::string alias = in.done() ? first : in.identifier();
  if (node.type == "Bitmap Index Scan") {
    node.index = first;
    return;
  }
  node.alias = std::move(alias);
  if (node.type == "CTE Scan" || node.type == "WorkTable Scan") {
    node.cte = first;
  } else if (node.type == "Function Scan" || node.type == "Table Function Scan") {
    node.function = first;
  } else if (node.type == "Named Tuplestore Scan") {
    node.other["Tuplestore Name"] = first;
  } else if (node.type != "Subquery Scan" && node.type != "Values Scan" && node.type != "Result") {
    node.relation = first;
  }
}

void parse_name(std::string_view name, PlanNode& node) {
  std::string_view target;
  std::string_view index;
  const auto on = name.find(" on ");
  if (on != std::string_view::npos) {
    target = text::trim(name.substr(on + 4));
    name = name.substr(0, on);
  }
  const auto using_at = name.find(" using ");
  if (using_at != std::string_view::npos) {
    index = name.substr(using_at + 7);
    name = name.substr(0, using_at);
  }
  if (name.substr(0, 6) == "Async ") {
    node.other["Async Capable"] = "true";
    name.remove_prefix(6);
  }
  if (name.substr(0, 9) == "Parallel ") {
    node.parallel_aware = true;
    name.remove_prefix(9);
  }
  if (name.substr(0, 11) == "Index Scan " || name.substr(0, 16) == "Index Only Scan " ||
      name == "Index Scan" || name == "Index Only Scan") {
    const bool backward = name.find(" Backward") != std::string_view::npos;
    node.scan_direction = backward ? "Backward" : "Forward";
    name = name.substr(0, 10) == "Index Scan" ? "Index Scan" : "Index Only Scan";
  }
  const bool special = (!target.empty() && parse_modification(name, node)) ||
                       parse_join(name, node) || parse_aggregate(name, node) ||
                       parse_set_operation(name, node);
  if (!special) node.type = name;
  if (node.type.substr(0, 13) == "Custom Scan (") {
    node.other["Custom Plan Provider"] = text::replace_all(node.type.substr(13), ")", "");
    node.type = "Custom Scan";
  }
  if (!index.empty()) node.index = Reader(index).identifier();
  if (!target.empty()) parse_target(target, node);
}

constexpr std::array<std::string_view, 38> known_heads{
    "Append",           "Merge Append",   "Seq Scan",      "Index ",
    "Bitmap",           "Nested Loop",    "Hash",          "Merge ",
    "Aggregate",        "GroupAggregate", "HashAggregate", "MixedAggregate",
    "Finalize ",        "Partial ",       "Gather",        "Sort",
    "Incremental Sort", "Limit",          "Result",        "Unique",
    "Materialize",      "Memoize",        "WindowAgg",     "SetOp",
    "LockRows",         "Insert on ",     "Update on ",    "Delete on ",
    "Parallel ",        "CTE Scan on ",   "Subquery Scan", "Function Scan",
    "Values Scan",      "ProjectSet",     "Group",         "Tid ",
    "Foreign ",         "Recursive Union"};

/// Without figures, prose such as "Limit the rows" must not pass: nodes have no lower-case words
/// but these.
bool looks_like_node(std::string_view line) {
  const bool known = std::any_of(known_heads.begin(), known_heads.end(),
                                 [&](std::string_view h) { return line.substr(0, h.size()) == h; });
  if (!known || line.find_first_of(":;=()") != std::string_view::npos) return false;
  const auto on = line.find(" on ");
  const auto using_at = line.find(" using ");
  const std::string head(line.substr(0, std::min(on, using_at)));
  const std::vector<std::string> words = text::split(head, ' ');
  return std::all_of(words.begin(), words.end(), [](const std::string& word) {
    return !word.empty() && word.front() >= 'A' && word.front() <= 'Z';
  });
}

}  // namespace

bool parse_actual(std::string_view text, PlanNode& node) {
  Reader in(text::trim(text));
  return read_actual(in, node);
}

std::optional<PlanNode> parse_node_line(std::string_view line, bool certain) {
  PlanNode node;
  const auto figures = figures_begin(line);
  if (figures == std::string_view::npos) {
    if (!certain && !looks_like_node(line)) return std::nullopt;
    parse_name(text::trim(line), node);
    return node;
  }
  const std::string_view name = text::trim(line.substr(0, figures));
  // A node's name begins with a capital; "Filter: (cost=..." is none.
  if (name.empty() || name.front() < 'A' || name.front() > 'Z') return std::nullopt;
  if (name.find(": ") != std::string_view::npos) return std::nullopt;
  if (!parse_figures(line.substr(figures), node)) return std::nullopt;
  parse_name(name, node);
  return node;
}

}  // namespace whet::plans
