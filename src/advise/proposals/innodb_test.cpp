// Proposals on MySQL: what its keys can be.
#include <gmock/gmock.h>

#include "advise/proposals/proposals.h"
#include "base/text.h"

namespace whet::advise {
namespace {

using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Not;

model::Column column(std::string name, std::string type) {
  model::Column out;
  out.name = std::move(name);
  out.type = type;
  out.base_type = type.substr(0, type.find('('));
  out.not_null = true;
  const bool text = out.base_type == "varchar" || out.base_type == "text";
  if (text) out.character_set = "utf8mb4", out.collation = "utf8mb4_0900_ai_ci";
  return out;
}

model::Snapshot shop(model::EngineKind engine = model::EngineKind::mysql,
                     std::int64_t version = 90700) {
  model::Snapshot out;
  out.server.engine = engine;
  out.server.version_number = version;
  model::Table table;
  table.id = 1;
  table.schema = "shop";
  table.name = "orders";
  table.row_estimate = 100000;
  table.row_format = "Dynamic";
  table.columns = {column("id", "bigint"),          column("customer_id", "bigint"),
                   column("status", "varchar(20)"), column("note", "text"),
                   column("url", "varchar(700)"),   column("tags", "json"),
                   column("placed_at", "datetime"), column("total", "decimal(10,2)")};
  model::Index primary;
  primary.id = 10;
  primary.name = "PRIMARY";
  primary.method = "btree";
  primary.primary = primary.unique = true;
  primary.parts.emplace_back().column = "id";
  table.indexes = {primary};
  out.schema.tables = {table};
  return out;
}

model::Predicate equal(std::string name) {
  model::Predicate out;
  out.column = std::move(name);
  out.op = "=";
  return out;
}

model::ShapeRelation orders(std::vector<model::Predicate> predicates) {
  model::ShapeRelation out;
  out.schema = "shop";
  out.table = out.alias = "orders";
  out.block = 1;
  out.predicates = std::move(predicates);
  out.whole_row = true;
  return out;
}

std::string key_text(const Proposal& proposal) {
  std::vector<std::string> parts;
  for (const model::IndexPart& part : proposal.index.parts) {
    std::string one = part.column.empty() ? "(" + part.expression + ")" : part.column;
    if (part.prefix_length > 0) one += "(" + std::to_string(part.prefix_length) + ")";
    if (part.descending) one += " DESC";
    parts.push_back(one);
  }
  std::string out = text::join(parts, ", ");
  return proposal.index.method == "btree" ? out : proposal.index.method + " " + out;
}

std::vector<std::string> keys(const model::Snapshot& snapshot, model::ShapeRelation relation) {
  const Facts facts(snapshot, {});
  model::Shape shape;
  shape.relations = {std::move(relation)};
  std::vector<std::string> out;
  for (const Proposal& one : proposals_for(facts, shape, {})) {
    EXPECT_TRUE(one.index.includes.empty());
    EXPECT_TRUE(one.index.predicate.empty());
    out.push_back(key_text(one));
  }
  return out;
}

TEST(InnodbProposals, CoveringColumnsStandInTheKey) {
  auto relation = orders({equal("customer_id")});
  relation.whole_row = false;
  relation.needed = {"customer_id", "id", "total"};
  // The primary key is in every entry: it is not said again.
  EXPECT_THAT(keys(shop(), relation), IsSupersetOf({"customer_id", "customer_id, total"}));
  EXPECT_THAT(keys(shop(), relation), Each(Not(HasSubstr("id, id"))));
}

TEST(InnodbProposals, OrderByThePrimaryKeyIsFree) {
  auto relation = orders({equal("customer_id")});
  relation.ordering.emplace_back().column = "id";
  relation.ordering_complete = relation.limited = true;
  EXPECT_THAT(keys(shop(), relation), Contains("customer_id"));
  EXPECT_THAT(keys(shop(), relation), Not(Contains("customer_id, id")));
}

TEST(InnodbProposals, LongTextsAreHeldByAPrefix) {
  EXPECT_THAT(keys(shop(), orders({equal("note")})), Contains("note(32)"));
  EXPECT_THAT(keys(shop(), orders({equal("url")})), Contains("url(32)"));
  EXPECT_THAT(keys(shop(), orders({equal("status")})), Contains("status"));
}

TEST(InnodbProposals, NothingBehindAPrefix) {
  EXPECT_THAT(
      keys(shop(), orders({equal("note"), equal("customer_id")})),
      testing::AllOf(Contains("customer_id, note(32)"), Not(Contains("note(32), customer_id"))));
}

TEST(InnodbProposals, ThePrimaryKeyIsThereAlready) {
  EXPECT_THAT(keys(shop(), orders({equal("id")})), testing::IsEmpty());
  auto relation = orders({equal("id")});
  relation.whole_row = false;
  relation.needed = {"id", "status", "total"};
  EXPECT_THAT(keys(shop(), relation), testing::IsEmpty());
}

TEST(InnodbProposals, JsonHasNoOrder) {
  EXPECT_THAT(keys(shop(), orders({equal("tags")})), testing::IsEmpty());
}

TEST(InnodbProposals, DirectionsWhereTheServerHasThem) {
  auto relation = orders({equal("customer_id")});
  relation.ordering.emplace_back().column = "status";
  relation.ordering.emplace_back().column = "placed_at";
  relation.ordering.back().descending = true;
  EXPECT_THAT(keys(shop(), relation), Contains("customer_id, status, placed_at DESC"));
  EXPECT_THAT(keys(shop(model::EngineKind::mysql, 50744), relation), Each(Not(HasSubstr("DESC"))));
  EXPECT_THAT(keys(shop(model::EngineKind::mariadb, 100600), relation),
              Each(Not(HasSubstr("DESC"))));
}

TEST(InnodbProposals, AnOrderThatRunsDownIsReadBackwards) {
  auto relation = orders({equal("customer_id")});
  relation.ordering.emplace_back().column = "placed_at";
  relation.ordering.back().descending = true;
  EXPECT_THAT(keys(shop(), relation), Contains("customer_id, placed_at"));
  EXPECT_THAT(keys(shop(), relation), Each(Not(HasSubstr("DESC"))));
}

TEST(InnodbProposals, FunctionalKeysFromMysql8) {
  model::Predicate lower = equal("");
  lower.expression = "lower(status)";
  lower.expression_columns = {"status"};
  EXPECT_THAT(keys(shop(), orders({lower, equal("customer_id")})),
              IsSupersetOf({"(lower(status))", "customer_id, (lower(status))"}));
  EXPECT_THAT(keys(shop(model::EngineKind::mariadb, 101106), orders({lower})),
              Each(Not(HasSubstr("lower"))));
  lower.expression = "now() - placed_at";
  lower.expression_columns = {"placed_at"};
  EXPECT_THAT(keys(shop(), orders({lower})), testing::IsEmpty());
}

// "INPLACE ADD or DROP of virtual columns cannot be combined with other ALTER TABLE actions": seen
// on 9.7. Columns themselves stay possible there.
TEST(InnodbProposals, NoFunctionalKeysOnPartitionedTables) {
  model::Snapshot parted = shop();
  model::Partition& first = parted.schema.tables[0].partitions.emplace_back();
  first.name = "p0";
  first.method = "RANGE";
  model::Predicate lower = equal("");
  lower.expression = "lower(status)";
  lower.expression_columns = {"status"};
  EXPECT_THAT(keys(parted, orders({lower})), testing::IsEmpty());
  EXPECT_THAT(keys(parted, orders({lower, equal("customer_id")})), Contains("customer_id"));
  model::Predicate member;
  member.kind = model::PredicateKind::other;
  member.column = "tags";
  member.op = "MEMBER OF";
  EXPECT_THAT(keys(parted, orders({member})), testing::IsEmpty());
}

TEST(InnodbProposals, MultiValuedAndFulltext) {
  model::Predicate member;
  member.kind = model::PredicateKind::other;
  member.column = "tags";
  member.op = "MEMBER OF";
  EXPECT_THAT(keys(shop(), orders({member})), Contains("(CAST(`tags` AS UNSIGNED ARRAY))"));
  EXPECT_THAT(keys(shop(model::EngineKind::mysql, 80016), orders({member})), testing::IsEmpty());
  model::Predicate match;
  match.kind = model::PredicateKind::other;
  match.expression_columns = {"note"};
  match.op = "MATCH";
  EXPECT_THAT(keys(shop(), orders({match})), Contains("fulltext note"));
}

}  // namespace
}  // namespace whet::advise
