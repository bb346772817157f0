// MongoDB: a sharded cluster: its shards, its balancer, its shard keys.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "advise/build.h"
#include "advise/mongodb_facts.h"
#include "advise/status.h"
#include "base/text.h"
#include "base/whole.h"

namespace whet::advise::replica {
namespace {

using model::Finding;
using model::Severity;
using model::ShardedCollection;

constexpr double gigabyte = 1024.0 * 1024 * 1024;

const model::Sharding* sharding_of(const Facts& facts) {
  const auto& sharding = facts.snapshot().replication.sharding;
  return sharding ? &*sharding : nullptr;
}

std::string name_of(const ShardedCollection& one) { return one.schema + "." + one.table; }

model::Subject subject_of(const ShardedCollection& one) {
  return {model::SubjectKind::table, one.schema, "", one.table};
}

std::string key_of(const ShardedCollection& one) {
  std::vector<std::string> parts;
  for (const model::IndexPart& part : one.key) {
    const bool hashed = part.opclass == "hashed";
    parts.push_back(part.column + ": " + (hashed ? "\"hashed\"" : part.descending ? "-1" : "1"));
  }
  return "{" + text::join(parts, ", ") + "}";
}

template <class Check>
void each_collection(const Facts& facts, const Check& check) {
  const model::Sharding* sharding = sharding_of(facts);
  if (sharding == nullptr) return;
  for (const ShardedCollection& one : sharding->collections) check(one, *sharding);
}

void shard_unreachable(const Facts& facts, std::vector<Finding>& out) {
  const model::Sharding* sharding = sharding_of(facts);
  if (sharding == nullptr) return;
  for (const model::Shard& one : sharding->shards) {
    if (one.reached) continue;
    Finding finding = finding_of(
        Severity::high, named(model::SubjectKind::replica, one.name),
        fmt::format("Shard {} could not be reached", one.name),
        "Queries that need it fail, those without the shard key among them. Whet has no figures of "
        "it. Perhaps only Whet's account or network cannot reach it: compare sh.status().");
    finding.evidence = {fact("host", one.host, "config.shards")};
    finding.impact.outage_risk = 0.5;
    out.push_back(std::move(finding));
  }
}

void draining(const Facts& facts, std::vector<Finding>& out) {
  const model::Sharding* sharding = sharding_of(facts);
  if (sharding == nullptr) return;
  for (const model::Shard& one : sharding->shards) {
    if (!one.draining) continue;
    const bool stuck = sharding->balancer == "off";
    Finding finding = finding_of(
        stuck ? Severity::medium : Severity::info, named(model::SubjectKind::replica, one.name),
        stuck ? fmt::format("Shard {} drains, but the balancer is off", one.name)
              : fmt::format("Shard {} drains", one.name),
        stuck ? "Nothing moves its data away before the balancer runs."
              : "Its chunks move to the others. removeShard again says what is left; databases "
                "whose primary shard it is must be moved by hand (movePrimary).");
    finding.evidence = {count("chunks left", one.chunks, "config.chunks"),
                        fact("balancer", sharding->balancer, "balancerStatus.mode")};
    out.push_back(std::move(finding));
  }
}

void balancer_off(const Facts& facts, std::vector<Finding>& out) {
  const model::Sharding* sharding = sharding_of(facts);
  if (sharding == nullptr || sharding->balancer != "off" || sharding->shards.size() < 2) return;
  Finding finding =
      finding_of(Severity::medium, server_subject(), "The balancer is off",
                 "New data stays where it was first written, and shards fill unevenly. If it was "
                 "switched off for a backup or a load, switch it on again.");
  finding.evidence = {
      fact("mode", sharding->balancer, "balancerStatus.mode"),
      count("shards", static_cast<std::int64_t>(sharding->shards.size()), "config.shards")};
  finding.changes.push_back(manual("replica.balancer_off", "Switch it on", "sh.startBalancer()"));
  out.push_back(std::move(finding));
}

void migrations_failing(const Facts& facts, std::vector<Finding>& out) {
  constexpr std::int64_t least = 10;
  const model::Sharding* sharding = sharding_of(facts);
  if (sharding == nullptr || sharding->migrations_failed < least) return;
  if (sharding->migrations_failed < sharding->migrations_done) return;
  Finding finding = finding_of(
      Severity::medium, server_subject(),
      fmt::format("{} migrations failed in a day, {} succeeded", sharding->migrations_failed,
                  sharding->migrations_done),
      "The cluster does not balance. config.changelog says why: jumbo chunks, a range deleter that "
      "is behind, or members of the receiving shard that lag.");
  finding.evidence = {count("failed", sharding->migrations_failed, "config.changelog"),
                      count("done", sharding->migrations_done, "config.changelog")};
  out.push_back(std::move(finding));
}

void jumbo_chunks(const Facts& facts, std::vector<Finding>& out) {
  each_collection(facts, [&](const ShardedCollection& one, const model::Sharding&) {
    std::int64_t jumbo = 0;
    for (const model::ShardPart& part : one.parts) jumbo += part.jumbo_chunks;
    if (jumbo == 0) return;
    Finding finding = finding_of(
        Severity::medium, subject_of(one),
        fmt::format("{} has {} that cannot be moved", name_of(one),
                    text::plural(jumbo, "jumbo chunk", "jumbo chunks")),
        "Too many documents have the same value of the shard key: their chunk cannot be split. "
        "refineCollectionShardKey adds fields to the key, so that it can.");
    finding.evidence = {count("jumbo chunks", jumbo, "config.chunks.jumbo"),
                        fact("shard key", key_of(one), "config.collections.key")};
    finding.changes.push_back(
        manual("replica.jumbo_chunks/" + name_of(one), "Refine the shard key",
               fmt::format("db.adminCommand({{refineCollectionShardKey: \"{}\", key: {{..., _id: "
                           "1}}}})",
                           name_of(one))));
    finding.references = {mongodb_manual(facts, "tutorial/clear-jumbo-flag")};
    out.push_back(std::move(finding));
  });
}

// By bytes where they are known: from 6.0 on the balancer goes by data, not by chunks.
void imbalance(const Facts& facts, std::vector<Finding>& out) {
  each_collection(facts, [&](const ShardedCollection& one, const model::Sharding& sharding) {
    if (one.parts.empty() || sharding.shards.size() < 2) return;
    double most = 0, all = 0;
    std::string fullest;
    for (const model::ShardPart& part : one.parts) {
      const auto bytes = static_cast<double>(part.bytes);
      all += bytes;
      if (bytes <= most) continue;
      most = bytes;
      fullest = part.shard;
    }
    const double even = all / static_cast<double>(sharding.shards.size());
    constexpr double uneven = 1.5;
    if (all < 10 * gigabyte || most < uneven * even || most - even < gigabyte) return;
    Finding finding = finding_of(
        Severity::low, subject_of(one),
        fmt::format("{} has {} of the data of {}", fullest, text::percent(most / all),
                    name_of(one)),
        "That shard fills, and works, before the others. Look whether the balancer runs, whether "
        "chunks are jumbo, and whether the shard key always writes to one end.");
    finding.evidence = {
        size("on " + fullest, most, "$shardedDataDistribution, $collStats"),
        size("in all", all, "$shardedDataDistribution, $collStats"),
        count("shards", static_cast<std::int64_t>(sharding.shards.size()), "config.shards")};
    if (one.balancing_off) {
      finding.evidence.push_back(fact("balancing", "off", "config.collections.noBalance"));
    }
    out.push_back(std::move(finding));
  });
}

void orphans(const Facts& facts, std::vector<Finding>& out) {
  constexpr double notable = 0.05;
  each_collection(facts, [&](const ShardedCollection& one, const model::Sharding&) {
    std::int64_t orphaned = 0, documents = 0;
    for (const model::ShardPart& part : one.parts) {
      orphaned += part.orphans;
      documents += part.documents;
    }
    if (documents < 100000) return;
    const double part = static_cast<double>(orphaned) / static_cast<double>(documents);
    if (part < notable) return;
    Finding finding = finding_of(
        Severity::low, subject_of(one),
        fmt::format("{} of the documents of {} are orphans", text::percent(part), name_of(one)),
        "They were moved to another shard and not yet deleted here: each query reads them and "
        "throws them away. cleanupOrphaned waits until the range deleter is through.");
    finding.evidence = {count("orphans", orphaned, "$shardedDataDistribution.numOrphanedDocs"),
                        count("documents", documents, "$shardedDataDistribution")};
    finding.changes.push_back(manual(
        "replica.orphans/" + name_of(one), "Wait for their deletion (on each shard's primary)",
        fmt::format("db.adminCommand({{cleanupOrphaned: \"{}\"}})", name_of(one))));
    out.push_back(std::move(finding));
  });
}

const model::Column* first_column(const Facts& facts, const ShardedCollection& one) {
  const model::Table* table = facts.table(one.schema, one.table);
  return table == nullptr || one.key.empty() ? nullptr : table->column(one.key.front().column);
}

void monotonic_key(const Facts& facts, std::vector<Finding>& out) {
  each_collection(facts, [&](const ShardedCollection& one, const model::Sharding&) {
    if (one.key.empty() || one.key.front().opclass == "hashed") return;
    const model::Column* column = first_column(facts, one);
    const bool rises = column != nullptr && column->path && column->path->rises;
    if (!rises) return;
    Finding finding = finding_of(
        Severity::medium, subject_of(one),
        fmt::format("All inserts into {} go to one shard: its key {} only rises", name_of(one),
                    key_of(one)),
        "New documents all belong to the chunk at the end of the range, and the balancer can only "
        "move them afterwards. A hashed key, or one that begins with something spread evenly, "
        "divides the writes.");
    finding.evidence = {
        fact("shard key", key_of(one), "config.collections.key"),
        fact("rises with insertion", one.key.front().column, "$sample of the collection")};
    finding.changes.push_back(manual(
        "schema.shard_key_rises/" + name_of(one), "Reshard by a hashed key (5.0 and later)",
        fmt::format("db.adminCommand({{reshardCollection: \"{}\", key: {{{}: \"hashed\"}}}})",
                    name_of(one), one.key.front().column)));
    finding.references = {mongodb_manual(facts, "core/sharding-choose-a-shard-key")};
    out.push_back(std::move(finding));
  });
}

void coarse_key(const Facts& facts, std::vector<Finding>& out) {
  constexpr double few = 1000;
  each_collection(facts, [&](const ShardedCollection& one, const model::Sharding& sharding) {
    if (one.key.size() != 1 || one.key.front().column == "_id") return;
    const model::Column* column = first_column(facts, one);
    const model::Table* table = facts.table(one.schema, one.table);
    if (column == nullptr || !column->stats || table->live_rows < 1'000'000) return;
    const double distinct = column->stats->distinct;
    if (distinct <= 0 || distinct > few) return;
    Finding finding =
        finding_of(Severity::medium, subject_of(one),
                   fmt::format("The shard key {} of {} has about {} values", key_of(one),
                               name_of(one), text::number(distinct)),
                   "A value cannot be split: there will never be more chunks than values, and a "
                   "frequent value "
                   "becomes one that cannot be moved. Add a field with many values to the key.");
    finding.evidence = {
        number("different values", distinct, "estimated from $sample"),
        count("documents", table->live_rows, "$collStats.count"),
        count("shards", static_cast<std::int64_t>(sharding.shards.size()), "config.shards")};
    finding.changes.push_back(
        manual("schema.shard_key_coarse/" + name_of(one), "Refine the shard key",
               fmt::format("db.adminCommand({{refineCollectionShardKey: \"{}\", key: {{{}: 1, _id: "
                           "1}}}})",
                           name_of(one), one.key.front().column)));
    out.push_back(std::move(finding));
  });
}

void unsharded_large(const Facts& facts, std::vector<Finding>& out) {
  const model::Sharding* sharding = sharding_of(facts);
  if (sharding == nullptr || sharding->shards.size() < 2) return;
  std::set<std::string> sharded;
  double all = 0;
  for (const ShardedCollection& one : sharding->collections) sharded.insert(name_of(one));
  for (const model::Table& table : facts.schema().tables)
    all += static_cast<double>(table.data_bytes);
  for (const model::Table* table : facts.user_tables()) {
    const auto bytes = static_cast<double>(table->data_bytes);
    if (sharded.contains(table->qualified()) || bytes < 50 * gigabyte || bytes < 0.2 * all)
      continue;
    Finding finding = finding_of(
        Severity::low, table_subject(*table),
        fmt::format("{} ({}) is on one shard", table->qualified(), text::bytes(bytes)),
        "The other shards help it with nothing. Shard it, or move it to a shard with room "
        "(moveCollection, 8.0).");
    finding.evidence = {
        size("data", bytes, "$collStats.storageStats.size"),
        share("of all data", bytes / std::max(all, 1.0), "$collStats.storageStats.size")};
    out.push_back(std::move(finding));
  }
}

void router_skew(const Facts& facts, std::vector<Finding>& out) {
  constexpr double alive = 120;
  const model::Sharding* sharding = sharding_of(facts);
  if (sharding == nullptr) return;
  std::set<std::string> versions;
  for (const model::Router& one : sharding->routers) {
    if (one.ping_age_seconds < alive && !one.version.empty()) versions.insert(one.version);
  }
  if (versions.size() < 2) return;
  Finding finding = finding_of(
      Severity::low, server_subject(), "The mongos processes run different versions",
      "Right during an upgrade, and only then: an old mongos does not know what newer shards do.");
  for (const std::string& one : versions)
    finding.evidence.push_back(fact("version", one, "config.mongos"));
  out.push_back(std::move(finding));
}

constexpr std::string_view config_read = "clusterMonitor (read on config)";

const Register registered_unreachable{
    mongodb_check(Area::replica, "replica.shard_unreachable", Severity::high,
                  "A shard could not be reached", "Queries that need it fail.", config_read, "none",
                  "MongoDB manual, Sharded Cluster Components"),
    shard_unreachable};
const Register registered_draining{
    mongodb_check(Area::replica, "replica.draining_shard", Severity::medium,
                  "A shard is being removed", "It should end one day.", config_read, "none",
                  "MongoDB manual, removeShard"),
    draining};
const Register registered_balancer{
    mongodb_check(Area::replica, "replica.balancer_off", Severity::medium, "The balancer is off",
                  "Shards fill unevenly.", config_read, "clusters of one shard",
                  "MongoDB manual, Manage Sharded Cluster Balancer"),
    balancer_off};
const Register registered_migrations{
    mongodb_check(Area::replica, "replica.migrations_failing", Severity::medium,
                  "Most chunk migrations fail", "The cluster does not balance.", config_read,
                  "10 failures in a day, and more than successes",
                  "MongoDB manual, config.changelog"),
    migrations_failing};
const Register registered_jumbo{
    mongodb_check(Area::replica, "replica.jumbo_chunks", Severity::medium, "Chunks cannot be moved",
                  "They pile up on one shard.", config_read, "none",
                  "MongoDB manual, Jumbo Chunks"),
    jumbo_chunks};
const Register registered_imbalance{
    mongodb_check(Area::replica, "replica.shard_imbalance", Severity::low,
                  "One shard has far more of a collection's data",
                  "It fills and works before the others.", config_read,
                  "10 GB; half as much again as an even share, and a gigabyte",
                  "MongoDB manual, Sharded Cluster Balancer (data size differences)"),
    imbalance};
const Register registered_orphans{
    mongodb_check(Area::replica, "replica.orphans", Severity::low, "Many orphaned documents",
                  "Queries read them and throw them away.", config_read, "100,000 documents; 5 %",
                  "MongoDB manual, $shardedDataDistribution"),
    orphans};
const Register registered_rises{
    mongodb_check(Area::schema, "schema.shard_key_rises", Severity::medium,
                  "A shard key only rises", "All inserts go to one shard.",
                  "clusterMonitor, read on the database", "hashed keys",
                  "MongoDB manual, Choose a Shard Key"),
    monotonic_key};
const Register registered_coarse{
    mongodb_check(Area::schema, "schema.shard_key_coarse", Severity::medium,
                  "A shard key has few values", "Chunks cannot be split.",
                  "clusterMonitor, read on the database",
                  "a million documents; compound keys; more than 1,000 values",
                  "MongoDB manual, Choose a Shard Key (cardinality)"),
    coarse_key};
const Register registered_unsharded{
    mongodb_check(Area::schema, "schema.unsharded_large", Severity::low,
                  "A large collection of a cluster is not sharded", "It has one shard's capacity.",
                  config_read, "50 GB, and a fifth of all data; clusters of one shard",
                  "MongoDB manual, Sharding"),
    unsharded_large};
const Register registered_routers{
    mongodb_check(Area::replica, "replica.router_skew", Severity::low,
                  "The mongos processes run different versions", "An upgrade was not finished.",
                  config_read, "those that have not pinged for two minutes",
                  "MongoDB manual, Upgrade a Sharded Cluster"),
    router_skew};

}  // namespace
}  // namespace whet::advise::replica
