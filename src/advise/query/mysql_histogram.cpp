#include "advise/query/mysql_histogram.h"

#include <algorithm>

namespace whet::advise {

const model::Column* column_without_statistics(const PlanContext& plan, std::size_t scan) {
  const model::Table* table = plan.table(scan);
  if (!plan.mysql() || table == nullptr) return nullptr;
  const auto parsed = plans::parse_expression(plan.node(scan).filter);
  if (!parsed) return nullptr;
  for (const plans::Expr* term : plans::conjuncts(*parsed)) {
    const auto one = plans::comparison(*term);
    if (!one || one->variable->kind != plans::ExprKind::column) continue;
    // Of a pattern a histogram tells nothing.
    if (one->op == "LIKE" || one->op == "NOT LIKE") continue;
    const model::Column* column = table->column(plans::columns_in(*one->variable).front());
    if (column == nullptr || (column->stats && !column->stats->histogram_kind.empty())) continue;
    const bool indexed =
        std::any_of(table->indexes.begin(), table->indexes.end(), [&](const model::Index& index) {
          return !index.parts.empty() && index.parts.front().column == column->name;
        });
    if (!indexed) return column;
  }
  return nullptr;
}

model::Change make_histogram(const model::Table& table, const model::Column& column) {
  model::Change change;
  change.id = "histogram/" + table.qualified() + "/" + column.name;
  change.summary = "Make a histogram of " + table.name + "." + column.name;
  change.reason = "The optimizer guesses how many rows its conditions keep.";
  change.action.kind = model::ActionKind::update_histogram;
  change.action.schema = table.schema;
  change.action.table = table.name;
  change.action.columns = {column.name};
  change.action.value = "100";
  change.risk = model::Risk::low;
  change.locks = "reads and writes go on; a sample of the table is read once";
  return change;
}

}  // namespace whet::advise
