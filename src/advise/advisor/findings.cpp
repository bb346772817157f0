#include "advise/advisor/findings.h"

#include <algorithm>

#include "advise/build.h"
#include "advise/index/common.h"
#include "advise/mongodb_facts.h"
#include "advise/mongodb_index.h"
#include "advise/mysql_facts.h"
#include "base/text.h"

namespace whet::advise {
namespace {

using model::Severity;

std::string_view source_of_texts(const Facts& facts) {
  if (is_mongodb(facts)) return "system.profile, log, $queryStats";
  return is_mysql(facts) ? "events_statements_summary_by_digest.DIGEST_TEXT"
                         : "pg_stat_statements.query";
}

// As the check index.missing has it.
Severity severity_of(double share) {
  if (share >= 0.10) return Severity::high;
  return share >= 0.01 ? Severity::medium : Severity::low;
}

/// A planner's cost has no unit; a model's is a time.
std::string cost_text(const IndexAdvice& advice, double cost) {
  constexpr double microseconds = 1e-6;
  return advice.engine == model::EngineKind::postgresql ? text::number(cost)
                                                        : text::duration(cost * microseconds);
}

const StatementAdvice* statement_of(const IndexAdvice& advice, const std::string& id) {
  const auto found = std::find_if(advice.statements.begin(), advice.statements.end(),
                                  [&](const auto& one) { return one.id == id; });
  return found == advice.statements.end() ? nullptr : &*found;
}

void add_statements(const NewIndex& index, const IndexAdvice& advice, const Facts& facts,
                    model::Finding& finding) {
  constexpr std::size_t shown = 160;
  for (const std::string& id : index.statements) {
    const auto* statement = statement_of(advice, id);
    if (statement == nullptr) continue;
    finding.evidence.push_back(fact("statement " + id,
                                    text::shorten(text::squeeze(statement->text), shown),
                                    source_of_texts(facts)));
    finding.evidence.push_back(fact("statement " + id + " costs",
                                    cost_text(advice, statement->before) + " now, " +
                                        cost_text(advice, statement->after) +
                                        " with the advised indexes",
                                    "estimated: " + advice.oracle));
  }
  for (const model::Statement& statement : facts.snapshot().workload.statements) {
    if (std::find(index.statements.begin(), index.statements.end(), statement.id) ==
        index.statements.end())
      continue;
    finding.impact.seconds_per_hour += facts.seconds_per_hour(statement);
    finding.impact.share += facts.share(statement);
  }
}

std::string definition_of(const NewIndex& index, const Facts& facts) {
  if (!is_mongodb(facts)) return sql_definition(index.index);
  model::Index plain = index.index;
  plain.name.clear();
  const std::string options = mongosh_options(plain);
  return mongosh_key(plain) + (options.empty() ? "" : ", " + options);
}

model::Finding missing_finding(const NewIndex& index, const IndexAdvice& advice,
                               const Facts& facts) {
  model::Finding finding;
  finding.id = "index.missing";
  finding.subject = {model::SubjectKind::table, index.schema, "", index.table};
  const auto count = static_cast<std::int64_t>(index.statements.size());
  finding.title = text::plural(count, "statement", "statements") + " would use an index on " +
                  index.table + " " + definition_of(index, facts);
  finding.detail =
      "Of the indexes that this workload's plans could use, these are worth their "
      "disk and their upkeep together. " +
      index.note;
  finding.impact.arithmetic = "execution time of " +
                              text::plural(count, "statement", "statements") +
                              ", per hour of the counters' age";
  add_statements(index, advice, facts, finding);
  finding.evidence.push_back(size("size of the index (estimate)", index.bytes,
                                  is_mongodb(facts) ? "sampled documents" : "column statistics"));
  if (!index.upkeep_arithmetic.empty())
    finding.evidence.push_back(
        fact("what writes pay for it", index.upkeep_arithmetic, "table counters"));
  finding.severity = severity_of(finding.impact.share);
  finding.changes = {index.change};
  return finding;
}

}  // namespace

std::vector<model::Finding> missing_indexes(const IndexAdvice& advice, const Facts& facts) {
  std::vector<model::Finding> out;
  for (const NewIndex& index : advice.create) out.push_back(missing_finding(index, advice, facts));
  return out;
}

}  // namespace whet::advise
