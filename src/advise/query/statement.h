// Findings about statements of the workload. Internal to advise/query.
#pragma once

#include <vector>

#include "advise/facts.h"
#include "model/finding.h"

namespace whet::advise {

/// Statements that are worth a word: not Whet's, and at least 0.5 % of the workload's time and a
/// second in all.
[[nodiscard]] std::vector<const model::Statement*> costly_statements(const Facts& facts);

/// Makes the finding one about the statement: subject, evidence of what it costs, and as impact the
/// given part (0 to 1) of its time.
void about_statement(const Facts& facts, const model::Statement& statement, double part,
                     model::Finding& finding);

}  // namespace whet::advise
