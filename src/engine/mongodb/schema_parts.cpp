#include "engine/mongodb/schema_parts.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/json.h"
#include "engine/mongodb/settings.h"

namespace whet::engine::mongodb {

namespace {

constexpr double seconds_of_millisecond = 1e-3;
constexpr double exact_integers = 9007199254740992.0;

bool is_plain_name(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$';
  });
}

/// A document as mongosh reads it: {status: 1, "ship.country": -1}.
std::string shell_text(const mql::Value& value) {
  if (!value.is_object()) return mql::relaxed_json(value);
  std::string out = "{";
  for (const auto& field : value.fields) {
    if (out.size() > 1) out += ", ";
    out += is_plain_name(field.name) ? field.name : json::quote(field.name);
    out += ": " + shell_text(field.value);
  }
  return out + "}";
}

std::string method_of(const mql::Value& key) {
  std::string method = "btree";
  for (const auto& field : key.fields) {
    if (field.value.is_string()) return field.value.text;
    if (field.name.ends_with("$**")) method = "wildcard";
  }
  return method;
}

bool is_descending(const mql::Value& direction) {
  const auto number = direction.as_number();
  return number && *number < 0;
}

void add_part(model::Index& index, const std::string& column, const mql::Value& direction) {
  model::IndexPart part;
  part.column = column;
  part.descending = is_descending(direction);
  if (direction.is_string()) part.opclass = direction.text;
  index.parts.push_back(std::move(part));
}

/// The key of a text index says {_fts: "text", _ftsx: 1}; its fields are in the weights.
void add_parts(model::Index& index, const mql::Value& key, const mql::Value* weights) {
  for (const auto& field : key.fields) {
    if (field.name == "_ftsx") continue;
    if (field.name == "_fts" && weights != nullptr) {
      for (const auto& weighted : weights->fields) add_part(index, weighted.name, field.value);
    } else {
      add_part(index, field.name, field.value);
    }
  }
}

bool has_member_of_its_own(std::string_view option) {
  constexpr std::array<std::string_view, 10> names{"v",         "key",
                                                   "name",      "ns",
                                                   "unique",    "partialFilterExpression",
                                                   "hidden",    "background",
                                                   "buildUUID", "indexBuildInfo"};
  return std::find(names.begin(), names.end(), option) != names.end();
}

/// Flags only when they are set; figures as people write them; documents so that they can be given
/// to a server again.
void add_option(model::Index& index, const mql::Field& option) {
  const mql::Value& value = option.value;
  if (value.type == mql::Type::boolean || (option.name == "sparse" && value.is_number())) {
    if (value.truthy()) index.options[option.name] = "true";
  } else if (const auto number = value.as_number(); number && std::isnan(*number)) {
    index.options[option.name] = "nan";
  } else if (number && *number == std::floor(*number) && std::abs(*number) < exact_integers) {
    index.options[option.name] = std::to_string(static_cast<std::int64_t>(*number));
  } else {
    index.options[option.name] = value.is_object() ? mql::canonical_json(value) : plain_text(value);
  }
}

void count(const mql::Value& stats, std::string_view kind, std::int64_t& operations,
           double& milliseconds) {
  const std::string path = "latencyStats." + std::string(kind);
  operations += stats.integer_at(path + ".ops");
  milliseconds += stats.number_at(path + ".latency") / 1000;
}

model::Index* index_named(model::Table& table, std::string_view name) {
  const auto at = std::find_if(table.indexes.begin(), table.indexes.end(),
                               [&](const auto& index) { return index.name == name; });
  return at == table.indexes.end() ? nullptr : &*at;
}

void add_index_sizes(model::Table& table, const mql::Value& sizes) {
  for (const auto& size : sizes.fields) {
    const auto bytes = static_cast<std::int64_t>(size.value.as_number().value_or(0));
    table.index_bytes += bytes;
    if (model::Index* index = index_named(table, size.name)) index->size_bytes += bytes;
  }
}

/// [{k: name, v: bytes that can be used again}]
void add_free_bytes(model::Table& table, const mql::Value& free) {
  for (const auto& entry : free.fields) {
    model::Index* index = index_named(table, entry.value.string_at("k"));
    const double bytes = entry.value.number_at("v");
    if (index == nullptr || index->size_bytes <= 0 || bytes <= 0) continue;
    model::Bloat bloat = index->bloat.value_or(model::Bloat{});
    bloat.wasted_bytes += bytes;
    bloat.fraction = bloat.wasted_bytes / static_cast<double>(index->size_bytes);
    bloat.method = "file bytes available for reuse";
    index->bloat = bloat;
  }
}

}  // namespace

std::int64_t id_of(std::string_view schema, std::string_view name, std::string_view index) {
  // FNV-1a, folded into what a double holds exactly.
  std::uint64_t hash = 14695981039346656037ULL;
  const auto add = [&](std::string_view part) {
    for (const char c : part) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    hash = (hash ^ 0xffU) * 1099511628211ULL;
  };
  add(schema), add(name), add(index);
  const std::uint64_t folded = (hash ^ (hash >> 53U)) & ((1ULL << 53U) - 1);
  return static_cast<std::int64_t>(folded == 0 ? 1 : folded);
}

model::Table table_of(std::string_view database, const mql::Value& entry) {
  model::Table table;
  table.schema = database;
  table.name = entry.string_at("name");
  table.id = id_of(table.schema, table.name);
  table.storage_engine = "wiredTiger";
  if (const mql::Value* options = entry.find("options")) {
    for (const auto& option : options->fields) {
      if (option.name == "collation") {
        table.collation = mql::relaxed_json(option.value);
      } else if (option.name != "uuid") {
        table.options[option.name] = plain_text(option.value);
      }
    }
  }
  return table;
}

model::View view_of(std::string_view database, const mql::Value& entry) {
  model::View view;
  view.schema = database;
  view.name = entry.string_at("name");
  view.id = id_of(view.schema, view.name);
  const std::string on = entry.string_at("options.viewOn");
  view.uses.push_back(id_of(view.schema, on));
  const mql::Value* pipeline = entry.at("options.pipeline");
  view.definition = "db.getCollection(" + json::quote(on) + ").aggregate(" +
                    (pipeline != nullptr ? mql::relaxed_json(*pipeline) : "[]") + ")";
  return view;
}

model::Index index_of(const model::Table& table, const mql::Value& entry) {
  model::Index index;
  index.schema = table.schema;
  index.name = entry.string_at("name");
  index.id = id_of(table.schema, table.name, index.name);
  index.unique = entry.flag_at("unique");
  index.hidden = entry.flag_at("hidden");
  // {buildUUID, method, phase, indexBuildInfo} with includeIndexBuildInfo; buildUUID up to 7.0.
  index.building = entry.find("buildUUID") != nullptr || entry.find("indexBuildInfo") != nullptr;
  index.clustered = entry.flag_at("clustered");
  index.primary = index.name == "_id_" || index.clustered;
  if (index.primary) index.unique = true;
  if (const mql::Value* key = entry.find("key")) {
    index.method = method_of(*key);
    add_parts(index, *key, entry.find("weights"));
  }
  if (const mql::Value* filter = entry.find("partialFilterExpression"))
    index.predicate = mql::canonical_json(*filter);
  for (const auto& option : entry.fields) {
    if (!has_member_of_its_own(option.name)) add_option(index, option);
  }
  index.definition = definition_of(table.schema, table.name, entry);
  return index;
}

std::string definition_of(std::string_view database, std::string_view collection,
                          const mql::Value& entry) {
  mql::Value options = mql::Value::object({});
  for (const auto& option : entry.fields) {
    if (option.name == "key" || option.name == "v" || option.name == "ns") continue;
    // What a text index was given, not how it is kept.
    if (option.name == "textIndexVersion" || option.name == "2dsphereIndexVersion") continue;
    options.set(option.name, option.value);
  }
  const mql::Value* key = entry.find("key");
  mql::Value wanted = mql::Value::object({});
  const mql::Value* weights = entry.find("weights");
  for (const auto& part : key != nullptr ? key->fields : std::vector<mql::Field>()) {
    if (part.name == "_ftsx") continue;
    if (part.name == "_fts" && weights != nullptr) {
      for (const auto& weighted : weights->fields)
        wanted.set(weighted.name, mql::Value::of("text"));
    } else {
      wanted.set(part.name, part.value);
    }
  }
  return "db.getSiblingDB(" + json::quote(database) + ").getCollection(" + json::quote(collection) +
         ").createIndex(" + shell_text(wanted) + ", " + shell_text(options) + ")";
}

void add_counters(model::TableCounters& counters, const mql::Value& stats) {
  count(stats, "reads", counters.reads, counters.read_ms);
  count(stats, "writes", counters.writes, counters.write_ms);
  count(stats, "commands", counters.commands, counters.command_ms);
  counters.sequential_scans += stats.integer_at("queryExecStats.collectionScans.total");
}

void add_sizes(model::Table& table, const mql::Value& stats) {
  const mql::Value* storage = stats.find("storageStats");
  if (storage == nullptr) return;
  const auto rows = storage->integer_at("count");
  table.live_rows += rows;
  if (storage->find("count") != nullptr)
    table.row_estimate = table.row_estimate.value_or(0) + static_cast<double>(rows);
  table.data_bytes += storage->integer_at("size");
  table.heap_bytes += storage->integer_at("storageSize");
  table.free_bytes += storage->integer_at("freeStorageSize");
  if (const mql::Value* sizes = storage->find("indexSizes")) add_index_sizes(table, *sizes);
  if (const mql::Value* builds = storage->find("indexBuilds")) {
    for (const auto& build : builds->fields) {
      if (model::Index* index = index_named(table, build.value.text)) index->building = true;
    }
  }
  if (const mql::Value* free = stats.find("free")) add_free_bytes(table, *free);
}

model::MemberUse use_of(const mql::Value& document, double now, std::string_view member) {
  model::MemberUse use;
  use.member = member.empty() ? document.string_at("host") : std::string(member);
  use.scans = document.integer_at("accesses.ops");
  if (const mql::Value* since = document.at("accesses.since"))
    use.age_seconds =
        std::max(0.0, now - static_cast<double>(since->integer) * seconds_of_millisecond);
  return use;
}

}  // namespace whet::engine::mongodb
