#include "engine/mysql/location.h"

#include <gtest/gtest.h>

namespace whet::engine::mysql {
namespace {

Location located(const std::string& url, const Surroundings& around = {}) {
  const auto options = parse_url(url);
  EXPECT_TRUE(options.ok()) << url << ": " << (options ? "" : options.error().text());
  if (!options) return {};
  const auto place = locate(*options, around);
  EXPECT_TRUE(place.ok()) << url << ": " << (place ? "" : place.error().text());
  return place ? *place : Location{};
}

Error refused(const std::string& url) {
  const auto options = parse_url(url);
  if (!options) return options.error();
  const auto place = locate(*options, {});
  EXPECT_FALSE(place.ok()) << url;
  return place ? Error{} : place.error();
}

Options file(std::string_view text, const std::vector<std::string>& groups = {"client", "whet"}) {
  return parse_option_file(text, groups,
                           [](std::string_view, bool) { return std::vector<std::string>{}; });
}

TEST(Url, HasAllParts) {
  const Location place =
      located("mariadb://joe:s%40c%2Fret@db.example:3307/shop?ssl-mode=REQUIRED");
  EXPECT_EQ(place.fork, model::EngineKind::mariadb);
  EXPECT_EQ(place.user, "joe");
  EXPECT_EQ(place.password, "s@c/ret");
  EXPECT_TRUE(place.has_password);
  EXPECT_EQ(place.host, "db.example");
  EXPECT_EQ(place.port, 3307);
  EXPECT_EQ(place.database, "shop");
  EXPECT_EQ(place.tls, Tls::required);
  EXPECT_EQ(place.describe(), "db.example:3307/shop");
}

TEST(Url, TakesAnAtThatNobodyEncoded) {
  const Location place = located("mysql://joe:p@ss@db/shop");
  EXPECT_EQ(place.password, "p@ss");
  EXPECT_EQ(place.host, "db");
}

TEST(Url, NamesASocket) {
  const Location place = located("mysql://root@localhost/shop?socket=/tmp/a%20b/s");
  EXPECT_EQ(place.host, "");
  EXPECT_EQ(place.socket, "/tmp/a b/s");
  EXPECT_EQ(place.describe(), "/tmp/a b/s/shop");
  EXPECT_FALSE(place.has_password);
}

TEST(Url, TakesIpv6) {
  const Location place = located("mysql://root@[::1]:3310/");
  EXPECT_EQ(place.host, "::1");
  EXPECT_EQ(place.port, 3310);
  EXPECT_EQ(place.describe(), "[::1]:3310/");
}

TEST(Url, OfThisMachineUsesTheSocketUnlessAPortIsGiven) {
  Surroundings around;
  around.user = "me";
  around.sockets = {"/run/mysqld/mysqld.sock"};
  EXPECT_EQ(located("mysql://", around).socket, "/run/mysqld/mysqld.sock");
  EXPECT_EQ(located("mysql://localhost/shop", around).host, "");
  EXPECT_EQ(located("mysql://localhost:3306/shop", around).host, "localhost");
  EXPECT_EQ(located("mysql://127.0.0.1/shop", around).host, "127.0.0.1");
  EXPECT_EQ(located("mysql://127.0.0.1/shop", around).user, "me");
  around.sockets.clear();
  EXPECT_EQ(located("mysql://localhost/shop", around).host, "127.0.0.1");
}

TEST(Url, IsRefusedWithoutQuotingIt) {
  for (const char* url :
       {"http://joe:geheim@db/", "mysql://joe:geheim%zz@db/", "mysql://joe:geheim@db:port/",
        "mysql://joe:geheim@db:70000/", "mysql://joe:geheim@db:0/", "mysql://joe:geheim@db:/",
        "mysql://joe:geheim@[::1/", "mysql://joe:geheim@db/?unknown=1",
        "mysql://joe:geheim@db/?ssl-mode=maybe", "mysql://joe@db/?password=geheim",
        "mysql://joe:geheim%00@db/", "mysql://joe:geheim@db/#x", "geheim"}) {
    const Error error = refused(url);
    EXPECT_EQ(error.kind, ErrorKind::usage) << url;
    EXPECT_EQ(error.text().find("geheim"), std::string::npos) << error.text();
    EXPECT_FALSE(error.hint.empty()) << url;
  }
}

TEST(OptionFile, HasGroupsQuotesEscapesAndComments) {
  const Options options = file(
      "# a comment\n; another\nuser = nobody\n[mysqld]\nport=1\n[Client]\nuser = joe  # me\n"
      "password=\"a#b \\\\ 'c'\"\nssl_ca = "
      "/etc/ca.pem\nssl\nloose-socket=/s\\sock\n[whet]\nuser='jim'\n");
  const Options wanted{{"user", "joe"}, {"password", "a#b \\ 'c'"}, {"ssl-ca", "/etc/ca.pem"},
                       {"ssl", "1"},    {"socket", "/s ock"},       {"user", "jim"}};
  EXPECT_EQ(options, wanted);
}

TEST(OptionFile, IncludesOthers) {
  std::vector<std::string> asked;
  const Options options = parse_option_file(
      "!includedir /etc/conf.d/\n!include  /etc/one.cnf\n[client]\nuser=c\n", {"client"},
      [&](std::string_view path, bool folder) {
        asked.push_back((folder ? "d " : "f ") + std::string(path));
        return std::vector<std::string>{"[client]\nuser=" + std::string(folder ? "a" : "b")};
      });
  EXPECT_EQ(asked, (std::vector<std::string>{"d /etc/conf.d/", "f /etc/one.cnf"}));
  EXPECT_EQ(options, (Options{{"user", "a"}, {"user", "b"}, {"user", "c"}}));
}

TEST(Location, TakesFromFilesWhatTheUrlLeavesOpen) {
  Surroundings around;
  around.user = "me";
  around.files = {{"user", "joe"},  {"password", "x"},        {"host", "db"},
                  {"port", "3307"}, {"ssl-mode", "required"}, {"prompt", "\\u"}};
  const Location open = located("mysql:///shop", around);
  EXPECT_EQ(open.user, "joe");
  EXPECT_EQ(open.password, "x");
  EXPECT_EQ(open.host, "db");
  EXPECT_EQ(open.port, 3307);
  EXPECT_EQ(open.tls, Tls::required);
  const Location other = located("mysql://jim@elsewhere/shop", around);
  EXPECT_EQ(other.user, "jim");
  EXPECT_EQ(other.host, "elsewhere");
  EXPECT_EQ(other.port, 0) << "the port is that of another server";
}

TEST(Location, PrefersAPasswordFromFilesToTheEnvironment) {
  Surroundings around;
  around.password = "env";
  EXPECT_EQ(located("mysql://joe@db/", around).password, "env");
  around.files = {{"password", "file"}};
  EXPECT_EQ(located("mysql://joe@db/", around).password, "file");
  EXPECT_EQ(located("mysql://joe:url@db/", around).password, "url");
  EXPECT_EQ(located("mysql://joe:@db/", around).password, "");
}

TEST(Location, UnderstandsHowMariadbWritesTls) {
  Surroundings around;
  around.files = {{"ssl", "1"}};
  EXPECT_EQ(located("mysql://db/", around).tls, Tls::required);
  around.files = {{"ssl-ca", "/ca"}};
  EXPECT_EQ(located("mysql://db/", around).tls, Tls::verify_ca);
  around.files.emplace_back("ssl-verify-server-cert", "1");
  EXPECT_EQ(located("mysql://db/", around).tls, Tls::verify_identity);
  around.files = {{"skip-ssl", "1"}};
  EXPECT_EQ(located("mysql://db/", around).tls, Tls::disabled);
  EXPECT_EQ(located("mysql://db/?ssl-mode=verify_ca", around).tls, Tls::verify_ca);
}

}  // namespace
}  // namespace whet::engine::mysql
