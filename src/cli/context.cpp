#include "cli/context.h"

namespace whet::cli {

int fail(Context& context, const Error& error) {
  context.progress.report("", -1);
  context.err << "whet: " << error.text() << "\n";
  switch (error.kind) {
    case ErrorKind::usage:
    case ErrorKind::invalid:
      return usage;
    case ErrorKind::unreachable:
      return unreachable;
    case ErrorKind::refused:
    case ErrorKind::timeout:
      return refused;
    case ErrorKind::interrupted:
      return interrupted;
    case ErrorKind::internal:
      return internal;
  }
  return internal;
}

}  // namespace whet::cli
