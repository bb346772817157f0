// What a command may touch: its output, how it looks, and whether the user wants it to stop.
#pragma once

#include <memory>
#include <ostream>
#include <string>

#include "base/progress.h"
#include "base/result.h"
#include "report/style.h"

namespace CLI {
class App;
}

namespace whet::cli {

/// Exit codes, as documented in docs/exit-codes.md.
enum Exit : int {
  done = 0,
  findings = 1,  ///< findings at or over --fail-on
  usage = 2,
  unreachable = 3,  ///< or nothing could be examined
  refused = 4,
  interrupted = 5,  ///< stopped by the user, everything left consistent
  internal = 70,
};

struct Context {
  std::ostream& out;
  std::ostream& err;
  report::Style style;
  Progress& progress;
  bool interactive = false;  ///< standard input and error are terminals: questions may be asked
  int exit_code = done;      ///< set by the command that ran
};

/// Says the error on err and returns its exit code.
int fail(Context& context, const Error& error);

/// Each command adds itself and its options; when chosen it runs and sets context.exit_code.
void add_analyze(CLI::App& app, Context& context);
void add_collect(CLI::App& app, Context& context);
void add_checks(CLI::App& app, Context& context);
void add_doctor(CLI::App& app, Context& context);
void add_explain(CLI::App& app, Context& context);
void add_grants(CLI::App& app, Context& context);
void add_index(CLI::App& app, Context& context);
void add_ledger(CLI::App& app, Context& context);
void add_optimize(CLI::App& app, Context& context);
void add_schema(CLI::App& app, Context& context);
void add_shadow(CLI::App& app, Context& context);
void add_undo(CLI::App& app, Context& context);

}  // namespace whet::cli
