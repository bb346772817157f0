#include "optimize/hints_mongodb.h"

#include <algorithm>
#include <array>
#include <utility>

#include "mql/command.h"

namespace whet::optimize {
namespace {

using mql::Value;

constexpr std::int64_t first_with_query_settings = 80000;
constexpr std::string_view whole_collection = R"({"$natural": 1})";

const model::PlanNode* first_scan(const model::PlanNode& node) {
  if (!node.relation.empty()) return &node;
  for (const model::PlanNode& child : node.children) {
    if (const model::PlanNode* found = first_scan(child)) return found;
  }
  return nullptr;
}

bool uses_any_index(const model::PlanNode& node, const std::string& index) {
  return (index.empty() ? !node.index.empty() : node.index == index) ||
         std::any_of(node.children.begin(), node.children.end(),
                     [&](const auto& child) { return uses_any_index(child, index); });
}

bool names(const Value& value, std::string_view path) {
  return std::any_of(value.fields.begin(), value.fields.end(), [&](const mql::Field& field) {
    return field.name == path || names(field.value, path);
  });
}

const model::Table* table_of(const model::Snapshot& snapshot, std::string_view database,
                             std::string_view collection) {
  for (const model::Table& table : snapshot.schema.tables) {
    if (table.schema == database && table.name == collection) return &table;
  }
  return nullptr;
}

/// Those for which a hint changes what is found, or that need a condition of their own kind.
bool is_ordinary(const model::Index& index) {
  constexpr std::array<std::string_view, 2> methods = {"btree", "hashed"};
  return index.usable() && !index.building && index.predicate.empty() &&
         !index.options.contains("sparse") && !index.parts.empty() &&
         std::find(methods.begin(), methods.end(), index.method) != methods.end();
}

bool takes_hint(std::string_view verb) {
  return verb == "find" || verb == "aggregate" || verb == "count";
}

}  // namespace

std::vector<Hint> mongodb_hints(const model::Statement& statement, const model::Plan& plan,
                                const model::Snapshot& snapshot, std::size_t at_most) {
  std::vector<Hint> found;
  const auto command = mql::parse_command(statement.text, statement.database);
  if (!command || !takes_hint(command->verb) || command->body.find("hint") != nullptr) return found;
  const model::PlanNode* scan = first_scan(plan.root);
  const model::Table* table = table_of(snapshot, statement.database, command->collection);
  if (scan == nullptr || table == nullptr) return found;
  for (const model::Index& index : table->indexes) {
    if (found.size() >= at_most) return found;
    if (!is_ordinary(index) || uses_any_index(plan.root, index.name) ||
        !names(command->body, index.parts.front().column))
      continue;
    found.push_back({HintForm::option, mql::relaxed_json(Value::of(index.name)),
                     "reads " + command->collection + " through " + index.name});
  }
  if (uses_any_index(plan.root, "") && found.size() < at_most) {
    found.push_back({HintForm::option, std::string(whole_collection),
                     "reads " + command->collection + " as a whole, without an index"});
  }
  return found;
}

std::string with_option(std::string_view text, std::string_view name, std::string_view json) {
  auto command = mql::parse_command(text);
  auto value = mql::parse_json(json);
  if (!command || !value) return "";
  command->body.set(name, std::move(value).value());
  std::string out = mql::print(*command);
  // print leaves the database out; who runs it may be elsewhere.
  if (!command->database.empty() && out.starts_with("db."))
    out =
        "db.getSiblingDB(" + mql::relaxed_json(Value::of(command->database)) + ")" + out.substr(2);
  return out;
}

std::string hint_for_all(const model::Statement& statement, const Hint& hint,
                         const model::Server& server) {
  if (server.version_number < first_with_query_settings || server.topology == "standalone" ||
      hint.text == whole_collection)
    return "";
  const auto command = mql::parse_command(statement.text, statement.database);
  if (!command) return "";
  Value query = command->body;
  query.set("$db", Value::of(statement.database));
  const Value settings = Value::object(
      {{"indexHints",
        Value::array({Value::object(
            {{"ns", Value::object({{"db", Value::of(statement.database)},
                                   {"coll", Value::of(command->collection)}})},
             {"allowedIndexes", Value::array({mql::parse_json(hint.text).value()})}})})}});
  mql::Command whole;
  whole.verb = "setQuerySettings";
  whole.body = Value::object({{"setQuerySettings", query}, {"settings", settings}});
  return "// or for all clients, with values of the right types in the place of ?:\n" +
         mql::print(whole);
}

}  // namespace whet::optimize
