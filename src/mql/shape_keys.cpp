// Sort keys and projections.
#include <algorithm>

#include "mql/normal_forms.h"
#include "mql/shape_parts.h"

namespace whet::mql {

namespace {

// A member of a projection that says only whether it is wanted.
std::optional<bool> wanted(const Value& value) {
  if (value.type == Type::boolean || value.is_number()) return value.truthy();
  return std::nullopt;
}

// What keeps all other fields: {tags: {$slice: 5}}, {score: {$meta: "textScore"}}.
bool leaves_others(const Value& value) {
  return is_operators(value) &&
         (value.fields.front().name == "$meta" ||
          (value.fields.front().name == "$slice" && paths_of(value).empty()));
}

bool is_nested(const Value& value) {
  return value.is_object() && !value.fields.empty() && !is_operators(value);
}

void add_members(ShapeBuilder& builder, const Stream& stream, const std::string& prefix,
                 const Value& projection) {
  for (const Field& field : projection.fields) {
    const std::string path = prefix + field.name;
    if (is_nested(field.value)) {
      add_members(builder, stream, path + ".", field.value);
    } else if (const auto flag = wanted(field.value)) {
      const auto place = stream.place(path);
      if (*flag && place) builder.project(*place);
    } else if (is_operators(field.value) && field.value.fields.front().name == "$elemMatch") {
      if (const auto place = stream.place(path)) builder.project(*place);
    } else {
      builder.need_all(stream, field.value);
      const bool slice = is_operators(field.value) && field.value.fields.front().name == "$slice";
      const auto place = stream.place(path);
      if (slice && place) builder.project(*place);
    }
  }
}

}  // namespace

bool excludes(const Value& projection) {
  bool any = false;
  for (const Field& field : projection.fields) {
    if (is_nested(field.value)) {
      if (!excludes(field.value)) return false;
      any = true;
      continue;
    }
    const auto flag = wanted(field.value);
    if (field.name == "_id" && flag && projection.fields.size() > 1) continue;
    if (leaves_others(field.value)) {
      any = true;
      continue;
    }
    if (!flag || *flag) return false;
    any = true;
  }
  return any || projection.fields.empty();
}

void add_projection(ShapeBuilder& builder, const Stream& stream, const Value& projection) {
  if (!projection.is_object() || excludes(projection)) return;
  add_members(builder, stream, "", projection);
  const Value* id = projection.find("_id");
  if (id == nullptr) {
    if (const auto place = stream.place("_id")) builder.project(*place);
  }
  builder.at(stream.relation).whole_row = false;
}

void add_ordering(ShapeBuilder& builder, const Stream& stream, const Value& sort) {
  if (!sort.is_object() || sort.fields.empty()) return;
  model::ShapeRelation& relation = builder.at(stream.relation);
  relation.ordering.clear();
  bool complete = true;
  for (const Field& field : sort.fields) {
    if (field.name.starts_with('$')) continue;  // {$natural: 1}: as they are stored
    const auto place = stream.place(field.name);
    if (place) builder.need(*place);
    const bool plain =
        place && place->relation == stream.relation && field.value.find("$meta") == nullptr;
    complete = complete && plain;
    if (!complete) continue;
    model::ShapeKey key;
    key.column = place->column;
    key.descending = field.value.as_number().value_or(1) < 0;
    key.nulls_first = !key.descending;
    relation.ordering.push_back(std::move(key));
  }
  relation.ordering_complete = complete && !relation.ordering.empty();
}

}  // namespace whet::mql
