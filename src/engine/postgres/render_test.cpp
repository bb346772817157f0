#include "engine/postgres/render.h"

#include <gtest/gtest.h>

namespace whet::engine::postgres {
namespace {

using model::ActionKind;

model::Change change_of(ActionKind kind) {
  model::Change change;
  change.action.kind = kind;
  change.action.schema = "public";
  change.action.table = "orders";
  return change;
}

model::Change rendered(model::Change change) {
  render(change, model::Server{});
  return change;
}

TEST(Render, CreateIndexWithEverything) {
  model::Change change = change_of(ActionKind::create_index);
  model::Index index;
  index.method = "btree";
  index.unique = true;
  index.parts = {{.column = "customer_id"},
                 {.column = "At", .descending = true, .nulls_first = true},
                 {.expression = "lower(email)", .collation = "C", .opclass = "text_pattern_ops"},
                 {.column = "n", .nulls_first = true},
                 {.column = "m", .descending = true}};
  index.includes = {"total"};
  index.predicate = "(status = 'open'::text)";
  index.options = {{"fillfactor", "90"}};
  index.name = "orders_new_idx";
  change.action.index = index;
  const auto done = rendered(change);
  EXPECT_EQ(done.action.statement,
            "CREATE UNIQUE INDEX CONCURRENTLY orders_new_idx ON public.orders USING btree "
            "(customer_id, \"At\" DESC, (lower(email)) COLLATE \"C\" text_pattern_ops, "
            "n NULLS FIRST, m DESC NULLS LAST) INCLUDE (total) WITH (fillfactor = '90') "
            "WHERE (status = 'open'::text)");
  EXPECT_EQ(done.action.inverse, "DROP INDEX CONCURRENTLY IF EXISTS public.orders_new_idx");
  EXPECT_NE(done.locks.find("reads and writes go on"), std::string::npos);
}

TEST(Render, NamesAnIndexThatHasNone) {
  model::Change change = change_of(ActionKind::create_index);
  change.action.index = model::Index{};
  change.action.index->parts = {{.column = "a"}, {.expression = "b + 1"}};
  EXPECT_EQ(rendered(change).action.index->name, "orders_a_expr_idx");
  change.action.index->parts.assign(9, {.column = "a_rather_long_name"});
  const std::string one = rendered(change).action.index->name;
  change.action.index->parts.back().column = "another_name";
  const std::string other = rendered(change).action.index->name;
  EXPECT_EQ(one.size(), 63U);
  EXPECT_NE(one, other);
}

TEST(Render, DropIndexKeepsTheDefinitionForTheWayBack) {
  model::Change change = change_of(ActionKind::drop_index);
  change.action.index = model::Index{};
  change.action.index->schema = "public";
  change.action.index->name = "orders_x";
  change.action.index->definition = "CREATE UNIQUE INDEX orders_x ON public.orders USING btree (x)";
  auto done = rendered(change);
  EXPECT_EQ(done.action.statement, "DROP INDEX CONCURRENTLY IF EXISTS public.orders_x");
  EXPECT_EQ(done.action.inverse,
            "CREATE UNIQUE INDEX CONCURRENTLY orders_x ON public.orders USING btree (x)");
  change.action.index->invalid = true;
  EXPECT_EQ(rendered(change).action.inverse, "");
}

TEST(Render, SettingsReloadAndRestore) {
  model::Change change = change_of(ActionKind::set_setting);
  change.action.setting = "work_mem";
  change.action.value = "16MB";
  auto done = rendered(change);
  EXPECT_EQ(done.action.statement, "ALTER SYSTEM SET work_mem = '16MB';\nSELECT pg_reload_conf()");
  EXPECT_EQ(done.action.inverse, "ALTER SYSTEM RESET work_mem;\nSELECT pg_reload_conf()");
  change.action.previous = "8MB";
  EXPECT_EQ(rendered(change).action.inverse,
            "ALTER SYSTEM SET work_mem = '8MB';\nSELECT pg_reload_conf()");
  EXPECT_EQ(
      statements_of(done.action, done.action.statement),
      (std::vector<std::string>{"ALTER SYSTEM SET work_mem = '16MB'", "SELECT pg_reload_conf()"}));
}

TEST(Render, ListsOfNamesStayLists) {
  const std::string value = "pg_stat_statements, auto_explain";
  EXPECT_EQ(alter_system("shared_preload_libraries", &value),
            "ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements', 'auto_explain';\n"
            "SELECT pg_reload_conf()");
  const std::string one = "it's";
  EXPECT_EQ(alter_system("auto_explain.log_format", &one),
            "ALTER SYSTEM SET auto_explain.log_format = 'it''s';\nSELECT pg_reload_conf()");
}

TEST(Render, OptionsOfTablesAndColumns) {
  model::Change change = change_of(ActionKind::set_table_option);
  change.action.setting = "toast.autovacuum_enabled";
  change.action.previous = "false";
  const auto done = rendered(change);
  EXPECT_EQ(done.action.statement, "ALTER TABLE public.orders RESET (toast.autovacuum_enabled)");
  EXPECT_EQ(done.action.inverse,
            "ALTER TABLE public.orders SET (toast.autovacuum_enabled = 'false')");

  model::Change column = change_of(ActionKind::set_column_option);
  column.action.setting = "statistics";
  column.action.value = "1000";
  column.action.columns = {"status"};
  const auto set = rendered(column);
  EXPECT_EQ(set.action.statement,
            "ALTER TABLE public.orders ALTER COLUMN status SET STATISTICS 1000;\n"
            "ANALYZE public.orders (status)");
  EXPECT_EQ(statements_of(set.action, set.action.inverse).front(),
            "ALTER TABLE public.orders ALTER COLUMN status SET STATISTICS -1");
}

TEST(Render, AManualChangeStaysAsItIs) {
  model::Change change = change_of(ActionKind::manual);
  change.action.statement = "ALTER TABLE ...";
  EXPECT_EQ(rendered(change).action.statement, "ALTER TABLE ...");
  EXPECT_EQ(rendered(change).action.inverse, "");
}

TEST(Render, AStatementWithALineBreakInALiteralIsNotCut) {
  model::Change change = change_of(ActionKind::create_index);
  change.action.index = model::Index{};
  change.action.index->parts = {{.column = "a"}};
  change.action.index->predicate = "(note = ';\n'::text)";
  const auto done = rendered(change);
  EXPECT_EQ(statements_of(done.action, done.action.statement).size(), 1U);
}

}  // namespace
}  // namespace whet::engine::postgres
