// What kind of statement a text is, and whether it may be run again without harm.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/workload.h"
#include "sql/mysql/mode.h"

namespace whet::sql::mysql {

struct Classification {
  model::StatementKind kind = model::StatementKind::other;
  /// It only reads as far as its text tells: SELECT, TABLE or VALUES without a row lock, INTO or an
  /// assignment to a variable. The functions that it calls may still write.
  bool pure_read = false;
  /// Names of the functions called, in lower case, sorted, each once: "count", "db.f". Aggregates
  /// and window functions are among them.
  std::vector<std::string> functions;
  /// Why it should not be run again to measure it, a part of a sentence: "it locks the rows that it
  /// reads", "it calls sleep". Empty: it may.
  std::string obstacle;
};

/// Of several statements in one text the first gives the kind, and all must be pure reads. REPLACE
/// is an insert; EXPLAIN, SHOW, SET, CALL and the like are utility. O(length).
[[nodiscard]] Classification classify(std::string_view text, const Mode& mode);

/// The kind alone.
[[nodiscard]] model::StatementKind kind_of(std::string_view text, const Mode& mode);

}  // namespace whet::sql::mysql
