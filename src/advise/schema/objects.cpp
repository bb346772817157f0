// Views, triggers, policies, unlogged tables, old inheritance.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include <fmt/format.h>

#include "advise/build.h"
#include "advise/check.h"
#include "advise/naming.h"
#include "advise/schema/common.h"
#include "base/text.h"
#include "base/units.h"
#include "base/whole.h"

namespace whet::advise::schema {
namespace {

using model::Index;
using model::Policy;
using model::Severity;
using model::SubjectKind;
using model::Table;
using model::TableKind;

// What REFRESH ... CONCURRENTLY needs to match old rows with new ones.
bool can_match_rows(const Index& index) {
  return index.unique && index.usable() && index.predicate.empty() && !index.parts.empty() &&
         std::none_of(index.parts.begin(), index.parts.end(),
                      [](const auto& part) { return part.column.empty(); });
}

void matview(const Facts& facts, std::vector<model::Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    const double bytes = static_cast<double>(table->heap_bytes);
    if (table->kind != TableKind::materialized_view || !table->populated || bytes < 8 * megabyte ||
        std::any_of(table->indexes.begin(), table->indexes.end(), can_match_rows))
      continue;
    model::Finding finding;
    finding.severity = Severity::low;
    finding.subject = table_subject(*table);
    finding.title = fmt::format("{} ({}) cannot be refreshed while it is read", table->qualified(),
                                text::bytes(bytes));
    finding.detail =
        "Without a unique index over plain columns, REFRESH takes ACCESS EXCLUSIVE: readers wait "
        "until it is done. With one, REFRESH MATERIALIZED VIEW CONCURRENTLY lets them go on.";
    finding.evidence = {size("size", bytes, "pg_relation_size()"),
                        count("unique indexes over plain columns", 0, "pg_index.indisunique"),
                        count("sequential and index scans",
                              table->total.sequential_scans + table->total.index_scans,
                              "pg_stat_all_tables.seq_scan + idx_scan")};
    finding.references = {manual_page("sql-refreshmaterializedview")};
    out.push_back(std::move(finding));
  }
}

/// How many views deep each view is; a view over tables only is 1.
class ViewDepths {
 public:
  explicit ViewDepths(const model::Schema& schema) {
    for (const model::View& view : schema.views) views_[view.id] = &view;
  }

  int depth(std::int64_t id) {
    const auto at = views_.find(id);
    if (at == views_.end()) return 0;
    const auto [known, added] = depths_.try_emplace(id, 0);
    if (!added) return known->second;
    int below = 0;
    for (const std::int64_t used : at->second->uses) {
      if (used != id) below = std::max(below, depth(used));
    }
    return depths_[id] = below + 1;
  }

 private:
  std::unordered_map<std::int64_t, const model::View*> views_;
  std::unordered_map<std::int64_t, int> depths_;
};

void nested(const Facts& facts, std::vector<model::Finding>& out) {
  ViewDepths depths(facts.schema());
  for (const model::View& view : facts.schema().views) {
    const int depth = depths.depth(view.id);
    if (depth <= 3 || !view.extension.empty()) continue;
    model::Finding finding;
    finding.severity = Severity::info;
    finding.subject = {SubjectKind::view, view.schema, "", view.name};
    finding.title = fmt::format("{}.{} is a view {} views deep", view.schema, view.name, depth);
    finding.detail =
        "Each level hides joins that a query may not need, and join_collapse_limit may keep the "
        "planner from ordering them well. Query the tables where it matters.";
    finding.evidence = {
        count("views on the longest way to a table", depth, "pg_depend, pg_rewrite"),
        count("relations that it reads directly", static_cast<std::int64_t>(view.uses.size()),
              "pg_depend")};
    out.push_back(std::move(finding));
  }
}

void disabled_trigger(const Facts& facts, std::vector<model::Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    for (const model::Trigger& trigger : table->triggers) {
      if (!trigger.disabled) continue;
      model::Finding finding;
      finding.severity = trigger.internal ? Severity::medium : Severity::low;
      finding.subject = {SubjectKind::trigger, table->schema, table->name, trigger.name};
      finding.title =
          trigger.internal
              ? fmt::format("A constraint of {} is not checked: its trigger {} is disabled",
                            table->qualified(), trigger.name)
              : fmt::format("Trigger {} on {} is disabled", trigger.name, table->qualified());
      finding.detail =
          trigger.internal
              ? "Rows that break the constraint can get in, and it still looks valid. Enable it, "
                "and "
                "look for rows that came in meanwhile."
              : "What it does for each change (audit, a derived column, a queue) has not happened "
                "since. Enable it, or drop it when it is not wanted any more.";
      finding.evidence = {fact("enabled", "no", "pg_trigger.tgenabled"),
                          fact("function", trigger.function, "pg_trigger.tgfoid"),
                          fact("belongs to a constraint", trigger.internal ? "yes" : "no",
                               "pg_trigger.tgisinternal")};
      finding.changes = {manual("schema.disabled_trigger/" + finding.subject.text(),
                                "Enable trigger " + trigger.name + " on " + table->qualified(),
                                fmt::format("ALTER TABLE {} ENABLE TRIGGER {};", sql_name(*table),
                                            sql_name(trigger.name)))};
      out.push_back(std::move(finding));
    }
  }
}

// A call that gives the same answer for every row, outside of a sub-select that runs once.
bool calls_per_row(const std::string& expression) {
  const std::string lower = text::lower(expression);
  for (const std::string_view call : {"current_setting(", "auth.uid(", "auth.jwt(", "auth.role("}) {
    for (std::size_t at = lower.find(call); at != std::string::npos;
         at = lower.find(call, at + 1)) {
      const std::string_view before = std::string_view(lower).substr(0, at);
      const std::size_t open = before.rfind("select");
      // "( SELECT current_setting(...) AS current_setting)": nothing but blanks or "(" between.
      const bool wrapped =
          open != std::string_view::npos &&
          before.substr(open + 6).find_first_not_of(" (") == std::string_view::npos;
      if (!wrapped) return true;
    }
  }
  return false;
}

void per_row_function(const Facts& facts, std::vector<model::Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    const double rows = all_rows(facts, *table);
    if (!table->row_security || rows < 10000) continue;
    for (const Policy& policy : table->policies) {
      if (!calls_per_row(policy.expression)) continue;
      model::Finding finding;
      finding.severity = Severity::low;
      finding.subject = {SubjectKind::policy, table->schema, table->name, policy.name};
      finding.title =
          fmt::format("Policy {} on {} calls a function for each row that is read ({} rows)",
                      policy.name, table->qualified(), text::count(to_whole(rows)));
      finding.detail =
          "Its answer is the same for the whole statement. Within a sub-select, (SELECT "
          "current_setting(...)), it is called once.";
      finding.evidence = {
          fact("expression", text::shorten(policy.expression, 200), "pg_policies.qual"),
          count("rows", to_whole(rows), "pg_stat_all_tables.n_live_tup")};
      finding.references = {manual_page("ddl-rowsecurity")};
      out.push_back(std::move(finding));
    }
  }
}

// Which permissive policies apply to a role's command; "all" counts for each command.
using Overlaps = std::map<std::pair<std::string, std::string>, std::vector<std::string>>;

Overlaps overlaps_of(const Table& table) {
  Overlaps overlaps;
  for (const Policy& policy : table.policies) {
    if (policy.restrictive) continue;
    const std::vector<std::string> roles =
        policy.roles.empty() ? std::vector<std::string>{"public"} : policy.roles;
    for (const std::string command : {"select", "insert", "update", "delete"}) {
      if (policy.command != command && policy.command != "all") continue;
      for (const std::string& role : roles) overlaps[{role, command}].push_back(policy.name);
    }
  }
  std::erase_if(overlaps, [](const auto& entry) { return entry.second.size() < 2; });
  return overlaps;
}

void multiple_permissive(const Facts& facts, std::vector<model::Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    if (!table->row_security) continue;
    const Overlaps overlaps = overlaps_of(*table);
    if (overlaps.empty()) continue;
    model::Finding finding;
    finding.severity = Severity::info;
    finding.subject = table_subject(*table);
    const auto& [first, names] = *overlaps.begin();
    finding.title = fmt::format("{} policies of {} apply to the same {} of role {}", names.size(),
                                table->qualified(), first.second, first.first);
    finding.detail =
        "Permissive policies are joined by OR, and each is evaluated for rows that the others do "
        "not "
        "let through; an OR also keeps indexes from being used. One policy with one condition is "
        "easier on the planner and on the reader.";
    for (const auto& [key, policies] : overlaps) {
      if (finding.evidence.size() == 20) break;
      finding.evidence.push_back(fact(key.second + " of " + key.first, text::join(policies, ", "),
                                      "pg_policies.permissive"));
    }
    out.push_back(std::move(finding));
  }
}

void unlogged(const Facts& facts, std::vector<model::Finding>& out) {
  const auto& replication = facts.snapshot().replication;
  for (const Table* table : facts.user_tables()) {
    const double rows = all_rows(facts, *table);
    if (!table->unlogged || rows <= 0) continue;
    const auto replicas = static_cast<std::int64_t>(replication.replicas.size());
    model::Finding finding;
    finding.severity = replicas > 0 ? Severity::medium : Severity::low;
    finding.subject = table_subject(*table);
    finding.title = fmt::format("{} is unlogged: its {} rows are gone after a crash",
                                table->qualified(), text::count(to_whole(rows)));
    finding.detail =
        "After a crash the table is emptied; on replicas it is empty always, and after a failover "
        "too, and no physical backup holds it. Right for what can be made again. SET LOGGED writes "
        "the whole "
        "table to the WAL under ACCESS EXCLUSIVE.";
    finding.evidence = {count("rows", to_whole(rows), "pg_stat_all_tables.n_live_tup"),
                        fact("persistence", "unlogged", "pg_class.relpersistence"),
                        count("replicas", replicas, "pg_stat_replication")};
    finding.changes = {rewrite(*table, "schema.unlogged_table/" + table->qualified(),
                               "Log the changes of " + table->qualified(),
                               "ALTER TABLE " + sql_name(*table) + " SET LOGGED;")};
    out.push_back(std::move(finding));
  }
}

void inheritance(const Facts& facts, std::vector<model::Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    if (table->kind != TableKind::table) continue;
    std::vector<std::string> names;
    for (const Table* child : facts.children(table->id)) {
      if (!child->is_partition) names.push_back(child->name);
    }
    if (names.empty()) continue;
    model::Finding finding;
    finding.severity = Severity::info;
    finding.subject = table_subject(*table);
    finding.title = fmt::format(
        "{} from {}",
        text::plural(static_cast<std::int64_t>(names.size()), "table inherits", "tables inherit"),
        table->qualified());
    finding.detail =
        "Keys, foreign keys and indexes do not reach the children, and rows must be routed by "
        "triggers. If this is partitioning from before PostgreSQL 10, declarative partitioning "
        "does "
        "it better; attach the children to a partitioned table one by one.";
    finding.evidence = {fact("children", listed(names, 20), "pg_inherits")};
    finding.references = {manual_page("ddl-inherit")};
    out.push_back(std::move(finding));
  }
}

const Register matview_check{
    schema_check("schema.matview_not_concurrent", Severity::low,
                 "A materialized view that cannot be refreshed concurrently",
                 "Readers wait for each refresh.",
                 "under 8 MB (refreshed in a moment); views never filled",
                 "PostgreSQL manual, REFRESH MATERIALIZED VIEW"),
    matview};
const Register nested_check{
    schema_check("schema.nested_views", Severity::info, "Views more than three deep",
                 "They hide joins from those who query them.", "up to 3; views of extensions",
                 "join_collapse_limit (8) is reached quickly; pgwatch"),
    nested};
const Register trigger_check{
    schema_check("schema.disabled_trigger", Severity::medium, "A trigger that is disabled",
                 "What it does for each change does not happen.",
                 "none: the catalog itself says so", "PostgreSQL manual, pg_trigger.tgenabled"),
    disabled_trigger};
const Register function_check{
    schema_check("schema.policy_per_row_function", Severity::low,
                 "A policy that calls a function for every row",
                 "One call for the statement would do.",
                 "under 10,000 rows; calls within a sub-select; row security that is off",
                 "splinter 0003; PostgreSQL manual, 36.7 Function Volatility"),
    per_row_function};
const Register permissive_check{
    schema_check("schema.multiple_permissive_policies", Severity::info,
                 "Several permissive policies for the same role and command",
                 "Each is evaluated, and their OR keeps indexes from being used.",
                 "restrictive policies; row security that is off", "splinter 0006"),
    multiple_permissive};
const Register unlogged_check{
    schema_check("schema.unlogged_table", Severity::medium, "An unlogged table with rows in it",
                 "They are gone after a crash, and on every replica.",
                 "empty tables; only low while there is no replica",
                 "PostgreSQL manual, CREATE TABLE, UNLOGGED"),
    unlogged};
const Register inheritance_check{
    schema_check("schema.legacy_inheritance", Severity::info,
                 "Tables that inherit from another table",
                 "Keys and indexes do not reach the children.", "declarative partitions",
                 "PostgreSQL manual, 5.11.1 Caveats of inheritance"),
    inheritance};

}  // namespace
}  // namespace whet::advise::schema
