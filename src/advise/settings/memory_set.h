// Settings advice as a set. Every check that proposes a value takes it from here, so no two
// findings can contradict each other, and all values together fit the machine.
//
// Each setting has a band in which it is right; a value inside is kept and not mentioned. A value
// outside moves to a target inside. Bands and targets depend on the machine, the workload and the
// server's version, never on the value they judge: so applying the set and asking again gives
// nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "advise/facts.h"
#include "model/change.h"
#include "model/finding.h"

namespace whet::advise::settings {

/// Full WAL buffers per second from which larger ones are advised.
inline constexpr double wal_buffers_full_limit = 1;
/// Share of page images in the WAL from which rarer checkpoints are advised.
inline constexpr double full_page_share_limit = 0.6;

struct Recommendation {
  const model::Setting* setting = nullptr;  ///< in the snapshot
  double number = 0;                        ///< in base units: bytes, seconds, a count
  std::string value;                        ///< as PostgreSQL prints it
  std::string reason;                       ///< one sentence
  std::string arithmetic;                   ///< how the value came about
  std::vector<model::Evidence> evidence;    ///< what it was derived from
};

/// What the settings allow the server to take, in bytes.
struct Envelope {
  double shared = 0;       ///< shared_buffers
  double wal = 0;          ///< wal_buffers
  double per_node = 0;     ///< work_mem x hash_mem_multiplier: one sort or hash
  double autovacuum = 0;   ///< all workers together
  double maintenance = 0;  ///< one CREATE INDEX or VACUUM by hand
  double sessions = 0;     ///< that work at once, realistically
  double connections = 0;  ///< max_connections

  /// The sessions that really work at once, one sort or hash each.
  [[nodiscard]] double realistic() const;
  /// Every connection with two sorts or hashes at once (postgres-checkup's G001 counts so).
  [[nodiscard]] double worst() const;
  /// "512 MB shared + 20 x 8 MB + ... = 1.2 GB"
  [[nodiscard]] std::string realistic_text() const;
  [[nodiscard]] std::string worst_text() const;
};

/// The part of usable memory that settings may promise; the rest is for the operating system, its
/// cache and the processes themselves.
inline constexpr double promised_share = 0.9;

struct SettingsSet {
  std::vector<Recommendation> items;
  std::optional<double> memory;  ///< of the machine; nothing when it is not known
  double usable = 0;             ///< of it: less than all when other programs hold much
  double others = 0;             ///< held by neither shared_buffers nor nobody
  bool shared_host = false;
  Envelope now, then;  ///< then: with all items applied. Zero without known memory

  /// nullptr when the setting is right, unknown, or nothing can be said.
  [[nodiscard]] const Recommendation* find(std::string_view setting) const;
};

/// Pure; O(databases + tables + statements).
[[nodiscard]] SettingsSet recommend(const Facts& facts);

[[nodiscard]] model::Change change_for(const Facts& facts, const Recommendation& advice);

/// Why random reads are cheap here; empty when that is not known. `by_device`: the storage itself
/// is fast, not merely the data in memory.
struct FastReads {
  std::string reason;
  std::string source;  ///< view and column, or where on the host
  bool by_device = false;
};
[[nodiscard]] FastReads fast_reads(const Facts& facts);

}  // namespace whet::advise::settings
