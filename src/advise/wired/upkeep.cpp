#include "advise/wired/upkeep.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "base/whole.h"

namespace whet::advise::wired {

namespace {

using mql::Field;
using mql::Value;

constexpr double unknown_update = 0.3;  // of updates that change a path, when nothing is known

std::string per_hour(double documents) { return text::count(to_whole(std::round(documents))); }

/// An assignment to "a.b" changes indexes on "a", "a.b" and "a.b.c".
bool touches(const std::string& changed, const std::string& path) {
  if (path.ends_with("$**")) return true;
  return changed == path || path.starts_with(changed + ".") || changed.starts_with(path + ".");
}

std::string plain(const std::string& path) {
  std::vector<std::string> kept;
  for (const std::string& part : text::split(path, '.')) {
    const bool position =
        part.starts_with("$") ||
        (!part.empty() && part.find_first_not_of("0123456789") == std::string::npos);
    if (!position) kept.push_back(part);
  }
  return text::join(kept, ".");
}

void add_update(const Value& update, std::set<std::string>& out) {
  if (update.is_array()) {
    for (const Field& stage : update.fields) add_update(stage.value, out);
    return;
  }
  for (const Field& op : update.fields) {
    if (!op.name.starts_with("$") || !op.value.is_object()) continue;
    if (op.name == "$setOnInsert") continue;
    for (const Field& path : op.value.fields) out.insert(plain(path.name));
  }
}

double documents_per_hour(const Facts& facts, const model::Statement& statement) {
  if (statement.total.calls <= 0) return 0;
  const std::int64_t changed = std::max(statement.total.rows_affected, std::int64_t{0});
  const double each = static_cast<double>(changed) / static_cast<double>(statement.total.calls);
  return facts.calls_per_hour(statement) * (changed > 0 ? each : 1);
}

double moved(const CollectionWrites& writes, const model::Index& index) {
  double told = 0, moving = 0;
  for (const auto& [paths, documents] : writes.changed) {
    told += documents;
    const bool mine =
        paths.empty() || std::any_of(paths.begin(), paths.end(), [&](const std::string& changed) {
          return std::any_of(index.parts.begin(), index.parts.end(),
                             [&](const auto& part) { return touches(changed, part.column); });
        });
    moving += mine ? documents : 0;
  }
  return told > 0 ? writes.updates * moving / told : writes.updates * unknown_update;
}

}  // namespace

std::set<std::string> changed_paths(const mql::Command& command) {
  std::set<std::string> out;
  if (const Value* updates = command.body.find("updates")) {
    for (const Field& one : updates->fields) {
      if (const Value* update = one.value.find("u")) add_update(*update, out);
    }
  }
  if (const Value* update = command.body.find("update"); update != nullptr && !update->is_string())
    add_update(*update, out);
  return out;
}

Writes::Writes(const Facts& facts) : facts_(facts) {
  for (const model::Statement& statement : facts.snapshot().workload.statements) {
    using Kind = model::StatementKind;
    const bool writes = statement.kind == Kind::insert || statement.kind == Kind::update ||
                        statement.kind == Kind::remove;
    if (!writes || statement.own) continue;
    const auto command = mql::parse_command(statement.text, statement.database);
    if (!command) continue;
    CollectionWrites& mine = by_name_[command->database + "." + command->collection];
    const double documents = documents_per_hour(facts, statement);
    if (statement.kind == Kind::insert) mine.inserts += documents;
    if (statement.kind == Kind::remove) mine.deletes += documents;
    if (statement.kind != Kind::update) continue;
    mine.updates += documents;
    mine.changed.emplace_back(changed_paths(*command), documents);
  }
}

CollectionWrites Writes::of(const model::Table& table) const {
  CollectionWrites out;
  const auto found = by_name_.find(table.qualified());
  if (found != by_name_.end()) out = found->second;
  const model::TableCounters& counters = table.total;
  const double age = facts_.server().uptime_seconds;
  if (counters.inserts + counters.updates + counters.deletes <= 0 || age <= 0) return out;
  out.inserts = static_cast<double>(counters.inserts) / age * 3600;
  out.updates = static_cast<double>(counters.updates) / age * 3600;
  out.deletes = static_cast<double>(counters.deletes) / age * 3600;
  return out;
}

double entry_cost(const Constants& c, const Statistics& statistics, const IndexSize& size) {
  const double each = std::max(1.0, size.entries / statistics.documents());
  const double missing = 1 - c.resident();
  return each * (c.entry + size.key_bytes * c.journal_byte + missing * c.random_read);
}

Upkeep upkeep(const Constants& constants, const Statistics& statistics, const Writes& writes,
              const model::Index& index, const IndexSize& size) {
  Upkeep out;
  if (index.primary) return out;
  const CollectionWrites documents = writes.of(statistics.table());
  const double one = entry_cost(constants, statistics, size);
  const double changing = moved(documents, index);
  // A changed key is one entry removed and one made.
  out.cost = one * (documents.inserts + 2 * changing + documents.deletes);
  out.arithmetic = "an hour: (" + per_hour(documents.inserts) + " documents inserted + 2 x " +
                   per_hour(changing) + " updated in its key + " + per_hour(documents.deletes) +
                   " deleted) x " + text::number(one) + " us";
  if (documents.changed.empty() && documents.updates > 0)
    out.arithmetic += " (which fields the updates assign is not known)";
  return out;
}

}  // namespace whet::advise::wired
