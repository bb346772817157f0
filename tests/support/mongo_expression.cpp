// Aggregation expressions, as far as Whet and its tests use them.
#include <algorithm>
#include <map>
#include <string>

#include "support/mongo_bson.h"
#include "support/mongo_match.h"

namespace whet::testing::mongo {

using mql::Field;
using mql::Type;
using mql::Value;

namespace {

using Variables = std::map<std::string, Value, std::less<>>;

Value evaluate(const Value& expression, const Value& document, const Variables& variables);

/// "$a.b": through arrays it is the array of what is there.
Value value_at(const Value& from, std::string_view path) {
  if (path.empty()) return from;
  const std::size_t dot = path.find('.');
  const std::string_view head = path.substr(0, dot);
  const std::string_view rest = dot == std::string_view::npos ? "" : path.substr(dot + 1);
  if (from.is_object()) {
    const Value* const found = from.find(head);
    return found == nullptr ? Value{.type = Type::undefined} : value_at(*found, rest);
  }
  if (!from.is_array()) return {.type = Type::undefined};
  Value out = Value::array({});
  for (const Field& f : from.fields)
    if (Value one = value_at(f.value, path); one.type != Type::undefined) out.push(std::move(one));
  return out;
}

Value number_like(double number, const Value& a, const Value& b) {
  if (a.type == Type::number_double || b.type == Type::number_double) return Value::of(number);
  if (a.type == Type::int64 || b.type == Type::int64)
    return Value::of(static_cast<std::int64_t>(number));
  return Value::of(static_cast<int>(number));
}

struct Call {
  const Value& operand;
  const Value& document;
  const Variables& variables;

  [[nodiscard]] Value argument(std::size_t n) const {
    if (!operand.is_array()) return n == 0 ? evaluate(operand, document, variables) : Value::null();
    return n < operand.fields.size() ? evaluate(operand.fields[n].value, document, variables)
                                     : Value::null();
  }
  [[nodiscard]] Value named(std::string_view name) const {
    const Value* const found = operand.find(name);
    return found == nullptr ? Value::null() : evaluate(*found, document, variables);
  }
  [[nodiscard]] std::size_t count() const { return operand.is_array() ? operand.fields.size() : 1; }
};

Value fold(const Call& call, double start, double (*step)(double, double)) {
  Value sum = Value::of(static_cast<int>(start));
  for (std::size_t i = 0; i < call.count(); ++i) {
    const Value next = call.argument(i);
    if (next.is_array()) {
      for (const Field& f : next.fields)
        if (f.value.is_number())
          sum = number_like(step(*sum.as_number(), *f.value.as_number()), sum, f.value);
      continue;
    }
    if (!next.is_number()) return Value::null();
    sum = number_like(step(*sum.as_number(), *next.as_number()), sum, next);
  }
  return sum;
}

Value map_or_filter(const Call& call, bool filter) {
  const Value input = call.named("input");
  if (!input.is_array()) return Value::null();
  Variables inner = call.variables;
  const std::string name = call.operand.string_at("as", "this");
  Value out = Value::array({});
  for (const Field& f : input.fields) {
    inner[name] = f.value;
    Value made = evaluate(*call.operand.find(filter ? "cond" : "in"), call.document, inner);
    if (!filter) out.push(std::move(made));
    if (filter && made.truthy()) out.push(f.value);
  }
  return out;
}

Value reduced(const Call& call) {
  const Value input = call.named("input");
  Variables inner = call.variables;
  inner["value"] = call.named("initialValue");
  for (const Field& f : input.fields) {
    inner["this"] = f.value;
    inner["value"] = evaluate(*call.operand.find("in"), call.document, inner);
  }
  return inner["value"];
}

Value as_pairs(const Value& object) {
  if (!object.is_object()) return Value::null();
  Value out = Value::array({});
  for (const Field& f : object.fields)
    out.push(Value::object({{"k", Value::of(f.name)}, {"v", f.value}}));
  return out;
}

Value as_object(const Value& pairs) {
  Value out = Value::object({});
  for (const Field& f : pairs.fields)
    out.set(f.value.is_array() ? f.value.fields[0].value.text : f.value.string_at("k"),
            f.value.is_array() ? f.value.fields[1].value : *f.value.find("v"));
  return out;
}

Value conditional(const Call& call) {
  if (call.operand.is_array())
    return call.argument(0).truthy() ? call.argument(1) : call.argument(2);
  return call.named(call.named("if").truthy() ? "then" : "else");
}

Value first_present(const Call& call) {
  for (std::size_t i = 0; i < call.count(); ++i) {
    Value one = call.argument(i);
    if (!one.is_null() && one.type != Type::undefined) return one;
  }
  return call.argument(call.count() - 1);
}

Value joined(const Call& call) {
  std::string out;
  for (std::size_t i = 0; i < call.count(); ++i) {
    const Value one = call.argument(i);
    if (!one.is_string()) return Value::null();
    out += one.text;
  }
  return Value::of(out);
}

Value let(const Call& call) {
  Variables inner = call.variables;
  for (const Field& f : call.operand.find("vars")->fields)
    inner[f.name] = evaluate(f.value, call.document, call.variables);
  return evaluate(*call.operand.find("in"), call.document, inner);
}

bool all_or_any(const Call& call, bool all) {
  for (std::size_t i = 0; i < call.count(); ++i)
    if (call.argument(i).truthy() != all) return !all;
  return all;
}

Value element(const Call& call) {
  const Value list = call.argument(0);
  auto at = static_cast<std::int64_t>(call.argument(1).as_number().value_or(0));
  if (at < 0) at += static_cast<std::int64_t>(list.fields.size());
  if (at < 0 || at >= static_cast<std::int64_t>(list.fields.size()))
    return {.type = Type::undefined};
  return list.fields[static_cast<std::size_t>(at)].value;
}

Value sliced(const Call& call) {
  Value list = call.argument(0);
  const auto count = static_cast<std::size_t>(call.argument(1).as_number().value_or(0));
  if (list.fields.size() > count) list.fields.resize(count);
  return list;
}

using Function = Value (*)(const Call&);

int order(const Call& c) { return mql::compare(c.argument(0), c.argument(1)); }

const std::map<std::string, Function, std::less<>>& functions() {
  static const std::map<std::string, Function, std::less<>> all{
      {"$literal", [](const Call& c) { return c.operand; }},
      {"$eq", [](const Call& c) { return Value::of(order(c) == 0); }},
      {"$ne", [](const Call& c) { return Value::of(order(c) != 0); }},
      {"$gt", [](const Call& c) { return Value::of(order(c) > 0); }},
      {"$gte", [](const Call& c) { return Value::of(order(c) >= 0); }},
      {"$lt", [](const Call& c) { return Value::of(order(c) < 0); }},
      {"$lte", [](const Call& c) { return Value::of(order(c) <= 0); }},
      {"$and", [](const Call& c) { return Value::of(all_or_any(c, true)); }},
      {"$or", [](const Call& c) { return Value::of(all_or_any(c, false)); }},
      {"$not", [](const Call& c) { return Value::of(!c.argument(0).truthy()); }},
      {"$add", [](const Call& c) { return fold(c, 0, [](double a, double b) { return a + b; }); }},
      {"$sum", [](const Call& c) { return fold(c, 0, [](double a, double b) { return a + b; }); }},
      {"$multiply",
       [](const Call& c) { return fold(c, 1, [](double a, double b) { return a * b; }); }},
      {"$subtract",
       [](const Call& c) {
         const Value a = c.argument(0), b = c.argument(1);
         if (a.type == Type::date && b.type == Type::date) return Value::of(a.integer - b.integer);
         if (!a.is_number() || !b.is_number()) return Value::null();
         return number_like(*a.as_number() - *b.as_number(), a, b);
       }},
      {"$divide",
       [](const Call& c) {
         const Value a = c.argument(0), b = c.argument(1);
         if (!a.is_number() || !b.is_number()) return Value::null();
         return Value::of(*a.as_number() / *b.as_number());
       }},
      {"$ifNull", first_present},
      {"$cond", conditional},
      {"$let", let},
      {"$reduce", reduced},
      {"$map", [](const Call& c) { return map_or_filter(c, false); }},
      {"$filter", [](const Call& c) { return map_or_filter(c, true); }},
      {"$objectToArray", [](const Call& c) { return as_pairs(c.argument(0)); }},
      {"$arrayToObject", [](const Call& c) { return as_object(c.argument(0)); }},
      {"$size",
       [](const Call& c) { return Value::of(static_cast<int>(c.argument(0).fields.size())); }},
      {"$isArray", [](const Call& c) { return Value::of(c.argument(0).is_array()); }},
      {"$type",
       [](const Call& c) {
         const Value v = c.argument(0);
         return Value::of(v.type == Type::undefined ? "missing" : mql::type_name(v.type));
       }},
      {"$concat", joined},
      {"$arrayElemAt", element},
      {"$slice", sliced},
      {"$bsonSize",
       [](const Call& c) { return Value::of(static_cast<int>(mql::bson_bytes(c.argument(0)))); }},
      {"$in",
       [](const Call& c) {
         const Value wanted = c.argument(0), list = c.argument(1);
         return Value::of(std::ranges::any_of(
             list.fields, [&](const Field& f) { return mql::compare(f.value, wanted) == 0; }));
       }},
  };
  return all;
}

Value of_path(std::string_view path, const Value& document, const Variables& variables) {
  if (!path.starts_with("$$")) return value_at(document, path.substr(1));
  path.remove_prefix(2);
  const std::size_t dot = path.find('.');
  const std::string_view name = path.substr(0, dot);
  const std::string_view rest = dot == std::string_view::npos ? "" : path.substr(dot + 1);
  if (name == "ROOT" || name == "CURRENT") return value_at(document, rest);
  const auto found = variables.find(name);
  return found == variables.end() ? Value{.type = Type::undefined} : value_at(found->second, rest);
}

Value evaluate(const Value& expression, const Value& document, const Variables& variables) {
  if (expression.is_string() && expression.text.starts_with('$'))
    return of_path(expression.text, document, variables);
  if (expression.is_array()) {
    Value out = Value::array({});
    for (const Field& f : expression.fields) out.push(evaluate(f.value, document, variables));
    return out;
  }
  if (!expression.is_object()) return expression;
  if (!is_operators(expression)) {
    Value out = Value::object({});
    for (const Field& f : expression.fields)
      if (Value one = evaluate(f.value, document, variables); one.type != Type::undefined)
        out.set(f.name, std::move(one));
    return out;
  }
  const Field& call = expression.fields.front();
  const auto found = functions().find(call.name);
  if (found == functions().end())
    throw Failure(31325, "Location31325", "Unknown expression " + call.name);
  return found->second({call.value, document, variables});
}

}  // namespace

Value evaluated(const Value& expression, const Value& document) {
  return evaluate(expression, document, {});
}

}  // namespace whet::testing::mongo
