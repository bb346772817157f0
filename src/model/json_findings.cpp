#include "base/fields_json.h"
#include "model/json.h"

namespace whet::model {

std::string to_json(const Finding& finding, int indent) {
  return fields_json::to_text(finding, indent);
}
std::string to_json(const std::vector<Finding>& findings, int indent) {
  return fields_json::to_text(findings, indent);
}

std::string to_json(const Change& change, int indent) {
  return fields_json::to_text(change, indent);
}
Result<Change> change_from_json(std::string_view text) {
  return fields_json::from_text<Change>(text);
}

std::string to_json(const Plan& plan, int indent) { return fields_json::to_text(plan, indent); }
Result<Plan> plan_from_json(json::View view) { return fields_json::from_view<Plan>(view); }

}  // namespace whet::model
