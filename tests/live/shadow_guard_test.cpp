// A snapshot file comes from anybody: what its definitions do, they do as a role that cannot reach
// the machine. And what is broken in it costs itself only.
#include <algorithm>
#include <filesystem>
#include <iostream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/postgres/postgres.h"
#include "engine/postgres/shadow/shadow.h"
#include "live/shadow.h"
#include "support/pg_server.h"
#include "support/tpch.h"

namespace whet::live {
namespace {

using engine::postgres::Shadow;
using model::PlannerObjectKind;

void add(model::Snapshot& snapshot, PlannerObjectKind kind, const std::string& name,
         const std::string& definition) {
  model::PlannerObject object;
  object.kind = kind;
  object.schema = "public";
  object.name = name;
  object.definition = definition;
  snapshot.planner->objects.push_back(std::move(object));
}

TEST(ShadowGuard, DefinitionsCannotReachTheMachine) {
  const std::string mark = "/tmp/whet-guard-" + std::to_string(::getpid());
  const std::string touch = "COPY (SELECT 1) TO PROGRAM 'touch " + mark + "'";
  auto snapshot = testing::tpch_snapshot();
  add(snapshot, PlannerObjectKind::function, "outright", touch);
  add(snapshot, PlannerObjectKind::view, "two",
      "CREATE VIEW public.two AS SELECT 1 AS a; " + touch);
  add(snapshot, PlannerObjectKind::view, "back",
      "RESET SESSION AUTHORIZATION; RESET ROLE; " + touch);
  add(snapshot, PlannerObjectKind::function, "evil",
      "CREATE FUNCTION public.evil(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $f$BEGIN "
      "EXECUTE "
      "$c$" +
          touch + "$c$; RETURN $1; END$f$");
  add(snapshot, PlannerObjectKind::type, "bad", "CREATE DOMAIN public.bad AS text");
  add(snapshot, PlannerObjectKind::constraint, "bad",
      "CONSTRAINT c CHECK (public.evil(VALUE) IS NOT NULL)");
  add(snapshot, PlannerObjectKind::view, "folded",
      "CREATE VIEW public.folded AS SELECT public.evil('x')");
  auto& region = *std::find_if(snapshot.schema.tables.begin(), snapshot.schema.tables.end(),
                               [](const auto& one) { return one.name == "region"; });
  region.columns[1].type = "public.bad";  // its statistics hold values
  model::Index index;
  index.id = 1000;
  index.schema = "public";
  index.name = "evil_index";
  index.method = "btree";
  index.parts.resize(1);
  index.definition =
      "CREATE INDEX evil_index ON public.region USING btree (public.evil(r_comment))";
  region.indexes.push_back(index);
  model::PlannerRelation ends;
  ends.id = index.id;
  ends.bytes = 16384;
  ends.smallest["r_comment"] = "a";
  snapshot.planner->relations.push_back(ends);

  NoProgress progress;
  auto shadow = Shadow::start(snapshot, {}, progress);
  ASSERT_TRUE(shadow.ok()) << shadow.error().text();
  EXPECT_FALSE(shadow->notes().empty());
  auto session = open_session(shadow->url());
  EXPECT_FALSE(session.query("EXPLAIN SELECT * FROM public.folded").ok());
  EXPECT_FALSE(session.query("SELECT 'x'::public.bad").ok());
  EXPECT_FALSE(session.query(touch).ok());
  EXPECT_FALSE(session.query("UPDATE pg_catalog.pg_authid SET rolsuper = true").ok());
  model::HypotheticalIndex wanted{"public", "nation", {}};
  wanted.index.method = "btree";
  wanted.index.parts.resize(1);
  wanted.index.parts[0].expression = "public.evil(n_comment)";
  const auto made = shadow->add_index(wanted, {10, 25, 0});
  (void)made;  // whether it may be made or not
  EXPECT_FALSE(std::filesystem::exists(mark));
  std::error_code ignored;
  std::filesystem::remove(mark, ignored);
  // The rest is as it should be.
  EXPECT_NEAR(total_cost(session, testing::tpch_queries().at("06")), 248089.58, 0.01);
}

TEST(ShadowGuard, BrokenObjectsAreNamedAndCostOnlyThemselves) {
  auto snapshot = testing::tpch_snapshot();
  add(snapshot, PlannerObjectKind::view, "later",
      "CREATE VIEW public.later AS SELECT * FROM public.first");
  add(snapshot, PlannerObjectKind::view, "first",
      "CREATE VIEW public.first AS SELECT * FROM public.nation");
  add(snapshot, PlannerObjectKind::view, "broken",
      "CREATE VIEW public.broken AS SELECT * FROM public.no_such");
  snapshot.server.extensions.push_back({"no_such_extension", "public", "1.0", "1.0"});
  snapshot.planner->statistics.front().slots.front().values = "{not,numbers}";
  NoProgress progress;
  auto shadow = Shadow::start(snapshot, {}, progress);
  ASSERT_TRUE(shadow.ok()) << shadow.error().text();
  ASSERT_EQ(shadow->notes().size(), 3U);
  EXPECT_NE(shadow->notes()[0].find("no_such_extension"), std::string::npos);
  EXPECT_NE(shadow->notes()[1].find("c_custkey"), std::string::npos);
  EXPECT_NE(shadow->notes()[2].find("public.broken"), std::string::npos);
  auto session = open_session(shadow->url());
  EXPECT_GT(total_cost(session, "SELECT * FROM public.later"), 0);
}

TEST(ShadowSpeed, TwoHundredTablesAndAThousandIndexes) {
  testing::PgServer server(15, {"-c", "autovacuum=off"});
  server.sql(R"(
    DO $$ BEGIN FOR t IN 1..200 LOOP
      EXECUTE format('CREATE TABLE t%s (id integer PRIMARY KEY, a integer, b text, c date, d numeric, e text, '
                     'f integer, g integer, h timestamptz, i integer REFERENCES t%s)', t, greatest(1, t - 1));
      EXECUTE format('CREATE INDEX ON t%s (a); ', t);
      EXECUTE format('CREATE INDEX ON t%s (c, d)', t);
      EXECUTE format('CREATE INDEX ON t%s (b)', t);
      EXECUTE format('INSERT INTO t%s SELECT n, n %% 50, md5(n::text), DATE ''2024-01-01'' + n, n / 3.0, ''e'' || n %% 9, n, n, '
                     'now(), NULL FROM generate_series(1, 300) n', t);
    END LOOP; END $$;
    ANALYZE;)");
  NoProgress progress;
  engine::ConnectOptions options;
  options.url = server.url();
  auto engine = engine::postgres::open(options, progress);
  ASSERT_TRUE(engine.ok()) << engine.error().text();
  engine::CollectOptions how;
  how.window_seconds = 0;
  how.planner_facts = true;
  const double begun = clock::monotonic();
  auto collected = (*engine)->collect(how, progress);
  ASSERT_TRUE(collected.ok()) << collected.error().text();
  const double collected_at = clock::monotonic();
  auto shadow = Shadow::start(collected->snapshot, {}, progress);
  ASSERT_TRUE(shadow.ok()) << shadow.error().text();
  EXPECT_TRUE(shadow->notes().empty()) << shadow->notes().front();
  const double started = clock::monotonic();
  std::vector<Shadow::Wanted> wanted;
  for (int i = 0; i < 1000; ++i) {
    Shadow::Wanted one{{"public", "t" + std::to_string(1 + i % 200), {}}, {50, 300, 1}};
    one.index.index.method = "btree";
    one.index.index.parts.resize(1);
    one.index.index.parts[0].column = std::string(1, static_cast<char>('a' + i / 200));
    wanted.push_back(std::move(one));
  }
  const auto made = shadow->add_indexes(wanted);
  ASSERT_TRUE(made.ok()) << made.error().text();
  for (const auto& one : *made) EXPECT_TRUE(one.ok());
  const double added = clock::monotonic();
  std::cout << "200 tables: collected in " << collected_at - begun << " s, the shadow is ready in "
            << started - collected_at << " s, 1000 added indexes take " << added - started
            << " s\n";
}

}  // namespace
}  // namespace whet::live
