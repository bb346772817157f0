// Constraints, triggers and row security policies of the tables.
#include <algorithm>

#include "base/text.h"
#include "engine/postgres/collector.h"

namespace whet::engine::postgres {

namespace {

model::ConstraintKind kind_of(std::string_view contype) {
  if (contype == "u") return model::ConstraintKind::unique;
  if (contype == "f") return model::ConstraintKind::foreign_key;
  if (contype == "c") return model::ConstraintKind::check;
  if (contype == "x") return model::ConstraintKind::exclusion;
  if (contype == "n") return model::ConstraintKind::not_null;
  return model::ConstraintKind::primary_key;
}

std::string action_of(std::string_view code) {
  if (code == "r") return "restrict";
  if (code == "c") return "cascade";
  if (code == "n") return "set null";
  return code == "d" ? "set default" : "no action";
}

std::string match_of(std::string_view code) {
  if (code == "f") return "full";
  return code == "p" ? "partial" : "simple";
}

std::vector<std::string> names_of(const Collector& c, const model::Table* table,
                                  const std::vector<std::string>& positions) {
  std::vector<std::string> names;
  if (table == nullptr) return names;
  for (const auto& position : positions)
    names.push_back(c.column_name(*table, text::to_int(position).value_or(0)));
  return names;
}

model::Constraint read_constraint(Collector& c, const model::Table& table, Row& row) {
  model::Constraint constraint;
  constraint.name = row.text();
  constraint.kind = kind_of(row.view());
  constraint.columns = names_of(c, &table, row.array());
  constraint.referenced_table = row.integer();
  constraint.referenced_columns = names_of(c, c.table(constraint.referenced_table), row.array());
  constraint.not_valid = !row.flag();
  constraint.not_enforced = !row.flag();
  constraint.deferrable = row.flag();
  constraint.inherited = row.flag();
  const std::string match = row.text();
  const std::string on_delete = row.text();
  const std::string on_update = row.text();
  if (constraint.kind == model::ConstraintKind::foreign_key) {
    constraint.match = match_of(match);
    constraint.on_delete = action_of(on_delete);
    constraint.on_update = action_of(on_update);
  }
  constraint.index = row.integer();
  constraint.definition = row.text();
  return constraint;
}

void collect_triggers(Collector& c) {
  // Triggers that constraints made are of interest only when somebody switched them off. Of the
  // bits of tgtype, 1 is FOR EACH ROW (pg_trigger.h).
  const auto rows = c.read("triggers", R"(
    SELECT t.tgrelid, t.tgname, t.tgenabled = 'D', t.tgisinternal, (t.tgtype & 1) = 1,
           p.pronamespace::regnamespace::text || '.' || quote_ident(p.proname)
    FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE NOT t.tgisinternal OR t.tgenabled = 'D'
    ORDER BY t.tgrelid, t.tgname)");
  if (!rows) return;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    auto* table = c.table(row.integer());
    if (table == nullptr) continue;
    model::Trigger trigger;
    trigger.name = row.text();
    trigger.disabled = row.flag();
    trigger.internal = row.flag();
    trigger.per_row = row.flag();
    trigger.function = row.text();
    table->triggers.push_back(std::move(trigger));
  }
}

void collect_policies(Collector& c) {
  const auto rows = c.read("row security policies", R"(
    SELECT p.polrelid, p.polname,
           CASE p.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update'
                         WHEN 'd' THEN 'delete' ELSE 'all' END,
           NOT p.polpermissive,
           ARRAY(SELECT CASE WHEN o = 0 THEN 'public' ELSE pg_get_userbyid(o) END
                 FROM unnest(p.polroles) o),
           pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)
    FROM pg_policy p ORDER BY p.polrelid, p.polname)");
  if (!rows) return;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    auto* table = c.table(row.integer());
    if (table == nullptr) continue;
    model::Policy policy;
    policy.name = row.text();
    policy.command = row.text();
    policy.restrictive = row.flag();
    policy.roles = row.array();
    policy.expression = row.text();
    policy.check = row.text();
    table->policies.push_back(std::move(policy));
  }
}

}  // namespace

void collect_constraints(Collector& c) {
  // From 18 on each NOT NULL is a constraint: only those not yet validated tell more than the
  // column does.
  const std::string enforced = c.since(180000, "k.conenforced", "true");
  const auto rows = c.read("constraints", R"(
    SELECT k.conrelid, k.conname, k.contype, k.conkey, k.confrelid, k.confkey, k.convalidated, )" +
                                              enforced + R"(, k.condeferrable,
           k.conparentid <> 0 OR k.coninhcount > 0, k.confmatchtype, k.confdeltype, k.confupdtype,
           k.conindid, pg_get_constraintdef(k.oid)
    FROM pg_constraint k
    JOIN pg_namespace n ON n.oid = k.connamespace
    WHERE k.conrelid <> 0 AND )" + user_namespace("n") +
                                              R"(
      AND (k.contype IN ('p', 'u', 'f', 'c', 'x') OR (k.contype = 'n' AND NOT k.convalidated))
    ORDER BY k.conrelid, k.conname)");
  if (rows) {
    for (int i = 0; i < rows->size(); ++i) {
      Row row(*rows, i);
      if (auto* table = c.table(row.integer()))
        table->constraints.push_back(read_constraint(c, *table, row));
    }
  }
  collect_triggers(c);
  collect_policies(c);
}

}  // namespace whet::engine::postgres
