#include "support/mongo_target.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <thread>

#include <gtest/gtest.h>
#include <mongoc/mongoc.h>
#include <unistd.h>

#include "support/mongo_bson.h"
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

std::string with_account(const std::string& url, const std::string& user,
                         const std::string& password) {
  const std::size_t start = url.find("://") + 3;
  const std::size_t slash = url.find('/', start);
  const std::size_t at = url.rfind('@', slash);
  std::string out = url.substr(0, start) + user + ":" + password + "@" +
                    url.substr(at == std::string::npos || at < start ? start : at + 1);
  if (out.find("authSource=") == std::string::npos)
    out += (out.find('?') == std::string::npos ? "?" : "&") + std::string("authSource=admin");
  return out;
}

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
    if (options.accounts) url_ = with_account(url_, administrator, secret);
  }
  read_server();
}

MongoTarget::~MongoTarget() {
  if (folder_.empty() && scripted_ == nullptr)
    for (const std::string& name : databases_) run(name, R"({"dropDatabase": 1})");
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
  const Value* const hosts = hello.find("hosts");
  members_ = hosts == nullptr ? 1 : hosts->fields.size();
}

std::string MongoTarget::url_for(const std::string& user, const std::string& password) const {
  return with_account(url_, user, password);
}

std::string MongoTarget::member_url(std::size_t member) const {
  const std::size_t start = url_.find("://") + 3;
  std::size_t at = url_.rfind('@', url_.find('/', start));
  at = at == std::string::npos || at < start ? start : at + 1;
  const std::size_t slash = std::min(url_.find('/', at), url_.size());
  std::string hosts = url_.substr(at, slash - at);
  for (std::size_t i = 0; i < member; ++i) hosts.erase(0, hosts.find(',') + 1);
  std::string out =
      url_.substr(0, at) + hosts.substr(0, hosts.find(',')) + "/?directConnection=true";
  const std::size_t query = url_.find('?');
  std::string rest = query == std::string::npos ? "" : url_.substr(query + 1);
  for (std::size_t from = 0; from < rest.size();) {
    const std::size_t end = std::min(rest.find('&', from), rest.size());
    const std::string one = rest.substr(from, end - from);
    if (!one.starts_with("replicaSet=")) out += "&" + one;
    from = end + 1;
  }
  return out;
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

std::string MongoTarget::tool_run(const std::string& arguments) const {
  return testing::run(tool("mongodserver") + " " + arguments + " --dir " + folder_ + "/server");
}

void MongoTarget::kill_member(std::size_t member) {
  if (scripted_) return scripted_->cut_member(member);
  ASSERT_TRUE(may_break()) << "a server that somebody named is not broken";
  tool_run("kill " + std::to_string(member));
}

void MongoTarget::restart_member(std::size_t member) {
  if (scripted_) {
    scripted_->cut_member(member);
    return scripted_->revive_member(member);
  }
  ASSERT_TRUE(may_break()) << "a server that somebody named is not broken";
  tool_run("restart " + std::to_string(member));
}

void MongoTarget::step_down() {
  if (scripted_) return scripted_->step_down();
  ASSERT_TRUE(may_break()) << "a server that somebody named is not broken";
  tool_run("step-down");
}

std::size_t MongoTarget::primary() {
  for (std::size_t i = 0; i < members_; ++i)
    if (run("admin", R"({"hello": 1})", static_cast<int>(i)).flag_at("isWritablePrimary")) return i;
  return members_;
}

}  // namespace whet::testing
