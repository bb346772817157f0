// Commands without their literals, and the fingerprint of what remains.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "mql/arrange.h"
#include "mql/command.h"
#include "mql/normal_forms.h"

namespace whet::mql {

namespace {

// Options that change neither what is found nor by which plan.
bool without_meaning(std::string_view name) {
  constexpr std::array names{"comment",
                             "batchSize",
                             "maxTimeMS",
                             "readConcern",
                             "writeConcern",
                             "noCursorTimeout",
                             "singleBatch",
                             "ordered",
                             "maxAwaitTimeMS",
                             "bypassDocumentValidation",
                             "allowPartialResults",
                             "oplogReplay",
                             "explain",
                             "verbosity",
                             "cursor",
                             "term",
                             "awaitData",
                             "bypassEmptyTsReplacement",
                             "sampleId"};
  return std::ranges::find(names, name) != names.end();
}

bool is_zero(const Value& value) {
  const auto number = value.as_number();
  return number && *number == 0;
}

// $pull takes a condition: of elements, or of the documents that are elements.
Value normal_pulled(const Value& value) {
  if (is_operators(value)) return normal_operators(value);
  return value.is_object() ? normal_filter(value) : Value::placeholder();
}

Value normal_pushed(const Value& value) {
  if (!value.is_object() || value.find("$each") == nullptr) return Value::placeholder();
  Value out = Value::object({});
  for (const Field& modifier : value.fields) {
    const bool sort = modifier.name == "$sort";
    out.fields.push_back(
        {modifier.name, sort ? normal_sort(modifier.value) : Value::placeholder()});
  }
  return sorted(std::move(out));
}

Value normal_change(std::string_view name, const Value& value) {
  if (name == "$rename") return value;
  if (name == "$pull") return normal_pulled(value);
  if (name == "$push" || name == "$addToSet") return normal_pushed(value);
  return name == "$bit" ? normal_literals(value) : Value::placeholder();
}

Value normal_filters(const Value& list) {
  if (!list.is_array()) return Value::placeholder();
  Value out = Value::array({});
  for (const Field& filter : list.fields) out.push(normal_filter(filter.value));
  return out;
}

Value canonical_numbers(Value value) {
  for (Field& field : value.fields) field.value = canonical_numbers(std::move(field.value));
  return value.is_number() ? smallest(std::move(value)) : value;
}

bool is_filter(std::string_view name) { return name == "filter" || name == "query" || name == "q"; }

Value normal_writes(const Value& list);

Value normal_option(std::string_view name, const Value& value) {
  if (is_filter(name)) return normal_filter(value);
  if (name == "projection" || name == "fields") return normal_projection(value);
  if (name == "sort") return normal_sort(value);
  if (name == "pipeline") return normal_pipeline(value);
  if (name == "update" || name == "u") return normal_update(value);
  if (name == "updates" || name == "deletes") return normal_writes(value);
  if (name == "arrayFilters") return normal_filters(value);
  if (name == "hint" || name == "collation") return canonical_numbers(value);
  if (name == "key" || name == "out" || name == "collection") return value;
  if (name == "let" || name == "c" || name == "min" || name == "max") return normal_literals(value);
  if (value.type == Type::boolean) return value;
  return Value::placeholder();
}

void add_option(Value& out, const Field& option) {
  if (without_meaning(option.name)) return;
  const bool number = option.name == "limit" || option.name == "skip";
  if (number && is_zero(option.value)) return;
  const bool empty = option.value.is_object() && option.value.fields.empty();
  if (empty && !is_filter(option.name)) return;
  out.fields.push_back({option.name, normal_option(option.name, option.value)});
}

// One update or delete; a delete's limit tells deleteOne from deleteMany.
Value normal_write(const Value& write) {
  if (!write.is_object()) return Value::placeholder();
  Value out = Value::object({});
  for (const Field& option : write.fields) {
    if (option.name == "limit") {
      out.fields.push_back({option.name, smallest(option.value)});
    } else {
      add_option(out, option);
    }
  }
  return out;
}

// Many alike are as one.
Value normal_writes(const Value& list) {
  if (!list.is_array()) return Value::placeholder();
  Value out = Value::array({});
  for (const Field& write : list.fields) {
    Value normal = normal_write(write.value);
    const bool there =
        std::ranges::any_of(out.fields, [&](const Field& known) { return known.value == normal; });
    if (!there) out.push(std::move(normal));
  }
  return out;
}

// Commands of the server's own housekeeping: what they are called with stays when it is a name.
Value normal_administration(const Command& command) {
  Value out = Value::object({});
  for (const Field& field : command.body.fields) {
    if (without_meaning(field.name)) continue;
    const bool keeps = out.fields.empty() || command.verb == "createIndexes" ||
                       command.verb == "dropIndexes" || command.verb == "collMod" ||
                       command.verb == "create" || field.value.type == Type::boolean;
    Value value = keeps ? canonical_numbers(field.value) : normal_literals(field.value);
    if (command.verb == "create" && !out.fields.empty()) value = normal_literals(field.value);
    out.fields.push_back({field.name, std::move(value)});
  }
  return out;
}

bool is_operation(std::string_view verb) {
  constexpr std::array names{"find",   "aggregate", "count",         "distinct",
                             "update", "delete",    "findAndModify", "mapReduce"};
  return std::ranges::find(names, verb) != names.end();
}

}  // namespace

Value normal_update(const Value& update) {
  if (update.is_array()) return normal_pipeline(update);
  if (!is_operators(update)) return Value::placeholder();
  Value out = Value::object({});
  for (const Field& change : update.fields) {
    if (!change.value.is_object()) {
      out.fields.push_back({change.name, Value::placeholder()});
      continue;
    }
    Value paths = Value::object({});
    for (const Field& path : change.value.fields) {
      paths.fields.push_back({path.name, normal_change(change.name, path.value)});
    }
    out.fields.push_back({change.name, sorted(std::move(paths))});
  }
  return sorted(std::move(out));
}

Command normalize(const Command& command) {
  Command out = command;
  if (command.body.fields.empty()) return out;
  if (command.verb == "insert") {
    out.body = Value::object(
        {{"insert", command.body.fields.front().value}, {"documents", Value::placeholder()}});
  } else if (command.verb == "getMore") {
    out.body = Value::object(
        {{"getMore", Value::placeholder()}, {"collection", Value::of(command.collection)}});
  } else if (!is_operation(command.verb)) {
    out.body = normal_administration(command);
  } else {
    out.body = Value::object({});
    out.body.fields.push_back(command.body.fields.front());
    for (std::size_t i = 1; i < command.body.fields.size(); ++i) {
      add_option(out.body, command.body.fields[i]);
    }
  }
  out.body = arranged(std::move(out.body));
  return out;
}

std::string fingerprint(const Command& command) {
  return text::hash_hex(canonical_json(normalize(command).body));
}

}  // namespace whet::mql
