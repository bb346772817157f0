// Replication slots: WAL and dead rows that they keep, and those that are lost.
#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "advise/build.h"
#include "advise/check.h"
#include "advise/naming.h"
#include "base/text.h"
#include "base/units.h"

namespace whet::advise::replica {
namespace {

using model::ReplicationSlot;
using model::Severity;
using model::SubjectKind;

constexpr double much_retained = 10 * gigabyte;
constexpr double part_of_free_disk = 0.5;
constexpr double hour = 3600;
constexpr std::int64_t old_xmin = 10'000'000;

double retained(const ReplicationSlot& slot) {
  return static_cast<double>(slot.retained_bytes.value_or(0));
}

bool is_lost(const ReplicationSlot& slot) {
  return slot.wal_status == "lost" || !slot.invalidation_reason.empty();
}

/// Free bytes where the WAL is; 0 when unknown.
double free_for_wal(const Facts& facts) {
  const model::Host* host = facts.host();
  if (host == nullptr) return 0;
  double data = 0;
  for (const model::Disk& disk : host->disks) {
    const auto holds = [&](std::string_view what) {
      return std::find(disk.holds.begin(), disk.holds.end(), what) != disk.holds.end();
    };
    if (holds("wal")) return static_cast<double>(disk.free_bytes);
    if (holds("data")) data = static_cast<double>(disk.free_bytes);
  }
  return data;
}

bool retains_much(const Facts& facts, const ReplicationSlot& slot) {
  const double free = free_for_wal(facts);
  return retained(slot) >= much_retained ||
         (free > 0 && retained(slot) >= gigabyte && retained(slot) >= part_of_free_disk * free);
}

model::Change drop_slot(std::string_view check, const ReplicationSlot& slot) {
  model::Change change =
      manual(std::string(check) + "/" + slot.name, "Drop slot " + slot.name,
             "SELECT pg_drop_replication_slot(" + sql::quote_literal(slot.name) + ");");
  change.risk = model::Risk::high;
  change.preconditions = {
      "Nobody will use the slot again: its consumer would have to begin from a new copy."};
  return change;
}

model::Finding slot_finding(const ReplicationSlot& slot) {
  model::Finding finding;
  finding.subject = named(SubjectKind::slot, slot.name);
  finding.evidence = {fact("kind", slot.kind, "pg_replication_slots.slot_type"),
                      fact("active", slot.active ? "yes" : "no", "pg_replication_slots.active")};
  if (slot.retained_bytes)
    finding.evidence.push_back(size("WAL kept for it", retained(slot),
                                    "pg_current_wal_lsn() - pg_replication_slots.restart_lsn"));
  if (!slot.wal_status.empty())
    finding.evidence.push_back(
        fact("state of that WAL", slot.wal_status, "pg_replication_slots.wal_status"));
  finding.references = {"https://www.postgresql.org/docs/current/view-pg-replication-slots.html"};
  return finding;
}

void wal_retained(const Facts& facts, std::vector<model::Finding>& out) {
  const double free = free_for_wal(facts);
  for (const ReplicationSlot& slot : facts.snapshot().replication.slots) {
    if (is_lost(slot) || !retains_much(facts, slot)) continue;
    const bool fills_disk = free > 0 && retained(slot) >= part_of_free_disk * free;
    model::Finding finding = slot_finding(slot);
    finding.severity = fills_disk && !slot.active   ? Severity::critical
                       : fills_disk || !slot.active ? Severity::high
                                                    : Severity::medium;
    finding.title = fmt::format("Slot {} keeps {} of WAL{}", slot.name, text::bytes(retained(slot)),
                                slot.active ? "" : ", and nobody reads it");
    finding.detail =
        "WAL is kept until the slot's consumer has read it. When the disk is full the server "
        "stops. "
        "Bring the consumer back, or drop the slot; max_slot_wal_keep_size bounds what slots may "
        "keep, at the price of the consumer that was too slow.";
    if (free > 0) {
      finding.evidence.push_back(size("free where WAL is", free, "file system"));
      finding.impact.outage_risk = std::min(1.0, retained(slot) / (retained(slot) + free));
      finding.impact.arithmetic = "kept / (kept + free)";
    }
    finding.impact.bytes = retained(slot);
    if (!slot.active) finding.changes = {drop_slot("replica.slot_wal_retained", slot)};
    out.push_back(std::move(finding));
  }
}

void inactive(const Facts& facts, std::vector<model::Finding>& out) {
  for (const ReplicationSlot& slot : facts.snapshot().replication.slots) {
    // A synced slot waits for a failover: it is inactive by design.
    if (slot.active || slot.temporary || slot.synced || is_lost(slot) || retains_much(facts, slot))
      continue;
    const bool for_long = slot.inactive_seconds ? *slot.inactive_seconds >= hour
                                                : retained(slot) >= 256.0 * 1024 * 1024;
    if (!for_long) continue;
    model::Finding finding = slot_finding(slot);
    finding.severity = Severity::medium;
    finding.title = fmt::format("Nobody reads slot {}", slot.name);
    if (slot.inactive_seconds) {
      finding.title += fmt::format(" since {}", text::duration(*slot.inactive_seconds));
      finding.evidence.push_back(
          time("inactive for", *slot.inactive_seconds, "pg_replication_slots.inactive_since"));
    } else {
      finding.title += fmt::format(", and it keeps {} of WAL", text::bytes(retained(slot)));
    }
    finding.detail =
        "It keeps WAL, and for a logical slot dead catalog rows, as long as it exists. Bring its "
        "consumer back or drop it.";
    finding.impact.bytes = retained(slot);
    finding.changes = {drop_slot("replica.slot_inactive", slot)};
    out.push_back(std::move(finding));
  }
}

void holds_xmin(const Facts& facts, std::vector<model::Finding>& out) {
  for (const ReplicationSlot& slot : facts.snapshot().replication.slots) {
    const std::int64_t age = std::max(slot.xmin_age, slot.catalog_xmin_age);
    if (age < old_xmin) continue;
    model::Finding finding = slot_finding(slot);
    finding.severity = age >= 10 * old_xmin ? Severity::high : Severity::medium;
    finding.title =
        fmt::format("Slot {} holds back vacuum: {} transactions", slot.name, text::count(age));
    finding.detail =
        slot.xmin_age >= slot.catalog_xmin_age
            ? "No row version that died since then can be removed from any table. Bring its "
              "consumer back or drop it."
            : "No version of the system catalogs' rows that died since then can be removed. Bring "
              "its consumer back or drop it.";
    finding.evidence.push_back(
        count("age of xmin", slot.xmin_age, "age(pg_replication_slots.xmin)"));
    finding.evidence.push_back(count("age of catalog_xmin", slot.catalog_xmin_age,
                                     "age(pg_replication_slots.catalog_xmin)"));
    if (!slot.active) finding.changes = {drop_slot("replica.slot_xmin", slot)};
    out.push_back(std::move(finding));
  }
}

void lost(const Facts& facts, std::vector<model::Finding>& out) {
  for (const ReplicationSlot& slot : facts.snapshot().replication.slots) {
    const bool soon = slot.wal_status == "unreserved";
    if (!is_lost(slot) && !soon && !slot.conflicting) continue;
    model::Finding finding = slot_finding(slot);
    finding.severity = Severity::high;
    finding.title = soon && !is_lost(slot)
                        ? fmt::format("Slot {} is about to lose the WAL it needs", slot.name)
                        : fmt::format("Slot {} is lost: the WAL it needs is gone", slot.name);
    finding.detail =
        soon && !is_lost(slot)
            ? "The next checkpoint may remove WAL that its consumer has not read; then the "
              "consumer "
              "must begin from a new copy. Let it catch up now, or raise max_slot_wal_keep_size."
            : "Its consumer cannot go on and must be set up again from a new copy. Drop the slot.";
    if (!slot.invalidation_reason.empty())
      finding.evidence.push_back(
          fact("reason", slot.invalidation_reason, "pg_replication_slots.invalidation_reason"));
    if (!slot.active && !soon) finding.changes = {drop_slot("replica.slot_lost", slot)};
    out.push_back(std::move(finding));
  }
}

const Register retained_check{
    {
        .id = "replica.slot_wal_retained",
        .area = Area::replica,
        .severity = Severity::critical,
        .engines = postgresql,
        .summary = "A replication slot keeps much WAL",
        .why = "A full disk stops the server.",
        .privileges = "pg_monitor",
        .guards = "under 10 GB, unless it is over 1 GB and half of what the disk has free",
        .source = "10 GB or half of the free space: check_pgactivity, PMM",
    },
    wal_retained};

const Register inactive_check{
    {
        .id = "replica.slot_inactive",
        .area = Area::replica,
        .severity = Severity::medium,
        .engines = postgresql,
        .summary = "A replication slot that nobody reads",
        .why = "It keeps WAL and old rows for a consumer that may never come back.",
        .privileges = "pg_monitor",
        .guards =
            "temporary and synced slots; inactive for less than an hour (17+), or keeping less "
            "than 256 MB (before 17)",
        .source = "an hour outlasts a restart of the consumer; 256 MB are 16 WAL segments",
    },
    inactive};

const Register xmin_check{{
                              .id = "replica.slot_xmin",
                              .area = Area::replica,
                              .severity = Severity::high,
                              .engines = postgresql,
                              .summary = "A replication slot holds back vacuum",
                              .why = "Dead rows stay and tables bloat while it does.",
                              .privileges = "pg_monitor",
                              .guards = "fewer than 10 million transactions",
                              .source = "10 million: 5 % of the default autovacuum_freeze_max_age",
                          },
                          holds_xmin};

const Register lost_check{{
                              .id = "replica.slot_lost",
                              .area = Area::replica,
                              .severity = Severity::high,
                              .engines = postgresql,
                              .summary = "A replication slot is lost or about to be",
                              .why = "Its consumer must begin from a new copy.",
                              .privileges = "pg_monitor",
                              .guards = "none: the server itself says so",
                              .source = "PostgreSQL manual, pg_replication_slots.wal_status",
                          },
                          lost};

}  // namespace
}  // namespace whet::advise::replica
