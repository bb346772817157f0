// One offline HTML file: what was found, done and gained, with every finding's evidence and the
// workload's plans.
#pragma once

#include <string>

#include "optimize/outcome.h"
#include "report/analysis.h"

namespace whet::report {

/// No network, no scripts from elsewhere, light and dark. `outcome` may be null: an analysis only.
[[nodiscard]] std::string html(const Analysis& analysis, const optimize::Outcome* outcome);

/// The section of what was done and gained.
[[nodiscard]] std::string html_outcome(const optimize::Outcome& outcome);

/// The style sheet.
[[nodiscard]] std::string html_style();

}  // namespace whet::report
