#include "plans/mysql/operation.h"

#include <array>
#include <string>
#include <utility>

#include "base/text.h"
#include "plans/mysql/words.h"

namespace whet::plans::mysql {
namespace {

using model::PlanNode;

struct Access {
  std::string_view head, type, access, strategy;
};

constexpr std::array<Access, 15> accesses{{
    {"Table scan on ", "Table scan", "ALL", ""},
    {"Sample scan on ", "Table scan", "ALL", "Sample"},
    {"Scan new records on ", "Scan new records", "ALL", ""},
    {"Count rows in ", "Count rows", "index", ""},
    {"Constant row from ", "Constant row", "const", ""},
    {"Index scan on ", "Index scan", "index", ""},
    {"Index range scan on ", "Index range scan", "range", ""},
    {"Index skip scan for deduplication on ", "Index skip scan", "range", "Deduplication"},
    {"Index skip scan for grouping on ", "Index skip scan", "range", "Grouping"},
    {"Index skip scan on ", "Index skip scan", "range", ""},
    {"Index lookup on ", "Index lookup", "ref", ""},
    {"Multi-range index lookup on ", "Index lookup", "ref", "Multi-range"},
    {"Single-row index lookup on ", "Single-row index lookup", "eq_ref", ""},
    {"Full-text index search on ", "Full-text index search", "fulltext", ""},
    {"Index range scan (with parameters) on ", "Index range scan", "range", ""},
}};

/// Takes `part` off the text when it is at its end.
bool take_end(std::string_view& text, std::string_view part) {
  if (text.size() < part.size() || text.substr(text.size() - part.size()) != part) return false;
  text.remove_suffix(part.size());
  return true;
}

/// What stands behind `mark`, which is cut off with it; empty without the mark.
std::string_view cut_at(std::string_view& text, std::string_view mark) {
  const std::size_t at = find_outside(text, mark);
  if (at == std::string_view::npos) return "";
  const std::string_view behind = text.substr(at + mark.size());
  text = text.substr(0, at);
  return behind;
}

std::string unbracketed(std::string_view text) {
  text = text::trim(text);
  if (text.size() > 1 && text.front() == '(' && closing_bracket(text, 0) == text.size() - 1) {
    text = text.substr(1, text.size() - 2);
  }
  return std::string(text);
}

/// The columns on the left of "a = x, b = y".
std::vector<std::string> lookup_columns(std::string_view condition) {
  std::vector<std::string> out;
  while (!condition.empty()) {
    std::string_view one = condition;
    condition = cut_at(one, ", ");
    const std::size_t sign = find_outside(one, "=");
    if (sign != std::string_view::npos) {
      const auto names = columns_named(one.substr(0, sign));
      if (!names.empty()) out.push_back(names.front());
    }
  }
  return out;
}

/// "l using member_id (member_id = m.id) (reverse), with index condition: (...)".
void read_access(PlanNode& node, std::string_view rest) {
  node.recheck_condition = plain_expression(cut_at(rest, ", with index condition: "));
  if (take_end(rest, " (reverse)")) node.scan_direction = "Backward";
  if (take_end(rest, " (re-planned for each iteration)")) node.strategy = "Re-planned";
  std::string_view name = rest;
  std::string_view index = cut_at(name, " using ");
  const std::string_view range = cut_at(index, " over ");
  if (!range.empty()) {
    node.index_condition = plain_expression(range);
    node.used_key_parts = columns_named(node.index_condition);
  } else if (const auto open = index.find(" ("); open != std::string_view::npos) {
    node.index_condition = plain_expression(unbracketed(index.substr(open + 1)));
    node.used_key_parts = lookup_columns(node.index_condition);
    index = index.substr(0, open);
  }
  node.index = text::trim(index);
  node.relation = text::trim(name);
}

bool is_access(PlanNode& node, std::string_view operation) {
  for (const Access& one : accesses) {
    if (operation.substr(0, one.head.size()) != one.head) continue;
    node.type = one.type;
    node.access = one.access;
    node.strategy = one.strategy;
    read_access(node, operation.substr(one.head.size()));
    return true;
  }
  return false;
}

void read_keys(PlanNode& node, std::string_view keys) {
  const std::string_view limit = cut_at(keys, ", limit input to ");
  if (!limit.empty()) node.other["Limit"] = limit.substr(0, limit.find(' '));
  while (!keys.empty()) {
    std::string_view one = keys;
    keys = cut_at(one, ", ");
    node.sort_keys.push_back(plain_expression(one));
  }
}

bool is_hash_join(PlanNode& node, std::string_view operation) {
  struct Kind {
    std::string_view head, join;
  };
  constexpr std::array<Kind, 5> kinds{{{"Inner hash join", "Inner"},
                                       {"Left hash join", "Left"},
                                       {"Right hash join", "Right"},
                                       {"Hash semijoin", "Semi"},
                                       {"Hash antijoin", "Anti"}}};
  for (const Kind& one : kinds) {
    if (operation.substr(0, one.head.size()) != one.head) continue;
    node.type = "Hash join";
    node.join_type = one.join;
    node.join_buffer = true;
    std::string_view rest = operation.substr(one.head.size());
    node.join_filter = plain_expression(cut_at(rest, ", extra conditions: "));
    rest = text::trim(rest);
    if (text::contains(rest, "(FirstMatch)")) node.strategy = "FirstMatch";
    if (rest != "(no condition)" && node.strategy.empty()) {
      node.hash_condition = plain_expression(rest);
    }
    return true;
  }
  return false;
}

void set_join_type(PlanNode& node) {
  node.join_type = text::contains(node.type, "left")       ? "Left"
                   : text::contains(node.type, "semijoin") ? "Semi"
                   : text::contains(node.type, "antijoin") ? "Anti"
                                                           : "Inner";
}

/// "Nested loop left join", "Batched key access inner join (FirstMatch)".
bool is_loop_join(PlanNode& node, std::string_view operation) {
  const bool loop = operation.substr(0, 12) == "Nested loop ";
  const bool batched = operation.substr(0, 19) == "Batched key access ";
  if (!loop && !batched) return false;
  const std::size_t end = std::min(operation.find(" ("), operation.find(" with "));
  node.type = operation.substr(0, end);
  if (end != std::string_view::npos) {
    node.strategy = text::contains(operation, "FirstMatch") ? "FirstMatch" : "Duplicate removal";
  }
  set_join_type(node);
  if (batched) {
    node.type = "Batched key access join";
    node.join_buffer = true;
  }
  return true;
}

/// "Materialize CTE top if needed", "Union materialize with deduplication".
bool is_materialize(PlanNode& node, std::string_view operation) {
  struct Kind {
    std::string_view head, type;
  };
  constexpr std::array<Kind, 6> kinds{{{"Union materialize", "Union"},
                                       {"Intersect materialize", "Intersect"},
                                       {"Except materialize", "Except"},
                                       {"Temporary table", "Temporary table"},
                                       {"Materialize table function", "Materialize table function"},
                                       {"Materialize", "Materialize"}}};
  for (const Kind& one : kinds) {
    if (operation.substr(0, one.head.size()) != one.head) continue;
    node.type = one.type;
    node.temporary = true;
    std::string_view rest = operation.substr(one.head.size());
    if (text::contains(rest, "deduplication")) node.strategy = "Deduplication";
    if (text::contains(rest, "recursive")) node.strategy = "Recursive";
    const std::size_t cte = rest.find("CTE ");
    if (cte != std::string_view::npos) {
      rest = rest.substr(cte + 4);
      node.cte = rest.substr(0, rest.find(' '));
    }
    return true;
  }
  return false;
}

/// Operations that write, and those that take rows together.
bool is_write(PlanNode& node, std::string_view operation) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kinds{
      {{"Insert into ", "Insert"},
       {"Replace into ", "Replace"},
       {"Update ", "Update"},
       {"Delete from ", "Delete"}}};
  for (const auto& [head, type] : kinds) {
    if (operation.substr(0, head.size()) != head) continue;
    std::string_view rest = operation.substr(head.size());
    node.type = node.operation = type;
    const std::string_view how = cut_at(rest, " (");
    if (!how.empty()) node.strategy = how.substr(0, how.find(')'));
    node.relation = text::trim(rest);
    return true;
  }
  return false;
}

/// "Select #2 (subquery in condition; dependent)".
bool is_heading(PlanNode& node, std::string_view operation) {
  if (operation.substr(0, 8) != "Select #") return false;
  const std::size_t open = operation.find(" (");
  node.subplan_name = operation.substr(0, open);
  node.parent_relationship = "SubPlan";
  node.dependent = text::contains(operation, "dependent");
  const std::size_t in = operation.find("subquery in ");
  if (in != std::string_view::npos) {
    const std::string_view place = operation.substr(in + 12);
    node.other["Subquery In"] = place.substr(0, place.find_first_of(";)"));
  }
  return true;
}

bool is_row_id_merge(PlanNode& node, std::string_view operation) {
  const bool unite = operation.substr(0, 33) == "Deduplicate rows sorted by row ID";
  const bool intersect = operation.substr(0, 31) == "Intersect rows sorted by row ID";
  const bool sorting = operation.substr(0, 26) == "Sort-deduplicate by row ID";
  if (!unite && !intersect && !sorting) return false;
  node.type = "Index merge";
  node.access = "index_merge";
  node.strategy = unite ? "Union" : intersect ? "Intersection" : "Sort union";
  return true;
}

void read_limit(PlanNode& node, std::string_view head, std::string_view tail) {
  node.type = "Limit";
  tail = tail.substr(0, tail.find(' '));
  const std::size_t slash = tail.find('/');
  if (head == "Offset") {
    node.other["Offset"] = tail;
  } else {
    node.other["Limit"] = tail.substr(0, slash);
    if (slash != std::string_view::npos) node.other["Offset"] = tail.substr(slash + 1);
  }
}

void read_aggregate(PlanNode& node, std::string_view head, std::string_view functions) {
  const bool window = head.substr(0, 6) == "Window";
  const bool temporary = text::contains(head, "temporary table");
  node.type = window                         ? "Window aggregate"
              : temporary                    ? "Aggregate using temporary table"
              : head.substr(0, 5) == "Group" ? "Group aggregate"
                                             : "Aggregate";
  node.temporary = temporary;
  if (text::contains(head, "rollup")) node.strategy = "Rollup";
  if (text::contains(head, "buffering")) node.strategy = "Buffering";
  const std::string text = plain_expression(functions);
  if (!text.empty()) node.other["Functions"] = text::trim(text);
}

void read_other(PlanNode& node, std::string_view operation) {
  const std::size_t colon = find_outside(operation, ": ");
  const std::string_view head = operation.substr(0, colon);
  const std::string_view tail =
      colon == std::string_view::npos ? "" : text::trim(operation.substr(colon + 2));
  if (head == "Filter") {
    node.type = head;
    node.filter = plain_expression(tail);
  } else if (head.substr(0, 4) == "Sort") {
    node.type = "Sort";
    if (text::contains(head, "duplicate removal")) node.strategy = "Deduplication";
    read_keys(node, tail);
  } else if (head == "Limit" || head == "Offset" || head == "Limit/Offset") {
    read_limit(node, head, tail);
  } else if (text::contains(head, "ggregate") && head.substr(0, 4) != "Zero") {
    read_aggregate(node, head, tail);
  } else if (head.substr(0, 16) == "Remove duplicate") {
    node.type = "Remove duplicates";
    node.temporary = text::contains(head, "temporary table");
  } else if (head == "Append") {
    node.type = "Union";
    node.strategy = "All";
  } else {
    const std::size_t open = head.find(" (");
    node.type = head.substr(0, open);
    const std::string_view more =
        open == std::string_view::npos ? tail : operation.substr(open + 1);
    if (!more.empty()) node.other["Detail"] = plain_expression(unbracketed(more));
  }
}

}  // namespace

void read_operation(PlanNode& node, std::string_view given) {
  std::string operation(text::trim(given));
  if (operation.substr(0, 9) == "Covering ") {
    node.covering = true;
    operation = operation.substr(9);
    if (!operation.empty() && operation.front() == 'i') operation.front() = 'I';
  }
  for (const std::string_view head : {"Single-row covering ", "Multi-range covering "}) {
    if (operation.substr(0, head.size()) != head) continue;
    node.covering = true;
    operation.erase(head.size() - 9, 9);
  }
  if (is_access(node, operation) || is_hash_join(node, operation) ||
      is_loop_join(node, operation) || is_heading(node, operation) ||
      is_row_id_merge(node, operation) || is_materialize(node, operation) ||
      is_write(node, operation)) {
    return;
  }
  if (operation.substr(0, 29) == "Rows fetched before execution") node.access = "const";
  read_other(node, operation);
}

}  // namespace whet::plans::mysql
