#include "sql/dialect/mongodb.h"

#include "base/text.h"
#include "mql/command.h"
#include "mql/print_value.h"
#include "mql/views.h"

namespace whet::sql::mongodb {

namespace {

// The server allows 20 views on each other.
constexpr int most_views = 20;

mql::Command beneath_views(mql::Command command, const Catalog& catalog) {
  for (int i = 0; i < most_views; ++i) {
    const model::View* view = catalog.view(command.database, command.collection);
    if (view == nullptr || view->definition.empty()) break;
    const auto definition = mql::parse_command(view->definition, view->schema);
    if (!definition.ok()) break;
    auto below = mql::beneath_view(*definition, command);
    if (!below) break;
    command = *std::move(below);
  }
  return command;
}

ParameterUse use_of(const mql::ParameterPlace& place) {
  ParameterUse out;
  out.number = place.number;
  out.op = place.op;
  out.schema = place.database;
  out.table = place.collection;
  out.column = place.column;
  out.expression = place.expression;
  if (place.limit)
    out.role = ParameterRole::limit;
  else if (place.skip)
    out.role = ParameterRole::offset;
  else if (!place.op.empty())
    out.role = ParameterRole::column;
  return out;
}

}  // namespace

Result<model::Shape> shape_of(std::string_view text, const Catalog& catalog,
                              std::string_view database) {
  const mql::Command written = WHET_TRY(mql::parse_command(text, database));
  model::Shape shape = WHET_TRY(mql::shape_of(beneath_views(written, catalog)));
  for (model::ShapeRelation& relation : shape.relations) {
    if (catalog.view(relation.schema, relation.table) != nullptr) relation.opaque = true;
  }
  return shape;
}

Result<std::vector<ParameterUse>> parameters_of(std::string_view text, std::string_view database) {
  const mql::Command command = WHET_TRY(mql::parse_command(text, database));
  std::vector<ParameterUse> out;
  for (const mql::ParameterPlace& place : mql::parameters_of(command)) out.push_back(use_of(place));
  return out;
}

std::string obstacle_to_replay(std::string_view text) {
  const auto command = mql::parse_command(text);
  return command.ok() ? mql::obstacle_to_replay(*command) : "it cannot be understood";
}

model::StatementKind kind_of(std::string_view text) {
  const auto command = mql::parse_command(text);
  return command.ok() ? mql::kind_of(*command) : model::StatementKind::other;
}

std::string normalize(std::string_view text) {
  const auto command = mql::parse_command(text);
  return command.ok() ? mql::print(mql::normalize(*command)) : std::string(text);
}

std::string fingerprint(std::string_view text) {
  const auto command = mql::parse_command(text);
  return command.ok() ? mql::fingerprint(*command) : text::hash_hex(text::squeeze(text));
}

std::string quote_literal(std::string_view text) { return mql::print_value(mql::Value::of(text)); }

}  // namespace whet::sql::mongodb
