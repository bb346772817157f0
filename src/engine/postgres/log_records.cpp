// What the server's log tells of the workload: plans that were executed (auto_explain), and texts
// with their values, for replays. Values stay in memory; plans lose theirs, unless samples are
// wanted.
#include <algorithm>
#include <map>
#include <ranges>
#include <set>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "base/text.h"
#include "engine/postgres/collector.h"
#include "engine/postgres/log_matching.h"
#include "engine/postgres/log_reading.h"
#include "logs/record.h"
#include "plans/literals.h"
#include "plans/parse.h"
#include "sql/catalog.h"

namespace whet::engine::postgres {

namespace {

/// The statements with a plan from the log, the most important first: a snapshot has limits.
constexpr std::size_t plans_at_most = 200;
/// Of one statement: the newest.
constexpr std::size_t records_of_one_statement = 200;
/// Plans that are looked at in search of one with actual figures.
constexpr std::size_t tries_at_most = 8;

/// What was found for one statement.
struct Found {
  std::vector<logs::Record> plans;
  std::vector<std::string> texts;
};

struct Findings {
  std::map<std::size_t, Found> by_statement;
  std::int64_t xml = 0, yaml = 0;
};

/// Whet's sessions, and its replays where the log does not name the application.
bool is_own(const logs::Entry& entry) {
  return entry.application == "whet" || entry.application == "whet apply" ||
         text::contains(entry.message, own_mark);
}

void keep(Found& found, const logs::Record& record, bool intact) {
  if (!record.plan.empty() && found.plans.size() < records_of_one_statement)
    found.plans.push_back(record);
  if (!intact || found.texts.size() >= texts_of_one_statement) return;
  if (auto text = complete_text(record);
      text && std::find(found.texts.begin(), found.texts.end(), *text) == found.texts.end())
    found.texts.push_back(*std::move(text));
}

/// From the newest message to the oldest.
Findings findings_in(const std::vector<logs::Entry>& entries, Collector& c) {
  Findings out;
  LogMatcher matcher(c.snapshot.workload, c.connection.database());
  for (const logs::Entry& entry : entries | std::views::reverse) {
    if (is_own(entry)) continue;
    const auto record = logs::record_of(entry);
    if (!record) continue;
    if (record->format == logs::PlanFormat::xml) ++out.xml;
    if (record->format == logs::PlanFormat::yaml) ++out.yaml;
    if (record->query.empty()) continue;
    for (const std::size_t i : matcher.find(entry, *record))
      keep(out.by_statement[i], *record, entry.intact);
  }
  return out;
}

/// A plan without VERBOSE names no schemas.
void name_schemas(model::PlanNode& node, const sql::Catalog& catalog, const model::Schema& schema) {
  if (!node.relation.empty() && node.schema.empty()) {
    const model::Table* found = catalog.table("", node.relation);
    if (found == nullptr) {
      const auto named = [&](const model::Table& table) { return table.name == node.relation; };
      const auto& tables = schema.tables;
      const auto first = std::find_if(tables.begin(), tables.end(), named);
      const bool one = first != tables.end() &&
                       std::find_if(std::next(first), tables.end(), named) == tables.end();
      if (one) found = &*first;
    }
    if (found != nullptr) node.schema = found->schema;
  }
  for (auto& child : node.children) name_schemas(child, catalog, schema);
}

/// A plan, and whether it may stand for its statement.
struct Chosen {
  model::Plan plan;
  bool stands = false;
};

/// The plan whose duration is nearest to the mean: what usually happens, not what once went wrong.
/// One with actual figures goes before. It stands for the statement when it has such, and is no
/// outlier.
std::optional<Chosen> typical_plan(const std::vector<logs::Record>& records, double mean_ms) {
  std::vector<double> durations;
  durations.reserve(records.size());
  for (const auto& record : records) durations.push_back(record.duration_ms.value_or(0));
  std::optional<Chosen> best;
  std::size_t tries = 0;
  for (const std::size_t i : most_typical(durations, mean_ms)) {
    if (++tries > tries_at_most) break;
    auto plan = plans::parse(records[i].plan);
    if (!plan) continue;
    const bool executed = plan->executed();
    if (executed && !plan->execution_ms) plan->execution_ms = durations[i];
    if (executed || !best)
      best = Chosen{std::move(plan).value(), executed && !is_outlier(durations[i], mean_ms)};
    if (executed) break;
  }
  return best;
}

void store_plans(const Findings& findings, Collector& c) {
  auto& statements = c.snapshot.workload.statements;
  const sql::Catalog catalog = sql::catalog_of(c.snapshot);
  std::size_t stored = 0;
  for (const auto& [i, found] : findings.by_statement) {
    if (stored >= plans_at_most) break;
    auto chosen = typical_plan(found.plans, statements[i].mean_ms());
    if (!chosen) continue;
    if (!c.options.with_samples) plans::remove_literals(chosen->plan);
    name_schemas(chosen->plan.root, catalog, c.snapshot.schema);
    ++stored;
    if (!chosen->stands) {
      c.spare_plans.emplace(i, std::move(chosen->plan));
      continue;
    }
    statements[i].plan = std::move(chosen->plan);
    statements[i].plan_kind = "auto_explain";
  }
}

/// Beside those of the sampled sessions, as long as there is room.
void store_texts(const Findings& findings, Collector& c) {
  auto& captured = c.collected.captured;
  std::map<std::string, std::set<std::string>> known;
  for (const auto& one : captured) known[one.statement_id].insert(one.text);
  for (const auto& [i, found] : findings.by_statement) {
    auto& statement = c.snapshot.workload.statements[i];
    if (statement.id.empty()) continue;
    auto& texts = known[statement.id];
    for (const auto& text : found.texts) {
      if (texts.size() >= texts_of_one_statement) break;
      if (texts.insert(text).second) captured.push_back({statement.id, text});
    }
    if (c.options.with_samples) statement.samples.assign(texts.begin(), texts.end());
  }
  std::sort(captured.begin(), captured.end(), [](const auto& a, const auto& b) {
    return std::tie(a.statement_id, a.text) < std::tie(b.statement_id, b.text);
  });
}

void note_formats(const Findings& findings, Collector& c) {
  if (findings.xml + findings.yaml == 0) return;
  c.note(std::string("plans that auto_explain writes as ") + (findings.xml > 0 ? "XML" : "YAML"),
         "Whet reads plans as text and JSON.",
         "ALTER SYSTEM SET auto_explain.log_format = 'json'; SELECT pg_reload_conf();");
}

}  // namespace

void collect_log(Collector& c, bool here) {
  if (c.snapshot.workload.statements.empty()) return;
  const auto entries = read_server_log(c, here);
  if (entries.empty()) return;
  const Findings findings = findings_in(entries, c);
  store_plans(findings, c);
  store_texts(findings, c);
  note_formats(findings, c);
}

void use_spare_plans(Collector& c) {
  for (auto& [i, plan] : c.spare_plans) {
    auto& statement = c.snapshot.workload.statements[i];
    if (statement.plan) continue;
    statement.plan = std::move(plan);
    statement.plan_kind = "auto_explain";
    statement.plan_problem.clear();
  }
  c.spare_plans.clear();
}

}  // namespace whet::engine::postgres
