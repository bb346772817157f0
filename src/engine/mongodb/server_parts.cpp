#include "engine/mongodb/server_parts.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/json.h"
#include "base/text.h"

namespace whet::engine::mongodb {

namespace {

constexpr double megabyte = 1024.0 * 1024.0;

std::string flavour_of(const mql::Value& info, std::string_view self) {
  if (info.find("ferretdb") != nullptr) return "ferretdb";
  if (info.find("psmdbVersion") != nullptr) return "percona";
  if (text::contains(self, ".mongodb.net")) return "atlas";
  if (text::contains(self, ".docdb.")) return "documentdb";
  if (text::contains(self, ".cosmos.azure.com")) return "cosmosdb";
  return {};
}

std::vector<std::string> roles_held(const mql::Value* roles) {
  std::vector<std::string> held;
  if (roles == nullptr || !roles->is_array()) return held;
  for (const auto& field : roles->fields)
    held.push_back(field.value.string_at("role") + "@" + field.value.string_at("db"));
  return held;
}

/// The weakest way in that the account has.
std::string password_kind(const mql::Value& user) {
  if (user.string_at("db") == "$external") {
    return text::contains(user.string_at("user"), "CN=") ? "x509" : "external";
  }
  std::string kind;
  const mql::Value* mechanisms = user.find("mechanisms");
  if (mechanisms == nullptr) return kind;
  for (const auto& field : mechanisms->fields) {
    const std::string name = text::lower(field.value.text);
    if (kind.empty() || name == "scram-sha-1") kind = name;
  }
  return kind;
}

}  // namespace

bool has_every_right(const mql::Value* roles) {
  const auto held = roles_held(roles);
  const auto has = [&](std::string_view role) {
    return std::find(held.begin(), held.end(), role) != held.end();
  };
  return has("root@admin") || has("__system@admin") ||
         (has("userAdminAnyDatabase@admin") && has("dbAdminAnyDatabase@admin"));
}

void add_build(model::Server& server, const mql::Value& info, std::string_view self) {
  server.flavour = flavour_of(info, self);
  if (server.version.empty()) server.version = info.string_at("version");
  const std::string allocator = info.string_at("allocator");
  if (!allocator.empty()) server.build.push_back(allocator);
  if (const mql::Value* modules = info.find("modules")) {
    for (const auto& field : modules->fields) server.build.push_back("modules " + field.value.text);
  }
  const std::string engine = info.string_at("javascriptEngine");
  if (!engine.empty()) server.build.push_back("javascript " + engine);
  const std::string library = info.string_at("openssl.running");
  if (!library.empty()) server.build.push_back(library);
  if (info.flag_at("debug")) server.build.emplace_back("debug");
}

std::vector<std::string> warnings_of(const mql::Value& reply) {
  std::vector<std::string> warnings;
  const mql::Value* lines = reply.find("log");
  if (lines == nullptr) return warnings;
  for (const auto& field : lines->fields) {
    const auto line = mql::parse_json(text::trim(field.value.text));
    if (!line || !line->is_object()) {
      // Before 4.4 lines were text.
      if (!field.value.text.empty()) warnings.push_back(field.value.text);
      continue;
    }
    std::string warning = line->string_at("msg");
    const mql::Value* about = line->find("attr");
    if (about != nullptr && about->is_object() && !about->fields.empty())
      warning += " (" + mql::relaxed_json(*about) + ")";
    warnings.push_back(std::move(warning));
  }
  return warnings;
}

std::vector<model::Database> databases_of(const mql::Value& reply) {
  std::vector<model::Database> databases;
  const mql::Value* list = reply.find("databases");
  if (list == nullptr) return databases;
  for (const auto& field : list->fields) {
    model::Database database;
    database.name = field.value.string_at("name");
    database.size_bytes = field.value.integer_at("sizeOnDisk");
    databases.push_back(std::move(database));
  }
  return databases;
}

void add_database_stats(model::Database& database, model::Resources& resources,
                        const mql::Value& stats) {
  database.collections = stats.integer_at("collections");
  const auto size = stats.integer_at(
      "totalSize", stats.integer_at("storageSize") + stats.integer_at("indexSize"));
  if (size > 0) database.size_bytes = size;
  const auto disk = stats.integer_at("fsTotalSize");
  if (disk <= 0) return;
  if (!resources.host) resources.host.emplace();
  if (!resources.host->disks.empty()) return;
  model::Disk data;
  data.holds = {"data"};
  data.size_bytes = disk;
  data.free_bytes = disk - stats.integer_at("fsUsedSize");
  resources.host->disks.push_back(std::move(data));
}

std::vector<model::Role> roles_of(const mql::Value& reply) {
  std::vector<model::Role> roles;
  const mql::Value* users = reply.find("users");
  if (users == nullptr) return roles;
  for (const auto& field : users->fields) {
    model::Role role;
    role.name = field.value.string_at("user") + "@" + field.value.string_at("db");
    role.can_login = true;
    role.superuser = has_every_right(field.value.find("roles"));
    role.password_kind = password_kind(field.value);
    roles.push_back(std::move(role));
  }
  std::sort(roles.begin(), roles.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return roles;
}

void add_cache_size(model::Server& server, double bytes) {
  model::Setting setting;
  setting.name = "storage.wiredTiger.engineConfig.cacheSizeGB";
  setting.value = json::format(bytes / (megabyte * 1024));
  setting.unit = "GB";
  setting.type = "real";
  setting.source = "default";
  setting.context = "startup";
  setting.number = bytes;
  const auto at =
      std::lower_bound(server.settings.begin(), server.settings.end(), setting.name,
                       [](const auto& known, const auto& name) { return known.name < name; });
  server.settings.insert(at, std::move(setting));
}

model::Host host_of(const mql::Value& reply) {
  model::Host host;
  host.cpus = reply.integer_at("system.numCores");
  const double memory = reply.number_at("system.memSizeMB");
  const double limit = reply.number_at("system.memLimitMB");
  host.memory_bytes =
      static_cast<std::int64_t>((limit > 0 && limit < memory ? limit : memory) * megabyte);
  host.open_files_limit = reply.integer_at("extra.maxOpenFiles");
  return host;
}

}  // namespace whet::engine::mongodb
