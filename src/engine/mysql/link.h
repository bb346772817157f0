// A connection as libmariadb has it, without a session's set-up: for Connection, and for the short
// one that kills a statement.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "engine/mysql/location.h"

struct st_mysql;  // libmariadb's name. NOLINT(readability-identifier-naming)

namespace whet::engine::mysql {

struct CloseLink {
  void operator()(st_mysql* handle) const;
};
using Link = std::unique_ptr<st_mysql, CloseLink>;

/// Connects, logs in, and negotiates TLS as the location says.
[[nodiscard]] Result<Link> connect(const Location& place, double timeout_seconds);

/// The first value that a statement gives, "" when it gives none; nothing when it fails or takes
/// longer. libmariadb's blocking calls are not for these links: over TLS they wait for ever.
[[nodiscard]] std::optional<std::string> ask(st_mysql* link, const std::string& sql,
                                             double timeout_seconds);

}  // namespace whet::engine::mysql
