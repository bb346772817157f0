// Commands as mongosh reads them.
#include <array>
#include <cmath>
#include <limits>

#include "base/json.h"
#include "base/text.h"
#include "mql/arrange.h"
#include "mql/command.h"
#include "mql/print_value.h"
#include "mql/text_tokens.h"

namespace whet::mql {

namespace {

std::string receiver(const Command& command) {
  if (command.collection.empty()) return "db";
  bool plain = true;
  for (const std::string& part : text::split(command.collection, '.'))
    plain = plain && plain_name(part);
  return plain ? "db." + command.collection : "db[" + json::quote(command.collection) + "]";
}

/// The text of one helper; takes fields from a copy of the body until nothing is left.
class HelperText {
 public:
  explicit HelperText(const Command& command) : rest_(command.body), out_(receiver(command)) {
    if (!rest_.fields.empty()) rest_.fields.erase(rest_.fields.begin());
  }

  std::optional<Value> take(std::string_view name) {
    const Value* there = rest_.find(name);
    if (there == nullptr) return std::nullopt;
    Value value = *there;
    rest_.erase(name);
    return value;
  }

  void open(std::string_view method) { out_ += "." + std::string(method) + "("; }
  void add(const Value& value) {
    if (!out_.ends_with('(')) out_ += ", ";
    out_ += print_value(value);
  }
  void close() { out_ += ')'; }
  // What is left, as the helper's last argument.
  void close_with_rest() {
    if (!rest_.fields.empty()) add(rest_);
    rest_.fields.clear();
    close();
  }
  void chain(std::string_view method, const Value& value) {
    open(method);
    add(value);
    close();
  }

  [[nodiscard]] Value& rest() { return rest_; }
  [[nodiscard]] std::string text() const { return out_; }

 private:
  Value rest_;
  std::string out_;
};

std::string find_text(const Command& command) {
  HelperText text(command);
  const Value filter = text.take("filter").value_or(Value::object({}));
  const auto projection = text.take("projection");
  const bool single = text.rest().flag_at("singleBatch");
  if (single && command.body.integer_at("limit") == 1) {
    text.rest().erase("limit");
    text.rest().erase("singleBatch");
    text.open("findOne");
    if (!filter.fields.empty() || projection || !text.rest().fields.empty()) text.add(filter);
    if (projection || !text.rest().fields.empty()) text.add(projection.value_or(Value::object({})));
    text.close_with_rest();
    return text.text();
  }
  text.open("find");
  if (!filter.fields.empty() || !filter.is_object() || projection) text.add(filter);
  if (projection) text.add(*projection);
  text.close();
  for (const Field& option : Value(text.rest()).fields) {
    if (option.name == "singleBatch") continue;
    const bool negative = option.name == "limit" && single;
    text.chain(option.name, negative ? smallest(Value::of(-option.value.as_number().value_or(0)))
                                     : option.value);
  }
  return text.text();
}

// [{$match}, ($skip), ($limit), {$group: {_id: 1, n: {$sum: 1}}}]: the driver's countDocuments().
std::optional<std::string> count_text(const Command& command) {
  const Value* pipeline = command.body.find("pipeline");
  if (pipeline == nullptr || pipeline->fields.size() < 2 || pipeline->fields.size() > 4) {
    return std::nullopt;
  }
  const Value* match = pipeline->fields.front().value.find("$match");
  const Value* group = pipeline->fields.back().value.find("$group");
  const Value* sum = group == nullptr ? nullptr : group->at("n.$sum");
  if (match == nullptr || sum == nullptr || command.collection.empty()) return std::nullopt;
  HelperText text(command);
  text.take("pipeline");
  text.open("countDocuments");
  text.add(*match);
  Value options = Value::object({});
  for (std::size_t i = 1; i + 1 < pipeline->fields.size(); ++i) {
    const Value& stage = pipeline->fields[i].value;
    if (stage.find("$skip") == nullptr && stage.find("$limit") == nullptr) return std::nullopt;
    options.set(stage.fields.front().name.substr(1), stage.fields.front().value);
  }
  for (const Field& option : text.rest().fields) {
    if (option.name != "cursor" || !option.value.fields.empty())
      options.set(option.name, option.value);
  }
  text.rest() = std::move(options);
  text.close_with_rest();
  return text.text();
}

std::string aggregate_text(const Command& command) {
  HelperText text(command);
  const Value pipeline = text.take("pipeline").value_or(Value::array({}));
  if (const Value* cursor = text.rest().find("cursor");
      cursor != nullptr && cursor->fields.empty()) {
    text.rest().erase("cursor");
  }
  text.open("aggregate");
  text.add(pipeline);
  text.close_with_rest();
  return text.text();
}

std::string count_command_text(const Command& command) {
  HelperText text(command);
  const Value query = text.take("query").value_or(Value::object({}));
  const bool all = query.is_object() && query.fields.empty();
  text.open(all ? "estimatedDocumentCount" : "count");
  if (!all) text.add(query);
  text.close_with_rest();
  return text.text();
}

std::string distinct_text(const Command& command) {
  HelperText text(command);
  const Value query = text.take("query").value_or(Value::object({}));
  text.open("distinct");
  text.add(text.take("key").value_or(Value::of("")));
  if (!query.is_object() || !query.fields.empty() || !text.rest().fields.empty()) text.add(query);
  text.close_with_rest();
  return text.text();
}

std::string insert_text(const Command& command) {
  HelperText text(command);
  const Value documents = text.take("documents").value_or(Value::array({}));
  const bool one = documents.is_array() && documents.fields.size() == 1;
  text.open(one ? "insertOne" : "insertMany");
  text.add(one ? documents.fields.front().value : documents);
  text.close_with_rest();
  return text.text();
}

bool replaces(const Value& update) {
  if (update.type == Type::placeholder) return true;
  return update.is_object() &&
         (update.fields.empty() || !update.fields.front().name.starts_with('$'));
}

Value write_operation(Value element, bool updates) {
  const bool many = updates ? element.flag_at("multi") : element.integer_at("limit") == 0;
  const Value* change = element.find("u");
  const bool replacement = change != nullptr && !many && replaces(*change);
  Value members = Value::object({});
  for (const Field& field : element.fields) {
    if (field.name == "multi" || field.name == "limit") continue;
    const std::string_view name = field.name == "q"   ? "filter"
                                  : field.name != "u" ? std::string_view(field.name)
                                  : replacement       ? "replacement"
                                                      : "update";
    members.set(name, field.value);
  }
  const std::string method = replacement ? "replaceOne"
                             : updates   ? (many ? "updateMany" : "updateOne")
                                         : (many ? "deleteMany" : "deleteOne");
  return Value::object({{method, members}});
}

std::string write_text(const Command& command, bool updates) {
  HelperText text(command);
  const Value list = text.take(updates ? "updates" : "deletes").value_or(Value::array({}));
  Value operations = Value::array({});
  for (const Field& element : list.fields) operations.push(write_operation(element.value, updates));
  if (list.fields.size() != 1) {
    text.open("bulkWrite");
    text.add(operations);
    text.close_with_rest();
    return text.text();
  }
  const Field& operation = operations.fields.front().value.fields.front();
  text.open(operation.name);
  Value options = Value::object({});
  for (const Field& member : operation.value.fields) {
    const bool argument =
        member.name == "filter" || member.name == "update" || member.name == "replacement";
    if (argument)
      text.add(member.value);
    else
      options.set(member.name, member.value);
  }
  for (const Field& option : text.rest().fields) options.set(option.name, option.value);
  text.rest() = std::move(options);
  text.close_with_rest();
  return text.text();
}

std::string find_and_modify_text(const Command& command) {
  HelperText text(command);
  const Value query = text.take("query").value_or(Value::object({}));
  const auto update = text.take("update");
  text.take("remove");
  text.open(!update             ? "findOneAndDelete"
            : replaces(*update) ? "findOneAndReplace"
                                : "findOneAndUpdate");
  text.add(query);
  if (update) text.add(*update);
  Value options = Value::object({});
  for (const Field& option : text.rest().fields) {
    if (option.name == "fields")
      options.set("projection", option.value);
    else if (option.name == "new")
      options.set("returnDocument", Value::of("after"));
    else
      options.set(option.name, option.value);
  }
  text.rest() = std::move(options);
  text.close_with_rest();
  return text.text();
}

std::optional<std::string> helper_text(const Command& command) {
  const std::string& verb = command.verb;
  if (verb == "aggregate") {
    const auto counted = count_text(command);
    return counted ? counted : aggregate_text(command);
  }
  if (command.collection.empty()) return std::nullopt;
  if (verb == "find") return find_text(command);
  if (verb == "count") return count_command_text(command);
  if (verb == "distinct") return distinct_text(command);
  if (verb == "insert") return insert_text(command);
  if (verb == "update" || verb == "delete") return write_text(command, verb == "update");
  if (verb == "findAndModify") return find_and_modify_text(command);
  return std::nullopt;
}

// Whether a text says exactly this.
bool says(const std::string& text, const Command& command) {
  const auto read = parse_command(text, command.database);
  return read.ok() && canonical_json(read->body) == canonical_json(command.body);
}

}  // namespace

std::string print(const Command& command) {
  // A helper where it can say everything.
  if (const auto text = helper_text(command); text && says(*text, command)) return *text;
  if (command.verb == "aggregate") {
    const std::string text = aggregate_text(command);
    if (says(text, command)) return text;
  }
  const bool admin = command.database == "admin";
  return (admin ? "db.adminCommand(" : "db.runCommand(") + print_value(command.body) + ")";
}

}  // namespace whet::mql
