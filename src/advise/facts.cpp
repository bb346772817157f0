#include "advise/facts.h"

#include <algorithm>

namespace whet::advise {

namespace {

std::string key(std::string_view schema, std::string_view name) {
  std::string out(schema);
  out += '\0';
  out += name;
  return out;
}

bool belongs_to_user(const model::Table& table) {
  return !table.system && table.extension.empty() && !table.temporary &&
         table.kind != model::TableKind::toast;
}

}  // namespace

Facts::Facts(const model::Snapshot& snapshot, const Policy& policy)
    : snapshot_(snapshot), policy_(policy) {
  for (const model::Table& table : snapshot.schema.tables) {
    tables_.emplace(table.id, &table);
    tables_by_name_.emplace(key(table.schema, table.name), &table);
    const auto [bare, first] = tables_by_bare_name_.emplace(table.name, &table);
    if (!first) bare->second = nullptr;
    if (belongs_to_user(table)) user_tables_.push_back(&table);
    for (const model::Index& index : table.indexes)
      indexes_.emplace(index.id, std::pair(&table, &index));
    for (const model::Constraint& constraint : table.constraints) {
      if (constraint.kind == model::ConstraintKind::foreign_key) {
        references_[constraint.referenced_table].push_back({&table, &constraint});
      }
    }
  }
  for (const model::Table& table : snapshot.schema.tables) {
    if (is_descendant(table)) children_[table.parent].push_back(&table);
  }
  for (const model::Statement& statement : snapshot.workload.statements) {
    if (!statement.own && !statement.nested) workload_ms_ += statement.total.execution_ms;
  }
}

bool Facts::is_descendant(const model::Table& child) const {
  // Far more levels than anybody nests partitions.
  constexpr int most_levels = 64;
  if (child.parent == 0 || table(child.id) != &child) return false;
  std::int64_t ancestor = child.parent;
  for (int level = 0; level < most_levels; ++level) {
    const model::Table* above = table(ancestor);
    if (above == nullptr || above->parent == 0) return true;
    if (above == &child) return false;
    ancestor = above->parent;
  }
  return false;
}

const model::Host* Facts::host() const {
  return snapshot_.resources.host ? &*snapshot_.resources.host : nullptr;
}

const model::Table* Facts::table(std::int64_t id) const {
  const auto at = tables_.find(id);
  return at == tables_.end() ? nullptr : at->second;
}

const model::Table* Facts::table(std::string_view schema, std::string_view name) const {
  const auto at = tables_by_name_.find(key(schema, name));
  return at == tables_by_name_.end() ? nullptr : at->second;
}

const model::Table* Facts::table_named(std::string_view name) const {
  const auto at = tables_by_bare_name_.find(std::string(name));
  return at == tables_by_bare_name_.end() ? nullptr : at->second;
}

const model::Index* Facts::index(std::int64_t id) const {
  const auto at = indexes_.find(id);
  return at == indexes_.end() ? nullptr : at->second.second;
}

const std::vector<const model::Table*>& Facts::children(std::int64_t table_id) const {
  static const std::vector<const model::Table*> none;
  const auto at = children_.find(table_id);
  return at == children_.end() ? none : at->second;
}

const std::vector<Facts::Reference>& Facts::references_to(std::int64_t table_id) const {
  static const std::vector<Reference> none;
  const auto at = references_.find(table_id);
  return at == references_.end() ? none : at->second;
}

double Facts::history_seconds() const {
  const model::Database* database = server().current_database();
  if (database != nullptr && database->stats_age_seconds) return *database->stats_age_seconds;
  return server().uptime_seconds;
}

bool Facts::ratio_age(std::optional<double> age_seconds) const {
  return age_seconds &&
         *age_seconds >= std::min(policy_.min_ratio_history_seconds, policy_.min_history_seconds);
}

double Facts::workload_seconds_per_hour() const {
  const double age = snapshot_.workload.age_seconds.value_or(0);
  return age > 0 ? workload_ms_ / 1000 / age * 3600 : 0;
}

double Facts::seconds_per_hour(const model::Statement& statement) const {
  const double age =
      statement.stats_age_seconds.value_or(snapshot_.workload.age_seconds.value_or(0));
  return age > 0 ? statement.total.execution_ms / 1000 / age * 3600 : 0;
}

double Facts::calls_per_hour(const model::Statement& statement) const {
  const double age =
      statement.stats_age_seconds.value_or(snapshot_.workload.age_seconds.value_or(0));
  return age > 0 ? static_cast<double>(statement.total.calls) / age * 3600 : 0;
}

double Facts::share(const model::Statement& statement) const {
  return workload_ms_ > 0 ? statement.total.execution_ms / workload_ms_ : 0;
}

std::optional<double> Facts::memory_bytes() const {
  const model::Host* machine = host();
  if (machine == nullptr || machine->memory_bytes <= 0) return std::nullopt;
  return static_cast<double>(machine->memory_bytes);
}

}  // namespace whet::advise
