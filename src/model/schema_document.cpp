// JSON schemas from the lists of fields.
#include "base/fields_schema.h"
#include "model/json.h"

template <>
inline constexpr std::string_view whet::fields_schema::definition<whet::model::PlanNode> =
    "plan_node";

namespace whet::model {

std::string snapshot_schema() {
  return fields_schema::document<Snapshot, PlanNode>(
      "Whet snapshot",
      "Facts about one database server. An absent member has its default: 0, "
      "false, \"\" or nothing.");
}

std::string findings_schema() {
  return fields_schema::document<std::vector<Finding>, PlanNode>(
      "Whet findings", "What is wrong or could be better. An absent member has its default.");
}

}  // namespace whet::model
