// Any bytes as a structured log of MongoDB: each line is an operation, something else, or counted
// as not understood; statements add up to the operations.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "mql/operation.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): libFuzzer's interface
  const std::string_view log(reinterpret_cast<const char*>(data), size);
  const auto found = whet::mql::operations_of_log(log);
  require(found.operations.size() + found.not_understood.size() <=
          static_cast<std::size_t>(found.lines));
  const auto statements = whet::mql::statements_of(found.operations, 2e9);
  require(statements.statements.size() <= found.operations.size());
  for (const auto& statement : statements.statements) {
    require(!statement.fingerprint.empty() && !statement.text.empty());
    require(statement.min_ms <= statement.max_ms && statement.p95_ms <= statement.max_ms);
  }
  if (const auto document = whet::mql::parse_json(log); document.ok()) {
    (void)whet::mql::operation_of_profile(*document);
    (void)whet::mql::statement_of_query_stats(*document);
  }
  return 0;
}
