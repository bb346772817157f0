#include "optimize/retire.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.h"

namespace whet::optimize {
namespace {

using ledger::Entry;
using model::Action;
using model::ActionKind;

const model::Table* table_of(const model::Snapshot& snapshot, const Action& action) {
  for (const model::Table& table : snapshot.schema.tables) {
    if (table.schema == action.schema && table.name == action.table) return &table;
  }
  return nullptr;
}

const model::Index* index_of(const model::Snapshot& snapshot, const Action& action) {
  const model::Table* table = action.index ? table_of(snapshot, action) : nullptr;
  if (table == nullptr) return nullptr;
  for (const model::Index& index : table->indexes) {
    if (index.name == action.index->name) return &index;
  }
  return nullptr;
}

bool same_index(const Action& a, const Action& b) {
  return a.index && b.index && a.schema == b.schema && a.table == b.table &&
         a.index->name == b.index->name;
}

/// When a run of Whet hid it; the last time counts.
std::optional<double> hidden_at(const std::vector<Entry>& hidden, const Action& action) {
  std::optional<double> at;
  for (const Entry& entry : hidden) {
    if (same_index(entry.change.action, action)) at = entry.transitions.back().at;
  }
  return at;
}

std::string named(const Action& action) {
  return action.index->name + " of " + action.schema + "." + action.table;
}

void hide_instead(model::Change& change) {
  change.action.kind = ActionKind::hide_index;
  change.summary = "Hide index " + named(change.action) + " before it is dropped";
  change.reason += (change.reason.empty() ? "" : " ");
  change.reason += "It is hidden first, and can be shown again at once; a run at least " +
                   text::duration(watch_seconds) + " later drops it.";
  change.locks.clear();
  change.disk_bytes = 0;
  change.risk = std::min(change.risk, model::Risk::low);
}

}  // namespace

bool has_hidden_indexes(const model::Server& server) {
  switch (server.engine) {
    case model::EngineKind::mysql:
      return server.version_number >= 80000;
    case model::EngineKind::mariadb:
      return server.version_number >= 100600;
    case model::EngineKind::mongodb:
      return server.version_number >= 40400;
    case model::EngineKind::postgresql:
      return false;
  }
  return false;
}

void soften_drops(std::vector<ChangeOutcome>& changes, const model::Snapshot& snapshot,
                  const std::vector<Entry>& hidden, double now) {
  if (!has_hidden_indexes(snapshot.server)) return;
  for (ChangeOutcome& one : changes) {
    Action& action = one.change.action;
    if (one.fate != Fate::proposed || action.kind != ActionKind::drop_index) continue;
    const model::Index* index = index_of(snapshot, action);
    if (index == nullptr || index->primary || index->invalid) continue;
    if (!index->hidden) {
      hide_instead(one.change);
      continue;
    }
    const auto since = hidden_at(hidden, action);
    if (!since || now - *since >= watch_seconds) continue;
    one.fate = Fate::superseded;
    one.reason = "It has been hidden for " + text::duration(now - *since) +
                 "; it is dropped when nobody has missed it for " + text::duration(watch_seconds) +
                 ".";
  }
}

std::vector<model::Finding> drops_after_watch(const std::vector<Entry>& hidden,
                                              const model::Snapshot& snapshot, double now) {
  std::vector<model::Finding> findings;
  for (const Entry& entry : hidden) {
    const Action& action = entry.change.action;
    const model::Index* index = index_of(snapshot, action);
    const double age = now - entry.transitions.back().at;
    if (action.kind != ActionKind::hide_index || index == nullptr || !index->hidden ||
        age < watch_seconds)
      continue;
    model::Change drop;
    drop.id = "index.hidden/" + action.schema + "." + action.table + "." + index->name;
    drop.summary = "Drop index " + named(action) + ", hidden for " + text::duration(age);
    drop.reason =
        "A run of Whet hid it (ledger entry " + entry.id + "), and nobody has shown it again.";
    drop.action.kind = ActionKind::drop_index;
    drop.action.schema = action.schema;
    drop.action.table = action.table;
    drop.action.index = *index;
    drop.risk = model::Risk::low;
    model::Finding finding;
    finding.id = "index.hidden";
    finding.severity = model::Severity::low;
    finding.changes.push_back(std::move(drop));
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace whet::optimize
