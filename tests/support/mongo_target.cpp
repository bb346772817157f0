#include "support/mongo_target.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <thread>

#include <gtest/gtest.h>
#include <mongoc/mongoc.h>
#include <unistd.h>

#include "support/mongo_bson.h"
#include "support/mongo_url.h"
#include "support/shell.h"

namespace whet::testing {

using mql::Field;
using mql::Value;

/// A client of libmongoc, not of the code under test.
struct MongoTarget::Client {
  explicit Client(const std::string& url) {
    static const bool once = (mongoc_init(), true);
    static_cast<void>(once);
    bson_error_t error;
    mongoc_uri_t* const uri = mongoc_uri_new_with_error(url.c_str(), &error);
    EXPECT_NE(uri, nullptr) << url << ": " << error.message;
    if (uri == nullptr) return;
    mongoc_uri_set_option_as_int32(uri, MONGOC_URI_SERVERSELECTIONTIMEOUTMS, 15000);
    mongoc_uri_set_option_as_bool(uri, MONGOC_URI_SERVERSELECTIONTRYONCE, false);
    client = mongoc_client_new_from_uri(uri);
    mongoc_client_set_appname(client, "whet-test");
    mongoc_uri_destroy(uri);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() { mongoc_client_destroy(client); }

  Value run(const std::string& database, const Value& command) const {
    const std::string bytes = mongo::bson_of(command);
    bson_t sent, reply;
    bson_error_t error;
    bson_init_static(&sent, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    mongoc_read_prefs_t* const any =
        mongoc_read_prefs_new(direct ? MONGOC_READ_PRIMARY_PREFERRED : MONGOC_READ_PRIMARY);
    const bool done =
        mongoc_client_command_simple(client, database.c_str(), &sent, any, &reply, &error);
    mongoc_read_prefs_destroy(any);
    auto out =
        mongo::document_of({reinterpret_cast<const char*>(bson_get_data(&reply)), reply.len});
    bson_destroy(&reply);
    Value value = out.value_or(Value::object({}));
    if (!done && value.find("errmsg") == nullptr) {
      value.set("ok", Value::of(0.0));
      value.set("errmsg", Value::of(error.message));
    }
    return value;
  }

  mongoc_client_t* client = nullptr;
  bool direct = false;
};

namespace {

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// The password of the administrator that accounts come with; of a server that nobody else reaches.
constexpr const char* administrator = "root";
constexpr const char* secret = "root-pw";

}  // namespace

MongoTarget::MongoTarget(const Options& options)
    : prefix_("whet_test_" + std::to_string(::getpid()) + "_") {
  url_ = variable("WHET_TEST_MONGODB_URL");
  if (url_.empty() && !variable("WHET_REAL_MONGODB").empty()) {
    start_real(options);
  } else if (url_.empty()) {
    ScriptedMongo::Options scripted{
        .version = options.version, .members = options.members, .accounts = {}};
    if (options.accounts) scripted.accounts.push_back({.user = administrator, .password = secret});
    scripted_ = std::make_unique<ScriptedMongo>(std::move(scripted));
    url_ = scripted_->url();
    if (options.accounts) url_ = url_for(administrator, secret);
  }
  url_ = MongoUrl(url_).text();
  read_server();
}

MongoTarget::~MongoTarget() {
  if (!may_break()) {
    for (const std::string& name : databases_) must(name, R"({"dropDatabase": 1})");
    for (const std::string& name : accounts_) run("admin", R"({"dropUser": ")" + name + "\"}");
    for (const std::string& name : roles_) run("admin", R"({"dropRole": ")" + name + "\"}");
  }
  clients_.clear();
  if (folder_.empty()) return;
  testing::run(tool("mongodserver") + " stop --dir " + folder_ + "/server");
  testing::run("rm -rf " + folder_);
}

void MongoTarget::start_real(const Options& options) {
  folder_ = folder_for_server();
  url_ = last_line(testing::run(
      tool("mongodserver") + " start --dir " + folder_ + "/server --replicas " +
      std::to_string(options.members) + (options.accounts ? " --auth" : "") +
      (options.server_options.empty() ? "" : " -c " + shell_quoted(options.server_options)) +
      " --die-with " + std::to_string(::getpid())));
}

void MongoTarget::read_server() {
  const Value build = run("admin", R"({"buildInfo": 1})");
  int part[3] = {};
  std::sscanf(build.string_at("version").c_str(), "%d.%d.%d", &part[0], &part[1], &part[2]);
  version_ = part[0] * 10000 + part[1] * 100 + part[2];
  EXPECT_GE(version_, 40400) << "no MongoDB server answers at the test's URL: "
                             << build.string_at("errmsg");
  const Value hello = run("admin", R"({"hello": 1})");
  replica_set_ = hello.find("setName") != nullptr;
  dies_of_counters_ = !replica_set_ && hello.string_at("msg") != "isdbgrid" &&
                      build.string_at("buildEnvironment.target_os") == "windows";
  // The URL of a named set need not name all of its members, nor in the set's order.
  hosts_ = MongoUrl(url_).hosts;
  const Value* const hosts = hello.find("hosts");
  if (hosts == nullptr || may_break()) return;
  hosts_.clear();
  for (const Field& one : hosts->fields) hosts_.push_back(one.value.text);
}

std::string MongoTarget::url_for(const std::string& user, const std::string& password) const {
  return MongoUrl(url_).log_in(user, password).text();
}

std::string MongoTarget::member_url(std::size_t member) const {
  MongoUrl out(url_);
  if (out.scheme == "mongodb+srv") {
    out.scheme = "mongodb";
    if (!out.has("tls")) out.set("tls", "true");
    if (!out.login.empty() && !out.has("authSource")) out.set("authSource", "admin");
  }
  out.hosts = {hosts_.at(member)};
  for (const char* name : {"replicaSet", "readPreference", "loadBalanced"}) out.drop(name);
  return out.set("directConnection", "true").text();
}

bool MongoTarget::wants_login() const {
  const Client nobody(MongoUrl(url_).log_out().text());
  return nobody.run("admin", mongo::json(R"({"listDatabases": 1, "nameOnly": true})"))
             .integer_at("code") == 13;
}

std::string MongoTarget::account(const std::string& name, const std::string& password,
                                 const std::string& roles) {
  std::string made = prefix_ + name;
  const Value asked = Value::object({{"createUser", Value::of(made)},
                                     {"pwd", Value::of(password)},
                                     {"roles", mongo::json(roles)}});
  accounts_.push_back(made);
  must("admin", mql::canonical_json(asked));
  return made;
}

std::string MongoTarget::role(const std::string& name, Value definition) {
  std::string made = prefix_ + name;
  Value asked = Value::object({{"createRole", Value::of(made)}});
  for (Field& field : definition.fields)
    if (field.name != "createRole") asked.set(field.name, std::move(field.value));
  roles_.push_back(made);
  must("admin", mql::canonical_json(asked));
  return made;
}

std::string MongoTarget::database(const std::string& name) {
  std::string made = prefix_ + name;
  if (std::ranges::find(databases_, made) == databases_.end()) databases_.push_back(made);
  return made;
}

MongoTarget::Client& MongoTarget::client(int member) {
  const auto at = static_cast<std::size_t>(member + 1);
  while (clients_.size() <= at) clients_.push_back(nullptr);
  if (!clients_[at]) {
    clients_[at] =
        std::make_unique<Client>(member < 0 ? url_ : member_url(static_cast<std::size_t>(member)));
    clients_[at]->direct = member >= 0;
  }
  return *clients_[at];
}

Value MongoTarget::run(const std::string& database, std::string_view command, int member) {
  return client(member).run(database, mongo::json(command));
}

Value MongoTarget::must(const std::string& database, std::string_view command) {
  Value reply = run(database, command);
  EXPECT_EQ(reply.number_at("ok"), 1) << command.substr(0, 300) << "\n" << mql::relaxed_json(reply);
  EXPECT_EQ(reply.find("writeErrors"), nullptr) << command.substr(0, 300) << "\n"
                                                << mql::relaxed_json(reply);
  return reply;
}

void MongoTarget::insert(const std::string& database, const std::string& collection,
                         const std::vector<std::string>& documents) {
  for (std::size_t from = 0; from < documents.size(); from += 1000) {
    std::string list;
    for (std::size_t i = from; i < std::min(documents.size(), from + 1000); ++i)
      list += (i == from ? "" : ",") + documents[i];
    must(database, "{\"insert\": \"" + collection + "\", \"documents\": [" + list + "]}");
  }
}

std::shared_ptr<void> MongoTarget::in_transaction(const std::string& database,
                                                  std::string_view command) {
  struct Open {
    explicit Open(const std::string& url) : client(url) {
      session = mongoc_client_start_session(client.client, nullptr, nullptr);
    }
    Open(const Open&) = delete;
    Open& operator=(const Open&) = delete;
    ~Open() {
      mongoc_client_session_abort_transaction(session, nullptr);
      mongoc_client_session_destroy(session);
    }
    Client client;
    mongoc_client_session_t* session = nullptr;
  };
  auto open = std::make_shared<Open>(url_);
  const std::string bytes = mongo::bson_of(mongo::json(command));
  bson_error_t error{};
  bson_t sent, options = BSON_INITIALIZER;
  bson_init_static(&sent, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  const bool done = mongoc_client_session_start_transaction(open->session, nullptr, &error) &&
                    mongoc_client_session_append(open->session, &options, &error) &&
                    mongoc_client_write_command_with_opts(open->client.client, database.c_str(),
                                                          &sent, &options, nullptr, &error);
  bson_destroy(&options);
  EXPECT_TRUE(done) << error.message;
  return open;
}

std::string MongoTarget::tool_run(const std::string& arguments) const {
  return testing::run(tool("mongodserver") + " " + arguments + " --dir " + folder_ + "/server");
}

void MongoTarget::kill_member(std::size_t member) {
  clients_.clear();  // theirs are of before
  if (scripted_) return scripted_->cut_member(member);
  ASSERT_TRUE(may_break()) << "a server that somebody named is not broken";
  tool_run("kill " + std::to_string(member));
}

void MongoTarget::restart_member(std::size_t member) {
  clients_.clear();
  if (scripted_) {
    scripted_->cut_member(member);
    return scripted_->revive_member(member);
  }
  ASSERT_TRUE(may_break()) << "a server that somebody named is not broken";
  tool_run("restart " + std::to_string(member));
}

void MongoTarget::step_down() {
  clients_.clear();
  if (scripted_) return scripted_->step_down();
  ASSERT_TRUE(may_break()) << "a server that somebody named is not broken";
  tool_run("step-down");
}

std::size_t MongoTarget::primary() {
  for (std::size_t i = 0; i < members(); ++i)
    if (run("admin", R"({"hello": 1})", static_cast<int>(i)).flag_at("isWritablePrimary")) return i;
  return members();
}

}  // namespace whet::testing
