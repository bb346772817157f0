// Which server a connection goes to, and what that server is.
#include <optional>

#include "base/clock.h"
#include "base/text.h"
#include "engine/mongodb/connection_state.h"

namespace whet::engine::mongodb {

namespace {

using mql::Value;

/// How often a set without a primary is asked again.
constexpr double ask_again_seconds = 0.25;

std::vector<std::string> texts(const Value* list) {
  std::vector<std::string> out;
  if (list == nullptr) return out;
  for (const mql::Field& one : list->fields) out.push_back(one.value.text);
  return out;
}

std::int64_t version_number(const Value& build) {
  return build.integer_at("versionArray.0") * 10000 + build.integer_at("versionArray.1") * 100 +
         build.integer_at("versionArray.2");
}

/// Servers that speak the protocol and are something else.
Status refuse_others(const std::string& target, const Value& build) {
  std::string other;
  if (build.find("ferretdb") != nullptr || build.find("ferretdbVersion") != nullptr)
    other = "FerretDB";
  if (text::contains(target, ".docdb.amazonaws.com")) other = "Amazon DocumentDB";
  if (text::contains(target, ".cosmos.azure.com")) other = "Azure Cosmos DB";
  if (other.empty()) return {};
  return Error{ErrorKind::unreachable, target + " is " + other + ", which only looks like MongoDB.",
               "Whet works with MongoDB servers.", ""};
}

Error no_primary(const std::string& target, const std::string& set) {
  return {
      ErrorKind::unreachable, target + " belongs to the set " + set + ", which has no primary now.",
      "Changes are made on the primary: look at rs.status(), and try again when there is one.", ""};
}

/// The first document of a command without an account's help: hello and buildInfo need none.
Result<Value> ask(Connection::State& state, const char* command) {
  bool retry = false;
  return state.attempt("admin", Value::object({{command, Value::of(1)}}), nullptr, retry);
}

Result<Value> ask_hello(Connection::State& state) {
  auto hello = ask(state, "hello");  // 4.4.2 and later
  if (hello || hello.error().sqlstate != "59") return hello;
  return ask(state, "isMaster");
}

std::string user_of(const Value& status) {
  const Value* user = status.at("authInfo.authenticatedUsers.0");
  if (user == nullptr) return "";
  return user->string_at("user") + "@" + user->string_at("db");
}

}  // namespace

Identity identity_of(const mql::Value& hello, const mql::Value& build, const std::string& address) {
  Identity out;
  out.version = version_number(build);
  out.version_text = build.string_at("version");
  out.set_name = hello.string_at("setName");
  const bool set = !out.set_name.empty() || hello.flag_at("isreplicaset");
  out.topology = hello.string_at("msg") == "isdbgrid" ? "sharded"
                 : set                                ? "replica set"
                                                      : "standalone";
  out.self = hello.string_at("me", address);
  out.primary = hello.string_at("primary");
  out.members = texts(hello.find("hosts"));
  for (std::string& one : texts(hello.find("passives"))) out.members.push_back(std::move(one));
  out.is_primary = hello.flag_at("isWritablePrimary") || hello.flag_at("ismaster");
  out.is_secondary = hello.flag_at("secondary");
  for (const std::string& one : texts(build.find("modules"))) {
    if (one == "enterprise") out.enterprise = true;
  }
  return out;
}

double Connection::State::connect_timeout() const {
  const auto stated = text::to_double(place.option("connecttimeoutms"));
  return stated && *stated > 0 ? *stated / 1000 : options.connect_timeout_seconds;
}

Errand Connection::State::errand(std::string_view database) const { return {host, user, database}; }

Status Connection::State::look() {
  const Value hello = WHET_TRY(ask_hello(*this));
  const Value build = WHET_TRY(ask(*this, "buildInfo"));
  WHET_TRY_VOID(refuse_others(host, build));
  identity = identity_of(hello, build, host);
  if (identity.version < oldest_version) {
    return connect_error(host, NoConnection::too_old,
                         "it runs MongoDB " + identity.version_text + ", which is too old", false);
  }
  const std::string_view set = place.option("replicaset");
  if (!set.empty() && set != identity.set_name) {
    return Error{ErrorKind::usage,
                 host +
                     (identity.set_name.empty() ? " is in no replica set"
                                                : " is in the set '" + identity.set_name + "'") +
                     ", but the URL says replicaSet=" + std::string(set) + ".",
                 "Correct the URL's replicaSet.", ""};
  }
  // Without a login there is nobody to ask for.
  const auto status = ask(*this, "connectionStatus");
  if (status) user = user_of(*status);
  return {};
}

Status Connection::State::connect(const std::string& address) {
  link.reset();
  host = address;
  link = WHET_TRY(Link::open(place, address, connect_timeout(), nullptr));
  const Status looked = look();
  if (!looked.ok()) link.reset();
  return looked;
}

/// Can anything be read from it? An arbiter or a member that starts cannot answer much.
bool Connection::State::of_use() const {
  return identity.topology != "replica set" || identity.is_primary || identity.is_secondary;
}

Status Connection::State::select_once() {
  std::optional<Error> first;
  for (const std::string& address : std::vector<std::string>(place.hosts)) {
    const Status connected = connect(address);
    if (connected.ok() && (of_use() || place.hosts.size() == 1)) return {};
    Error error = connected.ok() ? Error{ErrorKind::unreachable,
                                         address + " is an arbiter, or starting or recovering.",
                                         "Give the address of a member that holds data.", ""}
                                 : connected.error();
    // Another address would not help.
    if (error.kind == ErrorKind::refused || error.kind == ErrorKind::usage) return error;
    if (!first) first = std::move(error);
  }
  link.reset();
  return first ? *std::move(first) : Error{ErrorKind::usage, "The URL has no host.", "", ""};
}

Status Connection::State::move_to_primary() {
  if (identity.topology != "replica set" || identity.is_primary) return {};
  const std::string set = identity.set_name, before = host, primary = identity.primary;
  if (place.flag("directconnection")) {
    return Error{ErrorKind::refused,
                 host + " is not the primary of its set: nothing can be changed there.",
                 "Give the address of " + (primary.empty() ? "the primary" : primary) +
                     ", or leave out directConnection.",
                 "10107"};
  }
  if (primary.empty()) return no_primary(before, set);
  const Status moved = connect(primary);
  if (!moved.ok()) {
    Error error = moved.error();
    error.hint = before + " calls it the primary. " + error.hint;
    return error;
  }
  return identity.is_primary ? Status() : no_primary(before, set);
}

Status Connection::State::move_to_secondary() {
  if (identity.topology != "replica set" || identity.is_secondary) return {};
  const std::string before = host;
  for (const std::string& member : std::vector<std::string>(identity.members)) {
    if (member != before && connect(member).ok() && identity.is_secondary) return {};
  }
  return connect(before);  // secondaryPreferred; and who wants a secondary only gets what there is
}

Status Connection::State::select() {
  const std::string_view preference = place.option("readpreference");
  const double end = clock::monotonic() + connect_timeout();
  for (;;) {
    WHET_TRY_VOID(select_once());
    if (access == Access::write) {
      const Status moved = move_to_primary();
      // An election takes a while; a server that cannot be reached is another thing.
      const bool wait =
          !moved.ok() && link && !place.flag("directconnection") && clock::monotonic() < end;
      if (!wait) return moved;
      clock::pause(ask_again_seconds);
      continue;
    }
    if (place.flag("directconnection")) return {};
    if (preference.starts_with("secondary")) return move_to_secondary();
    if (!preference.starts_with("primary")) return {};
    const std::string before = host;
    return move_to_primary().ok() ? Status() : connect(before);
  }
}

Status Connection::State::reconnect() {
  const std::string before = host;
  if (access != Access::write && connect(before).ok() && of_use()) return {};
  return select();
}

}  // namespace whet::engine::mongodb
