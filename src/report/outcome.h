// What a run of `whet optimize` did, as text, JSON and Markdown; and the ledger and undo.
#pragma once

#include <string>
#include <vector>

#include "ledger/ledger.h"
#include "optimize/outcome.h"
#include "report/style.h"

namespace whet::report {

/// The plan of a dry run, or what was done and gained.
[[nodiscard]] std::string outcome_text(const optimize::Outcome& outcome, const Style& style);
[[nodiscard]] std::string outcome_json(const optimize::Outcome& outcome);
[[nodiscard]] std::string outcome_markdown(const optimize::Outcome& outcome);

/// Newest last, one line each; with their transitions when style.verbosity says so.
[[nodiscard]] std::string ledger_text(const std::vector<ledger::Entry>& entries,
                                      const Style& style);

}  // namespace whet::report
