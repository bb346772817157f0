#include "optimize/advised.h"

#include <algorithm>

#include "advise/advisor/findings.h"
#include "advise/check.h"

namespace whet::optimize {

std::vector<model::Finding> with_advice(std::vector<model::Finding> findings,
                                        const advise::IndexAdvice& advice,
                                        const advise::Facts& facts) {
  std::erase_if(findings, [](const model::Finding& one) { return one.id == "index.missing"; });
  for (model::Finding& one : advise::missing_indexes(advice, facts))
    findings.push_back(std::move(one));
  advise::order_by_impact(findings);
  return findings;
}

}  // namespace whet::optimize
