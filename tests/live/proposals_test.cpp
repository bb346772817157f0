// Proposals on a real server: made from a statement's text and the collected snapshot, every one of
// them is built, and those that a statement is after are in its plan.
#include "advise/proposals/proposals.h"

#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "advise/proposals/merge.h"
#include "advise/proposals/testing.h"
#include "engine/postgres/postgres.h"
#include "engine/postgres/render.h"
#include "sql/catalog.h"
#include "sql/shape.h"
#include "support/pg_server.h"

namespace whet::live {
namespace {

using ::testing::HasSubstr;

constexpr const char* tables = R"(
CREATE SCHEMA ext;
CREATE EXTENSION pg_trgm SCHEMA ext;
CREATE TABLE jobs (
  id bigint PRIMARY KEY, customer_id int, status varchar(20), rush boolean NOT NULL,
  created_at timestamptz NOT NULL, local_at timestamp, done_at timestamptz,
  note text COLLATE "und-x-icu", tries int, limit_tries int, payload jsonb, tags text[],
  words tsvector, during tstzrange, place point, address inet, filler text);
INSERT INTO jobs SELECT i, i % 2000, CASE WHEN i % 50 = 0 THEN 'open' WHEN i % 51 = 0 THEN 'new' ELSE 'done' END,
  i % 200 = 0, timestamptz '2020-01-01 UTC' + i * interval '1 minute',
  timestamp '2020-01-01' + i * interval '1 minute',
  CASE WHEN i % 100 <> 0 THEN timestamptz '2020-01-01 UTC' + i * interval '2 minutes' END,
  md5(i::text) || ' ' || md5((i * 7)::text), i % 7, 5 + i % 3,
  jsonb_build_object('kind', 'k' || i % 5000, 'n', i), ARRAY['t' || i % 3000, 'all'],
  to_tsvector('english', 'word' || i % 4000 || ' common'),
  tstzrange(timestamptz '2020-01-01 UTC' + i * interval '1 minute', timestamptz '2020-01-01 UTC' + (i + 5) * interval '1 minute'),
  point(i % 317, i / 317), ('10.' || i % 200 || '.' || i / 200 % 250 || '.1')::inet, repeat('x', 60)
  FROM generate_series(1, 120000) i;
CREATE TABLE customers (id int PRIMARY KEY, email varchar(80) NOT NULL, born date);
INSERT INTO customers SELECT i, 'Name' || i || '@Example.org', date '1970-01-01' + i % 9000 FROM generate_series(1, 40000) i;
CREATE TABLE events (id bigint, at date, kind varchar(80)) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
INSERT INTO events SELECT i, date '2020-01-01' + i % 700, 'Kind' || i % 900 FROM generate_series(1, 60000) i;
CREATE VIEW open_jobs AS SELECT id, customer_id, note FROM jobs WHERE status = 'open';
CREATE VIEW everybody AS SELECT id, email AS name FROM customers UNION ALL SELECT id::int, kind FROM events;
CREATE FUNCTION short(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT substr($1, 1, 12)';
VACUUM ANALYZE;
)";

struct Case {
  const char* statement;  ///< with parameters, as the workload has it
  const char* call;       ///< the same with values
  std::vector<std::string> wanted;
  /// What the plan must show; empty: each wanted index by its name.
  std::string shows = {};
};

class Proposals : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    server = std::make_unique<whet::testing::PgServer>(whet::testing::live_version());
    server->sql(tables);
    engine::ConnectOptions options;
    options.url = server->url();
    NoProgress progress;
    auto opened = engine::postgres::open(options, progress);
    ASSERT_TRUE(opened.ok()) << opened.error().text();
    engine::CollectOptions collecting;
    collecting.window_seconds = 0;
    auto collected = opened.value()->collect(collecting, progress);
    ASSERT_TRUE(collected.ok()) << collected.error().text();
    snapshot = std::make_unique<model::Snapshot>(std::move(collected).value().snapshot);
  }
  static void TearDownTestSuite() {
    server.reset();
    snapshot.reset();
  }

  static std::vector<advise::Proposal> proposals_of(const advise::Facts& facts,
                                                    const std::string& statement) {
    const auto shape = sql::shape(statement, sql::catalog_of(*snapshot));
    EXPECT_TRUE(shape.ok()) << statement;
    if (!shape.ok()) return {};
    return advise::proposals_for(facts, *shape, advise::ProposalLimits());
  }

  static std::string create(const advise::Proposal& proposal, const std::string& name) {
    return engine::postgres::plain_create_index(
        {proposal.table->schema, proposal.table->name, proposal.index}, name);
  }

  static std::unique_ptr<whet::testing::PgServer> server;
  static std::unique_ptr<model::Snapshot> snapshot;
};

std::unique_ptr<whet::testing::PgServer> Proposals::server;
std::unique_ptr<model::Snapshot> Proposals::snapshot;

const std::vector<Case>& cases() {
  static const std::vector<Case> all = {
      {"select id, note from jobs where rush order by created_at limit $1",
       "select id, note from jobs where rush order by created_at limit 10",
       {"jobs btree(created_at) WHERE rush"}},
      {"select note from jobs where done_at is null and customer_id = $1",
       "select note from jobs where done_at is null and customer_id = 100",
       {"jobs btree(customer_id) WHERE done_at IS NULL"}},
      {"select note from jobs where tries > limit_tries and customer_id = $1",
       "select note from jobs where tries > limit_tries and customer_id = 6",
       {"jobs btree(customer_id) WHERE tries > limit_tries"}},
      {"select note from jobs where status = 'open' and customer_id = $1",
       "select note from jobs where status = 'open' and customer_id = 50",
       {"jobs btree(customer_id) WHERE status = 'open'"}},
      {"select note from jobs where status in ('open', 'new') and created_at > $1",
       "select note from jobs where status in ('open', 'new') and created_at > '2020-03-20'",
       {"jobs btree(created_at) WHERE status IN ('open', 'new')"}},
      {"select note from jobs where not (tries <= limit_tries) and customer_id = $1",
       "select note from jobs where not (tries <= limit_tries) and customer_id = 6",
       {"jobs btree(customer_id) WHERE NOT (tries <= limit_tries)"}},
      {"select id from customers where lower(email) = $1",
       "select id from customers where lower(email) = 'name7@example.org'",
       {"customers btree((lower(email)))"}},
      {"select id from jobs where date_trunc('hour', local_at) = $1",
       "select id from jobs where date_trunc('hour', local_at) = '2020-01-05 03:00'",
       {"jobs btree((date_trunc('hour', local_at)))"}},
      {"select id from jobs where payload->>'kind' = $1",
       "select id from jobs where payload->>'kind' = 'k17'",
       {"jobs btree((payload ->> 'kind'))"}},
      {"select id from jobs where (created_at at time zone 'UTC')::date = $1",
       "select id from jobs where (created_at at time zone 'UTC')::date = '2020-01-05'",
       {"jobs btree(((timezone('UTC', created_at))::date))"}},
      {"select id from jobs order by abs(tries - customer_id) desc limit $1",
       "select id from jobs order by abs(tries - customer_id) desc limit 5",
       {"jobs btree((abs(tries - customer_id)))"}},
      {"select id from jobs where short(note) = $1",
       "select id from jobs where short(note) = 'c4ca4238a0b9'",
       {"jobs btree((short(note)))"}},
      {"update jobs set tries = 0 where upper(status) = $1 and customer_id = $2",
       "update jobs set tries = 0 where upper(status) = 'OPEN' and customer_id = 50",
       {"jobs btree(customer_id, (upper(status)))"}},
      {"select sum(tries) from jobs where created_at between $1 and $2",
       "select sum(tries) from jobs where created_at between '2020-01-10' and '2020-01-12'",
       {"jobs brin(created_at)"}},
      {"select id from jobs where payload @> $1",
       "select id from jobs where payload @> '{\"n\": 5}'",
       {"jobs gin(payload jsonb_path_ops)"}},
      {"select id from jobs where payload ? $1",
       "select id from jobs where payload ? 'missing'",
       {"jobs gin(payload)"}},
      {"select id from jobs where tags && $1",
       "select id from jobs where tags && '{t5,t6}'",
       {"jobs gin(tags)"}},
      {"select id from jobs where tags @> $1 or payload @> $2",
       "select id from jobs where tags @> '{t5}' or payload @> '{\"n\": 5}'",
       {"jobs gin(tags)", "jobs gin(payload jsonb_path_ops)"}},
      {"select id from jobs where words @@ plainto_tsquery('english', $1)",
       "select id from jobs where words @@ plainto_tsquery('english', 'word77')",
       {"jobs gin(words)"}},
      {"select id from jobs where to_tsvector('english', note) @@ to_tsquery('english', $1)",
       "select id from jobs where to_tsvector('english', note) @@ to_tsquery('english', 'abc')",
       {"jobs gin((to_tsvector('english', note)))"}},
      {"select id from jobs where note ilike $1",
       "select id from jobs where note ilike '%4238a0b9%'",
       {"jobs gin(note ext.gin_trgm_ops)"}},
      {"select id from jobs where note like 'c4ca4238%' and tries < $1",
       "select id from jobs where note like 'c4ca4238%' and tries < 9",
       {"jobs btree(note text_pattern_ops)"}},
      {"select id from customers where lower(email) like 'name77%' and id > $1",
       "select id from customers where lower(email) like 'name777%' and id > 1",
       {"customers btree((lower(email)) text_pattern_ops)"}},
      {"select id from jobs where during @> $1",
       "select id from jobs where during @> timestamptz '2020-01-10 10:00'",
       {"jobs gist(during)"}},
      {"select id from jobs where tstzrange(created_at, done_at) && $1",
       "select id from jobs where tstzrange(created_at, done_at) && "
       "tstzrange('2019-12-31', '2020-01-01 01:00')",
       {"jobs gist((tstzrange(created_at, done_at)))"}},
      {"select id from jobs order by place <-> $1 limit $2",
       "select id from jobs order by place <-> point(10, 10) limit 5",
       {"jobs gist(place)"}},
      {"select id from jobs order by note OPERATOR(ext.<->) $1 limit $2",
       "select id from jobs order by note OPERATOR(ext.<->) 'abcdef' limit 5",
       {"jobs gist(note ext.gist_trgm_ops)"}},
      {"select id from jobs where address << $1",
       "select id from jobs where address << '10.7.7.0/24'",
       {"jobs gist(address inet_ops)"}},
      {"select id from jobs where note = $1",
       "select id from jobs where note = 'x'",
       {"jobs hash(note)"}},
      {"select note from open_jobs where customer_id = $1",
       "select note from open_jobs where customer_id = 50",
       {"jobs btree(customer_id) WHERE status = 'open'"}},
      {"select name from everybody where name = $1",
       "select name from everybody where name = 'Kind5'",
       {"events btree(kind)", "customers btree(email)"},
       "events_1_kind_idx"},
      {"select count(*) from events where lower(kind) = $1",
       "select count(*) from events where lower(kind) = 'kind5'",
       {"events btree((lower(kind)))"},
       "events_2_lower_idx"},
      {"select c.id, j.note from customers c, lateral (select note from jobs where customer_id = "
       "c.id and done_at is null order by created_at desc limit $2) j where c.email = $1",
       "select c.id, j.note from customers c, lateral (select note from jobs where customer_id = "
       "c.id and done_at is null order by created_at desc limit 3) j where c.email = 'x'",
       {"jobs btree(customer_id, created_at) WHERE done_at IS NULL"}},
  };
  return all;
}

TEST_F(Proposals, AreInThePlansOfTheirStatements) {
  ASSERT_NE(snapshot, nullptr);
  const advise::Facts facts(*snapshot, advise::Policy());
  for (const Case& one : cases()) {
    SCOPED_TRACE(one.statement);
    const auto made = proposals_of(facts, one.statement);
    std::string statements = "BEGIN;\n";
    std::string found;
    std::vector<std::string> names;
    for (const advise::Proposal& proposal : made) {
      const std::string text = advise::proposals_testing::text_of(proposal);
      found += "  " + text + "\n";
      if (std::find(one.wanted.begin(), one.wanted.end(), text) == one.wanted.end()) continue;
      names.push_back("whet_try_" + std::to_string(names.size()));
      statements += create(proposal, names.back()) + ";\n";
      // As the proposal says.
      if (!proposal.unknown_expressions.empty())
        statements += "ANALYZE " + proposal.table->qualified() + ";\n";
    }
    EXPECT_EQ(names.size(), one.wanted.size()) << "of the proposals\n" << found;
    statements += std::string("EXPLAIN ") + one.call + ";\nROLLBACK;\n";
    const std::string plan = server->sql(statements);
    if (!one.shows.empty()) {
      EXPECT_THAT(plan, HasSubstr(one.shows));
      continue;
    }
    for (const std::string& name : names) EXPECT_THAT(plan, HasSubstr(name));
  }
}

// PostgreSQL takes each of them: no function is mutable, every type has the operator class.
TEST_F(Proposals, CanAllBeBuilt) {
  ASSERT_NE(snapshot, nullptr);
  const advise::Facts facts(*snapshot, advise::Policy());
  std::vector<std::vector<advise::Proposal>> all;
  for (const Case& one : cases()) all.push_back(proposals_of(facts, one.statement));
  const auto merged = advise::merge_proposals(facts, all, advise::MergeLimits());
  EXPECT_GT(merged.size(), cases().size());
  std::string statements = "TRUNCATE jobs, customers, events;\n";
  for (std::size_t i = 0; i < merged.size(); ++i)
    statements += create(merged[i].proposal, "whet_all_" + std::to_string(i)) + ";\n";
  server->sql("BEGIN;\n" + statements + "ROLLBACK;\n");
}

}  // namespace
}  // namespace whet::live
