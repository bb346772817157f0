// The plan checks over the plans of the workload: findings about statements, with the share of the
// workload's time that they touch.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "advise/build.h"
#include "advise/check.h"
#include "advise/mysql_facts.h"
#include "advise/query/mysql_text.h"
#include "advise/query/plan_checks.h"
#include "advise/query/statement.h"
#include "base/text.h"

namespace whet::advise {
namespace {

/// The costliest finding of these plan checks in a statement's plan.
std::optional<PlanFinding> costliest(const Facts& facts, const model::Plan& plan,
                                     std::initializer_list<std::string_view> ids) {
  std::optional<PlanFinding> best;
  for (const std::string_view id : ids) {
    for (PlanFinding& one : plan_findings(plan, &facts, id)) {
      if (!best || one.share > best->share) best = std::move(one);
    }
  }
  return best;
}

/// MySQL's estimate of what a condition keeps is often a rule of thumb; the counters know.
bool reads_in_vain(const Facts& facts, const model::Statement& statement) {
  if (!is_mysql(facts)) return true;
  const auto examined = static_cast<double>(statement.total.rows_examined);
  const auto used = static_cast<double>(statement.total.rows + statement.total.rows_affected);
  const auto calls = static_cast<double>(std::max<std::int64_t>(statement.total.calls, 1));
  return examined / calls >= 10000 && examined >= 10 * used;
}

void by_plan(const Facts& facts, std::initializer_list<std::string_view> ids,
             std::vector<model::Finding>& out) {
  for (const model::Statement* statement : costly_statements(facts)) {
    if (!statement->plan || !reads_in_vain(facts, *statement)) continue;
    auto found = costliest(facts, *statement->plan, ids);
    if (!found) continue;
    model::Finding finding = std::move(found->finding);
    finding.id.clear();  // the registered check's
    about_statement(facts, *statement, found->share, finding);
    out.push_back(std::move(finding));
  }
}

void function_on_column(const Facts& facts, std::vector<model::Finding>& out) {
  by_plan(facts, {"plan.function_on_column"}, out);
}
void implicit_cast(const Facts& facts, std::vector<model::Finding>& out) {
  by_plan(facts, {"plan.cast_on_column", "plan.cast_in_join", "plan.conversion_blocks_index"}, out);
}
void leading_wildcard(const Facts& facts, std::vector<model::Finding>& out) {
  by_plan(facts, {"plan.leading_wildcard"}, out);
}
void or_across_columns(const Facts& facts, std::vector<model::Finding>& out) {
  by_plan(facts, {"plan.or_across_columns"}, out);
}
void not_in_subquery(const Facts& facts, std::vector<model::Finding>& out) {
  by_plan(facts, {"plan.not_in_subquery"}, out);
}
void correlated_subplan(const Facts& facts, std::vector<model::Finding>& out) {
  by_plan(facts, {"plan.correlated_subplan"}, out);
}
void partition_pruning_missed(const Facts& facts, std::vector<model::Finding>& out) {
  by_plan(facts, {"plan.partition_pruning_missed"}, out);
}
void random_order(const Facts& facts, std::vector<model::Finding>& out) {
  by_plan(facts, {"plan.random_order"}, out);
}

void cartesian_join(const Facts& facts, std::vector<model::Finding>& out) {
  by_plan(facts, {"plan.cartesian_join"}, out);
}
void derived_without_key(const Facts& facts, std::vector<model::Finding>& out) {
  by_plan(facts, {"plan.derived_without_key"}, out);
}
void range_before_equality(const Facts& facts, std::vector<model::Finding>& out) {
  by_plan(facts, {"plan.range_before_equality"}, out);
}
void range_checked_for_each_row(const Facts& facts, std::vector<model::Finding>& out) {
  by_plan(facts, {"plan.range_checked_for_each_row"}, out);
}
void range_memory_exceeded(const Facts& facts, std::vector<model::Finding>& out) {
  by_plan(facts, {"plan.range_memory_exceeded"}, out);
}

constexpr std::string_view guards =
    "statements under 0.5 % of the workload's time or a second in all (or 30 s an hour in calls of "
    "10 ms and more), unless called twice or more "
    "and 20 ms or slower on average (at most low then); statements without a plan; fewer than "
    "10,000 rows read or under 10 % of the plan; on MySQL and MariaDB fewer than 10,000 rows or "
    "ten "
    "for each that is used, as counted; more under the plan check of the same name";

constexpr unsigned all_sql = postgresql | mysql | mariadb;
constexpr unsigned mysql_only = mysql | mariadb;

CheckInfo info(std::string_view id, model::Severity severity, std::string_view summary,
               std::string_view why, unsigned engines = all_sql) {
  return {.id = id,
          .area = Area::query,
          .severity = severity,
          .engines = engines,
          .summary = summary,
          .why = why,
          .privileges = engines == mysql_only   ? "SELECT on performance_schema"
                        : engines == postgresql ? "pg_read_all_stats"
                                                : "pg_read_all_stats; MySQL and MariaDB: SELECT on "
                                                  "performance_schema",
          .guards = guards,
          .source = "plans of the statements; explain.depesz: 10 % of exclusive time"};
}

using model::Severity;

const Register on_function{
    info("query.function_on_column", Severity::high,
         "A statement's condition computes with the column",
         "An index on the column holds the column's values, not the computed ones."),
    function_on_column};
const Register on_cast{info("query.implicit_cast", Severity::high,
                            "A statement compares a column with a value of another type",
                            "The server casts the column, and its index is of no use."),
                       implicit_cast};
const Register on_wildcard{info("query.leading_wildcard", Severity::medium,
                                "A statement searches a pattern without a fixed beginning",
                                "A B-tree finds only what begins with something known."),
                           leading_wildcard};
const Register on_or{info("query.or_across_columns", Severity::medium,
                          "A statement joins conditions on different columns by OR",
                          "No single index serves both sides."),
                     or_across_columns};
const Register on_not_in{
    info("query.not_in_subquery", Severity::high, "A statement has NOT IN with a large subquery",
         "It cannot become a join; beyond work_mem its time grows with the product.", postgresql),
    not_in_subquery};
const Register on_subplan{info("query.correlated_subplan", Severity::high,
                               "A statement runs a subquery once for each row",
                               "The subquery's cost is multiplied by the rows of the outer query."),
                          correlated_subplan};
const Register on_pruning{info("query.partition_pruning_missed", Severity::high,
                               "A statement reads all partitions, as its condition hides the key",
                               "Pruning is what partitions are for."),
                          partition_pruning_missed};
const Register on_random{
    info("query.random_order", Severity::medium, "A statement sorts a large result at random",
         "All rows are read and sorted to pick a few."),
    random_order};

const Register on_product{
    info("query.cartesian_join", Severity::high, "A statement joins without a condition",
         "Its result is the product of both tables.", mysql_only),
    cartesian_join};
const Register on_derived{info("query.derived_without_key", Severity::medium,
                               "A statement reads a derived table without a key again and again",
                               "Each outer row reads all of it.", mysql_only),
                          derived_without_key};
const Register on_range{
    info("query.range_before_equality", Severity::medium,
         "A statement uses an index whose range column comes before that of the equality",
         "Behind a range the rest of a key cannot narrow the search.", mysql_only),
    range_before_equality};
const Register on_range_check{
    info("query.range_checked_for_each_row", Severity::medium,
         "A statement chooses the access to a table anew for each row",
         "Choosing costs time for each row, and most often ends in reading the whole table.",
         mysql_only),
    range_checked_for_each_row};
const Register on_range_memory{
    info("query.range_memory_exceeded", Severity::medium,
         "A statement's list of values is too long for the range optimizer",
         "Without ranges the whole table or index is read.", mysql_only),
    range_memory_exceeded};

}  // namespace
}  // namespace whet::advise
