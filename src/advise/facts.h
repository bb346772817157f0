// What a check may look at: the snapshot, the policy, and lookups over the snapshot that many
// checks need.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "advise/policy.h"
#include "model/snapshot.h"

namespace whet::advise {

/// Keeps references: the snapshot must outlive it. Building costs O(size of the schema), once for
/// all checks.
class Facts {
 public:
  Facts(const model::Snapshot& snapshot, const Policy& policy);

  [[nodiscard]] const model::Snapshot& snapshot() const { return snapshot_; }
  [[nodiscard]] const model::Server& server() const { return snapshot_.server; }
  [[nodiscard]] const model::Schema& schema() const { return snapshot_.schema; }
  [[nodiscard]] const Policy& policy() const { return policy_; }
  [[nodiscard]] const model::Host* host() const;

  /// nullptr when there is none. O(1).
  [[nodiscard]] const model::Table* table(std::int64_t id) const;
  [[nodiscard]] const model::Table* table(std::string_view schema, std::string_view name) const;
  /// The only table of that name in any schema: plans often leave the schema out.
  [[nodiscard]] const model::Table* table_named(std::string_view name) const;
  [[nodiscard]] const model::Index* index(std::int64_t id) const;
  /// Partitions and inheritance children, in the order of the schema. Going down from child to
  /// child always ends: a table that would be its own ancestor (a forged file) is nobody's child.
  [[nodiscard]] const std::vector<const model::Table*>& children(std::int64_t table_id) const;

  /// A foreign key that points at a table, and the table that holds it.
  struct Reference {
    const model::Table* table = nullptr;
    const model::Constraint* constraint = nullptr;
  };
  [[nodiscard]] const std::vector<Reference>& references_to(std::int64_t table_id) const;

  /// Tables that a check should talk about: not the server's own, no extension's, no TOAST, no
  /// temporary ones.
  [[nodiscard]] const std::vector<const model::Table*>& user_tables() const { return user_tables_; }

  /// Seconds since the table and index counters of the current database were reset: the evidence
  /// window of everything in them. A database whose counters were never reset has them since it was
  /// made: the server's uptime is the least that is certain.
  [[nodiscard]] double history_seconds() const;
  /// History long enough for "never used" (Policy::min_history_seconds).
  [[nodiscard]] bool history_is_long() const {
    return history_seconds() >= policy_.min_history_seconds;
  }
  /// Counters of the given age are old enough for ratios and rates.
  [[nodiscard]] bool ratio_age(std::optional<double> age_seconds) const;

  /// Execution seconds of all statements but Whet's own, per hour of wall time, since the reset; 0
  /// when unknown.
  [[nodiscard]] double workload_seconds_per_hour() const;
  /// The same of one statement.
  [[nodiscard]] double seconds_per_hour(const model::Statement& statement) const;
  /// Calls of a statement per hour.
  [[nodiscard]] double calls_per_hour(const model::Statement& statement) const;
  /// Its share of the workload's execution time, 0 to 1.
  [[nodiscard]] double share(const model::Statement& statement) const;
  [[nodiscard]] double workload_ms() const { return workload_ms_; }

  /// The memory that the server may count on in bytes: the host's; nothing when the host is
  /// unknown.
  [[nodiscard]] std::optional<double> memory_bytes() const;

 private:
  [[nodiscard]] bool is_descendant(const model::Table& child) const;

  const model::Snapshot& snapshot_;
  Policy policy_;
  std::unordered_map<std::int64_t, const model::Table*> tables_;
  std::unordered_map<std::string, const model::Table*> tables_by_name_;
  std::unordered_map<std::string, const model::Table*> tables_by_bare_name_;  ///< null: several
  std::unordered_map<std::int64_t, std::pair<const model::Table*, const model::Index*>> indexes_;
  std::unordered_map<std::int64_t, std::vector<const model::Table*>> children_;
  std::unordered_map<std::int64_t, std::vector<Reference>> references_;
  std::vector<const model::Table*> user_tables_;
  double workload_ms_ = 0;
};

}  // namespace whet::advise
