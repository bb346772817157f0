// The ledger: the append-only journal of changes, in a SQLite file. Whatever happens to the process
// or the machine, it says which changes were begun and how they ended.
//
//   planned --> applying --> applied --> verified
//      |          |   |         |            |
//      v          v   +----> reverting <-----+
//    failed     failed           |
//                                v
//                     reverted, or applied again when it could not be taken back
//
// Rows are only ever added: one for an entry, one for each of its states. The file itself refuses
// updates and deletions.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/fields.h"
#include "base/result.h"
#include "model/change.h"

namespace whet::ledger {

enum class State : std::uint8_t {
  planned,    ///< about to be done
  applying,   ///< the target may hold a part of it
  applied,    ///< done, not measured
  verified,   ///< done, and measured to help
  reverting,  ///< being taken back: the target may hold a part of it
  reverted,   ///< taken back: the target is as before
  failed,     ///< not done, and nothing of it is left
};
constexpr auto enum_names(State) {
  return Names<7>{"planned", "applying", "applied", "verified", "reverting", "reverted", "failed"};
}

/// planned -> failed is for a change that was given up before it began.
[[nodiscard]] bool may_follow(State from, State to);

struct Transition {
  State state = State::planned;
  double at = 0;             ///< seconds since 1970, UTC
  std::string reason;        ///< a sentence; empty when the state says it all
  std::string measurements;  ///< JSON; empty: none

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("state", s.state), v("at", s.at), v("reason", s.reason), v("measurements", s.measurements);
  }
};

struct Entry {
  std::string id;        ///< sorts by time: "20261123-154501-0001"
  std::string target;    ///< "host:port/database", as it was called
  std::string identity;  ///< engine::Engine::identity()
  model::Change change;  ///< with the statements and inverses that were rendered for it
  std::vector<Transition> transitions;  ///< the first is planned, the last is the current state

  [[nodiscard]] State state() const { return transitions.back().state; }

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("id", s.id), v("target", s.target), v("identity", s.identity), v("change", s.change),
        v("transitions", s.transitions);
  }
};

[[nodiscard]] std::string to_json(const Entry& entry, int indent = 0);
[[nodiscard]] std::string to_json(const std::vector<Entry>& entries, int indent = 0);

/// Where the entry is looked for.
struct Filter {
  std::string identity;       ///< empty: of all targets
  std::vector<State> states;  ///< current ones; empty: all
};

/// `ledger.sqlite` in the user's state directory.
[[nodiscard]] Result<std::string> default_path();

class Ledger {
 public:
  /// Opens or makes the file (mode 0600) and brings an older format up to date. ErrorKind::invalid
  /// for a file that is no ledger, is damaged, or is of a newer Whet; nothing is changed then.
  static Result<Ledger> open(const std::string& path);

  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;
  Ledger(Ledger&&) noexcept;
  Ledger& operator=(Ledger&&) noexcept;
  ~Ledger();

  /// Adds an entry in the state planned and returns its id. It is on disk when this returns.
  Result<std::string> plan(const std::string& target, const std::string& identity,
                           const model::Change& change, double now);

  /// Adds a state. ErrorKind::refused when it may not follow the current one, or when there is no
  /// such entry; the ledger is as before then. On disk when this returns.
  Status advance(const std::string& id, const Transition& next);

  /// Oldest first.
  [[nodiscard]] Result<std::vector<Entry>> entries(const Filter& filter) const;

  /// The entry whose id is, or begins with, `id`. ErrorKind::usage when there is none or more than
  /// one.
  [[nodiscard]] Result<Entry> find(std::string_view id) const;

  [[nodiscard]] const std::string& path() const;

 private:
  struct Impl;
  explicit Ledger(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace whet::ledger
