#include "engine/mongodb/sharding_parts.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "engine/mongodb/replication_parts.h"

namespace whet::engine::mongodb {

namespace {

/// What a chunk names its collection by, as text.
std::string reference_of(const mql::Value* value) {
  return value == nullptr ? std::string() : value->text;
}

model::ShardPart& part_of(model::ShardedCollection& collection, const std::string& shard) {
  for (auto& part : collection.parts) {
    if (part.shard == shard) return part;
  }
  collection.parts.emplace_back().shard = shard;
  return collection.parts.back();
}

std::string text_list(const mql::Value* array) {
  std::vector<std::string> texts;
  if (array != nullptr) {
    for (const auto& field : array->fields) texts.push_back(field.value.text);
  }
  return text::join(texts, ", ");
}

}  // namespace

std::vector<model::Shard> shards_of(const std::vector<mql::Value>& documents) {
  std::vector<model::Shard> shards;
  for (const auto& document : documents) {
    model::Shard shard;
    shard.name = document.string_at("_id");
    shard.host = document.string_at("host");
    shard.draining = document.flag_at("draining");
    shard.tags = text_list(document.find("tags"));
    shards.push_back(std::move(shard));
  }
  return shards;
}

std::vector<std::string> hosts_of_shard(const std::string& host) {
  const std::size_t slash = host.find('/');
  return text::split(slash == std::string::npos ? host : host.substr(slash + 1), ',');
}

ShardedCollections collections_of(const std::vector<mql::Value>& documents) {
  ShardedCollections out;
  for (const auto& document : documents) {
    const std::string ns = document.string_at("_id");
    const std::size_t dot = ns.find('.');
    if (dot == std::string::npos || ns.starts_with("config.") || document.flag_at("dropped") ||
        document.flag_at("unsplittable"))
      continue;
    model::ShardedCollection collection;
    collection.schema = ns.substr(0, dot);
    collection.table = ns.substr(dot + 1);
    collection.unique = document.flag_at("unique");
    collection.balancing_off = document.flag_at("noBalance");
    if (const mql::Value* key = document.find("key")) {
      for (const auto& field : key->fields) {
        model::IndexPart part;
        part.column = field.name;
        if (field.value.is_string()) part.opclass = field.value.text;
        part.descending = field.value.as_number().value_or(1) < 0;
        collection.key.push_back(std::move(part));
      }
    }
    out.keys[ns] = out.collections.size();
    const std::string uuid = reference_of(document.find("uuid"));
    if (!uuid.empty()) out.keys[uuid] = out.collections.size();
    out.collections.push_back(std::move(collection));
  }
  return out;
}

void add_chunks(ShardedCollections& sharded, const std::vector<mql::Value>& groups) {
  for (const auto& group : groups) {
    const auto at = sharded.keys.find(reference_of(group.at("_id.of")));
    if (at == sharded.keys.end()) continue;
    auto& part = part_of(sharded.collections[at->second], group.string_at("_id.shard"));
    part.chunks += group.integer_at("chunks");
    part.jumbo_chunks += group.integer_at("jumbo");
  }
}

void add_distribution(ShardedCollections& sharded, const std::vector<mql::Value>& documents) {
  for (const auto& document : documents) {
    const auto at = sharded.keys.find(document.string_at("ns"));
    const mql::Value* shards = document.find("shards");
    if (at == sharded.keys.end() || shards == nullptr) continue;
    for (const auto& field : shards->fields) {
      auto& part = part_of(sharded.collections[at->second], field.value.string_at("shardName"));
      part.documents = field.value.integer_at("numOwnedDocuments");
      part.orphans = field.value.integer_at("numOrphanedDocs");
      part.bytes = field.value.integer_at("ownedSizeBytes");
    }
  }
}

void add_totals(model::Sharding& sharding, const mql::Value& databases) {
  const mql::Value* list = databases.find("databases");
  for (auto& shard : sharding.shards) {
    for (const auto& collection : sharding.collections) {
      for (const auto& part : collection.parts) {
        if (part.shard == shard.name) shard.chunks += part.chunks;
      }
    }
    if (list == nullptr) continue;
    for (const auto& database : list->fields) {
      const mql::Value* sizes = database.value.find("shards");
      const mql::Value* size = sizes != nullptr ? sizes->find(shard.name) : nullptr;
      if (size != nullptr)
        shard.data_bytes += static_cast<std::int64_t>(size->as_number().value_or(0));
    }
  }
}

std::vector<model::Router> routers_of(const std::vector<mql::Value>& documents, double now) {
  std::vector<model::Router> routers;
  for (const auto& document : documents) {
    model::Router router;
    router.name = document.string_at("_id");
    router.version = document.string_at("mongoVersion");
    router.ping_age_seconds = std::max(0.0, now - time_of(document.find("ping")));
    routers.push_back(std::move(router));
  }
  return routers;
}

void add_balancer(model::Sharding& sharding, const mql::Value& status, const mql::Value& settings) {
  sharding.balancer = status.string_at("mode");
  if (sharding.balancer.empty() && settings.is_object())
    sharding.balancer = settings.flag_at("stopped") ? "off" : settings.string_at("mode", "full");
  sharding.balancer_running = status.flag_at("inBalancerRound");
  const std::string start = settings.string_at("activeWindow.start");
  if (!start.empty())
    sharding.balancer_window = start + " to " + settings.string_at("activeWindow.stop");
}

void add_migrations(model::Sharding& sharding, const std::vector<mql::Value>& groups) {
  for (const auto& group : groups) {
    const std::string what = group.string_at("_id");
    if (what == "moveChunk.commit") sharding.migrations_done += group.integer_at("n");
    if (what == "moveChunk.error") sharding.migrations_failed += group.integer_at("n");
  }
}

}  // namespace whet::engine::mongodb
