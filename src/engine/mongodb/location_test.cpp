#include "engine/mongodb/location.h"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace whet::engine::mongodb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

Location parsed(std::string_view url) {
  auto place = parse_url(url);
  EXPECT_TRUE(place.ok()) << url << ": " << (place.ok() ? "" : place.error().text());
  return place.ok() ? *std::move(place) : Location();
}

TEST(Location, TakesAUrlApart) {
  const Location place = parsed(
      "mongodb://whet:s3cret@Db1.Example:27018,db2,[::1]:1/shop?replicaSet=rs0&tls=true&"
      "readPreferenceTags=dc:ny&readPreferenceTags=");
  EXPECT_THAT(place.hosts, ElementsAre("db1.example:27018", "db2:27017", "[::1]:1"));
  EXPECT_EQ(place.user, "whet");
  EXPECT_EQ(place.password, "s3cret");
  EXPECT_EQ(place.database, "shop");
  EXPECT_EQ(place.option("replicaset"), "rs0");
  EXPECT_TRUE(place.flag("tls"));
  EXPECT_EQ(place.options.size(), 4U);
  EXPECT_EQ(place.describe(), "db1.example:27018,db2:27017,[::1]:1/shop");
}

TEST(Location, DecodesAndForgivesWhatIsNotEncoded) {
  EXPECT_EQ(parsed("mongodb://a%40b:p%40ss%2F%3F@h/").user, "a@b");
  EXPECT_EQ(parsed("mongodb://a%40b:p%40ss%2F%3F@h/").password, "p@ss/?");
  EXPECT_EQ(parsed("mongodb://a:p@ss/w?rd@h:1/d?tls=true").password, "p@ss/w?rd");
  EXPECT_EQ(parsed("mongodb://a:p@ss/w?rd@h:1/d?tls=true").database, "d");
  EXPECT_THAT(parsed("mongodb://%2Ftmp%2Fmongodb-27017.sock/d").hosts,
              ElementsAre("/tmp/mongodb-27017.sock"));
}

TEST(Location, KnowsOlderNamesOfOptions) {
  const Location place = parsed("mongodb://h/?ssl=true&sslCertificateAuthorityFile=%2Fca");
  EXPECT_TRUE(place.flag("tls"));
  EXPECT_EQ(place.option("tlscafile"), "/ca");
}

TEST(Location, KnowsTheDnsScheme) {
  const Location place = parsed("mongodb+srv://a:b@cluster.example.com/shop?authSource=admin");
  EXPECT_TRUE(place.srv);
  EXPECT_THAT(place.hosts, ElementsAre("cluster.example.com"));
  EXPECT_FALSE(parse_url("mongodb+srv://cluster.example.com:27017/").ok());
  EXPECT_FALSE(parse_url("mongodb+srv://localhost/").ok());
  EXPECT_FALSE(parse_url("mongodb+srv://a.example.com,b.example.com/").ok());
}

TEST(Location, RefusesWhatItCannotUnderstandWithoutQuotingIt) {
  for (const char* url :
       {"mysql://whet:s3cret@h/", "mongodb://whet:s3cret@h:0/", "mongodb://whet:s3cret@h:99999/",
        "mongodb://whet:s3cret@h:x/", "mongodb://whet:s3cret@:1/", "mongodb://whet:s3cret@[::1/",
        "mongodb://whet:s3cret@h/a.b", "mongodb://whet:s3cret@h/?tls=s3cret",
        "mongodb://whet:s3cret@h/?s3cret=1", "mongodb://whet:s3cret@h/?password=s3cret",
        "mongodb://whet:s3cret%2@h/", "mongodb://whet:s3cret%00@h/", "mongodb://:s3cret@h/",
        "mongodb://whet:s3cret@/", "mongodb://whet:s3cret@h,g/?directConnection=true",
        "mongodb://whet:s3cret@h/?replicaSet="}) {
    const auto place = parse_url(url);
    ASSERT_FALSE(place.ok()) << url;
    EXPECT_EQ(place.error().kind, ErrorKind::usage);
    EXPECT_THAT(place.error().text(), Not(HasSubstr("s3cret"))) << url;
  }
}

TEST(Location, GoesBackToAUrl) {
  for (const char* url :
       {"mongodb://a%40b:p%2Fw@h:1,[::1]:2/shop?replicaset=rs&tlscafile=%2Fca.pem",
        "mongodb://%2Ftmp%2Fa.sock/", "mongodb+srv://a:b@c.example.com/shop",
        "mongodb://h:1/?readpreferencetags=dc%3Any&readpreferencetags="})
    EXPECT_EQ(url_of(parsed(url)), url);
}

TEST(Location, TakesThePasswordFromTheEnvironment) {
  ::setenv("MONGODB_PASSWORD", "from-there", 1);
  EXPECT_EQ(find_location("mongodb://a@h/")->password, "from-there");
  EXPECT_EQ(find_location("mongodb://a:own@h/")->password, "own");
  EXPECT_FALSE(find_location("mongodb://h/")->has_password);
  ::unsetenv("MONGODB_PASSWORD");
  EXPECT_EQ(find_location("mongodb://a@h/").error().kind, ErrorKind::usage);
  EXPECT_TRUE(find_location("mongodb://CN=a@h/?authMechanism=MONGODB-X509").ok());
}

TEST(Location, NamesTheFileThatCannotBeRead) {
  const auto place = find_location("mongodb://h/?tls=true&tlsCAFile=/nowhere/ca.pem");
  ASSERT_FALSE(place.ok());
  EXPECT_THAT(place.error().message, HasSubstr("/nowhere/ca.pem"));
}

TEST(Location, HidesPasswordsInTexts) {
  const Location place = parsed("mongodb://a:p%40ss@h/");
  EXPECT_EQ(without_password("no 'p@ss' and no 'p%40ss'", place), "no '***' and no '***'");
}

}  // namespace
}  // namespace whet::engine::mongodb
