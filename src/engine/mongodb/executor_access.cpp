#include "engine/mongodb/executor_access.h"

#include <algorithm>

namespace whet::engine::mongodb {
namespace {

using model::ActionKind;
using mql::Value;

bool covers(const Value& resource, std::string_view database, std::string_view collection) {
  if (resource.flag_at("anyResource")) return true;
  if (database.empty()) return resource.flag_at("cluster");
  const Value* db = resource.find("db");
  const Value* coll = resource.find("collection");
  if (db == nullptr || coll == nullptr) return false;
  // Empty names stand for all, but for system collections.
  const bool system = collection.starts_with("system.");
  return (db->text.empty() || db->text == database) &&
         ((coll->text.empty() && !system) || coll->text == collection);
}

bool lists(const Value& privilege, std::string_view action) {
  const Value* actions = privilege.find("actions");
  if (actions == nullptr) return false;
  return std::any_of(actions->fields.begin(), actions->fields.end(), [&](const auto& one) {
    return one.value.text == action || one.value.text == "anyAction";
  });
}

}  // namespace

bool allows(const Value& status, std::string_view database, std::string_view collection,
            std::string_view action) {
  const Value* users = status.at("authInfo.authenticatedUsers");
  if (users == nullptr || users->fields.empty()) return true;
  const Value* privileges = status.at("authInfo.authenticatedUserPrivileges");
  if (privileges == nullptr) return true;
  return std::any_of(privileges->fields.begin(), privileges->fields.end(), [&](const auto& one) {
    const Value* resource = one.value.find("resource");
    return resource != nullptr && covers(*resource, database, collection) &&
           lists(one.value, action);
  });
}

std::vector<Need> needs_of(const model::Action& action) {
  const auto on = [&](const char* verb) { return Need{verb, action.schema, action.table}; };
  switch (action.kind) {
    case ActionKind::create_index:
    case ActionKind::drop_index:
      return {on("createIndex"), on("dropIndex")};
    case ActionKind::hide_index:
    case ActionKind::show_index:
    case ActionKind::set_index_option:
    case ActionKind::set_table_option:
      return {on("collMod")};
    case ActionKind::vacuum_table:
      return {on("compact")};
    case ActionKind::set_database_option:
      return {{"enableProfiler", action.schema, ""}};
    case ActionKind::set_setting:
    case ActionKind::reset_setting:
      return {{"setParameter", "", ""}};
    case ActionKind::set_query_settings:
    case ActionKind::remove_query_settings:
      return {{"querySettings", "", ""}};
    default:
      return {};
  }
}

}  // namespace whet::engine::mongodb
