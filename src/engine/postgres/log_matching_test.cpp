#include "engine/postgres/log_matching.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sql/fingerprint.h"
#include "sql/kind.h"
#include "sql/normalize.h"

namespace whet::engine::postgres {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

void add(model::Workload& workload, const std::string& id, const std::string& database,
         const std::string& role, const std::string& text) {
  model::Statement statement;
  statement.id = id;
  statement.database = database;
  statement.role = role;
  statement.text = sql::normalize(text);
  statement.kind = sql::classify(statement.text).kind;
  statement.fingerprint = sql::fingerprint(statement.text);
  workload.statements.push_back(std::move(statement));
}

model::Workload workload() {
  model::Workload all;
  add(all, "1", "shop", "anna", "SELECT * FROM t WHERE a = 1");
  add(all, "1", "shop", "bert", "SELECT * FROM t WHERE a = 1");
  add(all, "2", "shop", "anna", "SELECT * FROM u WHERE at > now() - interval '1 day'");
  add(all, "3", "other", "anna", "SELECT * FROM v WHERE b = 'x'");
  add(all, "4", "shop", "anna", "SELECT * FROM v WHERE b = 'x'");
  add(all, "5", "shop", "anna", "VACUUM t");
  add(all, "6", "shop", "anna", "SELECT * FROM t WHERE a = 1");
  return all;
}

struct Told {
  std::string query, database, role, query_id;
};

std::vector<std::size_t> found(const Told& told) {
  static const model::Workload all = workload();
  LogMatcher matcher(all, "shop");
  logs::Entry entry;
  entry.database = told.database;
  entry.role = told.role;
  logs::Record record;
  record.query = told.query;
  record.query_id = told.query_id;
  return matcher.find(entry, record);
}

TEST(LogMatcher, ByShapeRoleAndId) {
  const std::string query = "select *  from t where a = 4711";
  EXPECT_THAT(found({query, "shop", "", ""}), ElementsAre(0, 1, 6));
  EXPECT_THAT(found({query, "shop", "bert", ""}), ElementsAre(1));
  EXPECT_THAT(found({query, "shop", "stranger", ""}), ElementsAre(0, 1, 6));
  EXPECT_THAT(found({query, "shop", "", "6"}), ElementsAre(6));
  EXPECT_THAT(found({query, "shop", "anna", "1"}), ElementsAre(0));
  EXPECT_THAT(found({query, "other", "", "1"}), IsEmpty());
}

TEST(LogMatcher, AnIdOfACallerIsNoMatch) {
  EXPECT_THAT(found({"SELECT 1 FROM nowhere", "shop", "", "1"}), IsEmpty());
  EXPECT_THAT(found({"SELECT * FROM t WHERE a = 2", "shop", "", "2"}), ElementsAre(0, 1, 6));
}

TEST(LogMatcher, TypedConstantsMatchWhatIsLeftOfThem) {
  EXPECT_THAT(found({"SELECT * FROM u WHERE at > now() - interval '3 days'", "shop", "", ""}),
              ElementsAre(2));
}

TEST(LogMatcher, WithoutADatabaseOnlyWhatIsNowhereElse) {
  const std::string query = "SELECT * FROM v WHERE b = 'secret'";
  EXPECT_THAT(found({query, "", "", ""}), IsEmpty());
  EXPECT_THAT(found({query, "", "", "3"}), IsEmpty());
  EXPECT_THAT(found({query, "", "", "4"}), ElementsAre(4));
  EXPECT_THAT(found({query, "shop", "", ""}), ElementsAre(4));
  EXPECT_THAT(found({"SELECT * FROM t WHERE a = 2", "", "", ""}), ElementsAre(0, 1, 6));
}

TEST(LogMatcher, OnlyWhatTheServerPlans) {
  EXPECT_THAT(found({"VACUUM t", "shop", "", "5"}), IsEmpty());
  EXPECT_THAT(found({"EXPLAIN SELECT * FROM t WHERE a = 1", "shop", "", "1"}), IsEmpty());
}

logs::Record record(const std::string& query,
                    const std::vector<std::optional<std::string>>& parameters = {}) {
  logs::Record made;
  made.query = query;
  made.parameters = parameters;
  return made;
}

TEST(CompleteText, ValuesTakeTheirPlaces) {
  EXPECT_EQ(complete_text(record("SELECT '$1' FROM t WHERE a = $2 AND b = $1", {"it's", "7"})),
            "SELECT '$1' FROM t WHERE a = '7' AND b = 'it''s'");
  EXPECT_EQ(complete_text(record("SELECT $1::int", {std::nullopt})), "SELECT NULL::int");
  EXPECT_EQ(complete_text(record("SELECT 7")), "SELECT 7");
  EXPECT_FALSE(complete_text(record("SELECT $1, $2", {"7"})).has_value());
  EXPECT_FALSE(complete_text(record("SELECT 1; DELETE FROM t")).has_value());
  EXPECT_FALSE(complete_text(record("")).has_value());
  auto cut = record("SELECT $1", {"7"});
  cut.parameters_whole = false;
  EXPECT_FALSE(complete_text(cut).has_value());
}

TEST(MostTypical, NearestToTheMean) {
  EXPECT_THAT(most_typical({900, 12, 9, 10.5}, 10), ElementsAre(3, 2, 1, 0));
  EXPECT_THAT(most_typical({5, 5}, 5), ElementsAre(0, 1));
  EXPECT_THAT(most_typical({}, 5), IsEmpty());
}

TEST(MostTypical, Outliers) {
  EXPECT_TRUE(is_outlier(501, 100));
  EXPECT_FALSE(is_outlier(499, 100));
  EXPECT_FALSE(is_outlier(9, 0.1)) << "so fast that a cold cache explains it";
  EXPECT_FALSE(is_outlier(1, 100));
  EXPECT_FALSE(is_outlier(5000, 0)) << "no mean is known";
}

}  // namespace
}  // namespace whet::engine::postgres
