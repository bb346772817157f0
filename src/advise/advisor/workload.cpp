// The statements of a snapshot as the advisor's workload.
#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "advise/advisor/advisor.h"
#include "advise/advisor/shapes.h"
#include "advise/index/common.h"
#include "advise/mongodb_facts.h"
#include "advise/mysql_facts.h"
#include "sql/dialect/dialect.h"

namespace whet::advise {

namespace {

bool is_planned(model::StatementKind kind) {
  using Kind = model::StatementKind;
  return kind == Kind::select || kind == Kind::insert || kind == Kind::update ||
         kind == Kind::remove || kind == Kind::merge;
}

}  // namespace

namespace {

/// Waiting for locks of others is nothing that an index of this statement would shorten.
double measured_us(const model::Statement& statement) {
  return std::max(0.0, statement.total.execution_ms - statement.total.lock_ms) * 1000 /
         static_cast<double>(statement.total.calls);
}

}  // namespace

std::vector<WorkItem> workload_items(const Facts& facts) {
  std::vector<WorkItem> items;
  std::unordered_map<std::string, std::size_t> positions;
  const sql::Catalog catalog = statement_catalog(facts);
  // A MySQL or MongoDB server has one workload over all its databases.
  const bool whole_server = is_mysql(facts) || is_mongodb(facts);
  const model::Database* current = whole_server ? nullptr : facts.server().current_database();
  for (const model::Statement* statement : top_statements(facts)) {
    const bool elsewhere =
        current != nullptr && !statement->database.empty() && statement->database != current->name;
    if (!is_planned(statement->kind) || elsewhere || statement->total.calls <= 0) continue;
    const std::string& text = sql::telling_text(facts.snapshot(), catalog, *statement);
    WorkItem made{statement->id, text, 0, statement->database, measured_us(*statement)};
    made.of_database = is_mongodb(facts);
    // One statement of several roles is one statement here.
    const auto [same, first] = positions.emplace(made.asked(), items.size());
    const double hourly = facts.calls_per_hour(*statement);
    const double calls = hourly > 0 ? hourly : static_cast<double>(statement->total.calls);
    if (!first) {
      WorkItem& item = items[same->second];
      item.measured_us =
          (item.measured_us * item.calls + measured_us(*statement) * calls) / (item.calls + calls);
      item.calls += calls;
      continue;
    }
    made.calls = calls;
    items.push_back(std::move(made));
  }
  return items;
}

}  // namespace whet::advise
