// The set and its members, the way to them, and whether everybody may come in.
#include <utility>

#include "base/text.h"
#include "engine/mongodb/doctor_parts.h"
#include "engine/mongodb/location.h"

namespace whet::engine::mongodb {

namespace {

using mql::Value;

void topology_line(const Examination& x, std::vector<Diagnosis>& out) {
  const Identity& is = x.connection.identity();
  if (is.topology == "sharded") {
    out.push_back({"topology", true, "is a sharded cluster, seen through this mongos", ""});
    return;
  }
  if (is.topology != "replica set") {
    out.push_back({"topology", true, "is a single server that belongs to no replica set", ""});
    return;
  }
  const std::string size = text::plural(static_cast<std::int64_t>(is.members.size()),
                                        "member that holds data", "members that hold data");
  if (is.is_primary) {
    out.push_back(
        {"topology", true, "is the primary of the replica set " + is.set_name + ", " + size, ""});
    return;
  }
  out.push_back({"topology", false,
                 "is a secondary of the replica set " + is.set_name + ", " + size +
                     ": its counters are of its own reads, and changes are made on the primary",
                 is.primary.empty()
                     ? "The set has no primary now: look at rs.status()."
                     : "For those give the primary: mongodb://" + is.primary +
                           "/?replicaSet=" + is.set_name + "&readPreference=primary"});
}

void preference_line(const Examination& x, std::vector<Diagnosis>& out) {
  const auto place = parse_url(x.connection.options().url);
  if (!place) return;
  const std::string_view preference = place->option("readpreference");
  if (!preference.starts_with("secondary") && preference != "nearest") return;
  out.push_back({"readPreference", false,
                 "is " + std::string(preference) +
                     " in the URL: plans, use of indexes and counters may be those of a secondary",
                 "Leave it out, or write readPreference=primary; Whet asks the other members by "
                 "itself."});
}

void member_lines(Examination& x, std::vector<Diagnosis>& out) {
  const Identity is = x.connection.identity();
  if (is.topology != "replica set" || is.members.size() < 2) return;
  std::vector<std::string> lost;
  std::string why;
  for (const std::string& member : is.members) {
    if (member == is.self || x.failure) continue;
    const auto other = x.connection.to_member(member, Access::read);
    if (other) continue;
    lost.push_back(member);
    if (why.empty()) why = other.error().text();
  }
  if (lost.empty()) {
    out.push_back({"members", true, "can all be reached", ""});
  } else {
    out.push_back({"members", false,
                   "cannot all be reached from here (" + text::join(lost, ", ") +
                       "): their use of indexes is unknown",
                   why});
  }
}

/// Nobody but the server's own machine can come in.
bool local_only(const Value& parsed) {
  const std::string bind = parsed.string_at("net.bindIp", "localhost");
  for (const std::string& one : text::split(bind, ',')) {
    const auto address = text::trim(one);
    const bool local = address == "localhost" || address == "::1" || address.starts_with("127.") ||
                       address.starts_with("/");
    if (!local) return false;
  }
  return !parsed.flag_at("net.bindIpAll");
}

void security_lines(Examination& x, std::vector<Diagnosis>& out) {
  const auto reply = x.ask("getCmdLineOpts");
  if (!reply) return;  // diagnose_access says so
  const Value* parsed = reply->find("parsed");
  if (parsed == nullptr) return;
  const bool login = parsed->string_at("security.authorization") == "enabled" ||
                     !parsed->string_at("security.keyFile").empty();
  if (login) {
    out.push_back({"logins", true, "are asked for", ""});
  } else {
    out.push_back({"logins", false,
                   local_only(*parsed) ? "are not asked for: everybody on the server's machine can "
                                         "read and change everything"
                                       : "are not asked for: everybody who reaches the server can "
                                         "read and change everything",
                   "Make an administrator, then set security.authorization: enabled and restart."});
  }
  const std::string mode = parsed->string_at("net.tls.mode", parsed->string_at("net.ssl.mode"));
  if (!mode.empty() && mode != "disabled") {
    out.push_back({"TLS", true, "is on (" + mode + ")", ""});
  } else if (local_only(*parsed)) {
    out.push_back({"TLS", true, "is off, and the server listens on its own machine only", ""});
  } else {
    out.push_back({"TLS", false, "is off: passwords' proofs and data cross the network readable",
                   "Set net.tls.mode: preferTLS with net.tls.certificateKeyFile and restart."});
  }
}

}  // namespace

void diagnose_deployment(Examination& x, std::vector<Diagnosis>& out) {
  topology_line(x, out);
  preference_line(x, out);
  member_lines(x, out);
  security_lines(x, out);
}

}  // namespace whet::engine::mongodb
