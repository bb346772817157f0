// Shapes as lines of text, and the schema that the tests of shapes ask about. Only for this
// folder's tests.
#pragma once

#include <gtest/gtest.h>

#include "base/text.h"
#include "sql/shape.h"

namespace whet::sql::shape_testing {

inline model::Table table(const std::string& schema, const std::string& name,
                          const std::vector<std::string>& columns) {
  model::Table out;
  out.schema = schema;
  out.name = name;
  for (const std::string& column : columns) {
    out.columns.push_back({});
    out.columns.back().name = column;
  }
  return out;
}

inline model::View view(const std::string& name, const std::string& definition) {
  model::View out;
  out.schema = "public";
  out.name = name;
  out.definition = definition;
  return out;
}

inline const model::Schema& shop() {
  static const model::Schema schema = [] {
    model::Schema out;
    out.tables = {
        table("public", "orders", {"id", "customer_id", "status", "placed_at", "total", "note"}),
        table("public", "customers", {"id", "email", "name", "country", "active"}),
        table("public", "items", {"id", "order_id", "product_id", "quantity"}),
        table("public", "notes", {"id", "order_id", "body"}),
        table("public", "Odd Table", {"Mixed", "order"}),
        table("app", "orders", {"id", "tenant"}),
        table("app", "users", {"id", "login", "tags", "data"})};
    out.tables.push_back(table("public", "typed", {"number", "text"}));
    out.tables.back().columns[0].base_type = "int4";
    out.tables.back().columns[1].base_type = "text";
    out.views = {view("recent", ""),
                 view("open_orders",
                      " SELECT o.id,\n    o.customer_id,\n    o.total AS amount\n   FROM "
                      "public.orders o\n  WHERE o.status = 'open'::text;"),
                 view("rich_orders",
                      "SELECT id, amount, customer_id FROM public.open_orders "
                      "WHERE amount > 1000;"),
                 view("per_customer",
                      "SELECT customer_id, count(*) AS n FROM public.orders "
                      "GROUP BY customer_id;"),
                 view("all_bodies",
                      "SELECT order_id, body AS what FROM public.notes UNION ALL "
                      "SELECT order_id, product_id FROM public.items;"),
                 view("snake", "SELECT id FROM public.tail;"),
                 view("tail", "SELECT id FROM public.snake;"),
                 view("broken", "SELEC 1")};
    return out;
  }();
  return schema;
}

inline const Catalog& catalog() {
  static const Catalog made(shop(), {"public", "app"});
  return made;
}

inline std::string key_text(const model::ShapeKey& key) {
  std::string out = key.column.empty() ? "(" + key.expression + ")" : key.column;
  if (key.descending) out += " desc";
  if (key.nulls_first != key.descending) out += key.nulls_first ? " nulls first" : " nulls last";
  return out;
}

inline std::string keys_text(const std::vector<model::ShapeKey>& keys) {
  std::vector<std::string> parts;
  for (const auto& key : keys) parts.push_back(key_text(key));
  return text::join(parts, ", ");
}

inline std::string predicate_text(const model::Predicate& predicate) {
  std::string out = predicate.column.empty() ? "(" + predicate.expression + ")" : predicate.column;
  if (!predicate.row.empty()) out += "," + text::join(predicate.row, ",");
  if (!predicate.op.empty()) out += " " + predicate.op;
  if (predicate.kind == model::PredicateKind::other) out += " other";
  if (predicate.kind == model::PredicateKind::membership && predicate.op != "IN") out += " member";
  if (predicate.pattern != model::PatternKind::none)
    out += " " + std::string(name_of(predicate.pattern));
  if (predicate.disjunction != 0)
    out += " or" + std::to_string(predicate.disjunction) + "." + std::to_string(predicate.arm);
  return out;
}

// orders o {status =; placed_at >=} [customer_id = customers.id] group(...) order(...) flags
inline std::string relation_text(const model::Shape& shape, const model::ShapeRelation& relation) {
  std::string out = relation.table;
  if (relation.alias != relation.table) out += " " + relation.alias;
  std::vector<std::string> parts;
  for (const auto& predicate : relation.predicates) parts.push_back(predicate_text(predicate));
  if (!parts.empty()) out += " {" + text::join(parts, "; ") + "}";
  for (const auto& join : relation.joins) {
    out += " [" + (join.column.empty() ? "(" + join.expression + ")" : join.column) + " " + join.op;
    out += join.other ? " " + shape.relations[static_cast<std::size_t>(*join.other)].table + "." +
                            (join.other_column.empty() ? "?" : join.other_column)
                      : " ?";
    out += std::string(join.outer ? " outer" : "") + (join.subquery ? " sub" : "") +
           (join.optional ? " opt" : "") + "]";
  }
  if (!relation.grouping.empty()) out += " group(" + keys_text(relation.grouping) + ")";
  if (!relation.ordering.empty())
    out += " order(" + keys_text(relation.ordering) + (relation.ordering_complete ? ")" : "...)");
  if (!relation.extremes.empty()) out += " extremes(" + keys_text(relation.extremes) + ")";
  const std::pair<bool, const char*> flags[] = {{relation.opaque, " opaque"},
                                                {relation.written, " written"},
                                                {relation.limited, " limit"},
                                                {relation.offset, " offset"},
                                                {relation.aggregated, " aggregated"},
                                                {relation.windowed, " windowed"},
                                                {relation.distinct, " distinct"},
                                                {relation.for_update, " locked"},
                                                {relation.whole_row, " *"}};
  for (const auto& [set, name] : flags) out += set ? name : "";
  return out;
}

inline std::string shape_text(const std::string& statement) {
  const auto made = shape(statement, catalog());
  if (!made.ok()) return "error";
  std::vector<std::string> parts;
  for (const auto& relation : made->relations) parts.push_back(relation_text(*made, relation));
  for (const std::string& name : made->unresolved) parts.push_back("unresolved " + name);
  return text::join(parts, " / ");
}

struct Pair {
  const char* statement;
  const char* shape;
};

inline void expect(const std::vector<Pair>& pairs) {
  for (const Pair& pair : pairs)
    EXPECT_EQ(shape_text(pair.statement), pair.shape) << pair.statement;
}

}  // namespace whet::sql::shape_testing
