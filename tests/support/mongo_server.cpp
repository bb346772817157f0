#include "support/mongo_server.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>
#include <list>
#include <map>
#include <set>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/mongo_bson.h"
#include "support/mongo_script.h"
#include "support/mongo_wire.h"
#include "support/shell.h"

namespace whet::testing {

using mongo::Failure;
using mongo::Request;
using mql::Field;
using mql::Type;
using mql::Value;

struct ScriptedMongo::Connection {
  explicit Connection(int socket) : channel(socket) {}

  mongo::Channel channel;
  std::int64_t id = 0;
  std::size_t member = 0;
  std::string client, application, user;
  Value driver;
  mongo::Conversation login;
  std::thread thread;
  std::atomic<bool> over = false;
};

struct ScriptedMongo::Member {
  int socket = -1, port = 0;
  std::thread thread;
  std::list<std::shared_ptr<Connection>> connections;
};

struct ScriptedMongo::Fault {
  std::string name;
  int skip = 0, times = 1;
  std::optional<Failure> failure;
  bool close_before = false, close_after = false;
  std::shared_ptr<Gate> gate;
};

struct ScriptedMongo::Script {
  mongo::Conversations conversations;
  std::map<std::string, Value, std::less<>> answers;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> tls{nullptr, SSL_CTX_free};
};

namespace {

/// A socket that listens on a port of loopback (0: any).
std::pair<int, int> listening(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  socklen_t size = sizeof address;
  if (::bind(socket, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(socket, 64) != 0) {
    ADD_FAILURE() << "the scripted server cannot listen on port " << port;
    return {socket, port};
  }
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  return {socket, ntohs(address.sin_port)};
}

/// An authority, a server's certificate for 127.0.0.1 and a client's, each key and certificate in
/// one file as MongoDB wants it.
std::string make_certificates() {
  std::string folder = folder_for_server();
  run("cd " + folder +
      " && exec 2>log && openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj '/CN=Whet test "
      "authority' -keyout ca-key.pem -out ca.pem"
      " && for who in server client; do"
      " openssl req -newkey rsa:2048 -nodes -subj \"/O=Whet/CN=$who\" -keyout $who-key.pem -out "
      "$who.csr"
      " && echo 'subjectAltName=IP:127.0.0.1,DNS:localhost' >ext"
      " && openssl x509 -req -in $who.csr -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 30 "
      "-extfile ext -out $who-cert.pem"
      " && cat $who-key.pem $who-cert.pem >$who.pem; done");
  return folder;
}

SSL_CTX* tls_context(const std::string& folder) {
  SSL_CTX* const made = SSL_CTX_new(TLS_server_method());
  const std::string server = folder + "/server.pem", authority = folder + "/ca.pem";
  const bool good =
      SSL_CTX_use_certificate_chain_file(made, (folder + "/server-cert.pem").c_str()) == 1 &&
      SSL_CTX_use_PrivateKey_file(made, server.c_str(), SSL_FILETYPE_PEM) == 1 &&
      SSL_CTX_load_verify_locations(made, authority.c_str(), nullptr) == 1;
  EXPECT_TRUE(good) << "no certificates in " << folder;
  SSL_CTX_set_verify(made, SSL_VERIFY_PEER, nullptr);
  return made;
}

std::string log_path() {
  const std::filesystem::path folder = std::filesystem::path(WHET_BINARY_DIR) / "mongodb-commands";
  std::error_code ignored;
  std::filesystem::create_directories(folder, ignored);
  return (folder / (std::string(program_invocation_short_name) + ".log")).string();
}

const std::set<std::string, std::less<>> logins{"saslStart", "saslContinue", "authenticate"};
const std::set<std::string, std::less<>> greetings{"hello", "isMaster", "ismaster"};
const std::set<std::string, std::less<>> reading{"find",          "aggregate",       "count",
                                                 "distinct",      "listCollections", "listIndexes",
                                                 "listDatabases", "dbStats",         "collStats"};
const std::set<std::string, std::less<>> writing{
    "insert",      "update",  "delete", "findAndModify", "findandmodify", "createIndexes",
    "dropIndexes", "collMod", "create", "drop",          "dropDatabase",  "renameCollection"};

}  // namespace

ScriptedMongo::ScriptedMongo(Options options)
    : options_(std::move(options)),
      log_file_(log_path()),
      store_(options_.version),
      login_(options_.accounts),
      script_(std::make_unique<Script>()) {
  std::ofstream(log_file_, std::ios::app) << "# server " << options_.version << "\n";
  if (options_.tls) {
    certificates_ = make_certificates();
    store_.templates["tls"] = Value::of("requireTLS");
    script_->tls.reset(tls_context(certificates_));
  }
  store_.set = options_.members > 0;
  store_.mongos = options_.mongos;
  store_.users = login_.listed();
  const int count = options_.mongos ? 1 : std::max(1, options_.members);
  for (int i = 0; i < count; ++i) {
    members_.push_back(std::make_unique<Member>());
    store_.members.emplace_back();
    store_.reachable.push_back(true);
  }
  for (std::size_t i = 0; i < members_.size(); ++i) listen(i);
  if (store_.set) store_.make_oplog();
}

ScriptedMongo::~ScriptedMongo() {
  std::vector<std::thread> threads;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const auto& member : members_) {
      if (member->socket >= 0) ::shutdown(member->socket, SHUT_RDWR);
      for (const auto& one : member->connections) one->channel.cut();
      threads.push_back(std::move(member->thread));
    }
  }
  changed_.notify_all();
  for (std::thread& one : threads)
    if (one.joinable()) one.join();
  for (const auto& member : members_) {
    if (member->socket >= 0) ::close(member->socket);
    for (const auto& one : member->connections)
      if (one->thread.joinable()) one->thread.join();
  }
  if (!certificates_.empty()) run("rm -rf " + certificates_);
}

// ---- connections

void ScriptedMongo::listen(std::size_t at) {
  Member& member = *members_[at];
  std::tie(member.socket, member.port) = listening(member.port);
  store_.members[at] = "127.0.0.1:" + std::to_string(member.port);
  store_.reachable[at] = true;
  member.thread = std::thread([this, at] { accept(at); });
}

void ScriptedMongo::accept(std::size_t at) {
  const int listener = members_[at]->socket;
  while (true) {
    sockaddr_in from{};
    socklen_t size = sizeof from;
    const int socket = ::accept4(listener, reinterpret_cast<sockaddr*>(&from), &size, SOCK_CLOEXEC);
    if (socket < 0) return;
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    auto connection = std::make_shared<Connection>(socket);
    connection->member = at;
    connection->client = "127.0.0.1:" + std::to_string(ntohs(from.sin_port));
    const std::lock_guard lock(mutex_);
    if (stopping_ || !store_.reachable[at]) continue;
    connection->id = next_connection_++;
    auto& all = members_[at]->connections;
    all.remove_if([](const std::shared_ptr<Connection>& one) {
      if (one->over) one->thread.join();
      return !one->thread.joinable();
    });
    connection->thread = std::thread([this, connection] { serve(connection); });
    all.push_back(std::move(connection));
  }
}

void ScriptedMongo::serve(const std::shared_ptr<Connection>& connection) {
  if (!options_.tls || connection->channel.secure(script_->tls.get())) {
    std::string trouble;
    while (const auto message = mongo::read_message(connection->channel, trouble)) {
      if (message->command.fields.empty()) break;
      Request request{.database = message->database,
                      .name = message->command.fields.front().name,
                      .command = message->command,
                      .member = connection->member,
                      .connection = connection->id};
      request.client = connection->client;
      bool close = false, silent = false;
      const Value reply = answer_to(*connection, request, close, silent);
      if (close) break;
      if (!message->more_to_come && !mongo::write_reply(connection->channel, *message, reply))
        break;
    }
    if (!trouble.empty()) ADD_FAILURE() << "the scripted server got " << trouble;
  }
  connection->channel.cut();
  connection->over = true;
}

void ScriptedMongo::record(const Request& request) {
  if (logins.contains(request.name)) return;
  const std::string text = mongo::printed(request.command);
  std::ofstream(log_file_, std::ios::app)
      << request.member << ' ' << (request.user.empty() ? "-" : request.user) << ' '
      << request.database << ' ' << (text.size() > 2000 ? text.substr(0, 2000) + "..." : text)
      << '\n';
  if (!greetings.contains(request.name))
    commands_.push_back(
        {request.member, request.database, request.name, request.user, request.command});
}

std::shared_ptr<ScriptedMongo::Fault> ScriptedMongo::due_fault(const std::string& name) {
  for (auto at = faults_.begin(); at != faults_.end(); ++at) {
    Fault& fault = **at;
    if (fault.name != name || fault.skip-- > 0) continue;
    fault.skip = 0;
    auto found = *at;
    if (--fault.times <= 0) faults_.erase(at);
    return found;
  }
  return nullptr;
}

/// What a member refuses for what it is: a secondary writes nothing, and reads when asked to.
void ScriptedMongo::check_state(const Request& request) const {
  if (!store_.set || store_.mongos || request.member == store_.primary) return;
  if (request.database == "local" && reading.contains(request.name)) return;
  if (writing.contains(request.name)) throw Failure(10107, "NotWritablePrimary", "not primary");
  const std::string mode = request.command.string_at("$readPreference.mode", "primary");
  if (reading.contains(request.name) && mode == "primary")
    throw Failure(13435, "NotPrimaryNoSecondaryOk", "not primary and secondaryOk=false");
}

void ScriptedMongo::wait_at(Gate& gate, Connection& connection, mongo::Operation& operation,
                            std::unique_lock<std::mutex>& lock) {
  gate.reached_ = operation.held = true;
  changed_.notify_all();
  const std::int64_t limit = operation.command.integer_at("maxTimeMS");
  while (!gate.released_ && !stopping_ && operation.killed == 0 && !connection.channel.gone()) {
    changed_.wait_for(lock, std::chrono::milliseconds(20));
    if (limit > 0 && mongo::now_ms() - operation.started_ms > limit)
      throw Failure(50, "MaxTimeMSExpired", "operation exceeded time limit");
  }
  operation.held = false;
  if (operation.killed == 11602)
    throw Failure(11602, "InterruptedDueToReplStateChange", "operation was interrupted");
  if (operation.killed != 0) throw Failure(11601, "Interrupted", "operation was interrupted");
}

namespace {

/// The indexes that the command asks for and that are not there.
std::vector<std::string> new_names(mongo::Collection& collection, const Value& command) {
  std::vector<std::string> out;
  if (const Value* specs = command.find("indexes"))
    for (const Field& f : specs->fields)
      if (collection.index(f.value.string_at("name")) == nullptr)
        out.push_back(f.value.string_at("name"));
  return out;
}

constexpr std::size_t long_build = 10'000;  ///< documents

}  // namespace

/// An index build that a fail point holds, or of many documents: it lasts until somebody has looked
/// at it twice, or half a second.
void ScriptedMongo::wait_for_build(const Request& request, mongo::Operation& operation,
                                   std::unique_lock<std::mutex>& lock) {
  mongo::Collection* const collection = store_.find(request.database, request.collection());
  if (collection == nullptr || (!store_.hang_builds && collection->documents.size() < long_build))
    return;
  const std::vector<std::string> names = new_names(*collection, request.command);
  if (names.empty()) return;
  const std::int64_t id = operation.id, begun = mongo::now_ms();
  const int looks = store_.looks;
  store_.builds[id] = {.request = request, .names = names};
  store_.builds[id].request.breathe = {};  // it may outlive this command
  const auto over = [&] {
    if (stopping_ || operation.killed != 0 || store_.builds[id].aborted != 0) return true;
    return !store_.hang_builds && (store_.looks >= looks + 2 || mongo::now_ms() - begun > 500);
  };
  const std::int64_t limit = request.command.integer_at("maxTimeMS");
  while (!over()) {
    changed_.wait_for(lock, std::chrono::milliseconds(10));
    if (limit > 0 && mongo::now_ms() - begun > limit) operation.killed = 50;
  }
  const int aborted = store_.builds[id].aborted;
  if (operation.killed == 11602) {
    store_.builds[id].orphan = true;
    if (!store_.hang_builds) store_.finish_orphans();
    throw Failure(11602, "InterruptedDueToReplStateChange", "operation was interrupted");
  }
  store_.builds.erase(id);
  if (aborted != 0)
    throw Failure(276, "IndexBuildAborted",
                  "Index build failed: 4dffa006-e09e-4407-b4b8-009a557d3364: Collection " +
                      collection->ns() + " :: caused by :: collection dropIndexes command");
  if (operation.killed == 50)
    throw Failure(50, "MaxTimeMSExpired", "operation exceeded time limit");
  if (operation.killed != 0 || stopping_)
    throw Failure(11601, "Interrupted", "operation was interrupted");
}

Value ScriptedMongo::execute(const Request& request) {
  if (request.name == "createUser" || request.name == "updateUser" || request.name == "dropUser") {
    login_.change(request.name, request.database, request.command);
    store_.users = login_.listed();
    return mongo::fine();
  }
  if (const auto found = script_->answers.find(request.name); found != script_->answers.end())
    return found->second;
  if (auto reply = script_->conversations.answer(request.member, request.database, request.command))
    return std::move(*reply);
  if (request.name == "replSetStepDown") {
    elect();
    return mongo::fine();
  }
  for (const mongo::Handlers* handlers :
       {&mongo::document_commands(), &mongo::definition_commands(), &mongo::server_commands(),
        &mongo::set_commands()})
    if (const auto found = handlers->find(request.name); found != handlers->end())
      return found->second(store_, request);
  throw Failure(59, "CommandNotFound", "no such command: '" + request.name + "'");
}

Value ScriptedMongo::answer_to(Connection& connection, const Request& given, bool& close, bool&) {
  Request request = given;
  std::unique_lock lock(mutex_);
  if (greetings.contains(request.name)) {
    if (const Value* client = request.command.find("client")) {
      connection.driver = *client;
      connection.application = client->string_at("application.name");
    }
  }
  request.user = connection.user;
  request.application = connection.application;
  record(request);
  mongo::Operation& operation = store_.operations[next_operation_];
  operation = {.id = next_operation_++,
               .connection = connection.id,
               .started_ms = mongo::now_ms(),
               .member = connection.member,
               .database = request.database,
               .client = connection.client,
               .application = connection.application,
               .user = connection.user,
               .command = request.command,
               .driver = connection.driver};
  const std::int64_t id = operation.id;
  const auto fault = due_fault(request.name);
  Value reply;
  try {
    if (logins.contains(request.name)) {
      const std::string subject = connection.channel.client_subject();
      reply = login_.answer(request.name, request.database, request.command, connection.login,
                            subject, connection.user);
    } else {
      ++store_.command_counts[request.name];
      login_.check(request.user, request.database, request.name, request.command,
                   store_.number() < 50000);
      if (fault && fault->gate) wait_at(*fault->gate, connection, operation, lock);
      if (fault && fault->failure) throw Failure(*fault->failure);
      if (fault && fault->close_before) close = true;
      if (!close) {
        check_state(request);
        request.breathe = [&] {
          lock.unlock();
          std::this_thread::yield();
          lock.lock();
          const std::int64_t limit = request.command.integer_at("maxTimeMS");
          if (limit > 0 && mongo::now_ms() - operation.started_ms > limit)
            throw Failure(50, "MaxTimeMSExpired", "operation exceeded time limit");
          if (operation.killed != 0 || stopping_ || connection.channel.gone())
            throw Failure(11601, "Interrupted", "operation was interrupted");
        };
        if (request.name == "createIndexes") wait_for_build(request, operation, lock);
        reply = execute(request);
      }
      if (fault && fault->close_after) close = true;
    }
    if (const Value* user = request.command.find("saslSupportedMechs");
        user != nullptr && greetings.contains(request.name))
      reply.set("saslSupportedMechs", login_.mechanisms_of(user->text));
  } catch (const Failure& failure) {
    reply = failure.reply();
  }
  store_.operations.erase(id);
  if (stopping_ || !store_.reachable[connection.member]) close = true;
  return reply;
}

// ---- what tests ask and order

std::string ScriptedMongo::address(std::size_t member) const {
  return "127.0.0.1:" + std::to_string(members_[member]->port);
}

std::string ScriptedMongo::url() const {
  std::string hosts;
  for (std::size_t i = 0; i < members_.size(); ++i) hosts += (i == 0 ? "" : ",") + address(i);
  std::string out = "mongodb://" + hosts + "/?";
  if (store_.set && !store_.mongos) out += "replicaSet=rs0&";
  if (options_.tls)
    out += "tls=true&tlsCAFile=" + certificates_ +
           "/ca.pem&tlsCertificateKeyFile=" + certificates_ + "/client.pem&";
  out.pop_back();
  return out;
}

std::string ScriptedMongo::member_url(std::size_t member) const {
  std::string out = "mongodb://" + address(member) + "/?directConnection=true";
  if (options_.tls)
    out += "&tls=true&tlsCAFile=" + certificates_ +
           "/ca.pem&tlsCertificateKeyFile=" + certificates_ + "/client.pem";
  return out;
}

std::vector<MongoCommand> ScriptedMongo::commands() const {
  const std::lock_guard lock(mutex_);
  return commands_;
}

int ScriptedMongo::count(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(
      std::ranges::count_if(commands_, [&](const MongoCommand& c) { return c.name == name; }));
}

void ScriptedMongo::forget_commands() {
  const std::lock_guard lock(mutex_);
  commands_.clear();
}

void ScriptedMongo::play(const std::string& file, std::string_view member, std::size_t on) {
  const std::lock_guard lock(mutex_);
  script_->conversations.add(file, member, on);
}

void ScriptedMongo::answer(std::string_view name, std::string_view reply) {
  const std::lock_guard lock(mutex_);
  script_->answers[std::string(name)] = mongo::json(reply);
}

void ScriptedMongo::fail(std::string_view name, Failure failure, int skip, int times) {
  const std::lock_guard lock(mutex_);
  faults_.push_back(std::make_shared<Fault>(Fault{.name = std::string(name),
                                                  .skip = skip,
                                                  .times = times,
                                                  .failure = std::move(failure),
                                                  .gate = nullptr}));
}

void ScriptedMongo::close_before(std::string_view name, int skip) {
  const std::lock_guard lock(mutex_);
  faults_.push_back(std::make_shared<Fault>(Fault{.name = std::string(name),
                                                  .skip = skip,
                                                  .failure = {},
                                                  .close_before = true,
                                                  .gate = nullptr}));
}

void ScriptedMongo::close_after(std::string_view name, int skip) {
  const std::lock_guard lock(mutex_);
  faults_.push_back(std::make_shared<Fault>(Fault{.name = std::string(name),
                                                  .skip = skip,
                                                  .failure = {},
                                                  .close_after = true,
                                                  .gate = nullptr}));
}

std::shared_ptr<ScriptedMongo::Gate> ScriptedMongo::hold(std::string_view name, int skip) {
  const std::lock_guard lock(mutex_);
  auto gate = std::make_shared<Gate>();
  gate->server_ = this;
  faults_.push_back(std::make_shared<Fault>(
      Fault{.name = std::string(name), .skip = skip, .failure = {}, .gate = gate}));
  return gate;
}

void ScriptedMongo::Gate::wait_until_reached() {
  std::unique_lock lock(server_->mutex_);
  EXPECT_TRUE(server_->changed_.wait_for(lock, std::chrono::seconds(20), [&] { return reached_; }))
      << "the command that was to be held never came";
}

void ScriptedMongo::Gate::release() {
  {
    const std::lock_guard lock(server_->mutex_);
    released_ = true;
  }
  server_->changed_.notify_all();
}

bool ScriptedMongo::Gate::reached() const {
  const std::lock_guard lock(server_->mutex_);
  return reached_;
}

// ---- the set

/// The next reachable member after the primary is it from now on; what it was doing is interrupted.
void ScriptedMongo::elect() {
  const std::size_t old = store_.primary, count = members_.size();
  const std::size_t from = old < count ? old : 0;
  store_.primary = count;
  for (std::size_t i = 1; i <= count && store_.primary == count; ++i)
    if (store_.reachable[(from + i) % count]) store_.primary = (from + i) % count;
  ++store_.term;
  for (auto& [id, operation] : store_.operations)
    if ((operation.held || store_.builds.contains(id)) && operation.member == old)
      operation.killed = 11602;
  changed_.notify_all();
}

void ScriptedMongo::step_down() {
  const std::lock_guard lock(mutex_);
  elect();
}

void ScriptedMongo::cut_member(std::size_t at) {
  std::thread thread;
  {
    const std::lock_guard lock(mutex_);
    store_.reachable[at] = false;
    ::shutdown(members_[at]->socket, SHUT_RDWR);
    for (const auto& one : members_[at]->connections) one->channel.cut();
    for (auto& [id, operation] : store_.operations)
      if (members_.size() == 1 && store_.builds.contains(id)) operation.killed = 11600;
    if (members_.size() == 1) store_.hang_builds = false;  // fail points do not outlive a server
    if (store_.primary == at) elect();
    thread = std::move(members_[at]->thread);
  }
  changed_.notify_all();
  if (thread.joinable()) thread.join();
  ::close(members_[at]->socket);
  members_[at]->socket = -1;
}

void ScriptedMongo::revive_member(std::size_t at) {
  const std::lock_guard lock(mutex_);
  listen(at);
  if (store_.primary >= members_.size()) store_.primary = at;
}

std::size_t ScriptedMongo::primary() const {
  const std::lock_guard lock(mutex_);
  return store_.primary;
}

void ScriptedMongo::with_store(const std::function<void(mongo::Store&)>& work) {
  const std::lock_guard lock(mutex_);
  work(store_);
}

}  // namespace whet::testing
