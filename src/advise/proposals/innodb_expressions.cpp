// Keys on what expressions make of columns, and the indexes of MySQL that are no B-trees.
#include <algorithm>
#include <array>
#include <string_view>

#include "advise/innodb/widths.h"
#include "advise/proposals/innodb.h"
#include "advise/proposals/needs.h"
#include "base/text.h"

namespace whet::advise {

namespace {

using model::PredicateKind;

// What gives another value each time, or may not stand in a functional key part (the manual,
// "Functional Key Parts"; the value must not be a BLOB or TEXT).
constexpr std::array<std::string_view, 16> not_fixed{
    "now(", "rand(",       "uuid",  "curdate(",  "curtime(", "sysdate(", "current_", "localtime",
    "utc_", "last_insert", "user(", "database(", "select ",  "@",        "?",        "$"};
constexpr std::array<std::string_view, 4> long_results{"json_extract(", "->", "repeat(",
                                                       "group_concat("};

bool may_be_key(const model::Table& table, const model::Predicate& predicate) {
  const std::string lower = text::lower(predicate.expression);
  const auto has = [&](std::string_view part) { return text::contains(lower, part); };
  if (std::any_of(not_fixed.begin(), not_fixed.end(), has)) return false;
  const bool cast = has("cast(") || has("json_value(");
  if (!cast && std::any_of(long_results.begin(), long_results.end(), has)) return false;
  return !predicate.expression_columns.empty() &&
         std::all_of(predicate.expression_columns.begin(), predicate.expression_columns.end(),
                     [&](const std::string& name) {
                       const model::Column* column = table.column(name);
                       return column != nullptr && (cast || (!innodb::needs_prefix(*column) &&
                                                             innodb::is_indexable(*column)));
                     });
}

Proposal made(const model::Table& table, std::string method, Parts parts) {
  Proposal out;
  out.table = &table;
  out.index.schema = table.schema;
  out.index.method = std::move(method);
  out.index.parts = std::move(parts);
  return out;
}

model::IndexPart expression_part(const std::string& expression) {
  model::IndexPart part;
  part.expression = expression;
  return part;
}

/// Columns that the statement fixes: they go before or behind the expression.
Parts fixed_columns(const model::ShapeRelation& used) {
  Parts out;
  for (const model::Predicate& one : used.predicates) {
    const bool fixed = one.kind == PredicateKind::equality && one.op == "=" && !one.negated &&
                       one.disjunction == 0 && !one.column.empty();
    if (fixed && out.size() < 2) out = joined(std::move(out), {column_part(one.column)});
  }
  return out;
}

void propose_functional(const model::ShapeRelation& used, const model::Table& table,
                        std::vector<Proposal>& out) {
  const Parts fixed = fixed_columns(used);
  const std::size_t most = std::min(used.predicates.size(), most_conditions);
  for (std::size_t i = 0; i < most; ++i) {
    const model::Predicate& one = used.predicates[i];
    const bool usable = (one.kind == PredicateKind::equality && one.op == "=") ||
                        one.kind == PredicateKind::membership || one.kind == PredicateKind::range;
    if (!usable || one.negated || !one.column.empty() || !may_be_key(table, one)) continue;
    const Parts key{expression_part(one.expression)};
    out.push_back(made(table, "btree", key));
    if (!fixed.empty()) out.push_back(made(table, "btree", joined(fixed, key)));
  }
  for (const auto* keys : {&used.ordering, &used.grouping}) {
    if (keys->size() != 1 || !keys->front().column.empty()) continue;
    model::Predicate as_predicate;
    as_predicate.expression = keys->front().expression;
    as_predicate.expression_columns = keys->front().expression_columns;
    if (!may_be_key(table, as_predicate)) continue;
    Parts key{expression_part(as_predicate.expression)};
    key[0].descending = keys->front().descending;
    out.push_back(made(table, "btree", joined(fixed, key)));
  }
}

/// (CAST(tags AS UNSIGNED ARRAY)) for "5 MEMBER OF (tags)". Which type the elements have is not
/// known: texts of 64 characters hold numbers badly, so only those that the text shows are
/// proposed.
void propose_multi_valued(const model::ShapeRelation& used, const model::Table& table,
                          std::vector<Proposal>& out) {
  for (const model::Predicate& one : used.predicates) {
    const std::string op = text::lower(one.op);
    const bool member = op == "member of" || op == "json_contains" || op == "json_overlaps";
    const model::Column* column = table.column(one.column);
    if (!member || column == nullptr || text::lower(column->base_type) != "json") continue;
    const bool texts = text::contains(one.constant, "'") || text::contains(one.constant, "\"");
    const std::string type = texts ? "CHAR(64)" : "UNSIGNED";
    out.push_back(made(table, "btree",
                       {expression_part("CAST(`" + one.column + "` AS " + type + " ARRAY)")}));
  }
}

void propose_fulltext(const model::ShapeRelation& used, const model::Table& table,
                      std::vector<Proposal>& out) {
  for (const model::Predicate& one : used.predicates) {
    const std::string op = text::lower(one.op);
    if (!text::contains(op, "match")) continue;
    std::vector<std::string> columns = one.expression_columns;
    if (!one.column.empty()) columns = {one.column};
    Parts parts;
    for (const std::string& name : columns) {
      const model::Column* column = table.column(name);
      if (column == nullptr || !innodb::is_text(*column)) return;
      parts.push_back(column_part(name));
    }
    const bool there = std::any_of(table.indexes.begin(), table.indexes.end(), [&](const auto& i) {
      return i.method == "fulltext" && i.parts.size() == parts.size() &&
             std::all_of(parts.begin(), parts.end(),
                         [&](const auto& part) { return has_part(i.parts, part); });
    });
    if (!parts.empty() && !there) out.push_back(made(table, "fulltext", std::move(parts)));
  }
}

}  // namespace

void propose_innodb_expressions(const Facts& facts, const model::ShapeRelation& used,
                                const KeyRules& rules, std::vector<Proposal>& out) {
  const model::Table* table = table_for(facts, used);
  if (table == nullptr) return;
  if (rules.functional) propose_functional(used, *table, out);
  if (rules.multi_valued) propose_multi_valued(used, *table, out);
  propose_fulltext(used, *table, out);
}

}  // namespace whet::advise
