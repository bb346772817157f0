#include "advise/maintenance/upkeep.h"

#include <algorithm>

#include "advise/index/common.h"
#include "advise/naming.h"
#include "base/text.h"

namespace whet::advise {

namespace {

std::optional<double> younger(std::optional<double> a, std::optional<double> b) {
  if (a && b) return std::min(*a, *b);
  return a ? a : b;
}

bool is_false(std::string_view value) {
  return value == "false" || value == "off" || value == "0" || value == "no";
}

model::Change on_table(const model::Table& table, model::ActionKind kind, std::string_view verb) {
  model::Change change;
  change.id = std::string(name_of(kind)) + "/" + table.qualified();
  change.summary = std::string(verb) + " " + table.qualified();
  change.action.kind = kind;
  change.action.schema = table.schema;
  change.action.table = table.name;
  return change;
}

void add_sessions(const Facts& facts, std::vector<Holder>& holders) {
  for (const model::Session& session : facts.snapshot().activity.sessions) {
    // A walsender's horizon is its replica's or its slot's, which are listed themselves.
    if (session.xmin_age <= 0 || session.kind == "walsender") continue;
    Holder holder;
    holder.kind = "session";
    holder.name = std::to_string(session.pid);
    if (!session.application.empty()) holder.name += " (" + session.application + ")";
    holder.subject = named(model::SubjectKind::session, std::to_string(session.pid));
    holder.xids = session.xmin_age;
    holder.seconds = session.transaction_age_seconds;
    holder.remedy = "SELECT pg_terminate_backend(" + std::to_string(session.pid) + ");";
    holder.source = "pg_stat_activity.backend_xmin";
    holders.push_back(std::move(holder));
  }
}

void add_slots(const Facts& facts, std::vector<Holder>& holders) {
  for (const model::ReplicationSlot& slot : facts.snapshot().replication.slots) {
    const std::int64_t xids = std::max(slot.xmin_age, slot.catalog_xmin_age);
    if (xids <= 0) continue;
    Holder holder;
    holder.kind = "replication slot";
    holder.name = slot.name;
    holder.subject = named(model::SubjectKind::slot, slot.name);
    holder.xids = xids;
    holder.seconds = slot.inactive_seconds;
    holder.remedy = "SELECT pg_drop_replication_slot(" + sql::quote_literal(slot.name) + ");";
    holder.source = "pg_replication_slots.xmin, catalog_xmin";
    holders.push_back(std::move(holder));
  }
}

void add_others(const Facts& facts, std::vector<Holder>& holders) {
  for (const model::PreparedTransaction& prepared :
       facts.snapshot().activity.prepared_transactions) {
    Holder holder;
    holder.kind = "prepared transaction";
    holder.name = prepared.name;
    holder.subject = named(model::SubjectKind::session, prepared.name);
    holder.xids = prepared.xid_age;
    holder.seconds = prepared.age_seconds;
    holder.remedy = "ROLLBACK PREPARED " + sql::quote_literal(prepared.name) + ";";
    holder.source = "pg_prepared_xacts.transaction";
    holders.push_back(std::move(holder));
  }
  for (const model::Replica& replica : facts.snapshot().replication.replicas) {
    if (replica.xmin_age <= 0) continue;
    Holder holder;
    holder.kind = "replica";
    holder.name = replica.name;
    holder.subject = named(model::SubjectKind::replica, replica.name);
    holder.xids = replica.xmin_age;
    holder.remedy =
        "-- on the replica: end its oldest transaction, or ALTER SYSTEM SET hot_standby_feedback = "
        "off;";
    holder.source = "pg_stat_replication.backend_xmin";
    holders.push_back(std::move(holder));
  }
}

}  // namespace

double effective(const Facts& facts, const model::Table& table, std::string_view name,
                 double otherwise) {
  const auto own = table.options.find(std::string(name));
  if (own != table.options.end()) {
    if (const auto value = text::to_double(own->second)) return *value;
  }
  return facts.server().number(name).value_or(otherwise);
}

bool switched_off(const model::Table& table, std::string_view prefix) {
  const auto own = table.options.find(std::string(prefix) + "autovacuum_enabled");
  return own != table.options.end() && is_false(own->second);
}

bool autovacuum_off(const Facts& facts, const model::Table& table) {
  const std::string server = facts.server().text("autovacuum");
  return switched_off(table, "") || server == "off" || facts.server().text("track_counts") == "off";
}

double vacuum_threshold(const Facts& facts, const model::Table& table) {
  const double plain = effective(facts, table, "autovacuum_vacuum_threshold", 50) +
                       effective(facts, table, "autovacuum_vacuum_scale_factor", 0.2) *
                           std::max(table.row_estimate.value_or(0), 0.0);
  const double most = facts.server().major() >= 18
                          ? effective(facts, table, "autovacuum_vacuum_max_threshold", 100e6)
                          : -1;
  return most >= 0 ? std::min(plain, most) : plain;
}

std::optional<double> insert_threshold(const Facts& facts, const model::Table& table) {
  const int major = facts.server().major();
  const double base = effective(facts, table, "autovacuum_vacuum_insert_threshold", 1000);
  if (base < 0 || (major > 0 && major < 13)) return std::nullopt;
  return base + effective(facts, table, "autovacuum_vacuum_insert_scale_factor", 0.2) *
                    std::max(table.row_estimate.value_or(0), 0.0);
}

double analyze_threshold(const Facts& facts, const model::Table& table) {
  return effective(facts, table, "autovacuum_analyze_threshold", 50) +
         effective(facts, table, "autovacuum_analyze_scale_factor", 0.1) *
             std::max(table.row_estimate.value_or(0), 0.0);
}

std::optional<double> last_vacuum(const model::Table& table) {
  return younger(table.last_vacuum_age_seconds, table.last_autovacuum_age_seconds);
}

std::optional<double> last_analyze(const model::Table& table) {
  return younger(table.last_analyze_age_seconds, table.last_autoanalyze_age_seconds);
}

bool being_vacuumed(const Facts& facts, const model::Table& table) {
  const auto& running = facts.snapshot().activity.running;
  return std::any_of(running.begin(), running.end(), [&](const model::RunningCommand& command) {
    return command.table == table.id && text::starts_with_nocase(command.command, "VACUUM");
  });
}

std::vector<Holder> horizon_holders(const Facts& facts) {
  std::vector<Holder> holders;
  add_sessions(facts, holders);
  add_slots(facts, holders);
  add_others(facts, holders);
  std::stable_sort(holders.begin(), holders.end(),
                   [](const Holder& a, const Holder& b) { return a.xids > b.xids; });
  return holders;
}

model::Change vacuum_table(const model::Table& table, std::string_view reason) {
  model::Change change = on_table(table, model::ActionKind::vacuum_table, "Vacuum and analyze");
  change.reason = reason;
  change.risk = model::Risk::low;
  change.locks = "SHARE UPDATE EXCLUSIVE on " + table.name + ": reads and writes go on";
  return change;
}

model::Change analyze_table(const model::Table& table, std::string_view reason) {
  model::Change change = on_table(table, model::ActionKind::analyze_table, "Analyze");
  change.reason = reason;
  change.risk = model::Risk::safe;
  change.locks = "SHARE UPDATE EXCLUSIVE on " + table.name + ": reads and writes go on";
  return change;
}

model::Change table_option(const model::Table& table, std::string_view option,
                           std::string_view value, std::string_view reason) {
  model::Change change = on_table(table, model::ActionKind::set_table_option, "");
  change.id += "." + std::string(option);
  change.summary = value.empty() ? "Reset " + std::string(option) + " of " + table.qualified()
                                 : "Set " + std::string(option) + " = " + std::string(value) +
                                       " on " + table.qualified();
  change.reason = reason;
  change.action.setting = option;
  change.action.value = value;
  const auto own = table.options.find(std::string(option));
  if (own != table.options.end()) change.action.previous = own->second;
  change.risk = model::Risk::safe;
  change.locks = "SHARE UPDATE EXCLUSIVE on " + table.name + " for an instant";
  return change;
}

}  // namespace whet::advise
