#include "support/mongo_index_spec.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>

#include "support/mongo_bson.h"

namespace whet::testing::mongo {

using mql::Field;
using mql::Type;
using mql::Value;

namespace {

constexpr std::array known_options{"v",
                                   "key",
                                   "name",
                                   "unique",
                                   "sparse",
                                   "background",
                                   "expireAfterSeconds",
                                   "hidden",
                                   "partialFilterExpression",
                                   "collation",
                                   "wildcardProjection",
                                   "weights",
                                   "default_language",
                                   "language_override",
                                   "textIndexVersion",
                                   "2dsphereIndexVersion",
                                   "bits",
                                   "min",
                                   "max",
                                   "bucketSize",
                                   "storageEngine",
                                   "prepareUnique",
                                   "ns"};

[[noreturn]] void refuse_spec(const Value& spec, int code, const char* name,
                              const std::string& why) {
  throw Failure(code, name, "Error in specification " + printed(spec) + " :: caused by :: " + why);
}

void check_key(const Value& spec) {
  const Value& key = *spec.find("key");
  if (key.fields.empty()) refuse_spec(spec, 67, "CannotCreateIndex", "Index keys cannot be empty.");
  static const std::set<std::string> plugins{"text", "2d", "2dsphere", "hashed", "columnstore"};
  for (const Field& f : key.fields) {
    if (f.value.is_number() && *f.value.as_number() == 0)
      refuse_spec(spec, 67, "CannotCreateIndex", "Values in the index key pattern cannot be 0.");
    if (f.value.is_string() && !plugins.contains(f.value.text))
      refuse_spec(spec, 67, "CannotCreateIndex", "Unknown index plugin '" + f.value.text + "'");
    if (f.name.find("..") != std::string::npos || f.name.empty())
      refuse_spec(spec, 67, "CannotCreateIndex", "Index keys cannot contain an empty field.");
    if (f.name.starts_with('$') && !f.name.starts_with("$**"))
      refuse_spec(spec, 67, "CannotCreateIndex",
                  "Index key contains an illegal field name: field name starts with '$'.");
  }
}

void check_expiry(const Value& spec) {
  const Value* const expiry = spec.find("expireAfterSeconds");
  if (expiry == nullptr) return;
  const std::string end = ". Index spec: " + printed(spec);
  if (!expiry->is_number())
    throw Failure(
        67, "CannotCreateIndex",
        "TTL index 'expireAfterSeconds' option must be numeric, but received a type of '" +
            std::string(mql::type_name(expiry->type)) + "'" + end);
  if (*expiry->as_number() < 0)
    throw Failure(67, "CannotCreateIndex",
                  "TTL index 'expireAfterSeconds' option cannot be less than 0" + end);
  if (spec.find("key")->fields.size() > 1)
    throw Failure(
        67, "CannotCreateIndex",
        "TTL indexes are single-field indexes, compound indexes do not support TTL" + end);
}

}  // namespace

Value checked_spec(Value spec) {
  if (spec.find("name") == nullptr && spec.find("key") != nullptr)
    refuse_spec(spec, 9, "FailedToParse",
                "The 'name' field is a required property of an index specification");
  if (spec.find("key") == nullptr)
    refuse_spec(spec, 9, "FailedToParse",
                "The 'key' field is a required property of an index specification");
  for (const Field& f : spec.fields)
    if (std::ranges::find(known_options, f.name) == known_options.end())
      refuse_spec(spec, 197, "InvalidIndexSpecificationOption",
                  "The field '" + f.name +
                      "' is not valid for an index specification. Specification: " + printed(spec));
  check_key(spec);
  if (spec.string_at("name") == "*")
    throw Failure(2, "BadValue", "The index name '*' is not valid.");
  const Value id = json(R"({"_id": 1})");
  if (*spec.find("key") == id) {
    spec.set("v", Value::of(2));
    for (const Field& f : spec.fields)
      if (f.name != "key" && f.name != "name" && f.name != "v")
        throw Failure(
            197, "InvalidIndexSpecificationOption",
            "The field '" + f.name +
                "' is not valid for an _id index specification. Specification: " + printed(spec));
    spec.set("name", Value::of("_id_"));
  }
  check_expiry(spec);
  return spec;
}

Value stored_spec(const Value& spec) {
  Value out = Value::object(
      {{"v", Value::of(2)}, {"key", *spec.find("key")}, {"name", *spec.find("name")}});
  for (const Field& f : spec.fields) {
    const bool off = f.value.type == Type::boolean && f.value.integer == 0;
    if (f.name != "v" && f.name != "key" && f.name != "name" && f.name != "ns" && !off)
      out.set(f.name, f.value);
  }
  if (const Value* collation = spec.find("collation")) {
    Value full = json(
        R"({"locale": "en", "caseLevel": false, "caseFirst": "off", "strength": 3, "numericOrdering": false, "alternate": "non-ignorable", "maxVariable": "punct", "normalization": false, "backwards": false, "version": "57.1"})");
    for (const Field& f : collation->fields) full.set(f.name, f.value);
    out.set("collation", full);
  }
  for (const Field& f : spec.find("key")->fields) {
    if (f.value.is_string() && f.value.text == "2dsphere")
      out.set("2dsphereIndexVersion", Value::of(3));
    if (!f.value.is_string() || f.value.text != "text") continue;
    std::map<std::string, Value> weights;
    if (f.name != "_fts") weights[f.name] = Value::of(1);
    if (const Value* given = out.find("weights"))
      for (const Field& one : given->fields) weights.insert_or_assign(one.name, one.value);
    Value sorted = Value::object({});
    for (const auto& [name, weight] : weights) sorted.set(name, weight);
    for (const char* name : {"weights", "default_language", "language_override"}) out.erase(name);
    out.set("key", json(R"({"_fts": "text", "_ftsx": 1})"));
    out.set("weights", sorted);
    out.set("default_language", Value::of(spec.string_at("default_language", "english")));
    out.set("language_override", Value::of(spec.string_at("language_override", "language")));
    out.set("textIndexVersion", Value::of(3));
  }
  return out;
}

}  // namespace whet::testing::mongo
