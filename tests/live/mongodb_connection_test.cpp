// Connections to a MongoDB server: logging in, commands and cursors, limits, Ctrl-C, lost servers,
// and changes of the primary. On a scripted server, or on real ones (support/mongo_target.h).
#include <chrono>
#include <cstdlib>
#include <memory>
#include <optional>
#include <thread>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/mongodb/connection.h"
#include "engine/mongodb/doctor.h"
#include "engine/mongodb/identity.h"
#include "engine/mongodb/mongodb.h"
#include "mql/command.h"
#include "support/mongo_target.h"
#include "support/mongo_url.h"

namespace whet::engine::mongodb {
namespace {

using mql::Value;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;
using whet::testing::MongoTarget;
using whet::testing::MongoUrl;
using whet::testing::ScriptedMongo;

ConnectOptions to(const std::string& url) {
  ConnectOptions options;
  options.url = url;
  return options;
}

Value json(std::string_view text) {
  auto value = mql::parse_json(text);
  EXPECT_TRUE(value.ok()) << text;
  return value ? *std::move(value) : Value();
}

Connection connected(const ConnectOptions& options, Access access = Access::read) {
  auto connection = Connection::open(options, access);
  if (!connection) {
    ADD_FAILURE() << connection.error().text();
    std::abort();
  }
  return std::move(connection).value();
}

Error refused(const ConnectOptions& options, Access access = Access::read) {
  const auto connection = Connection::open(options, access);
  EXPECT_FALSE(connection.ok());
  return connection ? Error{} : connection.error();
}

/// Stops when it was asked a few times: while a command runs.
class Impatient final : public Progress {
 public:
  void report(std::string_view /*what*/, double /*fraction*/) override {}
  [[nodiscard]] bool cancelled() const override { return ++asked_ > 3; }

 private:
  mutable int asked_ = 0;
};

/// Listens, and says nothing, or the same to whoever comes.
class Mute {
 public:
  explicit Mute(std::string greeting = "")
      : socket_(::socket(AF_INET, SOCK_STREAM, 0)), greeting_(std::move(greeting)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(socket_, any, length), 0);
    EXPECT_EQ(::listen(socket_, 5), 0);
    EXPECT_EQ(::getsockname(socket_, any, &length), 0);
    url_ = "mongodb://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/";
    if (!greeting_.empty()) thread_ = std::thread([this] { speak(); });
  }
  Mute(const Mute&) = delete;
  Mute& operator=(const Mute&) = delete;
  ~Mute() {
    ::shutdown(socket_, SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
    ::close(socket_);
  }
  [[nodiscard]] const std::string& url() const { return url_; }

 private:
  void speak() const {
    for (;;) {
      const int client = ::accept(socket_, nullptr, nullptr);
      if (client < 0) return;
      EXPECT_EQ(::write(client, greeting_.data(), greeting_.size()), std::ssize(greeting_));
      char byte = 0;
      while (::read(client, &byte, 1) == 1) continue;  // until it hangs up
      ::close(client);
    }
  }

  int socket_;
  std::string greeting_, url_;
  std::thread thread_;
};

class MongodbConnection : public ::testing::Test {
 protected:
  static MongoTarget& target() {
    static MongoTarget one;
    return one;
  }
  static std::string shop() { return target().database("shop"); }
  void SetUp() override {
    target().must(shop(), R"({"delete": "t", "deletes": [{"q": {}, "limit": 0}]})");
    target().insert(shop(), "t",
                    {R"({"_id": 1, "a": "one"})", R"({"_id": 2, "a": null})", R"({"_id": 3})"});
  }
};

TEST_F(MongodbConnection, SaysWhatTheServerIs) {
  const Connection connection = connected(to(target().url()));
  const Identity& is = connection.identity();
  EXPECT_EQ(connection.version(), target().version());
  EXPECT_FALSE(is.version_text.empty());
  EXPECT_THAT(is.topology, AnyOf("replica set", "standalone", "sharded"));
  if (is.topology == "replica set") {
    EXPECT_EQ(is.members.size(), target().members());
    EXPECT_THAT(is.members, ::testing::Contains(is.self));
  }
  EXPECT_THAT(connection.target(), HasSubstr(":"));
  EXPECT_TRUE(connection.alive());
}

TEST_F(MongodbConnection, RunsCommandsAndChargesForThem) {
  Connection connection = connected(to(target().url()));
  const auto counted = connection.command(shop(), json(R"({"count": "t"})"));
  ASSERT_TRUE(counted.ok()) << counted.error().text();
  EXPECT_EQ(counted->integer_at("n"), 3);
  const auto before = connection.cost();
  const auto found = connection.query(shop(), json(R"({"find": "t", "sort": {"_id": 1}})"));
  ASSERT_TRUE(found.ok()) << found.error().text();
  ASSERT_EQ(found->size(), 3U);
  EXPECT_EQ((*found)[0].string_at("a"), "one");
  EXPECT_TRUE((*found)[1].find("a")->is_null());
  EXPECT_EQ((*found)[2].find("a"), nullptr);
  EXPECT_EQ(connection.cost().statements, before.statements + 1);
  EXPECT_EQ(connection.cost().rows, before.rows + 3);
  EXPECT_GT(connection.cost().received_bytes, before.received_bytes);
  EXPECT_GT(connection.cost().server_seconds, before.server_seconds);
}

TEST_F(MongodbConnection, ReadsCursorsToTheirEndOrLimit) {
  Connection connection = connected(to(target().url()));
  int seen = 0;
  const Status status = connection.stream(shop(), json(R"({"find": "t", "batchSize": 2})"),
                                          [&](const Value&) { ++seen; });
  ASSERT_TRUE(status.ok()) << status.error().text();
  EXPECT_EQ(seen, 3);
  const auto some = connection.query(shop(), json(R"({"find": "t", "batchSize": 1})"), nullptr, 2);
  ASSERT_TRUE(some.ok());
  EXPECT_EQ(some->size(), 2U);
  const auto none = connection.query(shop(), json(R"({"count": "t"})"));
  EXPECT_EQ(none.error().kind, ErrorKind::invalid);
}

TEST_F(MongodbConnection, KeepsValuesAsTheyAre) {
  Connection writer = connected(to(target().url()), Access::write);
  const Value document = json(
      R"({"_id": 9, "d": {"$numberDecimal": "1.50"}, "l": {"$numberLong": "7"}, "z": 1, "b": {"$binary": {"base64": "AAE=", "subType": "04"}}, "t": {"$date": {"$numberLong": "-5"}}, "m": {"$minKey": 1}, "a": [{"x": {"$regularExpression": {"pattern": "^a", "options": "i"}}}]})");
  const Value insert =
      Value::object({{"insert", Value::of("t")}, {"documents", Value::array({document})}});
  ASSERT_TRUE(writer.command(shop(), insert).ok());
  const auto found = writer.query(shop(), json(R"({"find": "t", "filter": {"_id": 9}})"));
  ASSERT_TRUE(found.ok());
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(mql::canonical_json((*found)[0]), mql::canonical_json(document));
}

TEST_F(MongodbConnection, OnlyReads) {
  Connection connection = connected(to(target().url()));
  for (const char* command :
       {R"({"insert": "t", "documents": [{"_id": 4}]})", R"({"drop": "t"})", R"({"profile": 2})",
        R"({"aggregate": "t", "pipeline": [{"$out": "u"}], "cursor": {}})"}) {
    const auto reply = connection.command(shop(), json(command));
    ASSERT_FALSE(reply.ok()) << command;
    EXPECT_EQ(reply.error().kind, ErrorKind::refused);
    EXPECT_THAT(reply.error().message, HasSubstr("only read"));
  }
  EXPECT_EQ(target().must(shop(), R"({"count": "t"})").integer_at("n"), 3);
}

TEST_F(MongodbConnection, SaysWhatTheServerRefuses) {
  Connection connection = connected(to(target().url()), Access::write);
  const auto unknown = connection.command("admin", json(R"({"noSuchCommand": 1})"));
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().kind, ErrorKind::refused);
  EXPECT_EQ(unknown.error().sqlstate, "59");
  EXPECT_THAT(unknown.error().message, HasSubstr("'noSuchCommand'"));
  EXPECT_TRUE(connection.alive());
}

TEST_F(MongodbConnection, SaysWhyThereIsNoConnection) {
  const Error closed = refused(to("mongodb://whet:geheim@127.0.0.1:1/"));
  EXPECT_EQ(closed.kind, ErrorKind::unreachable);
  EXPECT_THAT(closed.message, HasSubstr("127.0.0.1:1"));
  EXPECT_THAT(closed.text(), Not(HasSubstr("geheim")));
  EXPECT_THAT(closed.hint, HasSubstr("net.bindIp"));
  const Error host = refused(to("mongodb://no-such-host.invalid/"));
  EXPECT_EQ(host.kind, ErrorKind::unreachable);
  EXPECT_THAT(host.hint, HasSubstr("host's name"));
  EXPECT_EQ(refused(to("mongodb+srv://db.no-such-host.invalid/")).kind, ErrorKind::unreachable);
  EXPECT_EQ(refused(to("mongodb://h/?nonsense=1")).kind, ErrorKind::usage);
  const Error set = refused(to("mongodb://127.0.0.1:1/?replicaSet=x&connectTimeoutMS=500"));
  EXPECT_EQ(set.kind, ErrorKind::unreachable);
}

TEST_F(MongodbConnection, GivesUpOnWhatNeverAnswers) {
  const Mute silent;
  ConnectOptions options = to(silent.url());
  options.connect_timeout_seconds = 0.3;
  EXPECT_EQ(refused(options).kind, ErrorKind::unreachable);
  options.url += "?tls=true";
  EXPECT_EQ(refused(options).kind, ErrorKind::unreachable);
  const Mute other("SSH-2.0-OpenSSH_9.2\r\nand so on, and so on, and so on\r\n");
  options.url = other.url();
  const Error error = refused(options);
  EXPECT_EQ(error.kind, ErrorKind::unreachable);
  EXPECT_THAT(error.hint, HasSubstr("MongoDB server"));
  options.url += "?tls=true";
  EXPECT_THAT(refused(options).hint, HasSubstr("TLS"));
}

TEST_F(MongodbConnection, TriesTheHostsInTheirOrder) {
  MongoUrl url(target().url());
  if (url.scheme == "mongodb+srv") GTEST_SKIP() << "the named server's hosts are those of its DNS";
  url.hosts.insert(url.hosts.begin(), "127.0.0.1:1");
  const Connection connection = connected(to(url.text()));
  EXPECT_THAT(connection.target(), Not(HasSubstr("127.0.0.1:1/")));
}

TEST_F(MongodbConnection, RefusesAnotherSetThanTheUrlNames) {
  MongoUrl url(target().member_url(0));
  const Error error = refused(to(url.set("replicaSet", "another").text()));
  EXPECT_EQ(error.kind, ErrorKind::usage);
  EXPECT_THAT(error.message, HasSubstr("replicaSet=another"));
}

/// How a test makes an operation run until it is ended, on either kind of server.
struct Endless {
  explicit Endless(MongoTarget& target) {
    if (target.scripted() != nullptr) gate = target.scripted()->hold("find");
  }
  [[nodiscard]] static Value command() {
    return json(R"({"find": "t", "filter": {"$where": "sleep(30000) || true"}})");
  }
  std::shared_ptr<ScriptedMongo::Gate> gate;
};

/// What runs on a collection.
std::string operations_on(const std::string& space) {
  return R"({"aggregate": 1, "pipeline": [{"$currentOp": {"allUsers": true}}, {"$match": {"ns": ")" +
         space + R"(", "command.find": {"$exists": true}}}], "cursor": {}})";
}

/// Nothing of Whet's own runs any more.
void expect_nothing_runs(MongoTarget& target, const std::string& space) {
  const Value reply = target.run("admin", operations_on(space));
  const Value* list = reply.at("cursor.firstBatch");
  ASSERT_NE(list, nullptr) << mql::relaxed_json(reply);
  EXPECT_TRUE(list->fields.empty()) << mql::relaxed_json(reply);
}

TEST_F(MongodbConnection, EndsWhenTheUserStops) {
  Connection connection = connected(to(target().url()));
  const Endless endless(target());
  const Impatient progress;
  const auto reply = connection.command(shop(), Endless::command(), &progress);
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().kind, ErrorKind::interrupted) << reply.error().text();
  expect_nothing_runs(target(), shop() + ".t");
  // Killed on the server, not torn down: the connection is still of use.
  EXPECT_TRUE(connection.alive());
  EXPECT_TRUE(connection.command(shop(), json(R"({"count": "t"})")).ok());
}

TEST_F(MongodbConnection, EndsAtTheLimit) {
  Connection connection = connected(to(target().url()));
  connection.set_statement_timeout(0.3);
  const Endless endless(target());
  const auto reply = connection.command(shop(), Endless::command());
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().kind, ErrorKind::timeout) << reply.error().text();
  EXPECT_EQ(reply.error().sqlstate, "50");
  expect_nothing_runs(target(), shop() + ".t");
  connection.set_statement_timeout(15);
  EXPECT_TRUE(connection.command(shop(), json(R"({"count": "t"})")).ok());
}

TEST_F(MongodbConnection, SaysWhenSomebodyElseKillsTheOperation) {
  Connection connection = connected(to(target().url()));
  const Endless endless(target());
  std::thread killer([] {
    for (int i = 0; i < 400; ++i) {
      const Value reply = target().run("admin", operations_on(shop() + ".t"));
      const Value* op = reply.at("cursor.firstBatch.0.opid");
      if (op != nullptr) {
        const Value kill = Value::object({{"killOp", Value::of(1)}, {"op", *op}});
        target().run("admin", mql::canonical_json(kill));
        return;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(25));
    }
  });
  const auto reply = connection.command(shop(), Endless::command());
  killer.join();
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().kind, ErrorKind::refused) << reply.error().text();
  EXPECT_THAT(reply.error().sqlstate, AnyOf("11601", "11600"));
  EXPECT_THAT(reply.error().hint, HasSubstr("killed"));
}

TEST_F(MongodbConnection, ReadsOnceMoreAfterALoss) {
  ScriptedMongo* const scripted = target().scripted();
  if (scripted == nullptr) GTEST_SKIP() << "only a scripted server loses one reply";
  Connection connection = connected(to(target().url()));
  scripted->close_before("count");
  const auto again = connection.command(shop(), json(R"({"count": "t"})"));
  ASSERT_TRUE(again.ok()) << again.error().text();
  EXPECT_EQ(again->integer_at("n"), 3);
  // A write is not sent twice: nobody knows whether it was done.
  Connection writer = connected(to(target().url()), Access::write);
  scripted->close_after("insert");
  const auto insert = writer.command(shop(), json(R"({"insert": "t", "documents": [{"_id": 5}]})"));
  ASSERT_FALSE(insert.ok());
  EXPECT_EQ(insert.error().kind, ErrorKind::unreachable);
  EXPECT_FALSE(writer.alive());
  ASSERT_TRUE(writer.refresh().ok());
  EXPECT_TRUE(writer.alive());
  EXPECT_EQ(writer.command(shop(), json(R"({"count": "t"})"))->integer_at("n"), 4);
}

TEST_F(MongodbConnection, NamesTheDeploymentWhereverItIsAsked) {
  Connection one = connected(to(target().url()));
  Connection other = connected(to(target().member_url(target().members() - 1)));
  const auto first = identity_for_ledger(one, nullptr);
  const auto second = identity_for_ledger(other, nullptr);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(*first, *second);
  EXPECT_THAT(*first, ::testing::StartsWith("mongodb-"));
}

// ---- accounts

/// A server that asks for a login, with the accounts joe (read on shop) and bare (read on
/// elsewhere).
class MongodbAccounts : public ::testing::Test {
 protected:
  static constexpr const char* password = "p@ss/w?rd%";
  static constexpr const char* encoded = "p%40ss%2Fw%3Frd%25";

  struct Server {
    Server() : target(MongoTarget::Options{.accounts = true}) {
      if (!target.wants_login()) return;
      joe = target.account("joe", password, reads(shop));
      bare = target.account("bare", password, reads(target.database("elsewhere")));
    }
    static std::string reads(const std::string& database) {
      return R"([{"role": "read", "db": ")" + database + R"("}])";
    }
    MongoTarget target;
    std::string shop = target.database("shop"), joe, bare;
  };

  static Server& server() {
    static Server one;
    return one;
  }
  void SetUp() override {
    if (server().joe.empty()) GTEST_SKIP() << "the named server asks nobody for a login";
  }
  static MongoUrl url(const std::string& user, const std::string& secret = encoded) {
    return MongoUrl(server().target.url_for(user, secret));
  }
};

TEST_F(MongodbAccounts, LogInWithEitherMechanism) {
  const std::string& joe = server().joe;
  for (const std::string mechanism : {"SCRAM-SHA-1", "SCRAM-SHA-256"}) {
    const Connection connection = connected(to(url(joe).set("authMechanism", mechanism).text()));
    EXPECT_EQ(connection.user(), joe + "@admin") << mechanism;
  }
  ASSERT_EQ(::setenv("MONGODB_PASSWORD", password, 1), 0);
  MongoUrl without = url(joe);
  without.login = joe;
  EXPECT_EQ(connected(to(without.text())).user(), joe + "@admin");
  ::unsetenv("MONGODB_PASSWORD");
}

TEST_F(MongodbAccounts, SayWhyTheyCannotLogIn) {
  const Error wrong = refused(to(url(server().joe, "falsches%20Wort").text()));
  EXPECT_EQ(wrong.kind, ErrorKind::refused) << wrong.text();
  EXPECT_EQ(wrong.sqlstate, "18");
  EXPECT_THAT(wrong.hint, HasSubstr("authSource"));
  EXPECT_THAT(wrong.text(), Not(AnyOf(HasSubstr("falsches Wort"), HasSubstr("falsches%20Wort"))));
  EXPECT_EQ(refused(to(url("whet_test_nobody").text())).sqlstate, "18");
}

TEST_F(MongodbAccounts, NameTheRoleThatIsMissing) {
  Connection connection = connected(to(url(server().bare).text()));
  const auto status = connection.command("admin", json(R"({"serverStatus": 1, "wiredTiger": 0})"));
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().sqlstate, "13");
  EXPECT_THAT(status.error().hint, HasSubstr("clusterMonitor"));
  const auto find = connection.command(server().shop, json(R"({"find": "t"})"));
  ASSERT_FALSE(find.ok());
  EXPECT_THAT(find.error().hint,
              HasSubstr("grantRolesToUser(\"" + server().bare + "\", [{role: \"read\", db: \"" +
                        server().shop + "\"}])"));
  const auto lines = diagnose(connection, nullptr);
  ASSERT_TRUE(lines.ok()) << lines.error().text();
  bool counters = false;
  for (const Diagnosis& line : *lines) {
    if (line.topic != "counters") continue;
    counters = true;
    EXPECT_FALSE(line.good);
    EXPECT_THAT(line.remedy, HasSubstr(R"({role: "clusterMonitor", db: "admin"})"));
  }
  EXPECT_TRUE(counters);
}

TEST_F(MongodbAccounts, AreAskedFor) {
  Connection connection = connected(to(url(server().joe).log_out().text()));
  EXPECT_EQ(connection.user(), "");
  const auto reply = connection.command("admin", json(R"({"listDatabases": 1})"));
  ASSERT_FALSE(reply.ok());
  EXPECT_THAT(reply.error().hint, HasSubstr("wants a login"));
}

/// What the script of `whet grants` gives, as the command that mongosh would make of it.
Value role_of_script(const std::string& script, const std::string& name) {
  const std::string start = "const reader = {";
  const std::size_t at = script.find(start) + start.size();
  const std::string body = script.substr(at, script.find("\n};", at) - at);
  const auto command =
      mql::parse_command("db.runCommand({createRole: \"" + name + "\"," + body + "})", "admin");
  EXPECT_TRUE(command.ok()) << (command ? "" : command.error().text());
  return command ? command->body : Value();
}

TEST_F(MongodbAccounts, SeeAllWithWhatTheScriptGrants) {
  MongoTarget& target = server().target;
  if (!target.real()) GTEST_SKIP() << "roles of one's own are for a real server";
  const std::string database = target.database("granted");
  target.insert(database, "t", {R"({"a": 1})"});
  const std::string role =
      target.role("reader", role_of_script(grants_script("whet", {}), "reader"));
  const std::string user = target.account("granted", password, "[\"" + role + "\"]");
  Connection connection = connected(to(url(user).text()));
  const auto lines = diagnose(connection, nullptr);
  ASSERT_TRUE(lines.ok()) << lines.error().text();
  for (const Diagnosis& line : *lines) {
    EXPECT_THAT(line.remedy, Not(HasSubstr("grantRolesToUser"))) << line.topic << line.finding;
    EXPECT_THAT(line.finding, Not(HasSubstr("could not"))) << line.topic;
  }
  // It reads, and nothing more.
  Connection writer = connected(to(url(user).text()), Access::write);
  for (const char* command :
       {R"({"insert": "t", "documents": [{"a": 2}]})", R"({"drop": "t"})",
        R"({"createIndexes": "t", "indexes": [{"key": {"a": 1}, "name": "a"}]})"}) {
    const auto reply = writer.command(database, json(command));
    ASSERT_FALSE(reply.ok()) << command;
    EXPECT_EQ(reply.error().sqlstate, "13") << reply.error().text();
  }
}

// ---- a set of three

class MongodbSet : public ::testing::Test {
 protected:
  static MongoTarget& target() {
    static MongoTarget one{MongoTarget::Options{.members = 3}};
    return one;
  }
  void SetUp() override {
    if (target().members() < 3) GTEST_SKIP() << "the named server is no set of three";
    shop_ = target().database("shop");
    // The target's own client must first notice what the test before did to the set.
    for (int i = 0; i < 50; ++i) {
      const Value reply = target().run(
          shop_,
          R"({"delete": "t", "deletes": [{"q": {}, "limit": 0}], "writeConcern": )" + all() + "}");
      if (reply.number_at("ok") == 1) break;
    }
    target().must(shop_,
                  R"({"insert": "t", "documents": [{"_id": 1}], "writeConcern": )" + all() + "}");
  }
  static std::string all() { return "{\"w\": " + std::to_string(target().members()) + "}"; }
  static std::size_t a_secondary() { return target().primary() == 0 ? 1 : 0; }
  std::string shop_;
};

TEST_F(MongodbSet, WritersGoToThePrimary) {
  // Only a secondary is named.
  const std::string url =
      MongoUrl(target().member_url(a_secondary())).drop("directConnection").text();
  const Connection reader = connected(to(url));
  EXPECT_TRUE(reader.identity().is_secondary);
  const Connection writer = connected(to(url), Access::write);
  EXPECT_TRUE(writer.identity().is_primary);
  const Error direct = refused(to(target().member_url(a_secondary())), Access::write);
  EXPECT_EQ(direct.kind, ErrorKind::refused) << "it answers, and does not do that";
  EXPECT_THAT(direct.text(), HasSubstr("not the primary"));
}

TEST_F(MongodbSet, ReadersFollowTheReadPreference) {
  MongoUrl url(target().url());
  EXPECT_TRUE(connected(to(url.set("readPreference", "secondary").text())).identity().is_secondary);
  EXPECT_TRUE(connected(to(url.set("readPreference", "primary").text())).identity().is_primary);
}

TEST_F(MongodbSet, MembersAreAskedOneByOne) {
  const Connection connection = connected(to(target().url()));
  for (const std::string& member : connection.identity().members) {
    auto other = connection.to_member(member, Access::read);
    ASSERT_TRUE(other.ok()) << other.error().text();
    EXPECT_EQ(other->identity().self, member);
    EXPECT_TRUE(other->command(shop_, json(R"({"count": "t"})")).ok());
  }
  EXPECT_FALSE(connection.to_member("127.0.0.1:1", Access::read).ok());
}

TEST_F(MongodbSet, WritersFindTheNextPrimary) {
  if (!target().may_break()) GTEST_SKIP() << "a server that a user named is not disturbed";
  Connection writer = connected(to(target().url()), Access::write);
  const std::string before = writer.identity().self;
  target().step_down();
  const auto refused_write =
      writer.command(shop_, json(R"({"insert": "t", "documents": [{"_id": 2}]})"));
  ASSERT_FALSE(refused_write.ok());
  EXPECT_THAT(refused_write.error().kind, AnyOf(ErrorKind::refused, ErrorKind::unreachable));
  const Status again = writer.refresh();
  ASSERT_TRUE(again.ok()) << again.error().text();
  EXPECT_TRUE(writer.identity().is_primary);
  EXPECT_NE(writer.identity().self, before);
  EXPECT_TRUE(writer.command(shop_, json(R"({"insert": "t", "documents": [{"_id": 2}]})")).ok());
}

TEST_F(MongodbSet, ReadersGoOnWithAnotherMember) {
  if (!target().may_break()) GTEST_SKIP() << "a server that a user named is not disturbed";
  const std::size_t gone = a_secondary();
  // The first that is named is the one that will be gone.
  MongoUrl url(target().member_url(gone));
  url.drop("directConnection")
      .hosts.push_back(MongoUrl(target().member_url(target().primary())).hosts.front());
  Connection reader = connected(to(url.text()));
  const std::string before = reader.identity().self;
  target().kill_member(gone);
  const auto reply = reader.command(shop_, json(R"({"count": "t"})"));
  target().restart_member(gone);
  ASSERT_TRUE(reply.ok()) << reply.error().text();
  EXPECT_EQ(reply->integer_at("n"), 1);
  EXPECT_NE(reader.identity().self, before);
}

// ---- what only a scripted server can be

TEST(MongodbScripted, IsAskedOverTls) {
  ScriptedMongo server({.tls = true,
                        .accounts = {{.user = "joe", .password = "geheim"},
                                     {.user = "CN=client,O=Whet", .database = "$external"}}});
  const std::string folder = server.certificates();
  const std::string joe = "mongodb://joe:geheim@" + server.address(0) + "/?authSource=admin";
  const std::string ca = "&tls=true&tlsCAFile=" + folder + "/ca.pem";
  EXPECT_EQ(connected(to(joe + ca)).user(), "joe@admin");
  EXPECT_EQ(connected(to(joe + "&tls=true&tlsInsecure=true")).user(), "joe@admin");
  // An authority that this machine does not know; and no TLS at all.
  const Error unknown = refused(to(joe + "&tls=true"));
  EXPECT_EQ(unknown.kind, ErrorKind::unreachable);
  EXPECT_THAT(unknown.text(), HasSubstr("tlsCAFile"));
  EXPECT_THAT(refused(to(joe)).hint, HasSubstr("tls=true"));
  // The certificate stands for the login.
  const std::string by_certificate = "mongodb://" + server.address(0) +
                                     "/?authMechanism=MONGODB-X509" + ca +
                                     "&tlsCertificateKeyFile=" + folder + "/client.pem";
  EXPECT_EQ(connected(to(by_certificate)).user(), "CN=client,O=Whet@$external");
  const std::string without =
      "mongodb://" + server.address(0) + "/?authMechanism=MONGODB-X509" + ca;
  EXPECT_EQ(refused(to(without)).kind, ErrorKind::refused);
}

TEST(MongodbScripted, TooOldOrSomethingElse) {
  ScriptedMongo old({.version = "4.2.24"});
  const Error error = refused(to(old.url()));
  EXPECT_EQ(error.kind, ErrorKind::unreachable);
  EXPECT_THAT(error.text(), HasSubstr("4.2.24"));
  ScriptedMongo other({});
  other.answer(
      "buildInfo",
      R"({"ok": 1, "version": "7.0.77", "versionArray": [7, 0, 77, 0], "ferretdb": {"version": "2.0"}})");
  EXPECT_THAT(refused(to(other.url())).message, HasSubstr("FerretDB"));
}

TEST(MongodbScripted, IsAMongosWithADeadShard) {
  ScriptedMongo server({.mongos = true});
  Connection connection = connected(to(server.url()));
  EXPECT_TRUE(connection.mongos());
  server.fail("count",
              {133, "FailedToSatisfyReadPreference",
               "Could not find host matching read preference { mode: \"primary\" } for set shard1"},
              0, 2);
  const auto reply = connection.command("shop", json(R"({"count": "t"})"));
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().kind, ErrorKind::unreachable);
  EXPECT_THAT(reply.error().hint, HasSubstr("sh.status()"));
}

}  // namespace
}  // namespace whet::engine::mongodb
