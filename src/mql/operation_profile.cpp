#include "mql/recorded.h"

namespace whet::mql {

Result<Operation> operation_of_profile(const Value& document) {
  const Value* at = document.find("ts");
  if (!document.is_object() || at == nullptr || at->type != Type::date) {
    return Error{ErrorKind::invalid, "This is no document of the profiler: it has no time (ts).",
                 "Give documents of system.profile.", ""};
  }
  Operation out = WHET_TRY(recorded_operation(document));
  out.at = static_cast<double>(at->integer) / 1e3;
  return out;
}

}  // namespace whet::mql
