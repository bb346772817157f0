// Indexes of MongoDB that no member uses, and those that were hidden and forgotten.
#include <algorithm>

#include "advise/check.h"
#include "advise/index/mongodb_common.h"
#include "advise/index/mongodb_redundant.h"
#include "base/text.h"
#include "base/units.h"

namespace whet::advise {

namespace {

using model::Finding;
using model::Index;
using model::Severity;
using model::Table;

constexpr double hidden_long_seconds = 30 * 86400.0;

/// Large, or small and written: worth a word.
bool costs(const Table& table, const Index& index) {
  const auto bytes = static_cast<double>(index.size_bytes);
  return bytes >= megabyte || (bytes >= megabyte / 4 && documents_written(table) >= 1000);
}

void describe(const Table& table, const Index& index, const SeenUse& use, Finding& finding) {
  finding.subject = index_subject(table, index);
  finding.evidence = use_evidence(use);
  finding.evidence.push_back(size_evidence(index));
  finding.evidence.push_back(
      count("documents written to the collection", documents_written(table), "top, latencyStats"));
  finding.evidence.push_back(key_evidence(index));
  finding.impact.bytes = static_cast<double>(index.size_bytes);
  finding.impact.arithmetic = "the whole index: " + text::bytes(finding.impact.bytes);
}

bool takes_part(const std::vector<MongodbRedundancy>& list, const Index& index) {
  return std::any_of(list.begin(), list.end(), [&](const MongodbRedundancy& one) {
    return one.index == &index || one.keeper == &index;
  });
}

Finding unused_finding(const Facts& facts, const Table& table, const Index& index,
                       const SeenUse& use) {
  Finding finding;
  describe(table, index, use, finding);
  const std::string head =
      index.name + " (" + text::bytes(static_cast<double>(index.size_bytes)) + ")";
  const std::string history = text::duration(use.age_seconds);
  finding.references = {mongodb_manual(facts, "reference/operator/aggregation/indexStats"),
                        mongodb_manual(facts, "core/index-hidden")};
  if (!use.certain(facts)) {
    finding.severity = Severity::info;
    finding.watch = true;
    finding.title = head + " was not used in the " + history + " since the counters began";
    finding.detail = "Not certain yet: " + use.doubt(facts) + ".";
    return finding;
  }
  finding.severity =
      static_cast<double>(index.size_bytes) >= gigabyte ? Severity::medium : Severity::low;
  finding.title = head + " was never used in " + history +
                  (use.members > 1 ? " on any of " + std::to_string(use.members) + " members" : "");
  finding.detail = "Each write to " + table.name +
                   " maintains it, and no query read it. It is hidden first: the server keeps it "
                   "up to date and does not use it, so that it is back in an instant if anybody "
                   "misses it.";
  finding.changes = {retire_mongodb_index(facts, table, index, "no query used it in " + history)};
  return finding;
}

void unused(const Facts& facts, std::vector<Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    const auto redundant = mongodb_redundancies(*table);
    for (const Index& index : table->indexes) {
      if (!index.usable() || index.building || !mongodb_must_stay(index).empty()) continue;
      if (!costs(*table, index) || takes_part(redundant, index)) continue;
      const SeenUse use = seen_use(facts, index);
      // Without any member's word nothing is known.
      if (use.members == 0 || use.scans > 0) continue;
      out.push_back(unused_finding(facts, *table, index, use));
    }
  }
}

void hidden(const Facts& facts, std::vector<Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    for (const Index& index : table->indexes) {
      if (!index.hidden || index.building) continue;
      const SeenUse use = seen_use(facts, index);
      if (use.members == 0) continue;
      const bool enforces = !mongodb_must_stay(index).empty();
      if (enforces) continue;
      Finding finding;
      describe(*table, index, use, finding);
      const bool long_ago = use.unasked.empty() && use.age_seconds >= hidden_long_seconds;
      finding.severity = long_ago ? Severity::low : Severity::info;
      finding.watch = !long_ago;
      finding.title = index.name + " has been hidden for " +
                      (long_ago ? "at least " + text::duration(use.age_seconds) : "a while") +
                      " and is still maintained";
      finding.detail =
          "No query can use it, each write keeps it up to date. " +
          std::string(long_ago ? "Nobody has missed it: drop it, or unhide it."
                               : "Drop it once it has been hidden long enough for every monthly "
                                 "job to have run without it.");
      finding.references = {mongodb_manual(facts, "core/index-hidden")};
      if (long_ago)
        finding.changes = {
            drop_mongodb_index(*table, index, "it is hidden and nobody has missed it")};
      out.push_back(std::move(finding));
    }
  }
}

const Register unused_check{
    {.id = "index.unused",
     .area = Area::index,
     .severity = Severity::medium,
     .engines = mongodb,
     .summary = "No member of the replica set uses an index",
     .why = "Every write maintains it, and it takes disk and cache for nothing.",
     .privileges = "indexStats on the collections (role clusterMonitor)",
     .guards =
         "_id, unique, TTL and shard key indexes; redundant ones and those that would inherit "
         "their work; small ones of collections that are hardly written; it only watches "
         "when a member did not tell or counts for less than a week",
     .source = "Atlas: 7 days; PMM: 30 days; $indexStats counts on each member by itself"},
    unused};
const Register hidden_check{
    {.id = "index.hidden_forgotten",
     .area = Area::index,
     .severity = Severity::low,
     .engines = mongodb,
     .summary = "An index is hidden and still maintained",
     .why = "Hiding is for a trial: what nobody misses should go, what is missed should come back.",
     .privileges = "indexStats on the collections (role clusterMonitor)",
     .guards = "unique, TTL and shard key indexes; it only watches for the first 30 days, or when "
               "a member did not tell",
     .source = "MongoDB manual, Hidden Indexes (hiding begins the counters anew); MG-IDX-011"},
    hidden};

}  // namespace
}  // namespace whet::advise
