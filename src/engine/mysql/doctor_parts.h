// What the parts of the doctor share. Internal to doctor*.cpp.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "engine/mysql/connection.h"

namespace whet::engine::mysql {

struct Examination {
  Connection& connection;
  std::map<std::string, std::string> settings;  ///< by name, in lower case
  std::map<std::string, std::string> status;    ///< of performance_schema
  std::vector<std::string> grants;              ///< lines of SHOW GRANTS

  /// "" when the server has none of that name.
  [[nodiscard]] std::string setting(const std::string& name) const;
  [[nodiscard]] bool on(const std::string& name) const;
  // Sentences for remedies.
  [[nodiscard]] std::string set(const std::string& name, const std::string& value) const;
  /// Lines of the option file: "performance_schema=ON".
  [[nodiscard]] static std::string set_at_start(const std::vector<std::string>& lines);
  [[nodiscard]] std::string grant(const std::string& what) const;
};

/// Privileges: what was refused, found by asking for it.
void diagnose_access(const Examination& x, std::vector<Diagnosis>& out);
/// What the server records of its work.
void diagnose_performance_schema(const Examination& x, std::vector<Diagnosis>& out);

}  // namespace whet::engine::mysql
