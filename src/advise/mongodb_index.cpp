#include "advise/mongodb_index.h"

#include <algorithm>
#include <cctype>
#include <cmath>

#include "base/text.h"
#include "mql/value.h"

namespace whet::advise {

using model::Index;
using model::IndexPart;
using model::Table;

namespace {

bool is_identifier(std::string_view name) {
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name.front())) != 0) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$';
  });
}

std::string quoted(std::string_view text) { return mql::relaxed_json(mql::Value::of(text)); }

// Names that a database object of mongosh has itself: db.stats is a method.
bool is_shell_name(std::string_view name) {
  static constexpr std::string_view taken[] = {"adminCommand",
                                               "aggregate",
                                               "auth",
                                               "commandHelp",
                                               "createCollection",
                                               "createUser",
                                               "currentOp",
                                               "dropUser",
                                               "fsyncLock",
                                               "getCollection",
                                               "getMongo",
                                               "getName",
                                               "getUser",
                                               "hello",
                                               "help",
                                               "hostInfo",
                                               "logout",
                                               "printCollectionStats",
                                               "runCommand",
                                               "serverStatus",
                                               "stats",
                                               "version",
                                               "watch",
                                               "sql"};
  return std::find(std::begin(taken), std::end(taken), name) != std::end(taken);
}

bool is_wildcard_path(std::string_view path) {
  return path == "$**" || (path.size() > 4 && path.substr(path.size() - 4) == ".$**");
}

// A document of extended JSON as mongosh reads it: names without quotes where they need none.
std::string mongosh_value(const mql::Value& value) {
  if (value.is_object()) {
    std::vector<std::string> members;
    for (const mql::Field& field : value.fields)
      members.push_back(mongosh_field(field.name) + ": " + mongosh_value(field.value));
    return "{" + text::join(members, ", ") + "}";
  }
  if (value.is_array()) {
    std::vector<std::string> elements;
    for (const mql::Field& field : value.fields) elements.push_back(mongosh_value(field.value));
    return "[" + text::join(elements, ", ") + "]";
  }
  if (value.type == mql::Type::date) {
    // {"$date":"2026-10-01T00:00:00Z"}, or {"$date":{"$numberLong":"..."}} far from today.
    const std::string json = mql::relaxed_json(value);
    constexpr std::string_view head = "{\"$date\":\"";
    if (std::string_view(json).starts_with(head))
      return "ISODate(" + json.substr(head.size() - 1, json.size() - head.size()) + ")";
    return "new Date(" + std::to_string(value.integer) + ")";
  }
  if (value.type == mql::Type::object_id) return "ObjectId(\"" + value.text + "\")";
  return mql::relaxed_json(value);
}

mql::Value canonical(const mql::Value& value);

void add_condition(std::vector<mql::Field>& out, const mql::Field& field) {
  if (field.name == "$and" && field.value.is_array()) {
    for (const mql::Field& arm : field.value.fields) {
      for (const mql::Field& inner : arm.value.fields) add_condition(out, inner);
    }
    return;
  }
  out.push_back({field.name, canonical(field.value)});
}

mql::Value canonical(const mql::Value& value) {
  if (value.is_number()) {
    const auto number = value.as_number();
    return number ? mql::Value::of(*number) : value;
  }
  if (value.is_array()) {
    std::vector<mql::Value> elements;
    for (const mql::Field& field : value.fields) elements.push_back(canonical(field.value));
    return mql::Value::array(std::move(elements));
  }
  if (!value.is_object()) return value;
  if (value.fields.size() == 1 && value.fields.front().name == "$eq")
    return canonical(value.fields.front().value);
  mql::Value sorted;
  sorted.type = mql::Type::object;
  for (const mql::Field& field : value.fields) add_condition(sorted.fields, field);
  std::stable_sort(sorted.fields.begin(), sorted.fields.end(),
                   [](const mql::Field& a, const mql::Field& b) { return a.name < b.name; });
  return sorted;
}

}  // namespace

std::string mongosh_field(std::string_view name) {
  return is_identifier(name) ? std::string(name) : quoted(name);
}

std::string part_word(const Index& index, const IndexPart& part) {
  if (!part.opclass.empty()) return part.opclass;
  // A single part of a special index is that index's, whoever wrote the snapshot.
  const bool special = index.method == "hashed" || index.method == "text" ||
                       index.method == "2dsphere" || index.method == "2d" ||
                       index.method == "geoHaystack";
  return special && index.parts.size() == 1 ? index.method : "";
}

std::string mongosh_key(const Index& index) {
  std::vector<std::string> parts;
  for (const IndexPart& part : index.parts) {
    const std::string word = part_word(index, part);
    const std::string value = !word.empty() ? quoted(word) : part.descending ? "-1" : "1";
    parts.push_back(mongosh_field(part.column) + ": " + value);
  }
  return "{" + text::join(parts, ", ") + "}";
}

std::string default_index_name(const Index& index) {
  std::vector<std::string> parts;
  for (const IndexPart& part : index.parts) {
    const std::string word = part_word(index, part);
    parts.push_back(part.column + "_" + (!word.empty() ? word : part.descending ? "-1" : "1"));
  }
  return text::join(parts, "_");
}

std::string free_index_name(const Table& table, const Index& index,
                            const std::set<std::string>& taken) {
  const auto is_free = [&](const std::string& name) {
    return !taken.contains(name) &&
           std::none_of(table.indexes.begin(), table.indexes.end(),
                        [&](const Index& other) { return other.name == name; });
  };
  std::string stem = default_index_name(index);
  if (is_free(stem)) return stem;
  if (!index.predicate.empty()) {
    stem += "_partial";
  } else if (!index_option(index, "collation").empty()) {
    stem += "_collated";
  }
  std::string name = stem;
  for (int n = 2; !is_free(name); ++n) name = stem + "_" + std::to_string(n);
  return name;
}

std::string mongosh_collection(const Table& table) {
  std::string out = "db";
  if (!table.schema.empty()) out += ".getSiblingDB(" + quoted(table.schema) + ")";
  const bool plain = is_identifier(table.name) && !is_shell_name(table.name) &&
                     table.name.front() != '_' && table.name.front() != '$';
  return out + (plain ? "." + table.name : ".getCollection(" + quoted(table.name) + ")");
}

std::string mongosh_options(const Index& index) {
  std::vector<std::string> out;
  const auto document = [](std::string_view json) {
    const auto value = mql::parse_json(json);
    return value.ok() ? mongosh_value(*value) : std::string(json);
  };
  if (index.unique && !index.primary) out.emplace_back("unique: true");
  for (const auto& [name, value] : index.options) {
    if (name == "textIndexVersion" || name == "2dsphereIndexVersion") continue;
    out.push_back(mongosh_field(name) + ": " +
                  (name == "default_language" || name == "language_override" ? quoted(value)
                                                                             : document(value)));
  }
  if (!index.predicate.empty())
    out.push_back("partialFilterExpression: " + document(index.predicate));
  if (index.hidden) out.emplace_back("hidden: true");
  if (!index.name.empty() && index.name != default_index_name(index))
    out.push_back("name: " + quoted(index.name));
  return out.empty() ? "" : "{" + text::join(out, ", ") + "}";
}

std::string mongosh_create(const Table& table, const Index& index) {
  const std::string options = mongosh_options(index);
  return mongosh_collection(table) + ".createIndex(" + mongosh_key(index) +
         (options.empty() ? "" : ", " + options) + ")";
}

std::string mongosh_drop(const Table& table, const Index& index) {
  return mongosh_collection(table) + ".dropIndex(" + quoted(index.name) + ")";
}

std::string_view index_option(const Index& index, std::string_view name) {
  const auto found = index.options.find(std::string(name));
  return found == index.options.end() ? std::string_view() : std::string_view(found->second);
}

bool index_flag(const Index& index, std::string_view name) {
  const std::string_view value = index_option(index, name);
  return !value.empty() && value != "false" && value != "0";
}

bool is_wildcard(const Index& index) {
  return std::any_of(index.parts.begin(), index.parts.end(), [&](const IndexPart& part) {
    return is_wildcard_path(part.column) && part_word(index, part).empty();
  });
}

bool is_ordered(const Index& index) {
  return !index.parts.empty() &&
         std::all_of(index.parts.begin(), index.parts.end(), [&](const IndexPart& part) {
           return part_word(index, part).empty() && !is_wildcard_path(part.column);
         });
}

bool is_ttl(const Index& index) { return !index_option(index, "expireAfterSeconds").empty(); }

std::string canonical_document(std::string_view json) {
  const auto value = mql::parse_json(json);
  return value.ok() ? mql::canonical_json(canonical(*value)) : std::string(json);
}

bool is_multikey_path(const Table& table, std::string_view path) {
  const model::Column* column = table.column(path);
  return column != nullptr && column->path && (column->path->array || column->path->in_array);
}

}  // namespace whet::advise
