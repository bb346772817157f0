// Optimizer hints that may help a slow read of MySQL or MariaDB, to be tried: a small set, chosen
// by the statement's plan. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "model/plan.h"
#include "model/server.h"

namespace whet::optimize {

enum class HintForm : unsigned char {
  comment,  ///< /*+ text */ behind SELECT (MySQL 8.0 and later)
  word,     ///< behind SELECT: STRAIGHT_JOIN
  prefix,   ///< before the statement: SET STATEMENT text FOR (MariaDB)
  option,   ///< the command's member `hint`, as JSON (MongoDB; hints_mongodb.h)
};

struct Hint {
  HintForm form = HintForm::comment;
  std::string text;  ///< "NO_INDEX(`o` `orders_status`)"
  std::string aim;   ///< what it makes the server do, for people: "does not use the index ..."
};

/// At most `at_most`, those first that most often matter. Nothing for other servers, for versions
/// without hints, and for statements that have some already.
[[nodiscard]] std::vector<Hint> hint_candidates(std::string_view text, const model::Plan& plan,
                                                const model::Server& server, std::size_t at_most);

/// The statement with the hint; empty when it has no SELECT that the hint could be put behind.
[[nodiscard]] std::string with_hint(std::string_view text, const Hint& hint,
                                    const model::Server& server);

}  // namespace whet::optimize
