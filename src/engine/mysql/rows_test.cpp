#include <limits>

#include <gtest/gtest.h>

#include "engine/mysql/connection.h"

namespace whet::engine::mysql {
namespace {

TEST(Rows, FindsColumnsByNameWhateverTheCase) {
  const Rows rows({"Id", "Seconds_Behind_Master"}, {{"1", std::nullopt}});
  EXPECT_EQ(rows.column("seconds_behind_MASTER"), 1);
  EXPECT_EQ(rows.column("Seconds_Behind_Source"), -1);
  EXPECT_EQ(rows.text(0, "ID"), "1");
  EXPECT_EQ(rows.text(0, "nothing"), "");
  EXPECT_TRUE(rows.null(0, 1));
  EXPECT_FALSE(rows.null(0, 0));
  EXPECT_TRUE(rows.null(1, 0));
  EXPECT_TRUE(rows.null(0, 2));
}

TEST(Row, ReadsFromLeftToRight) {
  const Rows rows({"a", "b", "c", "d", "e", "f", "g"},
                  {{"12", "18446744073709551615", "3.75", "YES", std::nullopt, "0", "no number"}});
  Row row(rows, 0);
  EXPECT_EQ(row.integer(), 12);
  EXPECT_EQ(row.integer(), std::numeric_limits<std::int64_t>::max()) << "unsigned";
  EXPECT_EQ(row.integer(), 3) << "a decimal";
  EXPECT_TRUE(row.flag());
  EXPECT_EQ(row.maybe_integer(), std::nullopt);
  EXPECT_FALSE(row.flag());
  EXPECT_EQ(row.maybe_number(), std::nullopt);
  EXPECT_EQ(row.text(), "") << "beyond the last column";
}

TEST(Row, KnowsHowServersSayYes) {
  const Rows rows({"a", "b", "c", "d", "e"}, {{"ON", "Y", "1", "true", "OFF"}});
  Row row(rows, 0);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(row.flag()) << i;
  EXPECT_FALSE(row.flag());
}

TEST(QuoteIdentifier, DoublesBackticks) {
  EXPECT_EQ(Connection::quote_identifier("a`b"), "`a``b`");
}

}  // namespace
}  // namespace whet::engine::mysql
