#include "engine/mongodb/collector.h"

#include <algorithm>
#include <array>

#include "base/json.h"

namespace whet::engine::mongodb {

namespace {

std::string key_of(std::string_view schema, std::string_view name) {
  std::string key(schema);
  key += '\0';
  key += name;
  return key;
}

/// Codes that say: this kind or version of server has no such thing, or somebody dropped it.
bool means_absent(const Error& error) {
  constexpr std::array<std::string_view, 8> codes{
      "26",     // NamespaceNotFound
      "59",     // CommandNotFound
      "76",     // NoReplicationEnabled
      "115",    // CommandNotSupported
      "166",    // CommandNotSupportedOnView
      "175",    // QueryPlanKilled: dropped or renamed while it was read
      "40324",  // an unknown stage of a pipeline
      "51300",  // getDefaultRWConcern on a standalone
  };
  return std::find(codes.begin(), codes.end(), error.sqlstate) != codes.end();
}

}  // namespace

Collector::Collector(Connection& of, const CollectOptions& with, Progress& telling, Collected& into)
    : connection(of), options(with), progress(telling), collected(into), snapshot(into.snapshot) {}

void Collector::failed(const std::string& what, const Error& error, const std::string& remedy) {
  if (error.kind == ErrorKind::interrupted ||
      (error.kind == ErrorKind::unreachable && !connection.alive())) {
    failure = error;
  } else if (!means_absent(error) && !what.empty()) {
    note(what, error.message, remedy.empty() ? error.hint : remedy);
  }
}

std::optional<mql::Value> Collector::run(const std::string& what, std::string_view database,
                                         const mql::Value& command, const std::string& remedy) {
  if (stopped()) return std::nullopt;
  auto reply = connection.command(database, command, &progress);
  if (reply) return std::move(reply).value();
  failed(what, reply.error(), remedy);
  return std::nullopt;
}

std::optional<std::vector<mql::Value>> Collector::query(const std::string& what,
                                                        std::string_view database,
                                                        const mql::Value& command,
                                                        const std::string& remedy,
                                                        std::int64_t limit) {
  if (stopped()) return std::nullopt;
  auto documents = connection.query(database, command, &progress, limit);
  if (documents) return std::move(documents).value();
  failed(what, documents.error(), remedy);
  return std::nullopt;
}

std::optional<mql::Value> Collector::run_if_possible(std::string_view database,
                                                     const mql::Value& command) {
  return run("", database, command);
}

std::optional<std::vector<mql::Value>> Collector::query_if_possible(std::string_view database,
                                                                    const mql::Value& command,
                                                                    std::int64_t limit) {
  return query("", database, command, "", limit);
}

void Collector::note(const std::string& what, const std::string& reason,
                     const std::string& remedy) {
  // The same refusal of many collections is one fact.
  for (const auto& known : snapshot.not_collected) {
    if (known.what == what) return;
  }
  snapshot.not_collected.push_back({what, reason, remedy});
}

std::string Collector::grant(std::string_view role, std::string_view database) const {
  const std::string wanted = "{role: " + json::quote(role) + ", db: " + json::quote(database) + "}";
  const std::string& user = connection.user();
  if (user.empty()) return "Log in as a user that has the role " + wanted + ".";
  const std::size_t at = user.rfind('@');
  const std::string home = at == std::string::npos ? "admin" : user.substr(at + 1);
  return "db.getSiblingDB(" + json::quote(home) + ").grantRolesToUser(" +
         json::quote(user.substr(0, at)) + ", [" + wanted + "])";
}

void Collector::remember_tables() {
  tables_.clear();
  for (std::size_t i = 0; i < snapshot.schema.tables.size(); ++i) {
    const auto& table = snapshot.schema.tables[i];
    tables_[key_of(table.schema, table.name)] = i;
  }
}

model::Table* Collector::table(std::string_view schema, std::string_view name) {
  const auto at = tables_.find(key_of(schema, name));
  return at == tables_.end() ? nullptr : &snapshot.schema.tables[at->second];
}

model::Index* Collector::index(model::Table& table, std::string_view name) {
  for (auto& index : table.indexes) {
    if (index.name == name) return &index;
  }
  return nullptr;
}

std::string Collector::keep_text(const mql::Command& command) {
  std::string fingerprint = mql::fingerprint(command);
  auto& kept = texts[{command.database, fingerprint}];
  if (kept.size() < texts_of_one_statement) {
    std::string text = mql::print(command);
    if (std::find(kept.begin(), kept.end(), text) == kept.end()) kept.push_back(std::move(text));
  }
  return fingerprint;
}

bool is_system_database(std::string_view name) {
  return name == "admin" || name == "config" || name == "local";
}

bool is_system_collection(std::string_view name) { return name.starts_with("system."); }

}  // namespace whet::engine::mongodb
