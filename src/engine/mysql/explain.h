// Plans without running anything.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "engine/mysql/connection.h"
#include "model/plan.h"
#include "sql/mysql/mode.h"

namespace whet::engine::mysql {

struct Explained {
  model::Plan plan;      ///< with the server's warnings about it
  std::string resolved;  ///< the statement as the server read it, names qualified; with literals
};

/// The plan of a complete statement, names without a schema being in `schema`, which is the
/// session's default from then on. A statement that writes needs a session that may (the server
/// refuses even to plan it otherwise); it is not executed.
[[nodiscard]] Result<Explained> explain_statement(Connection& connection, const std::string& schema,
                                                  const std::string& statement,
                                                  const Progress* progress);

/// Every expression of the plan with its literals as ?.
void mask_literals(model::Plan& plan, const sql::mysql::Mode& mode);

/// While it lives, the session of a reader may plan writes. It is told nothing but EXPLAIN then.
class WritesMayBePlanned {
 public:
  explicit WritesMayBePlanned(Connection& connection);
  WritesMayBePlanned(const WritesMayBePlanned&) = delete;
  WritesMayBePlanned& operator=(const WritesMayBePlanned&) = delete;
  ~WritesMayBePlanned();

 private:
  Connection& connection_;
};

}  // namespace whet::engine::mysql
