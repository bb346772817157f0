#include "engine/postgres/units.h"

#include <gtest/gtest.h>

namespace whet::engine::postgres {
namespace {

TEST(Units, BaseValues) {
  EXPECT_EQ(base_value("16384", "8kB"), std::optional(134217728.0));
  EXPECT_EQ(base_value("64", "MB"), std::optional(67108864.0));
  EXPECT_EQ(base_value("200", "ms"), std::optional(0.2));
  EXPECT_EQ(base_value("5", "min"), std::optional(300.0));
  EXPECT_EQ(base_value("0.1", ""), std::optional(0.1));
  EXPECT_EQ(base_value("-1", "kB"), std::optional(-1.0));  // off, not minus a kilobyte
  EXPECT_EQ(base_value("on", ""), std::nullopt);
}

TEST(Units, AsTheServerShowsThem) {
  EXPECT_EQ(shown_value("16384", "8kB"), "128MB");
  EXPECT_EQ(shown_value("1", "8kB"), "8kB");
  EXPECT_EQ(shown_value("1048577", "kB"), "1048577kB");
  EXPECT_EQ(shown_value("300", "s"), "5min");
  EXPECT_EQ(shown_value("2", "ms"), "2ms");
  EXPECT_EQ(shown_value("0.5", "ms"), "500us");
  EXPECT_EQ(shown_value("90061", "s"), "90061s");
  EXPECT_EQ(shown_value("0", "ms"), "0");
  EXPECT_EQ(shown_value("-1", "kB"), "-1");
  EXPECT_EQ(shown_value("on", ""), "on");
  EXPECT_EQ(shown_value("100", ""), "100");
}

TEST(Units, SecretsStayWhereTheyAre) {
  EXPECT_EQ(without_secret("work_mem", "4MB"), "4MB");
  EXPECT_EQ(without_secret("password_encryption", "md5"), "md5");
  EXPECT_EQ(without_secret("ssl_key_file", "server.key"), "server.key");
  EXPECT_EQ(without_secret("app.jwt_secret", "hush"), "(hidden)");
  EXPECT_EQ(without_secret("app.locale", "de"), "de");
  EXPECT_EQ(without_secret("primary_conninfo", "host=a password=b"), "(hidden)");
  EXPECT_EQ(without_secret("primary_conninfo", "host=a"), "host=a");
  EXPECT_EQ(without_secret("ssl_passphrase_command", "echo x"), "(hidden)");
}

}  // namespace
}  // namespace whet::engine::postgres
