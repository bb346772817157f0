// What the parts of the doctor share. Internal to doctor*.cpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/progress.h"
#include "engine/engine.h"
#include "engine/mongodb/connection.h"

namespace whet::engine::mongodb {

struct Examination {
  Connection& connection;
  const Progress* progress = nullptr;
  std::vector<std::string> databases;  ///< that the account sees, without the server's own
  std::optional<Error> failure;        ///< the end: the connection broke, or the user stopped it

  /// The reply, or the error; nothing is asked any more after a failure.
  [[nodiscard]] Result<mql::Value> ask(std::string_view database, const mql::Value& command);
  /// {verb: 1} on admin.
  [[nodiscard]] Result<mql::Value> ask(const char* verb);
  /// A sentence for a remedy.
  [[nodiscard]] std::string grant(std::string_view role, std::string_view database) const;
};

/// The server refused for want of a privilege.
[[nodiscard]] bool denied(const Error& error);
/// The server does not know the command or stage, or has it switched off.
[[nodiscard]] bool unknown(const Error& error);
[[nodiscard]] bool is_own_database(std::string_view name);  ///< admin, config, local

/// Privileges: what was refused, found by asking for it.
void diagnose_access(Examination& x, std::vector<Diagnosis>& out);
/// What the server records of its work.
void diagnose_records(Examination& x, std::vector<Diagnosis>& out);
/// The set, its members, the way to them, and whether everybody may come in.
void diagnose_deployment(Examination& x, std::vector<Diagnosis>& out);

/// When a release gets no fixes any more, as seconds since 1970; nothing: not known. `release` is
/// 70000 for 7.0. Pure.
[[nodiscard]] std::optional<double> end_of_life(std::int64_t release);

}  // namespace whet::engine::mongodb
