// The helpers of mongosh that write.
#include <algorithm>
#include <array>

#include "mql/text_methods.h"

namespace whet::mql {

namespace {

constexpr std::array of_element{"hint", "collation", "arrayFilters", "upsert", "sort", "c"};

bool belongs_to_element(std::string_view name) {
  return std::ranges::find(of_element, name) != of_element.end();
}

void add_element_options(Value& element, const Value& options) {
  for (const Field& option : options.fields) {
    if (belongs_to_element(option.name)) element.set(option.name, option.value);
  }
}

// One operation of bulkWrite(): its name and its members.
struct Write {
  std::string list;  // insert, update, delete
  Value element;
};

Result<Write> write_of(const Value& operation) {
  const auto wrong = [](std::string message) {
    return Error{ErrorKind::invalid, std::move(message),
                 "An operation is {updateOne: {filter: {...}, update: {...}}} and its like.", ""};
  };
  if (!operation.is_object() || operation.fields.size() != 1) {
    return wrong("bulkWrite() has an element that is no operation");
  }
  const std::string& name = operation.fields.front().name;
  const Value& members = operation.fields.front().value;
  const auto member = [&](std::string_view wanted) {
    const Value* there = members.find(wanted);
    return there == nullptr ? Value::object({}) : *there;
  };
  if (name == "insertOne") return Write{"insert", member("document")};
  const bool many = name.ends_with("Many");
  if (name == "updateOne" || name == "updateMany") {
    return Write{"update", update_element(member("filter"), member("update"), members, many)};
  }
  if (name == "replaceOne") {
    return Write{"update", update_element(member("filter"), member("replacement"), members, false)};
  }
  if (name == "deleteOne" || name == "deleteMany") {
    return Write{"delete", delete_element(member("filter"), members, many)};
  }
  return wrong("bulkWrite() has no operation of the name \"" + name + "\"");
}

}  // namespace

Value update_element(const Value& filter, const Value& change, const Value& options, bool many) {
  Value out = Value::object({{"q", filter}, {"u", change}});
  add_element_options(out, options);
  if (many) out.set("multi", Value::of(true));
  return out;
}

Value delete_element(const Value& filter, const Value& options, bool many) {
  Value out = Value::object({{"q", filter}, {"limit", Value::of(many ? 0 : 1)}});
  for (const char* name : {"hint", "collation"}) {
    if (const Value* there = options.find(name)) out.set(name, *there);
  }
  return out;
}

Result<Value> sent_by_bulk_write(const std::string& collection, const Arguments& arguments) {
  if (arguments.empty() || !arguments[0].is_array() || arguments[0].fields.empty()) {
    return Error{ErrorKind::invalid, "bulkWrite() has no operations",
                 "Write bulkWrite([{insertOne: {document: {...}}}]).", ""};
  }
  std::string kind;
  Value list = Value::array({});
  for (const Field& operation : arguments[0].fields) {
    Write write = WHET_TRY(write_of(operation.value));
    if (!kind.empty() && kind != write.list) {
      return Error{ErrorKind::invalid, "bulkWrite() mixes inserts, updates and deletes",
                   "Give its operations one by one: the server runs them as separate commands.",
                   ""};
    }
    kind = std::move(write.list);
    list.push(std::move(write.element));
  }
  Value out = Value::object({{kind, Value::of(collection)},
                             {kind == "insert" ? "documents" : kind + "s", std::move(list)}});
  if (arguments.size() > 1) add_options(out, arguments[1]);
  return out;
}

}  // namespace whet::mql
