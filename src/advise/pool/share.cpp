#include <algorithm>

#include "advise/build.h"
#include "advise/pool/sessions.h"
#include "base/text.h"

namespace whet::advise::pool {

using model::Session;

std::vector<const Session*> client_sessions(const Facts& facts) {
  std::vector<const Session*> out;
  for (const Session& session : facts.snapshot().activity.sessions) {
    if (session.leader_pid == 0 && session.kind == "client backend") out.push_back(&session);
  }
  return out;
}

bool is_remote(const Session& session) {
  return !session.client.empty() && session.client != "local" && session.client != "::1" &&
         !session.client.starts_with("127.") && !session.client.starts_with("::1/");
}

bool idle_in_transaction(const Session& session) {
  return session.state.starts_with("idle in transaction");
}

bool is_backup(const Session& session) {
  return session.application.starts_with("pg_dump") ||
         session.application.starts_with("pg_basebackup") ||
         session.application.starts_with("pgbackrest") || session.application == "barman";
}

Groups grouped(const Facts& facts, const std::function<bool(const Session&)>& takes) {
  Groups groups;
  for (const Session* session : client_sessions(facts)) {
    if (takes(*session)) groups[{session->application, session->role}].push_back(session);
  }
  return groups;
}

std::string group_name(const Groups::key_type& key) {
  return (key.first.empty() ? std::string("(no application_name)") : key.first) + " (role " +
         key.second + ")";
}

std::string pids_of(const std::vector<const Session*>& sessions) {
  std::vector<std::string> pids;
  for (const Session* session : sessions) {
    if (pids.size() == 10) {
      pids.emplace_back("...");
      break;
    }
    pids.push_back(std::to_string(session->pid));
  }
  return text::join(pids, ", ");
}

double capacity(const Facts& facts) {
  const auto number = [&](const char* name) { return facts.server().number(name).value_or(0); };
  const double most = number("max_connections");
  return std::max(0.0,
                  most - number("superuser_reserved_connections") - number("reserved_connections"));
}

model::Change end_sessions(std::string_view check, const std::vector<const Session*>& sessions) {
  std::vector<std::string> calls;
  for (const Session* session : sessions) {
    if (calls.size() == 10) break;
    calls.push_back("SELECT pg_terminate_backend(" + std::to_string(session->pid) + ");");
  }
  const Session& first = *sessions.front();
  model::Change change =
      manual(std::string(check) + "/" + group_name({first.application, first.role}),
             "End " + text::plural(static_cast<std::int64_t>(calls.size()), "session", "sessions"),
             text::join(calls, "\n"));
  change.risk = model::Risk::high;
  change.preconditions = {
      "The same sessions are still in the same state, and what they did may be rolled back."};
  return change;
}

}  // namespace whet::advise::pool
