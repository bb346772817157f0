#include "optimize/outcome.h"

#include "base/fields_json.h"

namespace whet::optimize {

std::string to_json(const Outcome& outcome, int indent) {
  return fields_json::to_text(outcome, indent);
}
std::string to_json(const StatementOutcome& statement) { return fields_json::to_text(statement); }

}  // namespace whet::optimize
