#include "advise/advisor/model.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "advise/advisor/measured.h"
#include "advise/advisor/mongodb.h"
#include "advise/advisor/shapes.h"
#include "advise/innodb/planner.h"
#include "advise/mongodb_facts.h"
#include "base/text.h"

namespace whet::advise {

namespace {

/// What stands for a statement of the workload in the model.
struct Stand {
  std::string text, database;
};

std::unordered_map<std::string, Stand> stands_of(const Facts& facts,
                                                 const std::vector<WorkItem>& items) {
  std::unordered_map<std::string, Stand> out;
  for (const WorkItem& item : items) out[item.text] = {item.text, item.database};
  for (const model::Statement& statement : facts.snapshot().workload.statements) {
    if (statement.samples.empty()) continue;
    for (const std::string* text : {&statement.text, &statement.resolved}) {
      const auto at = out.find(*text);
      if (at != out.end()) at->second.text = statement.samples.front();
    }
  }
  return out;
}

std::map<std::string, double> measured_means(const std::vector<WorkItem>& items) {
  std::map<std::string, double> out;
  for (const WorkItem& item : items) {
    if (item.measured_us > 0) out[item.asked()] = item.measured_us;
  }
  return out;
}

/// Columns of whose values nothing is known.
std::size_t unknown_columns(const Facts& facts) {
  constexpr double small_table = 1000;  // is read as a whole anyway
  std::size_t count = 0;
  const model::Database* current = facts.server().current_database();
  for (const model::Table* table : facts.user_tables()) {
    if ((current != nullptr && table->schema != current->name) || table->rows() < small_table)
      continue;
    for (const model::Column& column : table->columns) {
      const bool indexed = std::any_of(
          table->indexes.begin(), table->indexes.end(),
          [&](const model::Index& index) { return index.parts.front().column == column.name; });
      const bool known =
          column.stats && (column.stats->distinct != 0 || !column.stats->histogram.empty());
      count += known || indexed ? 0 : 1;
    }
  }
  return count;
}

}  // namespace

std::unique_ptr<model::IndexSwitch> model_planner(const Facts& facts,
                                                  const std::vector<WorkItem>& items) {
  if (is_mongodb(facts)) return as_measured(mongodb_planner(facts, items), measured_means(items));
  auto shape_of = [&facts, catalog = statement_catalog(facts), stands = stands_of(facts, items)](
                      const std::string& statement) -> Result<model::Shape> {
    const auto at = stands.find(statement);
    if (at == stands.end())
      return statement_shape(facts, catalog, statement, "", sql::Literals::constant);
    auto shape = statement_shape(facts, catalog, at->second.text, at->second.database,
                                 sql::Literals::constant);
    // A sample may have been cut off by the server.
    if (shape || at->second.text == statement) return shape;
    return statement_shape(facts, catalog, statement, at->second.database, sql::Literals::constant);
  };
  return as_measured(innodb::model_planner(facts, std::move(shape_of)), measured_means(items));
}

std::vector<std::string> model_notes(const Facts& facts) {
  if (is_mongodb(facts)) return mongodb_notes(facts);
  std::vector<std::string> notes{
      "The server cannot plan with an index that does not exist, so costs are those of a model of "
      "its optimizer, scaled to the times that the server measured. whet optimize --apply builds "
      "each index, measures it, and takes it back when it does not help."};
  if (const std::size_t unknown = unknown_columns(facts); unknown > 0)
    notes.push_back(
        "Of " + text::plural(static_cast<std::int64_t>(unknown), "column", "columns") +
        " nothing is known about the values (no index, no histogram), so the model guesses there; "
        "ANALYZE TABLE ... UPDATE HISTOGRAM ON the columns in conditions helps it, and the "
        "server.");
  return notes;
}

}  // namespace whet::advise
