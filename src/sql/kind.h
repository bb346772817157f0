// What kind of statement a text is, and whether it may be run again without harm.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/workload.h"

namespace whet::sql {

struct Classification {
  model::StatementKind kind = model::StatementKind::other;
  bool parsed = false;  ///< false: `kind` is judged by the first word
  /// It only reads as far as its text tells: SELECT without a row lock, INTO or a data-modifying
  /// WITH. The functions that it calls may still write.
  bool pure_read = false;
  /// Names of the functions called, sorted, each once; without "pg_catalog.". Aggregates and window
  /// functions are among them.
  std::vector<std::string> functions;
};

/// Of several statements in one text the first gives the kind, and all must be pure reads.
[[nodiscard]] Classification classify(std::string_view text);

/// The statements of a text, without the semicolons and the white space around them. Text that is
/// no SQL is split at the semicolons outside quotes.
[[nodiscard]] std::vector<std::string> split(std::string_view text);

}  // namespace whet::sql
