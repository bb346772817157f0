#include "advise/index/mongodb_redundant.h"

#include <algorithm>
#include <tuple>

#include "advise/check.h"
#include "advise/index/mongodb_common.h"
#include "base/text.h"
#include "base/units.h"

namespace whet::advise {

namespace {

using model::Finding;
using model::Index;
using model::Severity;
using model::Table;

/// Of two that cover each other: which one to keep. A strict order, so that never both go.
auto keep_rank(const Index& index) {
  return std::tuple(!mongodb_must_stay(index).empty() ? 0 : 1, mongodb_uses(index) == 0,
                    index.size_bytes, std::string_view(index.name));
}

Coverage redundant_to(const Table& table, const Index& keeper, const Index& index) {
  Coverage cover = mongodb_covers(table, keeper, index);
  if (!cover.droppable()) return {};
  if (mongodb_covers(table, index, keeper).droppable() && keep_rank(index) < keep_rank(keeper))
    return {};
  return cover;
}

}  // namespace

std::vector<MongodbRedundancy> mongodb_redundancies(const Table& table) {
  std::vector<MongodbRedundancy> pairs;
  std::vector<const Index*> going;
  for (const Index& index : table.indexes) {
    for (const Index& keeper : table.indexes) {
      Coverage cover = redundant_to(table, keeper, index);
      if (!cover.droppable()) continue;
      going.push_back(&index);
      pairs.push_back({&index, &keeper, std::move(cover)});
    }
  }
  std::vector<MongodbRedundancy> found;
  const auto rank = [](const MongodbRedundancy& one) {
    return std::tuple(one.cover.kind, one.keeper->size_bytes, std::string_view(one.keeper->name));
  };
  for (const MongodbRedundancy& pair : pairs) {
    // Only an index that stays may justify retiring another: otherwise both could go.
    if (std::find(going.begin(), going.end(), pair.keeper) != going.end()) continue;
    const auto same = std::find_if(found.begin(), found.end(),
                                   [&](const auto& other) { return other.index == pair.index; });
    if (same == found.end()) {
      found.push_back(pair);
    } else if (rank(pair) < rank(*same)) {
      *same = pair;
    }
  }
  return found;
}

namespace {

Finding finding_of(const Facts& facts, const Table& table, const MongodbRedundancy& one) {
  const Index& index = *one.index;
  const Index& keeper = *one.keeper;
  Finding finding;
  finding.severity =
      static_cast<double>(index.size_bytes) >= 100 * megabyte ? Severity::medium : Severity::low;
  finding.subject = index_subject(table, index);
  finding.evidence = {
      key_evidence(index), fact("key of " + keeper.name, mongosh_key(keeper), "listIndexes"),
      size_evidence(index),
      count("uses", mongodb_uses(index), "$indexStats.accesses.ops, all members"),
      count("documents written to the collection", documents_written(table), "top, latencyStats")};
  finding.impact.bytes = static_cast<double>(index.size_bytes);
  finding.impact.arithmetic = "the whole index: " + text::bytes(finding.impact.bytes);
  finding.changes = {retire_mongodb_index(facts, table, index, keeper.name + " does its work")};
  finding.references = {mongodb_manual(facts, "core/indexes/index-types/index-compound")};
  return finding;
}

std::string sized(const Index& index) {
  return index.name + " (" + text::bytes(static_cast<double>(index.size_bytes)) + ")";
}

void each(const Facts& facts, bool prefix, std::vector<Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    if (table->indexes.size() < 2) continue;
    for (const MongodbRedundancy& one : mongodb_redundancies(*table)) {
      if ((one.cover.kind == Cover::prefix) != prefix) continue;
      Finding finding = finding_of(facts, *table, one);
      finding.title = sized(*one.index) + (prefix ? " is contained in " : " does the same as ") +
                      one.keeper->name + " (" + mongosh_key(*one.keeper) + ")";
      finding.detail =
          prefix ? "The longer index begins with its key, holds the same documents under the same "
                   "options, and answers the same queries and sorts; each write maintains both."
                 : "MongoDB reads an index in both directions: the two answer the same queries and "
                   "sorts, and each write maintains both.";
      out.push_back(std::move(finding));
    }
  }
}

void duplicate(const Facts& facts, std::vector<Finding>& out) { each(facts, false, out); }
void prefix(const Facts& facts, std::vector<Finding>& out) { each(facts, true, out); }

constexpr std::string_view guards =
    "unique, TTL, shard key and _id indexes; hidden, building and wildcard ones; another sparse, "
    "partialFilterExpression, collation or text option; a longer key that adds an array";
constexpr std::string_view source = "MongoDB manual, Compound Indexes (prefixes; sort order)";

const Register duplicates{{.id = "index.duplicate",
                           .area = Area::index,
                           .severity = Severity::medium,
                           .engines = mongodb,
                           .summary = "Two indexes serve the same queries",
                           .why = "Each write maintains both, and both compete for the cache.",
                           .guards = guards,
                           .source = source},
                          duplicate};
const Register prefixes{
    {.id = "index.prefix_redundant",
     .area = Area::index,
     .severity = Severity::medium,
     .engines = mongodb,
     .summary = "An index's key is the beginning of another index's key",
     .why = "The longer index answers the same queries; the shorter costs writes and cache.",
     .guards = guards,
     .source = source},
    prefix};

}  // namespace
}  // namespace whet::advise
