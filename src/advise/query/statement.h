// Findings about statements of the workload. Internal to advise/query.
#pragma once

#include <vector>

#include "advise/facts.h"
#include "model/finding.h"

namespace whet::advise {

/// Statements that are worth a word: not Whet's, and either at least 0.5 % of the workload's time
/// and a second in all (or 30 s an hour, in ten or more calls of 10 ms and more), or slow for their
/// caller: twice or more, 20 ms or more on average.
[[nodiscard]] std::vector<const model::Statement*> costly_statements(const Facts& facts);

/// Under 0.5 % of the workload's time: its caller notices, the server does not.
[[nodiscard]] bool is_rare(const Facts& facts, const model::Statement& statement);

/// Makes the finding one about the statement: subject, evidence of what it costs, and as impact the
/// given part (0 to 1) of its time. What is said of a rare statement is at most of low severity,
/// and of medium when less than 5 % of the workload's time is touched.
void about_statement(const Facts& facts, const model::Statement& statement, double part,
                     model::Finding& finding);

}  // namespace whet::advise
