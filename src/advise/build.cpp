#include "advise/build.h"

#include "base/text.h"

namespace whet::advise {

using model::Evidence;
using model::Subject;
using model::SubjectKind;

Evidence fact(std::string_view name, std::string_view value, std::string_view source) {
  return {std::string(name), std::string(value), std::nullopt, std::string(source)};
}

Evidence count(std::string_view name, std::int64_t value, std::string_view source) {
  return {std::string(name), text::count(value), static_cast<double>(value), std::string(source)};
}

Evidence size(std::string_view name, double bytes, std::string_view source) {
  return {std::string(name), text::bytes(bytes), bytes, std::string(source)};
}

Evidence time(std::string_view name, double seconds, std::string_view source) {
  return {std::string(name), text::duration(seconds), seconds, std::string(source)};
}

Evidence share(std::string_view name, double fraction, std::string_view source) {
  return {std::string(name), text::percent(fraction), fraction, std::string(source)};
}

Evidence number(std::string_view name, double value, std::string_view source) {
  return {std::string(name), text::number(value), value, std::string(source)};
}

Subject server_subject() { return {SubjectKind::server, "", "", ""}; }
Subject setting_subject(std::string_view name) { return named(SubjectKind::setting, name); }
Subject table_subject(const model::Table& table) {
  return {SubjectKind::table, table.schema, "", table.name};
}

Subject column_subject(const model::Table& table, std::string_view column) {
  return {SubjectKind::column, table.schema, table.name, std::string(column)};
}

Subject index_subject(const model::Table& table, const model::Index& index) {
  return {SubjectKind::index, index.schema.empty() ? table.schema : index.schema, table.name,
          index.name};
}

Subject constraint_subject(const model::Table& table, const model::Constraint& constraint) {
  return {SubjectKind::constraint, table.schema, table.name, constraint.name};
}

Subject named(SubjectKind kind, std::string_view name) { return {kind, "", "", std::string(name)}; }

model::Change change_setting(const model::Setting& setting, std::string_view value,
                             std::string_view reason) {
  model::Change change;
  change.id = "setting/" + setting.name;
  change.summary =
      "Set " + setting.name + " to " + std::string(value) + " (now " + setting.value + ")";
  change.reason = reason;
  change.action.kind = model::ActionKind::set_setting;
  change.action.setting = setting.name;
  change.action.value = value;
  change.action.previous = setting.source == "default" ? "" : setting.value;
  change.action.needs_restart = setting.context == "postmaster";
  change.risk = change.action.needs_restart ? model::Risk::medium : model::Risk::safe;
  change.locks = change.action.needs_restart
                     ? "none, but it takes effect only when the server restarts"
                     : "none; new values after a reload";
  return change;
}

model::Change manual(std::string_view id, std::string_view summary, std::string_view statement) {
  model::Change change;
  change.id = id;
  change.summary = summary;
  change.action.kind = model::ActionKind::manual;
  change.action.statement = statement;
  change.risk = model::Risk::medium;
  return change;
}

std::string key_text(const model::Index& index) {
  std::vector<std::string> parts;
  for (const model::IndexPart& part : index.parts) {
    parts.push_back((part.column.empty() ? part.expression : part.column) +
                    (part.descending ? " DESC" : ""));
  }
  return text::join(parts, ", ");
}

}  // namespace whet::advise
