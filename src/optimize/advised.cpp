#include "optimize/advised.h"

#include <algorithm>

#include "advise/build.h"
#include "advise/check.h"
#include "advise/index/common.h"
#include "base/text.h"

namespace whet::optimize {
namespace {

using model::Severity;

// As the check index.missing has it.
Severity severity_of(double share) {
  if (share >= 0.10) return Severity::high;
  return share >= 0.01 ? Severity::medium : Severity::low;
}

const advise::StatementAdvice* statement_of(const advise::IndexAdvice& advice,
                                            const std::string& id) {
  const auto found = std::find_if(advice.statements.begin(), advice.statements.end(),
                                  [&](const auto& one) { return one.id == id; });
  return found == advice.statements.end() ? nullptr : &*found;
}

void add_statements(const advise::NewIndex& index, const advise::IndexAdvice& advice,
                    const advise::Facts& facts, model::Finding& finding) {
  constexpr std::size_t shown = 160;
  for (const std::string& id : index.statements) {
    const auto* statement = statement_of(advice, id);
    if (statement == nullptr) continue;
    finding.evidence.push_back(advise::fact("statement " + id,
                                            text::shorten(text::squeeze(statement->text), shown),
                                            "pg_stat_statements.query"));
    finding.evidence.push_back(advise::fact("statement " + id + " costs",
                                            text::number(statement->before) + " now, " +
                                                text::number(statement->after) +
                                                " with the advised indexes",
                                            "estimated: total cost in EXPLAIN, " + advice.oracle));
  }
  for (const model::Statement& statement : facts.snapshot().workload.statements) {
    if (std::find(index.statements.begin(), index.statements.end(), statement.id) ==
        index.statements.end())
      continue;
    finding.impact.seconds_per_hour += facts.seconds_per_hour(statement);
    finding.impact.share += facts.share(statement);
  }
}

model::Finding finding_of(const advise::NewIndex& index, const advise::IndexAdvice& advice,
                          const advise::Facts& facts) {
  model::Finding finding;
  finding.id = "index.missing";
  finding.subject = {model::SubjectKind::table, index.schema, "", index.table};
  const auto count = static_cast<std::int64_t>(index.statements.size());
  finding.title = text::plural(count, "statement", "statements") + " would use an index on " +
                  index.table + " " + advise::sql_definition(index.index);
  finding.detail =
      "Of the indexes that this workload's plans could use, these are worth their "
      "disk and their upkeep together. " +
      index.note;
  finding.impact.arithmetic =
      "execution time of " + text::plural(count, "statement", "statements") +
      " (pg_stat_statements.total_exec_time), per hour of the counters' age";
  add_statements(index, advice, facts, finding);
  finding.evidence.push_back(
      advise::size("size of the index (estimate)", index.bytes, "column statistics"));
  if (!index.upkeep_arithmetic.empty())
    finding.evidence.push_back(
        advise::fact("what writes pay for it", index.upkeep_arithmetic, "table counters"));
  finding.severity = severity_of(finding.impact.share);
  finding.changes = {index.change};
  return finding;
}

}  // namespace

std::vector<model::Finding> with_advice(std::vector<model::Finding> findings,
                                        const advise::IndexAdvice& advice,
                                        const advise::Facts& facts) {
  std::erase_if(findings, [](const model::Finding& one) { return one.id == "index.missing"; });
  for (const advise::NewIndex& index : advice.create)
    findings.push_back(finding_of(index, advice, facts));
  advise::order_by_impact(findings);
  return findings;
}

}  // namespace whet::optimize
