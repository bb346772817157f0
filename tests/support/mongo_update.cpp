#include "support/mongo_update.h"

#include <algorithm>

#include "support/mongo_match.h"

namespace whet::testing::mongo {

using mql::Field;
using mql::Type;
using mql::Value;

namespace {

/// The place at the path, made when it is missing.
Value& place_at(Value& document, std::string_view path) {
  const std::size_t dot = path.find('.');
  const std::string_view head = path.substr(0, dot);
  Value* next = nullptr;
  if (document.is_array()) {
    const std::size_t at = std::stoul(std::string(head));
    while (document.fields.size() <= at) document.push(Value::null());
    next = &document.fields[at].value;
  } else {
    if (document.find(head) == nullptr) document.set(head, Value::null());
    next = document.find(head);
  }
  if (dot == std::string_view::npos) return *next;
  if (!next->is_object() && !next->is_array()) *next = Value::object({});
  return place_at(*next, path.substr(dot + 1));
}

void unset_at(Value& document, std::string_view path) {
  const std::size_t dot = path.find('.');
  if (dot == std::string_view::npos) return document.erase(path);
  if (Value* const inner = document.find(path.substr(0, dot)))
    unset_at(*inner, path.substr(dot + 1));
}

Value sum(const Value& a, const Value& b, bool product) {
  return evaluated(Value::object({{product ? "$multiply" : "$add", Value::array({a, b})}}),
                   Value::object({}));
}

void push(Value& list, const Value& what, bool once) {
  if (!list.is_array()) list = Value::array({});
  const Value* const each = what.find("$each");
  const Value all = each != nullptr ? *each : Value::array({what});
  for (const Field& f : all.fields) {
    const auto same = [&](const Field& has) { return mql::compare(has.value, f.value) == 0; };
    if (!once || std::ranges::none_of(list.fields, same)) list.push(f.value);
  }
}

void apply(const std::string& op, const Field& one, Value& document, bool inserting) {
  const Value* const has = document.at(one.name);
  if (op == "$set" || (op == "$setOnInsert" && inserting)) {
    set_at(document, one.name, one.value);
  } else if (op == "$unset") {
    unset_at(document, one.name);
  } else if (op == "$inc" || op == "$mul") {
    const Value start = has != nullptr ? *has : Value::of(0);
    if (!start.is_number())
      throw Failure(14, "TypeMismatch", "Cannot apply " + op + " to a value of non-numeric type.");
    set_at(document, one.name, sum(start, one.value, op == "$mul"));
  } else if (op == "$push" || op == "$addToSet") {
    push(place_at(document, one.name), one.value, op == "$addToSet");
  } else if (op == "$pull") {
    if (has == nullptr || !has->is_array()) return;
    std::erase_if(place_at(document, one.name).fields, [&](const Field& f) {
      return condition_holds(Value::object({{"v", f.value}}), "v", one.value);
    });
  } else if (op == "$min" || op == "$max") {
    if (has == nullptr || (mql::compare(one.value, *has) < 0) == (op == "$min"))
      set_at(document, one.name, one.value);
  } else if (op == "$currentDate") {
    set_at(document, one.name, {.type = Type::date, .integer = 0});
  } else if (op == "$rename") {
    if (has == nullptr) return;
    const Value moved = *has;
    unset_at(document, one.name);
    set_at(document, one.value.text, moved);
  } else if (op != "$setOnInsert") {
    throw Failure(
        9, "FailedToParse",
        "Unknown modifier: " + op +
            ". Expected a valid update modifier or pipeline-style update specified as an array");
  }
}

void apply_stage(const Field& stage, Value& document) {
  if (stage.name == "$unset") return unset_at(document, stage.value.text);
  if (stage.name == "$project") {
    document = projected(document, stage.value);
    return;
  }
  for (const Field& f : stage.value.fields) set_at(document, f.name, evaluated(f.value, document));
}

}  // namespace

void set_at(Value& document, std::string_view path, Value value) {
  place_at(document, path) = std::move(value);
}

Value updated(const Value& document, const Value& update, bool inserting) {
  Value out = document;
  if (update.is_array()) {
    for (const Field& stage : update.fields) apply_stage(stage.value.fields.front(), out);
  } else if (is_operators(update)) {
    for (const Field& op : update.fields)
      for (const Field& one : op.value.fields) apply(op.name, one, out, inserting);
  } else {
    out = Value::object({});
    if (const Value* id = document.find("_id")) out.set("_id", *id);
    for (const Field& f : update.fields) out.set(f.name, f.value);
  }
  return out;
}

Value seed_of(const Value& filter) {
  Value out = Value::object({});
  for (const Field& f : filter.fields) {
    if (f.name.starts_with('$')) continue;
    if (!is_operators(f.value))
      set_at(out, f.name, f.value);
    else if (const Value* equal = f.value.find("$eq"))
      set_at(out, f.name, *equal);
  }
  return out;
}

}  // namespace whet::testing::mongo
