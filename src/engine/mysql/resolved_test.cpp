#include "engine/mysql/resolved.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/mysql/captured.h"

namespace whet::engine::mysql {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Resolved, LiteralsGoAlsoFromMadeUpNames) {
  const std::string masked = mask_resolved(
      "/* select#1 */ select concat('SECRET1',`c`.`note`) AS `CONCAT('SECRET1', note)`,'SECRET2' "
      "AS `SECRET2`,`c`.`id` AS `id` from `shop`.`customers` `c` where (`c`.`email` = 'SECRET3') "
      "order by `CONCAT('SECRET1', note)`",
      "SELECT CONCAT('SECRET1', note), 'SECRET2', id FROM customers c WHERE email = 'SECRET3' "
      "ORDER BY 1",
      {});
  EXPECT_THAT(masked, Not(HasSubstr("SECRET")));
  EXPECT_THAT(masked, HasSubstr("`shop`.`customers`"));
  EXPECT_THAT(masked, HasSubstr("`id`"));
}

TEST(Resolved, NamesOfTheStatementStay) {
  const std::string masked =
      mask_resolved("select 'x' AS `label`,`t`.`order no 2` AS `order no 2` from `s`.`t`",
                    "SELECT 'x' AS label, `order no 2` FROM t", {});
  EXPECT_THAT(masked, HasSubstr("AS `label`"));
  EXPECT_THAT(masked, HasSubstr("`order no 2`"));
}

TEST(Resolved, ExpressionsOfPlans) {
  EXPECT_EQ(mask_expression("(orders.state = 'SECRET')", {}), "(orders.state = ?)");
  EXPECT_THAT(mask_expression("`dt`.`CONCAT('SECRET', x)` = 5", {}), Not(HasSubstr("SECRET")));
}

TEST(Resolved, AliasesStandForTables) {
  const auto aliases = aliases_in(
      "select `o`.`id` AS `id` from `shop`.`orders` `o` join `shop`.`customers` where "
      "(`shop`.`customers`.`id` = `o`.`customer_id`)",
      {});
  ASSERT_TRUE(aliases.contains("o"));
  EXPECT_EQ(aliases.at("o").second, "orders");
  EXPECT_EQ(aliases.at("customers").first, "shop");
}

TEST(Resolved, RelationsOfAPlanGetTheirNames) {
  model::PlanNode root;
  root.relation = "o";
  root.children.resize(2);
  root.children[0].relation = "customers";
  root.children[1].relation = "<derived2>";
  name_relations(root, {{"o", {"shop", "orders"}}, {"customers", {"shop", "customers"}}},
                 [](const std::string&, const std::string&) { return true; });
  EXPECT_EQ(root.relation, "orders");
  EXPECT_EQ(root.alias, "o");
  EXPECT_EQ(root.schema, "shop");
  EXPECT_EQ(root.children[0].schema, "shop");
  EXPECT_EQ(root.children[0].alias, "");
  EXPECT_EQ(root.children[1].schema, "");
}

TEST(Resolved, PlansOfValuesThatAreNotThere) {
  model::PlanNode root;
  root.type = "Sort";
  root.children.resize(1);
  root.children[0].type = "Zero rows";
  EXPECT_TRUE(is_empty_plan(root));
  root.children[0].type = "Table scan";
  EXPECT_FALSE(is_empty_plan(root));
  root.other["Detail"] = "Impossible WHERE noticed after reading const tables";
  EXPECT_TRUE(is_empty_plan(root));
}

TEST(Captured, OnlyWholeTextsAreOfUse) {
  EXPECT_TRUE(is_complete("SELECT * FROM t WHERE a = 'b?'", 1024, {}));
  EXPECT_FALSE(is_complete("SELECT * FROM t WHERE a = ?", 1024, {}));
  EXPECT_FALSE(is_complete("SELECT * FROM t WHERE a = 'b", 1024, {}));
  EXPECT_FALSE(is_complete("SELECT 1", 8, {}));
  EXPECT_FALSE(is_complete("", 1024, {}));
}

}  // namespace
}  // namespace whet::engine::mysql
