// The server, its databases and users from its replies. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/resources.h"
#include "model/server.h"
#include "mql/value.h"

namespace whet::engine::mongodb {

/// What buildInfo says: flavour ("atlas", "percona", "documentdb", "ferretdb", ...) and build.
void add_build(model::Server& server, const mql::Value& info, std::string_view self);

/// The messages of getLog's startup warnings, with what they are about.
[[nodiscard]] std::vector<std::string> warnings_of(const mql::Value& reply);

/// The reply of listDatabases.
[[nodiscard]] std::vector<model::Database> databases_of(const mql::Value& reply);
/// The reply of dbStats; it also tells of the disk.
void add_database_stats(model::Database& database, model::Resources& resources,
                        const mql::Value& stats);

/// The reply of usersInfo: names and roles, never credentials.
[[nodiscard]] std::vector<model::Role> roles_of(const mql::Value& reply);
/// [{role, db}] of somebody who may do everything, or give himself the right to.
[[nodiscard]] bool has_every_right(const mql::Value* roles);

/// The cache's size as a setting with source "default".
void add_cache_size(model::Server& server, double bytes);

/// The reply of hostInfo.
[[nodiscard]] model::Host host_of(const mql::Value& reply);

}  // namespace whet::engine::mongodb
