#include "advise/facts.h"

#include <gtest/gtest.h>

namespace whet::advise {
namespace {

model::Table table(std::int64_t id, std::int64_t parent) {
  model::Table made;
  made.id = id;
  made.parent = parent;
  return made;
}

TEST(Facts, ChildrenInTheOrderOfTheSchema) {
  model::Snapshot snapshot;
  snapshot.schema.tables = {table(1, 0), table(3, 1), table(2, 1), table(4, 3), table(5, 99)};
  const Facts facts(snapshot, Policy{});
  ASSERT_EQ(facts.children(1).size(), 2U);
  EXPECT_EQ(facts.children(1)[0]->id, 3);
  EXPECT_EQ(facts.children(3).size(), 1U);
  EXPECT_EQ(facts.children(99).size(), 1U);  // a parent that could not be read
}

TEST(Facts, NoTableIsItsOwnAncestor) {
  model::Snapshot snapshot;
  // 1 in itself; 2 and 3 in each other; and two tables with one id.
  snapshot.schema.tables = {table(1, 1), table(2, 3), table(3, 2),
                            table(4, 5), table(5, 0), table(5, 4)};
  const Facts facts(snapshot, Policy{});
  for (const std::int64_t id : {1, 2, 3, 4}) EXPECT_TRUE(facts.children(id).empty()) << id;
  EXPECT_EQ(facts.children(5).size(), 1U);
}

}  // namespace
}  // namespace whet::advise
