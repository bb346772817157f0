// What the PostgreSQL engine collects from real servers, 15 and 18: as superuser, as a monitoring
// role, as a role with nothing.
#include "live/postgres_engine.h"

#include "model/json.h"

namespace whet::live {

INSTANTIATE_TEST_SUITE_P(Versions, Engines, ::testing::Values(15, 18),
                         [](const auto& tested) { return "V" + std::to_string(tested.param); });

TEST_P(Engines, TheServer) {
  const auto snapshot = collect("postgres").snapshot;
  EXPECT_EQ(not_collected(snapshot), "");
  const auto& s = snapshot.server;
  EXPECT_EQ(s.major(), GetParam());
  EXPECT_TRUE(s.superuser);
  EXPECT_FALSE(s.is_replica);
  EXPECT_FALSE(s.system_identifier.empty());
  EXPECT_EQ(s.block_bytes, 8192);
  EXPECT_TRUE(s.data_checksums);
  EXPECT_EQ(s.number("work_mem"), std::optional(3.0 * 1024 * 1024));
  EXPECT_EQ(s.text("work_mem"), "3MB");
  ASSERT_NE(s.setting("work_mem"), nullptr);
  EXPECT_EQ(s.setting("work_mem")->default_value, "4MB");
  EXPECT_EQ(s.setting("work_mem")->source, "configuration file");
  // Whet's own limits are not the server's settings.
  EXPECT_EQ(s.text("statement_timeout"), "0");
  EXPECT_EQ(s.text("default_transaction_read_only"), "off");
  EXPECT_EQ(s.setting("statement_timeout")->source, "default");
  EXPECT_EQ(s.number("checkpoint_timeout"), std::optional(300.0));
  EXPECT_THAT(s.preloaded, ::testing::ElementsAre("hypopg", "pg_stat_statements"));
  EXPECT_NE(s.extension("pg_stat_statements"), nullptr);
  ASSERT_EQ(s.overrides.size(), 1U);
  EXPECT_EQ(s.overrides[0].role, "visitor");
  EXPECT_EQ(s.overrides[0].value, "8MB");
  ASSERT_NE(s.current_database(), nullptr);
  EXPECT_GT(s.current_database()->size_bytes, 1000000);
  EXPECT_GT(s.current_database()->total.commits, 0);
  EXPECT_FALSE(s.access_rules.empty());
  const auto visitor = std::find_if(s.roles.begin(), s.roles.end(),
                                    [](const auto& role) { return role.name == "visitor"; });
  ASSERT_NE(visitor, s.roles.end());
  EXPECT_EQ(visitor->password_kind, "none");
  ASSERT_TRUE(snapshot.resources.host.has_value());
  EXPECT_GT(snapshot.resources.host->memory_bytes, 0);
  ASSERT_FALSE(snapshot.resources.host->disks.empty());
  EXPECT_EQ(snapshot.resources.host->disks[0].holds, (std::vector<std::string>{"data", "wal"}));
  EXPECT_GT(snapshot.resources.wal_directory_bytes, 0);
}

TEST_P(Engines, Tables) {
  const auto snapshot = collect("postgres").snapshot;
  const auto* orders = find_table(snapshot, "orders");
  ASSERT_NE(orders, nullptr);
  EXPECT_EQ(orders->row_estimate, std::optional(20000.0));
  EXPECT_EQ(orders->live_rows, 20000);
  EXPECT_EQ(orders->options.at("fillfactor"), "90");
  EXPECT_EQ(orders->options.at("toast.autovacuum_enabled"), "off");
  EXPECT_EQ(orders->heap_bytes, orders->pages * 8192);
  EXPECT_GT(orders->index_bytes, 0);
  EXPECT_EQ(orders->total.inserts, 20000);
  EXPECT_TRUE(orders->last_analyze_age_seconds.has_value());
  ASSERT_EQ(orders->triggers.size(), 1U);
  EXPECT_EQ(orders->triggers[0].function, "shop.touch");
  EXPECT_TRUE(orders->triggers[0].per_row);
  ASSERT_TRUE(orders->bloat.has_value());
  EXPECT_LT(orders->bloat->fraction, 0.1);

  const auto* customers = find_table(snapshot, "customers");
  ASSERT_NE(customers, nullptr);
  EXPECT_TRUE(customers->row_security);
  ASSERT_EQ(customers->policies.size(), 1U);
  EXPECT_EQ(customers->policies[0].command, "select");
  EXPECT_EQ(customers->policies[0].roles, std::vector<std::string>{"monitor"});
  EXPECT_GT(customers->toast_table, 0);

  const auto* events = find_table(snapshot, "events");
  const auto* rest = find_table(snapshot, "events_rest");
  const auto* old = find_table(snapshot, "events_old");
  ASSERT_TRUE(events != nullptr && rest != nullptr && old != nullptr);
  EXPECT_EQ(events->kind, model::TableKind::partitioned);
  EXPECT_EQ(events->partition_key, "RANGE (at)");
  EXPECT_EQ(old->parent, events->id);
  EXPECT_TRUE(old->is_partition);
  EXPECT_TRUE(rest->default_partition);
  EXPECT_FALSE(old->default_partition);
  ASSERT_EQ(old->indexes.size(), 1U);
  EXPECT_EQ(old->indexes[0].parent, events->indexes.at(0).id);
  const auto* totals = find_table(snapshot, "totals");
  ASSERT_NE(totals, nullptr);
  EXPECT_EQ(totals->kind, model::TableKind::materialized_view);
  EXPECT_TRUE(totals->populated);
}

TEST_P(Engines, Columns) {
  const auto snapshot = collect("postgres").snapshot;
  const auto* customers = find_table(snapshot, "customers");
  ASSERT_NE(customers, nullptr);
  const auto* email = customers->column("email");
  ASSERT_NE(email, nullptr);
  EXPECT_EQ(email->type, "shop.email");
  EXPECT_EQ(email->base_type, "varchar");
  EXPECT_EQ(email->type_kind, "domain");
  EXPECT_TRUE(email->not_null);
  ASSERT_TRUE(email->stats.has_value());
  EXPECT_EQ(email->stats->distinct, -1);
  EXPECT_TRUE(email->stats->has_histogram);
  EXPECT_TRUE(email->stats->samples.empty());
  EXPECT_EQ(customers->column("id")->identity, "always");
  EXPECT_EQ(customers->column("Full Name")->collation, "C");
  EXPECT_EQ(customers->column("balance")->type, "numeric(12,2)");
  EXPECT_EQ(customers->column("balance")->default_expression, "0");
  EXPECT_EQ(customers->column("tags")->base_type, "text[]");
  EXPECT_EQ(customers->column("note")->stats->null_fraction, 1);
  const auto* orders = find_table(snapshot, "orders");
  ASSERT_NE(orders, nullptr);
  const auto* status = orders->column("status");
  ASSERT_TRUE(status->stats.has_value());
  EXPECT_EQ(status->stats->distinct, 2);
  ASSERT_EQ(status->stats->common_frequencies.size(), 2U);
  EXPECT_NEAR(status->stats->common_frequencies[0], 0.9, 0.02);
  EXPECT_EQ(orders->column("total")->alignment, 8);
  EXPECT_EQ(orders->column("total")->length, 8);
}

TEST_P(Engines, Indexes) {
  const auto snapshot = collect("postgres").snapshot;
  const auto* orders = find_table(snapshot, "orders");
  const auto* customers = find_table(snapshot, "customers");
  ASSERT_TRUE(orders != nullptr && customers != nullptr);
  const auto* open = find_index(*orders, "orders_open");
  ASSERT_NE(open, nullptr);
  ASSERT_EQ(open->parts.size(), 2U);
  EXPECT_EQ(open->parts[0].column, "created_at");
  EXPECT_TRUE(open->parts[0].descending);
  EXPECT_TRUE(open->parts[0].nulls_first);
  EXPECT_EQ(open->parts[0].collation, "");
  EXPECT_TRUE(open->parts[0].opclass_is_default);
  EXPECT_EQ(open->parts[1].collation, "C");
  EXPECT_EQ(open->parts[1].opclass, "text_pattern_ops");
  EXPECT_FALSE(open->parts[1].opclass_is_default);
  EXPECT_EQ(open->includes, std::vector<std::string>{"total"});
  EXPECT_EQ(open->predicate, "(status = 'open'::text)");
  EXPECT_TRUE(open->usable());
  EXPECT_GT(open->size_bytes, 0);

  const auto* lower = find_index(*customers, "customers_lower");
  ASSERT_NE(lower, nullptr);
  EXPECT_EQ(lower->parts[0].column, "");
  EXPECT_EQ(lower->parts[0].expression, "lower((email)::text)");
  EXPECT_EQ(lower->parts[1].column, "balance");
  EXPECT_TRUE(lower->parts[1].descending);
  EXPECT_FALSE(lower->parts[1].nulls_first);
  const auto* unique = find_index(*customers, "customers_email");
  ASSERT_NE(unique, nullptr);
  EXPECT_TRUE(unique->unique);
  EXPECT_TRUE(unique->constraint.empty());
  EXPECT_EQ(unique->options.at("fillfactor"), "80");
  ASSERT_TRUE(unique->bloat.has_value());
  EXPECT_LT(unique->bloat->fraction, 0.3);
  const auto* primary = find_index(*orders, "orders_pkey");
  ASSERT_NE(primary, nullptr);
  EXPECT_TRUE(primary->primary);
  EXPECT_EQ(primary->constraint, "orders_pkey");
  ASSERT_TRUE(primary->bloat.has_value());
  EXPECT_LT(primary->bloat->fraction, 0.1);
}

TEST_P(Engines, OtherObjects) {
  const auto snapshot = collect("postgres").snapshot;
  const auto* orders = find_table(snapshot, "orders");
  const auto* customers = find_table(snapshot, "customers");
  ASSERT_TRUE(orders != nullptr && customers != nullptr);
  ASSERT_EQ(orders->constraints.size(), 3U);
  const auto& foreign = orders->constraints[0];
  EXPECT_EQ(foreign.kind, model::ConstraintKind::foreign_key);
  EXPECT_EQ(foreign.columns, std::vector<std::string>{"customer_id"});
  EXPECT_EQ(foreign.referenced_table, customers->id);
  EXPECT_EQ(foreign.referenced_columns, std::vector<std::string>{"id"});
  EXPECT_EQ(foreign.on_delete, "cascade");
  EXPECT_EQ(orders->constraints[2].name, "positive");
  EXPECT_TRUE(orders->constraints[2].not_valid);
  ASSERT_EQ(snapshot.schema.extended_statistics.size(), 1U);
  EXPECT_EQ(snapshot.schema.extended_statistics[0].columns,
            (std::vector<std::string>{"customer_id", "status"}));
  EXPECT_EQ(snapshot.schema.extended_statistics[0].kinds, std::vector<std::string>{"dependencies"});
  EXPECT_TRUE(snapshot.schema.extended_statistics[0].built);
  const auto invoice =
      std::find_if(snapshot.schema.sequences.begin(), snapshot.schema.sequences.end(),
                   [](const auto& sequence) { return sequence.name == "invoice"; });
  ASSERT_NE(invoice, snapshot.schema.sequences.end());
  EXPECT_EQ(invoice->type, "integer");
  EXPECT_EQ(invoice->maximum, 1000);
  EXPECT_EQ(invoice->last_value, std::optional<std::int64_t>(1));
  const auto view = std::find_if(snapshot.schema.views.begin(), snapshot.schema.views.end(),
                                 [](const auto& one) { return one.name == "open_orders"; });
  ASSERT_NE(view, snapshot.schema.views.end());
  EXPECT_EQ(view->uses, std::vector<std::int64_t>{orders->id});
  ASSERT_EQ(snapshot.schema.functions.size(), 1U);
  EXPECT_TRUE(snapshot.schema.functions[0].security_definer);
  EXPECT_TRUE(snapshot.schema.functions[0].public_execute);
}

TEST_P(Engines, WorkloadPlansAndWindow) {
  target().sql("SELECT pg_stat_statements_reset()");
  for (int i = 0; i < 5; ++i)
    target().sql("SELECT count(*) FROM shop.orders WHERE customer_id = 7 AND status = 'open'");
  target().sql("SELECT id FROM shop.orders WHERE created_at > now() - interval '1 day' LIMIT 3");
  target().sql("UPDATE shop.orders SET total = 5 WHERE id = 17");
  const auto collected = collect("postgres", 0.5);
  const auto& workload = collected.snapshot.workload;
  EXPECT_TRUE(workload.source.starts_with("pg_stat_statements 1.")) << workload.source;
  ASSERT_TRUE(workload.age_seconds.has_value());
  EXPECT_GE(collected.snapshot.window_seconds, 0.5);
  EXPECT_LT(collected.snapshot.window_seconds, 5);
  EXPECT_GE(collected.snapshot.activity.waits.samples, 2);
  std::set<std::string> planned;
  for (const auto& statement : workload.statements) {
    EXPECT_FALSE(text::contains(statement.text, "example.org")) << statement.text;
    if (statement.own) continue;
    if (!text::contains(statement.text, "shop.orders")) continue;
    EXPECT_EQ(statement.plan_problem, "") << statement.text;
    ASSERT_TRUE(statement.plan.has_value()) << statement.text;
    EXPECT_EQ(statement.plan_kind, "generic");
    planned.insert(std::string(name_of(statement.kind)));
    if (text::contains(statement.text, "count(*)")) {
      EXPECT_EQ(statement.total.calls, 5);
      EXPECT_EQ(statement.window.calls, 0);
      EXPECT_GT(statement.total.shared_hit + statement.total.shared_read, 0);
      EXPECT_TRUE(text::contains(statement.text, "customer_id = $1")) << statement.text;
    }
  }
  EXPECT_EQ(planned, (std::set<std::string>{"select", "update"}));
  // Whet's own statements are there, and marked.
  EXPECT_TRUE(std::any_of(workload.statements.begin(), workload.statements.end(),
                          [](const auto& statement) { return statement.own; }));
}

TEST_P(Engines, ASnapshotSurvivesItsFile) {
  const auto snapshot = collect("postgres", 0.2).snapshot;
  const std::string text = model::to_json(snapshot);
  const auto back = model::snapshot_from_json(text);
  ASSERT_TRUE(back.ok()) << back.error().text();
  EXPECT_EQ(model::to_json(*back), text);
  EXPECT_GT(snapshot.cost.statements, 20);
  EXPECT_GT(snapshot.cost.rows, 100);
  EXPECT_GT(snapshot.cost.server_seconds, 0);
  RecordProperty("statements", static_cast<int>(snapshot.cost.statements));
  RecordProperty("server_ms", static_cast<int>(snapshot.cost.server_seconds * 1000));
}

TEST_P(Engines, AMonitoringRoleSeesAllButRows) {
  target().sql("SELECT pg_stat_statements_reset()");
  const auto snapshot = collect("monitor").snapshot;
  std::set<std::string> missing;
  for (const auto& one : snapshot.not_collected) {
    missing.insert(one.what);
    EXPECT_FALSE(one.remedy.empty()) << one.what;
  }
  EXPECT_EQ(missing,
            (std::set<std::string>{"access rules (pg_hba.conf)", "errors in configuration files",
                                   "how passwords are stored", "planner statistics of 6 tables"}))
      << not_collected(snapshot);
  EXPECT_FALSE(snapshot.server.superuser);
  EXPECT_FALSE(snapshot.server.data_directory.empty());
  EXPECT_FALSE(snapshot.workload.statements.empty());
  EXPECT_NE(find_table(snapshot, "orders"), nullptr);
}

TEST_P(Engines, ABareRoleStillGetsTheSchema) {
  const auto snapshot = collect("visitor").snapshot;
  EXPECT_GT(snapshot.not_collected.size(), 4U);
  bool told = false;
  for (const auto& one : snapshot.not_collected)
    told = told || text::contains(one.remedy, "GRANT pg_monitor TO visitor");
  EXPECT_TRUE(told) << not_collected(snapshot);
  const auto* orders = find_table(snapshot, "orders");
  ASSERT_NE(orders, nullptr);
  EXPECT_EQ(orders->indexes.size(), 2U);
  EXPECT_GT(orders->heap_bytes, 0);
}

TEST_P(Engines, TheGrantsScriptDoesWhatItSays) {
  target().sql(engine::postgres::grants_script("watcher's"));
  target().sql("SELECT pg_stat_statements_reset()");
  target().sql("SELECT count(*) FROM shop.customers");
  engine::ConnectOptions options;
  options.url = "host=" + target().url().substr(target().url().find("host=") + 5) +
                " dbname=postgres user='watcher\\'s'";
  auto opened = engine::postgres::open(options, progress_);
  ASSERT_TRUE(opened.ok()) << opened.error().text();
  engine::CollectOptions quick;
  quick.window_seconds = 0;
  const auto collected = (*opened)->collect(quick, progress_);
  ASSERT_TRUE(collected.ok());
  std::set<std::string> missing;
  for (const auto& one : collected->snapshot.not_collected) missing.insert(one.what);
  EXPECT_EQ(missing, std::set<std::string>{"how passwords are stored"});
}

TEST_P(Engines, AnExclusiveLockIsNotWaitedFor) {
  engine::ConnectOptions options;
  options.url = target().url_for("postgres");
  auto locker = engine::postgres::Connection::open(options, engine::postgres::Access::write);
  ASSERT_TRUE(locker.ok());
  ASSERT_TRUE(locker->execute("BEGIN").ok());
  ASSERT_TRUE(locker->execute("LOCK TABLE shop.orders IN ACCESS EXCLUSIVE MODE").ok());
  const auto snapshot = collect("postgres").snapshot;
  const auto* orders = find_table(snapshot, "orders");
  ASSERT_NE(orders, nullptr);
  EXPECT_TRUE(orders->sizes_skipped);
  EXPECT_EQ(orders->heap_bytes, orders->pages * 8192);
  EXPECT_LT(snapshot.cost.elapsed_seconds, 10);
  const auto* customers = find_table(snapshot, "customers");
  ASSERT_NE(customers, nullptr);
  EXPECT_FALSE(customers->sizes_skipped);
}

}  // namespace whet::live
