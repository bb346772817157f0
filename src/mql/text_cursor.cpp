// The methods of cursors in mongosh.
#include <algorithm>
#include <array>
#include <cmath>

#include "mql/arrange.h"
#include "mql/text_methods.h"

namespace whet::mql {

namespace {

// What they fetch or show does not change the command.
constexpr std::array silent{
    "toArray",     "pretty",          "explain",           "next",   "hasNext",        "tryNext",
    "itcount",     "close",           "forEach",           "map",    "readPref",       "isClosed",
    "isExhausted", "objsLeftInBatch", "setReadPreference", "finish", "withReadConcern"};

// Methods that set the option of the same name.
constexpr std::array options{"sort",
                             "limit",
                             "skip",
                             "hint",
                             "collation",
                             "batchSize",
                             "maxTimeMS",
                             "comment",
                             "min",
                             "max",
                             "returnKey",
                             "showRecordId",
                             "noCursorTimeout",
                             "tailable",
                             "readConcern",
                             "maxAwaitTimeMS",
                             "allowDiskUse",
                             "let"};

bool flag_by_default(std::string_view name) {
  constexpr std::array flags{"allowDiskUse", "returnKey", "showRecordId", "noCursorTimeout",
                             "tailable"};
  return std::ranges::find(flags, name) != flags.end();
}

std::string_view verb(const Value& command) { return command.fields.front().name; }

// find().count() is another command with the same filter; size() heeds limit and skip.
void become_count(Value& command, bool heeds_limit) {
  Value out = Value::object({{"count", command.fields.front().value}});
  for (const char* name :
       {"filter", "limit", "skip", "hint", "collation", "maxTimeMS", "comment"}) {
    const std::string_view option = name;
    if (!heeds_limit && (option == "limit" || option == "skip")) continue;
    const Value* there = command.find(option);
    if (there != nullptr) out.set(option == "filter" ? "query" : option, *there);
  }
  command = std::move(out);
}

void set_limit(Value& command, Value limit) {
  limit = smallest(std::move(limit));
  const double number = limit.as_number().value_or(0);
  if (number < 0) {
    command.set("singleBatch", Value::of(true));
    limit = smallest(Value::of(-number));
  }
  command.set("limit", std::move(limit));
}

Status wrong(std::string_view method, std::string message, std::string hint) {
  return Error{ErrorKind::invalid, "." + std::string(method) + "() " + std::move(message),
               std::move(hint), ""};
}

Status check_option(std::string_view verb, std::string_view method, const Arguments& arguments) {
  const bool finds = verb == "find";
  const bool known = std::ranges::find(options, method) != options.end();
  if (!known || (!finds && verb != "aggregate")) {
    return wrong(method, "is no method that Whet knows here",
                 "Cursors of find() take sort, limit, skip, projection, hint, collation, "
                 "batchSize, maxTimeMS, comment, min, max, allowDiskUse and explain.");
  }
  if (!finds && (method == "sort" || method == "limit" || method == "skip")) {
    return wrong(method, "is no method of an aggregation's cursor",
                 "Add a {$" + std::string(method) + ": ...} stage.");
  }
  if (arguments.empty() && !flag_by_default(method)) {
    return wrong(method, "needs an argument", "");
  }
  return {};
}

void set_option(Value& command, std::string_view method, const Value& value) {
  if (verb(command) == "aggregate" && method == "batchSize") {
    if (command.find("cursor") == nullptr) command.set("cursor", Value::object({}));
    command.find("cursor")->set("batchSize", smallest(value));
  } else if (method == "limit") {
    set_limit(command, value);
  } else if (method == "readConcern") {
    command.set("readConcern", value.is_string() ? Value::object({{"level", value}}) : value);
  } else {
    command.set(method, value);
  }
}

}  // namespace

bool takes_functions(std::string_view method) { return method == "forEach" || method == "map"; }

Status changed_by(Value& command, std::string_view method, const Arguments& arguments) {
  if (std::ranges::find(silent, method) != silent.end()) return {};
  const bool finds = verb(command) == "find";
  if (finds && (method == "count" || method == "size")) {
    become_count(command, method == "size" || (!arguments.empty() && arguments[0].truthy()));
    return {};
  }
  if (finds && (method == "project" || method == "projection")) {
    command.set("projection", arguments.empty() ? Value::object({}) : arguments[0]);
    return {};
  }
  WHET_TRY_VOID(check_option(verb(command), method, arguments));
  set_option(command, method, arguments.empty() ? Value::of(true) : arguments.front());
  return {};
}

}  // namespace whet::mql
