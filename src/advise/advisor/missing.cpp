// index.missing for MySQL, MariaDB and MongoDB: there the advisor's planner is a model and needs no
// server, so that the check can ask it for the whole workload.
#include <algorithm>

#include "advise/advisor/advisor.h"
#include "advise/advisor/findings.h"
#include "advise/advisor/model.h"
#include "advise/check.h"
#include "advise/mysql_facts.h"
#include "base/progress.h"

namespace whet::advise {

namespace {

/// The most expensive ones: what is below them pays for no index.
constexpr std::size_t most_statements = 200;

/// In an hour. Less than that pays for no index, however large a part of an idle server's work.
constexpr double least_saving_us = 1e6;

double time_of(const WorkItem& item) { return item.calls * item.measured_us; }

void missing(const Facts& facts, std::vector<model::Finding>& out) {
  auto items = workload_items(facts);
  std::stable_sort(items.begin(), items.end(),
                   [](const WorkItem& a, const WorkItem& b) { return time_of(a) > time_of(b); });
  if (items.size() > most_statements) items.resize(most_statements);
  if (items.empty()) return;
  const auto planner = model_planner(facts, items);
  NoProgress progress;
  AdvisorOptions options;
  options.per_table = 5;
  auto advice = advise_indexes(facts, items, *planner, options, progress);
  if (!advice) return;  // only a server can be out of reach
  std::erase_if(advice->create, [&](const NewIndex& index) {
    return index.share * advice->cost_before < least_saving_us;
  });
  for (model::Finding& finding : missing_indexes(*advice, facts)) out.push_back(std::move(finding));
}

const Register registered{
    {.id = "index.missing",
     .area = Area::index,
     .severity = model::Severity::high,
     .engines = both_forks | static_cast<unsigned>(mongodb),
     .summary = "Statements of the workload would use an index that is not there",
     .why = "Each call reads far more rows than it needs.",
     .privileges = "MySQL: SELECT on performance_schema and on the tables (for EXPLAIN); "
                   "MongoDB: find on system.profile or the log, and on the collections (samples)",
     .guards = "an index must save a second an hour, and more than it costs in disk and writes; "
               "the 200 most expensive "
               "statements; a model of the optimizer speaks, scaled to the measured times: whet "
               "optimize --apply tries each index before it counts",
     .source = "the index advisor (docs/index.md)"},
    missing};

}  // namespace
}  // namespace whet::advise
