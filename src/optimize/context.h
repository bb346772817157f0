// What every step of the loop works with; the programs fill it.
#pragma once

#include <functional>

#include "base/progress.h"
#include "engine/engine.h"
#include "ledger/ledger.h"

namespace whet::optimize {

/// Time comes from outside, so that a run can be repeated.
struct Clock {
  std::function<double()> now;        ///< seconds since 1970, UTC
  std::function<double()> monotonic;  ///< seconds, never jumps
};

struct Context {
  engine::Engine& engine;
  ledger::Ledger& ledger;
  Progress& progress;
  Clock clock;
};

}  // namespace whet::optimize
