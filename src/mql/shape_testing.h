// Shapes as lines of text. Only for this folder's tests.
#pragma once

#include <string>

#include "base/text.h"
#include "mql/command.h"

namespace whet::mql::shape_testing {

inline std::string predicate_text(const model::Predicate& one) {
  std::string out(name_of(one.kind));
  out += " " + (one.column.empty() ? one.expression : one.column) + " " + one.op;
  if (!one.expression_columns.empty()) out += " of " + text::join(one.expression_columns, ",");
  if (one.pattern == model::PatternKind::prefix) out += " prefix";
  if (one.pattern == model::PatternKind::wildcard) out += " wildcard";
  if (one.pattern == model::PatternKind::parameter) out += " parameter";
  if (one.ignores_case) out += " nocase";
  if (one.negated) out += " not";
  if (one.disjunction != 0) {
    out += " or" + std::to_string(one.disjunction) + "." + std::to_string(one.arm);
  }
  if (one.element != 0) out += " element" + std::to_string(one.element);
  if (!one.constant.empty()) out += " always " + one.constant;
  for (const std::int64_t number : one.parameters) out += " ?" + std::to_string(number);
  return out;
}

inline std::string key_text(const model::ShapeKey& key) {
  if (!key.nearest.empty()) return "near(" + key.nearest + ")";
  std::string out = key.column.empty() ? key.expression : key.column;
  return out + (key.descending ? "-" : "");
}

inline std::string keys_text(const char* name, const std::vector<model::ShapeKey>& keys) {
  if (keys.empty()) return "";
  std::vector<std::string> parts;
  for (const model::ShapeKey& key : keys) parts.push_back(key_text(key));
  return std::string(" ") + name + "(" + text::join(parts, ",") + ")";
}

inline std::string relation_text(const model::ShapeRelation& one) {
  std::string out = one.schema + "." + one.table;
  if (one.alias != one.table) out += " as " + one.alias;
  out += " b" + std::to_string(one.block);
  if (one.written) out += " written";
  out += keys_text("group", one.grouping) + keys_text("sort", one.ordering);
  if (!one.ordering.empty() && !one.ordering_complete) out += " ...";
  out += keys_text("extremes", one.extremes);
  if (one.limited) out += " limited";
  if (one.offset) out += " offset";
  if (one.aggregated) out += " aggregated";
  if (one.windowed) out += " windowed";
  if (one.distinct) out += " distinct";
  if (one.whole_row) out += " whole";
  if (!one.projected.empty()) out += " projects(" + text::join(one.projected, ",") + ")";
  if (!one.needed.empty()) out += " needs(" + text::join(one.needed, ",") + ")";
  if (!one.collation.empty()) out += " collation " + one.collation;
  if (!one.hint.empty()) out += " hint " + one.hint;
  for (const model::JoinEdge& edge : one.joins) {
    out += "\n  join " + edge.column + " " + edge.op + " ";
    out += edge.other ? std::to_string(*edge.other) + "." + edge.other_column : "computed";
    if (edge.subquery) out += " sub";
  }
  for (const model::Predicate& predicate : one.predicates)
    out += "\n  " + predicate_text(predicate);
  return out;
}

inline std::string shape_text(std::string_view command) {
  const auto parsed = parse_command(command, "shop");
  if (!parsed.ok()) return parsed.error().text();
  const auto shape = shape_of(*parsed);
  if (!shape.ok()) return shape.error().text();
  std::vector<std::string> lines;
  for (const model::ShapeRelation& one : shape->relations) lines.push_back(relation_text(one));
  return text::join(lines, "\n");
}

}  // namespace whet::mql::shape_testing
