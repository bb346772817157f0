// One offline HTML file: what was found, done and gained, with every finding's evidence and the
// workload's plans.
#pragma once

#include <string>
#include <string_view>

#include "optimize/outcome.h"
#include "report/analysis.h"

namespace whet::report {

/// No network, no scripts from elsewhere, light and dark. `outcome` may be null: an analysis only.
[[nodiscard]] std::string html(const Analysis& analysis, const optimize::Outcome* outcome);

/// The section of what was done and gained.
[[nodiscard]] std::string html_outcome(const optimize::Outcome& outcome);

/// A whole page around a body; `title` is plain text.
[[nodiscard]] std::string html_page(std::string_view title, std::string_view body);

/// Width of a bar in percent on a logarithmic scale from `smallest` to `largest`, since before and
/// after often lie factors of hundreds apart.
[[nodiscard]] double html_bar_width(double value, double smallest, double largest);

}  // namespace whet::report
