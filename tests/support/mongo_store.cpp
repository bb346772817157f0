#include "support/mongo_store.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "support/mongo_bson.h"
#include "support/mongo_match.h"

namespace whet::testing::mongo {

using mql::Field;
using mql::Type;
using mql::Value;

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

Value date(std::int64_t ms) { return {.type = Type::date, .integer = ms}; }

Value fine(Value reply) {
  reply.set("ok", Value::of(1.0));
  return reply;
}

Index* Collection::index(std::string_view wanted) {
  const auto found =
      std::ranges::find_if(indexes, [&](const Index& i) { return i.name() == wanted; });
  return found == indexes.end() ? nullptr : &*found;
}

std::int64_t Collection::bytes() const {
  std::int64_t sum = 0;
  for (const Value& one : documents) sum += mql::bson_bytes(one);
  return sum;
}

Store::Store(std::string v) : version(std::move(v)), started_ms(now_ms()) {
  std::ifstream in(WHET_SOURCE_DIR "/tests/data/mongodb/templates-7.0.jsonl");
  for (std::string line; std::getline(in, line);) {
    const Value read = json(line);
    templates[read.string_at("name")] = *read.find("reply");
  }
  EXPECT_FALSE(templates.empty()) << "tests/data/mongodb/templates-7.0.jsonl is missing";
  parameters = templates["getParameter"];
  parameters.erase("ok");
  for (const char* name : {"admin", "config", "local"}) databases[name];
}

int Store::number() const {
  int major = 0, minor = 0, patch = 0;
  std::sscanf(version.c_str(), "%d.%d.%d", &major, &minor, &patch);
  return major * 10000 + minor * 100 + patch;
}

Collection* Store::find(std::string_view database, std::string_view collection) {
  const auto there = databases.find(database);
  if (there == databases.end()) return nullptr;
  const auto found = there->second.collections.find(collection);
  return found == there->second.collections.end() ? nullptr : &found->second;
}

Collection* Store::seen_by(std::size_t member, std::string_view database,
                           std::string_view collection) {
  Collection* const found = find(database, collection);
  if (found == nullptr || collection != "system.profile") return found;
  const std::uint64_t before = profile_.version;
  profile_ = *found;
  profile_.version = before + 1;
  std::erase_if(profile_.documents, [&](const Value& one) {
    return one.integer_at(profiled_on) != static_cast<std::int64_t>(member);
  });
  for (Value& one : profile_.documents) one.erase(profiled_on);
  return &profile_;
}

Collection& Store::make(std::string_view database, std::string_view collection) {
  if (Collection* const found = find(database, collection)) return *found;
  Collection& made = databases[std::string(database)].collections[std::string(collection)];
  made.database = database;
  made.name = collection;
  // 16 bytes in base64, the last of which count.
  made.uuid = fmt::format("EjRWeJCrTe+/{:0>9}A==", ++uuids_);
  made.indexes.push_back(
      {.spec = json(R"({"v": 2, "key": {"_id": 1}, "name": "_id_"})"), .since = now_ms()});
  return made;
}

void Store::changed(Collection& collection) {
  ++collection.version;
  ++writes;
  if (Collection* const oplog = find("local", "oplog.rs"))
    oplog->documents.back().set("ts", timestamp());
}

void Store::make_oplog() {
  Collection& oplog = make("local", "oplog.rs");
  oplog.indexes.clear();
  oplog.options = json(R"({"capped": true, "size": 67108864, "autoIndexId": false})");
  const Value entry = Value::object({{"op", Value::of("n")},
                                     {"ns", Value::of("")},
                                     {"o", json(R"({"msg": "periodic noop"})")},
                                     {"ts", timestamp()},
                                     {"t", Value::of(term)},
                                     {"v", Value::of(std::int64_t{2})},
                                     {"wall", date(now_ms())}});
  oplog.documents = {entry, entry};
  // A day of operations.
  oplog.documents[0].set(
      "ts", {.type = Type::timestamp, .integer = (now_ms() / 1000 - 86400) << 32U | 1});
  oplog.documents[0].set("wall", date(now_ms() - 86'400'000));
}

std::vector<std::string> Store::being_built(const Collection& collection) const {
  std::vector<std::string> out;
  for (const auto& [id, build] : builds)
    if (build.request.database == collection.database &&
        build.request.collection() == collection.name)
      out.insert(out.end(), build.names.begin(), build.names.end());
  return out;
}

void Store::finish_orphans() {
  std::vector<Request> ready;
  for (const auto& [id, build] : builds)
    if (build.orphan) ready.push_back(build.request);
  std::erase_if(builds, [](const auto& one) { return one.second.orphan; });
  for (const Request& one : ready) {
    try {
      static_cast<void>(definition_commands().find("createIndexes")->second(*this, one));
    } catch (const Failure&) {
      // Nobody is there who could hear of it; the index is not.
    }
  }
}

namespace {

/// What a path contributes to an index's keys: each element of an array.
std::vector<Value> parts_of(const Value& document, const std::string& path, bool& array) {
  std::vector<Value> out;
  const auto add = [&](Value one) {
    if (std::ranges::none_of(out, [&](const Value& v) { return mql::compare(v, one) == 0; }))
      out.push_back(std::move(one));
  };
  int found_count = 0;
  any_at(document, path, [&](const Value* found) {
    ++found_count;
    if (found == nullptr) {
      add(Value::null());
    } else if (found->is_array()) {
      array = true;
      if (found->fields.empty()) add({.type = Type::undefined});
      for (const Field& f : found->fields) add(f.value);
    } else {
      add(*found);
    }
    return false;
  });
  array = array || found_count > 1;
  if (out.empty()) out.push_back(Value::null());
  return out;
}

bool has_any(const Value& document, const Value& key) {
  return std::ranges::any_of(key.fields, [&](const Field& f) {
    return any_at(document, f.name, [](const Value* v) { return v != nullptr; });
  });
}

void add_entries(Index& index, const Value& document, std::size_t position) {
  const Value* const partial = index.spec.find("partialFilterExpression");
  if (partial != nullptr && !matches(document, *partial)) return;
  if (index.spec.flag_at("sparse") && !has_any(document, index.key())) return;
  std::vector<Entry> made{{.key = {}, .document = position}};
  for (const Field& f : index.key().fields) {
    const std::vector<Value> parts = parts_of(document, f.name, index.arrays[f.name]);
    std::vector<Entry> next;
    for (const Entry& entry : made)
      for (const Value& part : parts) {
        next.push_back(entry);
        next.back().key.push_back(part);
      }
    made = std::move(next);
  }
  for (Entry& entry : made) index.entries.push_back(std::move(entry));
}

}  // namespace

const std::vector<Entry>& Store::entries(Collection& collection, Index& index) const {
  if (index.made_at == collection.version) return index.entries;
  index.entries.clear();
  index.arrays.clear();
  for (const Field& f : index.key().fields) index.arrays[f.name] = false;
  for (std::size_t i = 0; i < collection.documents.size(); ++i)
    add_entries(index, collection.documents[i], i);
  std::ranges::stable_sort(index.entries, [&](const Entry& a, const Entry& b) {
    for (std::size_t i = 0; i < a.key.size(); ++i) {
      const int by = mql::compare(a.key[i], b.key[i]);
      if (by != 0) return (by < 0) == (index.key().fields[i].value.as_number().value_or(1) > 0);
    }
    return a.document < b.document;
  });
  index.made_at = collection.version;
  return index.entries;
}

Value Store::cursor_reply(const std::string& ns, std::vector<Value> documents,
                          const Value& command) {
  std::int64_t size = command.integer_at("batchSize", command.integer_at("cursor.batchSize", 101));
  if (command.flag_at("singleBatch"))
    documents.resize(std::min<std::size_t>(documents.size(), static_cast<std::size_t>(size)));
  Value first = Value::array({});
  std::size_t at = 0;
  for (; at < documents.size() && static_cast<std::int64_t>(at) < size; ++at)
    first.push(std::move(documents[at]));
  std::int64_t id = 0;
  if (at < documents.size()) {
    id = next_cursor_++;
    Cursor& cursor = cursors[id];
    cursor.ns = ns;
    for (; at < documents.size(); ++at) cursor.left.push_back(std::move(documents[at]));
  }
  return fine(Value::object(
      {{"cursor",
        Value::object({{"firstBatch", first}, {"id", Value::of(id)}, {"ns", Value::of(ns)}})}}));
}

Value Store::timestamp() const {
  return {.type = Type::timestamp, .integer = (now_ms() / 1000) << 32U | 1};
}

Value Store::optime() const { return Value::object({{"ts", timestamp()}, {"t", Value::of(term)}}); }

}  // namespace whet::testing::mongo
