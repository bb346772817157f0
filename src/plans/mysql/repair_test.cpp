#include "plans/mysql/repair.h"

#include <gtest/gtest.h>

#include "plans/mysql/parse.h"

namespace whet::plans::mysql {
namespace {

TEST(Repair, EscapesWhatMariadbPrintsAsItIs) {
  EXPECT_EQ(with_values_escaped("  \"attached_condition\": \"o.\"id\" = 5\","),
            "  \"attached_condition\": \"o.\\\"id\\\" = 5\",");
  EXPECT_EQ(with_values_escaped(R"("a": "t.x = 'a"b\\c'")"), R"("a": "t.x = 'a\"b\\\\c'")");
  EXPECT_EQ(with_values_escaped(R"("a": "t.x like '5\%'")"), R"("a": "t.x like '5\\%'")");
}

TEST(Repair, LeavesProperJsonAlone) {
  for (const char* line : {"{", "", "}", "  \"rows\": 12,", R"("a": "x = \"y\"")", R"("a": "x\n",)",
                           R"("a": ["b", "c"],)", R"({"query_block": {"a": "b "c" d"}})"})
    EXPECT_EQ(with_values_escaped(line), line);
}

TEST(Repair, MakesAPlanReadable) {
  const auto plan = parse(R"({
  "query_block": {
    "select_id": 1,
    "nested_loop": [
      {
        "table": {
          "table_name": "orders",
          "access_type": "ALL",
          "rows": 3,
          "filtered": 100,
          "attached_condition": "orders.note = 'a"b\\c' and orders.id > 3"
        }
      }
    ]
  }
})");
  ASSERT_TRUE(plan.ok()) << plan.error().text();
  EXPECT_EQ(plan->root.relation, "orders");
  EXPECT_EQ(plan->root.filter, R"(orders.note = 'a"b\c' AND orders.id > 3)");
}

}  // namespace
}  // namespace whet::plans::mysql
