// What the index advisor says, in every format. Pure functions: the same advice gives the same
// bytes. The figures are the planner's estimates, and every format says so.
#pragma once

#include <string>

#include "advise/advisor/advice.h"
#include "report/style.h"

namespace whet::report {

/// For people at a terminal: the summary first, at most a screen unless style.verbosity says more.
[[nodiscard]] std::string index_advice_text(const advise::IndexAdvice& advice, const Style& style);

/// For programs; `whet schema index-advice` prints its schema.
[[nodiscard]] std::string index_advice_json(const advise::IndexAdvice& advice);
[[nodiscard]] std::string index_advice_schema();

/// For issues and pull requests.
[[nodiscard]] std::string index_advice_markdown(const advise::IndexAdvice& advice);

/// One offline HTML file: no network, no scripts, light and dark.
[[nodiscard]] std::string index_advice_html(const advise::IndexAdvice& advice);

/// A file to review and then run with psql, mysql or mongosh: each change with its reason, figures
/// and locks, and at its end the way back, commented out. What would block the server is commented
/// out too.
[[nodiscard]] std::string index_advice_sql(const advise::IndexAdvice& advice);

}  // namespace whet::report
