// Indexes that exist only in a shadow cost what they would cost on the target; and those that are
// switched off cost what the target would without them.
#include <algorithm>
#include <map>
#include <memory>

#include <gtest/gtest.h>

#include "engine/postgres/postgres.h"
#include "engine/postgres/shadow/shadow.h"
#include "live/shadow.h"
#include "support/pg_server.h"

namespace whet::live {
namespace {

using engine::postgres::Connection;
using engine::postgres::Shadow;

constexpr const char* database = R"(
CREATE TABLE items (id integer PRIMARY KEY, kind integer, price numeric, name text, at timestamptz, tags text[],
  data jsonb, part int4range);
INSERT INTO items SELECT i, i % 97, (i * 7) % 5000 / 3.0, 'item ' || md5(i::text), TIMESTAMPTZ '2024-01-01' + i * interval '1 minute',
  ARRAY['a' || i % 30, 'b' || i % 7], jsonb_build_object('k', i % 50), int4range(i, i + 5) FROM generate_series(1, 60000) i;
CREATE TABLE events (at date NOT NULL, kind integer, note text) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2024-07-01');
CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2024-07-01') TO ('2026-01-01');
INSERT INTO events SELECT DATE '2024-01-01' + i % 360, i % 900, 'n' || i FROM generate_series(1, 36000) i;
CREATE INDEX kept_gin ON items USING gin (tags);
CREATE INDEX try_kind ON items (kind);
CREATE INDEX try_kind_price ON items (kind, price DESC) INCLUDE (name);
CREATE INDEX try_partial ON items (at) WHERE kind = 3;
CREATE INDEX try_hash ON items USING hash (name);
CREATE INDEX try_brin ON items USING brin (at) WITH (pages_per_range = 8);
CREATE INDEX try_gist ON items USING gist (part);
CREATE INDEX try_events ON events (kind, at);
VACUUM ANALYZE;
-- An index that does not exist has no statistics of its expressions.
CREATE INDEX try_lower ON items (lower(name) text_pattern_ops);
CHECKPOINT;
)";

const std::vector<std::string> queries{
    "SELECT * FROM items WHERE kind = 5",
    "SELECT kind, count(*) FROM items GROUP BY kind",
    "SELECT * FROM items WHERE kind = 5 ORDER BY price DESC LIMIT 3",
    "SELECT name FROM items WHERE kind = 5 AND price > 1600",
    "SELECT * FROM items WHERE kind = 3 AND at > '2024-02-05 00:00+00'",
    "SELECT * FROM items WHERE lower(name) LIKE 'item 00ab%'",
    "SELECT * FROM items WHERE name = 'item x'",
    "SELECT * FROM items WHERE at BETWEEN '2024-01-10 00:00+00' AND '2024-01-10 01:00+00'",
    "SELECT * FROM items WHERE part && int4range(100, 110)",
    "SELECT * FROM items WHERE tags @> ARRAY['a3', 'b2']",
    "SELECT * FROM items WHERE tags && ARRAY['a3']",
    "SELECT * FROM events WHERE kind = 7",
    "SELECT * FROM events WHERE kind = 7 AND at > '2024-09-01'",
    "SELECT * FROM items i JOIN events e ON e.kind = i.id WHERE i.price < 2",
};

class ShadowIndexes : public ::testing::TestWithParam<int> {
 protected:
  struct Target {
    std::unique_ptr<testing::PgServer> server;
    model::Snapshot snapshot;
  };

  static const Target& target(int version) {
    static std::map<int, Target> targets;
    Target& one = targets[version];
    if (one.server) return one;
    NoProgress progress;
    one.server = std::make_unique<testing::PgServer>(
        version, std::vector<std::string>{"-c", "autovacuum=off"});
    one.server->sql(database);
    engine::ConnectOptions options;
    options.url = one.server->url();
    auto engine = engine::postgres::open(options, progress);
    EXPECT_TRUE(engine.ok()) << engine.error().text();
    engine::CollectOptions how;
    how.window_seconds = 0;
    how.planner_facts = true;
    auto collected = (*engine)->collect(how, progress);
    EXPECT_TRUE(collected.ok()) << collected.error().text();
    one.snapshot = std::move(collected->snapshot);
    return one;
  }

  void SetUp() override {
    snapshot_ = target(GetParam()).snapshot;
    url_ = target(GetParam()).server->url();
  }

  /// Takes the try_ indexes out of the snapshot.
  std::vector<Shadow::Wanted> take_out() {
    std::vector<Shadow::Wanted> wanted;
    for (auto& table : snapshot_.schema.tables) {
      for (const auto& index : table.indexes) {
        if (!index.name.starts_with("try_")) continue;
        Shadow::Wanted one{{table.schema, table.name, index}, {}};
        add_dimensions(index.id, one.dimensions);
        wanted.push_back(std::move(one));
      }
      std::erase_if(table.indexes, [](const auto& index) {
        return index.name.starts_with("try_") || index.name.ends_with("_kind_at_idx");
      });
    }
    return wanted;
  }

  void add_dimensions(std::int64_t id, model::IndexDimensions& to) {
    const auto& relations = snapshot_.planner->relations;
    const auto add = [&](std::int64_t one) {
      const auto at = std::find_if(relations.begin(), relations.end(),
                                   [&](const auto& r) { return r.id == one; });
      ASSERT_NE(at, relations.end());
      to.pages += static_cast<double>(at->bytes) / 8192;
      to.entries += std::max(0.0, at->rows);
      to.height = std::max(to.height, static_cast<int>(at->height.value_or(0)));
    };
    add(id);
    for (const auto& table : snapshot_.schema.tables) {
      for (const auto& index : table.indexes) {
        if (index.parent != id) continue;
        to.entries = table.name == "events_1" ? 0 : to.entries;
        add(index.id);
      }
    }
  }

  void compare(Connection& there, Connection& here) {
    for (const std::string& query : queries) {
      const double expected = total_cost(there, query), seen = total_cost(here, query);
      EXPECT_NEAR(seen, expected, expected * 1e-6) << query << "\non the target:\n"
                                                   << plan_text(there, query) << "on the shadow:\n"
                                                   << plan_text(here, query);
    }
  }

  NoProgress progress_;
  std::string url_;
  model::Snapshot snapshot_;
};

std::string array_of(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "'{" : ",") + name;
  return out + "}'";
}

TEST_P(ShadowIndexes, AddedOnesCostWhatRealOnesDo) {
  const auto wanted = take_out();
  ASSERT_EQ(wanted.size(), 8U);
  auto shadow = Shadow::start(snapshot_, {}, progress_);
  ASSERT_TRUE(shadow.ok()) << shadow.error().text();
  EXPECT_TRUE(shadow->notes().empty()) << shadow->notes().front();
  const auto made = shadow->add_indexes(wanted);
  ASSERT_TRUE(made.ok()) << made.error().text();
  std::vector<std::string> names;
  for (const auto& one : *made) {
    ASSERT_TRUE(one.ok()) << one.error().text();
    names.push_back(*one);
  }
  auto there = open_session(url_);
  auto here = open_session(shadow->url());
  // New ones are off: the target without its own.
  ASSERT_TRUE(there.execute("BEGIN").ok());
  for (const auto& one : wanted)
    ASSERT_TRUE(there.execute("DROP INDEX " + one.index.index.name).ok());
  compare(there, here);
  ASSERT_TRUE(there.execute("ROLLBACK").ok());
  const auto switched =
      here.query("SELECT whet_shadow.switch_indexes(true, " + array_of(names) + ")");
  ASSERT_TRUE(switched.ok()) << switched.error().text();
  compare(there, here);
}

TEST_P(ShadowIndexes, ExistingOnesAreSwitchedOffAndOn) {
  auto shadow = Shadow::start(snapshot_, {}, progress_);
  ASSERT_TRUE(shadow.ok()) << shadow.error().text();
  auto there = open_session(url_);
  auto here = open_session(shadow->url());
  compare(there, here);
  ASSERT_TRUE(there.execute("BEGIN").ok());
  ASSERT_TRUE(there.execute("DROP INDEX try_kind, try_events, kept_gin, try_gist").ok());
  ASSERT_TRUE(here.execute("BEGIN").ok());
  const auto switched = here.query(
      "SELECT whet_shadow.switch_indexes(false, "
      "'{public.try_kind,public.try_events,public.kept_gin,public.try_gist}')");
  ASSERT_TRUE(switched.ok()) << switched.error().text();
  EXPECT_EQ(switched->text(0, 0), "6");  // with the two of the partitions
  compare(there, here);
  for (Connection* one : {&there, &here}) ASSERT_TRUE(one->execute("ROLLBACK").ok());
  compare(there, here);
}

TEST_P(ShadowIndexes, WrongOnesDoNotStopTheOthers) {
  auto shadow = Shadow::start(snapshot_, {}, progress_);
  ASSERT_TRUE(shadow.ok()) << shadow.error().text();
  model::HypotheticalIndex good{"public", "items", {}}, bad{"public", "items", {}};
  good.index.method = bad.index.method = "btree";
  good.index.parts.resize(1);
  good.index.parts[0].column = "price";
  bad.index.parts.resize(1);
  bad.index.parts[0].column = "no_such_column";
  const auto made = shadow->add_indexes({{bad, {10, 100, 0}}, {good, {10, 100, 0}}});
  ASSERT_TRUE(made.ok()) << made.error().text();
  ASSERT_EQ(made->size(), 2U);
  ASSERT_FALSE((*made)[0].ok());
  EXPECT_NE((*made)[0].error().text().find("no_such_column"), std::string::npos);
  EXPECT_TRUE((*made)[1].ok());
}

INSTANTIATE_TEST_SUITE_P(Versions, ShadowIndexes, ::testing::Values(15, 18),
                         [](const auto& one) { return "v" + std::to_string(one.param); });

}  // namespace
}  // namespace whet::live
