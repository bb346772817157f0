// Connections to a real MySQL 9.7 and MariaDB 10.11: logging in, limits, Ctrl-C, lost servers.
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <thread>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/mysql/connection.h"
#include "support/mysql_server.h"

namespace whet::engine::mysql {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

ConnectOptions to(const std::string& url) {
  ConnectOptions options;
  options.url = url;
  return options;
}

/// Stops when it was asked a second time.
class Impatient final : public Progress {
 public:
  void report(std::string_view /*what*/, double /*fraction*/) override {}
  [[nodiscard]] bool cancelled() const override { return ++asked_ > 1; }

 private:
  mutable int asked_ = 0;
};

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

/// Listens, and says nothing, or what a server says first and then nothing more.
class Mute {
 public:
  explicit Mute(std::string greeting = "")
      : socket_(::socket(AF_INET, SOCK_STREAM, 0)), greeting_(std::move(greeting)) {
    sockaddr_in address = loopback(0);
    socklen_t length = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(socket_, any, length), 0);
    EXPECT_EQ(::listen(socket_, 5), 0);
    EXPECT_EQ(::getsockname(socket_, any, &length), 0);
    port_ = ntohs(address.sin_port);
    if (greeting_.empty()) return;
    thread_ = std::thread([this] {
      const int client = ::accept(socket_, nullptr, nullptr);
      EXPECT_EQ(::write(client, greeting_.data(), greeting_.size()), std::ssize(greeting_));
      char byte = 0;
      while (::read(client, &byte, 1) == 1) continue;  // until it hangs up
      ::close(client);
    });
  }
  Mute(const Mute&) = delete;
  Mute& operator=(const Mute&) = delete;
  ~Mute() {
    if (thread_.joinable()) thread_.join();
    ::close(socket_);
  }
  [[nodiscard]] int port() const { return port_; }

 private:
  int socket_, port_ = 0;
  std::string greeting_;
  std::thread thread_;
};

/// The first bytes that a server sends.
std::string greeting_of(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = loopback(port);
  EXPECT_EQ(::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  std::string bytes(4096, ' ');
  const ssize_t n = ::read(socket, bytes.data(), bytes.size());
  ::close(socket);
  bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
  return bytes;
}

class MysqlConnection : public ::testing::TestWithParam<std::string> {
 protected:
  static whet::testing::MysqlServer& server() {
    static std::map<std::string, std::unique_ptr<whet::testing::MysqlServer>> servers;
    auto& one = servers[GetParam()];
    if (one == nullptr) {
      one = std::make_unique<whet::testing::MysqlServer>(GetParam());
      one->sql(
          "CREATE DATABASE shop; CREATE TABLE shop.t (a INT PRIMARY KEY, b VARCHAR(50));"
          "INSERT INTO shop.t VALUES (1, 'one'), (2, NULL);"
          "CREATE USER joe@'%' IDENTIFIED BY 'geheim#1'; GRANT ALL ON shop.* TO joe@'%';");
    }
    return *one;
  }
  static bool mariadb() { return GetParam() == "mariadb"; }

  static Connection connected(const ConnectOptions& options, Access access = Access::read) {
    auto connection = Connection::open(options, access);
    if (!connection) {
      ADD_FAILURE() << connection.error().text();
      std::abort();
    }
    return std::move(connection).value();
  }
  static Error refused(const ConnectOptions& options) {
    const auto connection = Connection::open(options, Access::read);
    EXPECT_FALSE(connection.ok());
    return connection ? Error{} : connection.error();
  }
  static std::string value(Connection&& connection, const std::string& sql) {
    return value(connection, sql);
  }
  static std::string value(Connection& connection, const std::string& sql) {
    const auto rows = connection.query(sql);
    EXPECT_TRUE(rows.ok()) << (rows ? "" : rows.error().text());
    return rows ? std::string(rows->text(0, 0)) : "";
  }
  /// Statements of others than `connection` that run now.
  static std::string running(const std::string& part) {
    return server().sql("SELECT count(*) FROM information_schema.processlist WHERE info LIKE '%" +
                        part + "%' AND id <> CONNECTION_ID()");
  }
};

TEST_P(MysqlConnection, SpeaksOverTheSocket) {
  Connection connection = connected(to(server().url_for("root", "shop")));
  EXPECT_EQ(connection.mariadb(), mariadb());
  EXPECT_EQ(connection.version() / 100, mariadb() ? 1011 : 907);
  EXPECT_THAT(connection.version_text(), HasSubstr(mariadb() ? "10.11." : "9.7."));
  EXPECT_EQ(connection.database(), "shop");
  EXPECT_EQ(connection.user(), "root@localhost");
  EXPECT_EQ(connection.target(), server().socket() + "/shop");
  EXPECT_EQ(value(connection, "SELECT CONNECTION_ID()"), std::to_string(connection.thread_id()));
  const auto rows = connection.query("SELECT a, b FROM t ORDER BY a");
  ASSERT_TRUE(rows.ok());
  ASSERT_EQ(rows->size(), 2);
  EXPECT_EQ(rows->text(0, "B"), "one");
  EXPECT_TRUE(rows->null(1, 1));
  EXPECT_GE(connection.cost().statements, 3);
  EXPECT_GE(connection.cost().rows, 2);
  EXPECT_GT(connection.cost().received_bytes, 0);
}

TEST_P(MysqlConnection, HasASessionOfItsOwnKind) {
  Connection connection = connected(to(server().url()));
  EXPECT_EQ(value(connection, "SELECT @@time_zone"), "+00:00");
  EXPECT_EQ(value(connection, "SELECT @@sql_mode"), "NO_ENGINE_SUBSTITUTION");
  EXPECT_EQ(value(connection, "SELECT @@character_set_client"), "utf8mb4");
  EXPECT_EQ(value(connection, "SELECT @@lock_wait_timeout"), "1");
  EXPECT_EQ(value(connection, "SELECT @@innodb_lock_wait_timeout"), "1");
  EXPECT_EQ(
      value(connection, mariadb() ? "SELECT @@max_statement_time" : "SELECT @@max_execution_time"),
      mariadb() ? "15.000000" : "15000");
  EXPECT_EQ(value(connection,
                  "SELECT attr_value FROM performance_schema.session_connect_attrs WHERE "
                  "processlist_id = CONNECTION_ID() AND attr_name = 'program_name'"),
            "whet");
  EXPECT_EQ(value(connection, "SELECT 'ünï😀'"), "ünï😀");
}

TEST_P(MysqlConnection, LogsInOverTcpWithoutTls) {
  const ConnectOptions options =
      to(server().tcp_url_for("joe:geheim%231", "shop") + "?ssl-mode=disabled");
  Connection connection = connected(options);
  EXPECT_EQ(value(connection, "SHOW STATUS LIKE 'Ssl_cipher'"), "Ssl_cipher");
  EXPECT_EQ(connection.query("SHOW STATUS LIKE 'Ssl_cipher'")->text(0, 1), "");
  EXPECT_EQ(connection.user(), "joe@%");
  EXPECT_EQ(connection.target(), "127.0.0.1:" + std::to_string(server().port()) + "/shop");
  // Once more: the server's cache of passwords knows it now.
  EXPECT_EQ(value(connection = connected(options), "SELECT 1"), "1");
}

TEST_P(MysqlConnection, UsesTlsWhenTheServerHasIt) {
  Connection connection = connected(to(server().tcp_url_for("joe:geheim%231")));
  EXPECT_NE(connection.query("SHOW STATUS LIKE 'Ssl_cipher'")->text(0, 1), "");
}

TEST_P(MysqlConnection, VerifiesTheServersCertificate) {
  const std::string url = server().tcp_url_for("joe:geheim%231");
  for (const std::string mode : {"required", "verify_ca", "verify_identity"}) {
    Connection connection = connected(to(url + "?ssl-mode=" + mode + "&ssl-ca=" + server().ca()));
    EXPECT_NE(connection.query("SHOW STATUS LIKE 'Ssl_cipher'")->text(0, 1), "") << mode;
  }
  // An authority that did not sign it.
  const std::string other = server().folder() + "/../other.pem";
  whet::testing::run("openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=other -keyout " +
                     other + ".key -out " + other + " 2>/dev/null");
  for (const std::string mode : {"verify_ca", "verify_identity"}) {
    const Error error = refused(to(url + "?ssl-mode=" + mode + "&ssl-ca=" + other));
    EXPECT_EQ(error.kind, ErrorKind::unreachable);
    EXPECT_EQ(error.sqlstate, "2026") << error.text();
    EXPECT_THAT(error.hint, HasSubstr("ssl-ca")) << error.text();
    const Error unknown = refused(to(url + "?ssl-mode=" + mode));
    EXPECT_EQ(unknown.sqlstate, "2026") << "the machine's authorities do not know it either";
  }
  // Signed, but for other names than that of this machine.
  std::string elsewhere = url;
  elsewhere.replace(elsewhere.find("127.0.0.1"), 9, "2130706433");  // the same address
  EXPECT_EQ(refused(to(elsewhere + "?ssl-mode=verify_identity&ssl-ca=" + server().ca())).sqlstate,
            "2026");
  EXPECT_EQ(
      value(connected(to(elsewhere + "?ssl-mode=verify_ca&ssl-ca=" + server().ca())), "SELECT 1"),
      "1");
  const Error missing = refused(to(url + "?ssl-mode=verify_ca&ssl-ca=/nowhere/ca.pem"));
  EXPECT_EQ(missing.kind, ErrorKind::usage);
  EXPECT_THAT(missing.text(), HasSubstr("ssl-ca"));
}

TEST_P(MysqlConnection, ReadsOptionFiles) {
  const std::string path = server().folder() + "/../options.cnf";
  std::ofstream(path) << "[client]\nuser=joe\npassword = 'geheim#1'\nsocket=" << server().socket()
                      << "\n[whet]\ndatabase=shop\n";
  ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
  Connection connection = connected(to(GetParam() + "://?defaults-file=" + path));
  EXPECT_EQ(connection.user(), "joe@%");
  EXPECT_EQ(connection.database(), "shop");
  // What everybody may write is not believed.
  ASSERT_EQ(::chmod(path.c_str(), 0666), 0);
  EXPECT_EQ(refused(to(GetParam() + "://joe@127.0.0.1:" + std::to_string(server().port()) +
                       "/?defaults-file=" + path))
                .sqlstate,
            "1045");
  EXPECT_EQ(refused(to(GetParam() + "://?defaults-file=/nowhere.cnf")).kind, ErrorKind::usage);
}

TEST_P(MysqlConnection, SaysWhyItCannotLogIn) {
  const Error wrong = refused(to(server().tcp_url_for("joe:falsch%20wort")));
  EXPECT_EQ(wrong.kind, ErrorKind::unreachable);
  EXPECT_EQ(wrong.sqlstate, "1045");
  EXPECT_THAT(wrong.message, HasSubstr("Access denied for user 'joe'"));
  EXPECT_THAT(wrong.text(), Not(HasSubstr("falsch")));
  const Error none = refused(to(server().tcp_url_for("joe") + "?defaults-file="));
  EXPECT_THAT(none.hint, HasSubstr("Give a password"));
  const Error database = refused(to(server().url_for("root", "nothing")));
  EXPECT_EQ(database.sqlstate, "1049");
  EXPECT_THAT(database.message, HasSubstr("Unknown database"));
  const Error closed = refused(to(GetParam() + "://root@127.0.0.1:1/"));
  EXPECT_EQ(closed.kind, ErrorKind::unreachable);
  EXPECT_THAT(closed.text(), HasSubstr("127.0.0.1"));
  const Error socket = refused(to(GetParam() + "://root@localhost/?socket=/nowhere/s"));
  EXPECT_EQ(socket.sqlstate, "2002");
  EXPECT_THAT(socket.hint, HasSubstr("socket"));
  const Error host = refused(to(GetParam() + "://root@no-such-host.invalid/"));
  EXPECT_EQ(host.kind, ErrorKind::unreachable);
  EXPECT_THAT(host.hint, HasSubstr("Check the host's name"));
}

TEST_P(MysqlConnection, SaysWhenAllConnectionsAreTaken) {
  server().sql("CREATE USER few@'%' IDENTIFIED BY 'x' WITH MAX_USER_CONNECTIONS 1");
  Connection first = connected(to(server().tcp_url_for("few:x")));
  const Error error = refused(to(server().tcp_url_for("few:x")));
  EXPECT_THAT(error.sqlstate, ::testing::AnyOf("1203", "1226")) << error.text();
  EXPECT_THAT(error.hint, HasSubstr("try again later"));
}

TEST_P(MysqlConnection, GivesUpOnWhatNeverAnswers) {
  for (const std::string& greeting : {std::string(), greeting_of(server().port())}) {
    const Mute mute(greeting);
    ConnectOptions options =
        to(GetParam() + "://root@127.0.0.1:" + std::to_string(mute.port()) + "/?ssl-mode=required");
    options.connect_timeout_seconds = 0.3;
    const Error error = refused(options);
    EXPECT_EQ(error.kind, ErrorKind::unreachable) << error.text();
    EXPECT_FALSE(error.hint.empty());
  }
}

TEST_P(MysqlConnection, OnlyReads) {
  Connection connection = connected(to(server().url_for("root", "shop")));
  const auto written = connection.query("INSERT INTO t VALUES (9, 'nine')");
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().kind, ErrorKind::refused);
  EXPECT_EQ(written.error().sqlstate, "1792");
  EXPECT_THAT(written.error().hint, HasSubstr("on purpose"));
  Connection writer = connected(to(server().url_for("root", "shop")), Access::write);
  const auto done = writer.query("INSERT INTO t VALUES (9, 'nine')");
  ASSERT_TRUE(done.ok());
  EXPECT_EQ(done->affected, 1);
  EXPECT_TRUE(writer.execute("DELETE FROM t WHERE a = 9").ok());
}

TEST_P(MysqlConnection, BindsParameters) {
  Connection connection = connected(to(server().url_for("root", "shop")));
  const auto rows =
      connection.query("SELECT a, b, ?, ?, 1.5e0, NOW(), REPEAT('x', 5000) FROM t WHERE a = ?",
                       {"it's \\ 'quoted'", std::nullopt, "1"});
  ASSERT_TRUE(rows.ok()) << rows.error().text();
  ASSERT_EQ(rows->size(), 1);
  Row row(*rows, 0);
  EXPECT_EQ(row.integer(), 1);
  EXPECT_EQ(row.text(), "one");
  EXPECT_EQ(row.text(), "it's \\ 'quoted'");
  EXPECT_TRUE(rows->null(0, 3));
  row.skip();
  EXPECT_EQ(row.number(), 1.5);
  EXPECT_EQ(row.text().size(), 19U);
  EXPECT_EQ(row.text(), std::string(5000, 'x'));
  const auto wrong = connection.query("SELECT * FROM nothing WHERE a = ?", {"1"});
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.error().sqlstate, "1146");
  EXPECT_EQ(value(connection, "SELECT 1"), "1");
}

TEST_P(MysqlConnection, QuotesForItsSession) {
  Connection connection = connected(to(server().url()));
  const std::string text = std::string("a'b\"c\\d\n\r\x1a", 10) + std::string(1, '\0') + "é%_";
  EXPECT_EQ(value(connection, "SELECT " + connection.quote(text)), text);
  EXPECT_EQ(connection.query("SELECT 1 AS " + Connection::quote_identifier("a`b"))->column("a`b"),
            0);
}

TEST_P(MysqlConnection, HandsOverRowsOneByOne) {
  Connection connection = connected(to(server().url()));
  std::int64_t sum = 0;
  int most = 0;
  const Status status = connection.stream(
      "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900) "
      "SELECT i, REPEAT('x', 500) FROM n",
      [&](const Rows& rows) {
        most = std::max(most, rows.size());
        sum += Row(rows, 0).integer();
      });
  ASSERT_TRUE(status.ok()) << status.error().text();
  EXPECT_EQ(sum, 900 * 901 / 2);
  EXPECT_EQ(most, 1);
  EXPECT_EQ(value(connection, "SELECT 2"), "2");
}

TEST_P(MysqlConnection, RefusesTwoStatementsInOne) {
  Connection connection = connected(to(server().url()), Access::write);
  const auto rows = connection.query("SELECT 1; DROP TABLE shop.t");
  ASSERT_FALSE(rows.ok());
  EXPECT_EQ(rows.error().kind, ErrorKind::refused);
  EXPECT_EQ(value(connection, "SELECT count(*) FROM shop.t"), "2");
}

// A statement that works hard, and one that the server's own limit does not reach on MySQL.
constexpr const char* endless_read =
    "SELECT count(*) FROM information_schema.collations a, information_schema.collations b, "
    "information_schema.collations c, information_schema.collations d WHERE CONCAT(a.id, b.id, "
    "c.id, d.id) = 'endless'";

TEST_P(MysqlConnection, EndsWhatTakesTooLong) {
  ConnectOptions options = to(server().url());
  options.statement_timeout_seconds = 0.3;
  Connection connection = connected(options);
  const auto read = connection.query(endless_read);
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().kind, ErrorKind::timeout) << read.error().text();
  const auto prepared = connection.query(std::string(endless_read) + " AND a.id > ?", {"0"});
  ASSERT_FALSE(prepared.ok());
  EXPECT_EQ(prepared.error().kind, ErrorKind::timeout) << prepared.error().text();
  EXPECT_TRUE(connection.alive());
  EXPECT_EQ(running("endless"), "0");
  EXPECT_TRUE(connection.set_statement_timeout(30).ok());
  EXPECT_EQ(value(connection, "SELECT 3"), "3");
}

TEST_P(MysqlConnection, KillsWhatTheServerDoesNotLimit) {
  ConnectOptions options = to(server().url_for("root", "shop"));
  options.statement_timeout_seconds = 0.3;
  Connection connection = connected(options, Access::write);
  ASSERT_TRUE(connection.execute("CREATE TABLE IF NOT EXISTS made (n BIGINT)").ok());
  const auto made = connection.query(std::string("INSERT INTO made ") + endless_read);
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().kind, ErrorKind::timeout) << made.error().text();
  EXPECT_TRUE(connection.alive());
  EXPECT_EQ(value(connection, "SELECT count(*) FROM made"), "0");
}

TEST_P(MysqlConnection, StopsOnRequest) {
  ConnectOptions options = to(server().tcp_url_for("joe:geheim%231"));
  options.statement_timeout_seconds = 0;
  Connection connection = connected(options);
  for (const bool bound : {false, true}) {
    const Impatient progress;
    const auto rows =
        bound ? connection.query(std::string(endless_read) + " AND a.id > ?", {"0"}, &progress)
              : connection.query(endless_read, {}, &progress);
    ASSERT_FALSE(rows.ok());
    EXPECT_EQ(rows.error().kind, ErrorKind::interrupted) << rows.error().text();
    EXPECT_TRUE(connection.alive());
    EXPECT_EQ(running("endless"), "0");
  }
  EXPECT_EQ(value(connection, "SELECT 4"), "4");
}

TEST_P(MysqlConnection, DoesNotWaitLongForLocks) {
  Connection holder = connected(to(server().url_for("root", "shop")), Access::write);
  ASSERT_TRUE(holder.execute("LOCK TABLES t WRITE").ok());
  Connection other = connected(to(server().url_for("root", "shop")));
  const auto rows = other.query("SELECT * FROM t");
  ASSERT_FALSE(rows.ok());
  EXPECT_EQ(rows.error().kind, ErrorKind::timeout) << rows.error().text();
  EXPECT_EQ(rows.error().sqlstate, "1205");
}

TEST_P(MysqlConnection, NoticesThatItWasKilled) {
  Connection connection = connected(to(server().url()));
  server().sql("KILL " + std::to_string(connection.thread_id()));
  auto rows = connection.query("SELECT 1");
  // The server may be a moment late to hang up.
  for (int i = 0; i < 1000 && rows.ok(); ++i) rows = connection.query("SELECT 1");
  ASSERT_FALSE(rows.ok());
  EXPECT_EQ(rows.error().kind, ErrorKind::unreachable) << rows.error().text();
  EXPECT_FALSE(connection.alive());
  EXPECT_EQ(connection.query("SELECT 1").error().kind, ErrorKind::unreachable);
}

TEST_P(MysqlConnection, NoticesThatTheServerDied) {
  const whet::testing::MysqlServer mortal(GetParam());
  Connection connection = connected(to(mortal.url()));
  whet::testing::run("pid=$(cat " + mortal.folder() +
                     "/pid); kill -9 $pid; tail --pid=$pid -s 0.05 -f /dev/null");
  const auto rows = connection.query("SELECT 1");
  ASSERT_FALSE(rows.ok());
  EXPECT_EQ(rows.error().kind, ErrorKind::unreachable) << rows.error().text();
  EXPECT_THAT(rows.error().message, HasSubstr("broke during 'SELECT 1'"));
  EXPECT_FALSE(connection.alive());
  EXPECT_EQ(refused(to(mortal.url())).sqlstate, "2002");
}

INSTANTIATE_TEST_SUITE_P(Forks, MysqlConnection, ::testing::Values("mysql", "mariadb"),
                         [](const auto& one) { return one.param; });

}  // namespace
}  // namespace whet::engine::mysql
