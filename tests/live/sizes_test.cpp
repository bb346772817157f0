// Index sizes against really built indexes, of many kinds of columns, on PostgreSQL 15 and 18; and
// HypoPG's figures against HypoPG itself.
#include "advise/sizes/sizes.h"

#include <cmath>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "advise/facts.h"
#include "base/text.h"
#include "engine/postgres/postgres.h"
#include "support/pg_server.h"

namespace whet {
namespace {

constexpr const char* tables = R"(
SELECT setseed(0.42);
CREATE SCHEMA s;
CREATE UNLOGGED TABLE s.big AS SELECT i AS id, (random() * 200000)::int AS account,
    (random() * 40)::int AS kind, 1e6::bigint * i AS serial
  FROM generate_series(1, 1000000) i;
CREATE UNLOGGED TABLE s.wide (
  id bigint NOT NULL, customer int, region smallint, status text, flag bool, at timestamptz, day date,
  zipf int, root int, code text, title text, key uuid, amount numeric(12, 2), price float8,
  note text, gone timestamptz, country char(2), rarely int, mail varchar(60), tags text[], body jsonb);
INSERT INTO s.wide SELECT i, 1 + (random() * 30000)::int, (random() * 90)::int,
    (ARRAY['done', 'done', 'done', 'done', 'open', 'cancelled'])[1 + floor(random() * 6)::int],
    random() < 0.1, timestamptz '2024-01-01' + i * interval '17 seconds', date '2024-01-01' + i / 3000,
    floor(exp(random() * ln(100000.0)))::int, floor(power(random(), 2) * 60000)::int,
    'u' || i, substr(md5(i::text) || md5((i * 7)::text), 1, 8 + (random() * 40)::int),
    md5(i::text)::uuid, round((random() * 10000)::numeric, 2), random() * 1000,
    CASE WHEN random() < 0.2 THEN 'note ' || (random() * 50)::int END,
    CASE WHEN random() < 0.04 THEN timestamptz '2024-01-01' + i * interval '19 seconds' END,
    (ARRAY['DE', 'FR', 'US', 'IT'])[1 + floor(random() * 4)::int],
    CASE WHEN random() < 0.5 THEN (random() * 1e9)::int END,
    'name' || (random() * 60000)::int || '@example.org',
    ARRAY['t' || floor(random() * 300)::int, 't' || floor(random() * 300)::int, 'common'],
    jsonb_build_object('a', i, 'b', 'x' || i % 100)
  FROM generate_series(1, 200000) i;
CREATE UNLOGGED TABLE s.small AS SELECT i AS id, i % 7 AS seven, 'row ' || i AS name
  FROM generate_series(1, 900) i;
CREATE TYPE s.mood AS ENUM ('sad', 'ok', 'happy');
CREATE UNLOGGED TABLE s.skew AS SELECT i AS id, floor(power(random(), 5) * 50000)::int AS z08,
    least(floor(power(1 - random(), -1 / 0.2)), 1e6)::bigint AS z12, least(floor(power(1 - random(), -1 / 0.5)), 1e9)::bigint AS z15,
    (sqrt(-2 * ln(1 - random())) * cos(6.283 * random()) * 3000)::int AS normal,
    (-ln(1 - random()) * 5000)::int AS decay,
    (ARRAY['sad', 'ok', 'happy'])[1 + (random() * 2)::int]::s.mood AS mood,
    ('10.' || (random() * 20)::int || '.' || (random() * 200)::int || '.1')::inet AS address,
    make_interval(mins => (random() * 1000)::int) AS span, time '00:00' + (random() * 86000)::int * interval '1s' AS clock,
    decode(md5((i / 4)::text), 'hex') AS digest, (random() * 100)::int::numeric AS few,
    CASE WHEN random() < 0.5 THEN (random() * 20)::int END AS maybe,
    repeat(md5((random() * 20000)::int::text), 9) AS long, md5((i / 3)::text)::char(36) AS padded,
    ARRAY[(random() * 9)::int, (random() * 9)::int] AS pair, i / 3 AS run, i / 10 AS decade,
    date '2020-01-01' + (random() * 1500)::int AS scattered, int4range(i % 500, i % 500 + 10) AS span_of
  FROM generate_series(1, 150000) i;
CREATE UNLOGGED TABLE s.lines (order_no int, filler text);
ALTER TABLE s.lines ALTER order_no SET STATISTICS 20, ALTER filler SET STATISTICS 20;
INSERT INTO s.lines SELECT o, repeat('x', 300)
  FROM generate_series(1, 55000) o, generate_series(1, 1 + (hashint4(o) & 7)) line;
CREATE UNLOGGED TABLE s.empty (id int);
CREATE UNLOGGED TABLE s.cities AS SELECT (random() * 3000)::int AS zip, 0 AS city, random() AS x
  FROM generate_series(1, 200000);
UPDATE s.cities SET city = zip / 20;
CREATE STATISTICS s.city_zip (ndistinct) ON city, zip FROM s.cities;
CREATE TABLE s.events (id int, at date, who int) PARTITION BY RANGE (at);
CREATE TABLE s.events_1 PARTITION OF s.events FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
CREATE TABLE s.events_2 PARTITION OF s.events FOR VALUES FROM ('2024-02-01') TO ('2024-12-01');
INSERT INTO s.events SELECT i, date '2024-01-01' + (i % 200), (random() * 2000)::int
  FROM generate_series(1, 200000) i;
VACUUM ANALYZE s.big, s.wide, s.skew, s.lines, s.small, s.empty, s.cities, s.events;
)";

constexpr const char* indexes = R"(
CREATE UNIQUE INDEX big_id ON s.big (id);
CREATE INDEX big_account ON s.big (account);
CREATE INDEX big_kind ON s.big (kind);
CREATE INDEX big_serial ON s.big (serial DESC);
CREATE INDEX big_pair ON s.big (kind, account);
CREATE UNIQUE INDEX wide_id ON s.wide (id);
CREATE INDEX wide_customer ON s.wide (customer);
CREATE INDEX wide_region ON s.wide (region);
CREATE INDEX wide_status ON s.wide (status);
CREATE INDEX wide_flag ON s.wide (flag);
CREATE INDEX wide_at ON s.wide (at);
CREATE INDEX wide_day ON s.wide (day);
CREATE INDEX wide_zipf ON s.wide (zipf);
CREATE INDEX wide_root ON s.wide (root);
CREATE INDEX wide_code ON s.wide (code);
CREATE INDEX wide_title ON s.wide (title);
CREATE INDEX wide_key ON s.wide (key);
CREATE INDEX wide_amount ON s.wide (amount);
CREATE INDEX wide_price ON s.wide (price);
CREATE INDEX wide_note ON s.wide (note);
CREATE INDEX wide_gone ON s.wide (gone);
CREATE INDEX wide_country ON s.wide (country);
CREATE INDEX wide_rarely ON s.wide (rarely);
CREATE INDEX wide_mail ON s.wide (mail);
CREATE INDEX wide_day_at ON s.wide (day, at);
CREATE INDEX wide_day_customer ON s.wide (day, customer);
CREATE INDEX wide_customer_status ON s.wide (customer, status);
CREATE INDEX wide_country_region ON s.wide (country, region, flag);
CREATE INDEX wide_status_amount ON s.wide (status, amount);
CREATE INDEX wide_note_gone ON s.wide (note, gone);
CREATE INDEX wide_include ON s.wide (customer) INCLUDE (amount, status, gone);
CREATE INDEX wide_open ON s.wide (customer) WHERE status = 'open';
CREATE INDEX wide_present ON s.wide (gone) WHERE gone IS NOT NULL;
CREATE INDEX wide_absent ON s.wide (customer) WHERE gone IS NULL AND flag;
CREATE INDEX wide_either ON s.wide (at) WHERE status IN ('open', 'cancelled');
CREATE INDEX wide_lower ON s.wide (lower(mail));
CREATE INDEX wide_md5 ON s.wide (md5(code));
CREATE INDEX wide_loose ON s.wide (at, id) WITH (fillfactor = 60);
CREATE INDEX wide_full ON s.wide (customer) WITH (fillfactor = 100);
CREATE INDEX wide_single ON s.wide (region) WITH (deduplicate_items = off);
CREATE INDEX wide_brin ON s.wide USING brin (at);
CREATE INDEX wide_hash ON s.wide USING hash (code);
CREATE INDEX wide_hash_few ON s.wide USING hash (customer);
CREATE INDEX skew_z08 ON s.skew (z08);
CREATE INDEX skew_z12 ON s.skew (z12);
CREATE INDEX skew_z15 ON s.skew (z15);
CREATE INDEX skew_normal ON s.skew (normal);
CREATE INDEX skew_decay ON s.skew (decay);
CREATE INDEX skew_mood ON s.skew (mood);
CREATE INDEX skew_address ON s.skew (address);
CREATE INDEX skew_span ON s.skew (span);
CREATE INDEX skew_clock ON s.skew (clock);
CREATE INDEX skew_digest ON s.skew (digest);
CREATE INDEX skew_few ON s.skew (few);
CREATE INDEX skew_maybe ON s.skew (maybe);
CREATE UNIQUE INDEX skew_unique_nulls ON s.skew (maybe, id);
CREATE INDEX skew_long ON s.skew (long);
CREATE INDEX skew_padded ON s.skew (padded);
CREATE INDEX skew_pair ON s.skew (pair);
CREATE INDEX skew_run_decade ON s.skew (decade, run);
CREATE INDEX skew_scattered_maybe ON s.skew (scattered, maybe, mood);
CREATE INDEX skew_z12_mood ON s.skew (z12, mood);
CREATE INDEX skew_range ON s.skew (span_of);
CREATE INDEX skew_day ON s.skew ((scattered - 1));
CREATE INDEX lines_order ON s.lines (order_no);
CREATE INDEX small_id ON s.small (id);
CREATE INDEX small_seven ON s.small (seven);
CREATE INDEX empty_id ON s.empty (id);
CREATE INDEX cities_city_zip ON s.cities (city, zip);
CREATE INDEX events_at_who ON s.events (at, who);
CREATE INDEX rough_tags ON s.wide USING gin (tags);
CREATE INDEX rough_body ON s.wide USING gin (body jsonb_path_ops);
ANALYZE s.empty;
)";

struct Pair {
  std::string name;
  double real = 0, estimate = 0;
  [[nodiscard]] double error() const { return estimate / real - 1; }
};

class Sizes : public ::testing::TestWithParam<int> {
 public:
  static model::Snapshot collect(const testing::PgServer& server) {
    NoProgress progress;
    engine::ConnectOptions connect;
    connect.url = server.url();
    auto opened = engine::postgres::open(connect, progress);
    EXPECT_TRUE(opened.ok()) << opened.error().text();
    if (!opened) return {};
    engine::CollectOptions options;
    options.window_seconds = 0;
    options.with_samples = true;
    auto collected = opened.value()->collect(options, progress);
    EXPECT_TRUE(collected.ok()) << collected.error().text();
    return collected ? std::move(collected.value().snapshot) : model::Snapshot{};
  }

 protected:
  /// A snapshot without the indexes, so that the model cannot look at them, and the indexes.
  static std::vector<std::pair<std::int64_t, model::Index>> take_indexes(
      model::Snapshot& snapshot) {
    std::vector<std::pair<std::int64_t, model::Index>> out;
    for (auto& table : snapshot.schema.tables) {
      for (auto& index : table.indexes) {
        index.row_estimate = 0;
        if (index.schema == "s" && index.parent == 0) out.emplace_back(table.id, index);
      }
      table.indexes.clear();
    }
    return out;
  }
};

std::string table_of(const std::vector<Pair>& pairs) {
  std::string text =
      fmt::format("{:<24}{:>10}{:>10}{:>9}\n", "index", "pages", "estimate", "error");
  for (const Pair& pair : pairs)
    text += fmt::format("{:<24}{:>10}{:>10}{:>8.1f}%\n", pair.name, pair.real, pair.estimate,
                        100 * pair.error());
  return text;
}

TEST_P(Sizes, AreThoseOfRealIndexes) {
  const testing::PgServer server(GetParam(),
                                 {"-c", "maintenance_work_mem=256MB", "-c", "autovacuum=off"});
  server.sql(tables);
  server.sql(indexes);
  model::Snapshot snapshot = collect(server);
  const auto built = take_indexes(snapshot);
  const advise::Facts facts(snapshot, {});
  std::vector<Pair> pairs, rough;
  double sum = 0;
  for (const auto& [table, index] : built) {
    const std::string real = server.sql(
        "SELECT sum(pg_relation_size(relid)) / 8192 FROM pg_partition_tree('s." + index.name +
        "') WHERE isleaf UNION ALL SELECT pg_relation_size('s." + index.name +
        "') / 8192 WHERE NOT EXISTS (SELECT 1 FROM pg_partition_tree('s." + index.name + "'))");
    Pair pair{.name = index.name,
              .real = text::to_double(text::trim(real)).value_or(0),
              .estimate = advise::index_size(facts, *facts.table(table), index).pages};
    (index.name.starts_with("rough") ? rough : pairs).push_back(pair);
    if (!index.name.starts_with("rough")) sum += std::abs(pair.error());
  }
  ASSERT_GE(pairs.size(), 65U);
  const double mean = sum / static_cast<double>(pairs.size());
  // For the record of a benchmark or a look: --gtest_also_run_disabled_tests prints all.
  if (GTEST_FLAG_GET(also_run_disabled_tests)) fmt::print("{}{}", table_of(pairs), table_of(rough));
  fmt::print("mean error of {} sizes: {:.1f} %\n", pairs.size(), 100 * mean);
  for (const Pair& pair : pairs)
    EXPECT_LE(std::abs(pair.error()), 0.15) << pair.name << '\n' << table_of(pairs);
  EXPECT_LE(mean, 0.05) << table_of(pairs);
  for (const Pair& pair : rough)
    EXPECT_LE(std::abs(std::log2(pair.estimate / pair.real)), 1) << table_of(rough);
}

// The formula, not the real size: to the page.
TEST(HypopgSizes, AreHypopgs) {
  const testing::PgServer server(15, {"-c", "autovacuum=off"});
  server.sql("CREATE EXTENSION hypopg");
  server.sql(R"(
CREATE SCHEMA s;
CREATE TABLE s.t AS SELECT i AS id, 'name ' || i AS name, i % 50 AS few, i * 0.5 AS amount,
    CASE WHEN i % 3 = 0 THEN now() END AS at, repeat('x', i % 90)::varchar(100) AS mail
  FROM generate_series(1, 60000) i;
CREATE INDEX one ON s.t (id);
CREATE INDEX two ON s.t (few, amount);
CREATE INDEX three ON s.t (name, at, id);
CREATE INDEX include ON s.t (few) INCLUDE (name, amount);
CREATE INDEX loose ON s.t (amount) WITH (fillfactor = 50);
CREATE INDEX lower_text ON s.t (lower(name));
CREATE INDEX lower_varchar ON s.t (lower(mail));
CREATE INDEX hashed ON s.t (md5(name));
CREATE INDEX sum ON s.t ((id + few));
CREATE INDEX range ON s.t USING brin (id);
CREATE INDEX ranges ON s.t USING brin (name, few) WITH (pages_per_range = 4);
CREATE INDEX bucket ON s.t USING hash (id);
CREATE INDEX bucket_full ON s.t USING hash (name) WITH (fillfactor = 100);
CREATE TABLE s.none (id int);
CREATE INDEX none_id ON s.none (id);
VACUUM ANALYZE s.t;
)");
  model::Snapshot snapshot = Sizes::collect(server);
  int compared = 0;
  for (const auto& table : snapshot.schema.tables) {
    for (const auto& index : table.indexes) {
      if (index.schema != "s") continue;
      // HypoPG reads a quoted number as no number.
      std::string definition = index.definition;
      for (const char* number : {"4", "50", "100"})
        definition = text::replace_all(definition, "='" + std::string(number) + "'",
                                       "=" + std::string(number));
      const std::string pages =
          server.sql("SELECT hypopg_relation_size(indexrelid) / 8192 FROM hypopg_create_index('" +
                     definition + "')");
      EXPECT_EQ(advise::hypopg_size(table, index).pages,
                text::to_double(text::trim(pages)).value_or(-1))
          << index.definition;
      ++compared;
    }
  }
  EXPECT_EQ(compared, 14);
}

INSTANTIATE_TEST_SUITE_P(Versions, Sizes, ::testing::Values(15, 18));

}  // namespace
}  // namespace whet
