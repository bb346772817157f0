// What a MongoDB server holds of a change: for checking that it was done, and for finding out what
// an interrupted one left.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/engine.h"
#include "engine/mongodb/connection.h"
#include "model/change.h"

namespace whet::engine::mongodb {

/// What one shard (or the server) has of a collection's indexes.
struct HeldIndexes {
  std::string shard;                         ///< empty: no shards
  std::vector<std::string> ready, building;  ///< names
};

/// A collection's indexes, everywhere.
struct IndexState {
  std::vector<HeldIndexes> shards;  ///< none: there is no such collection
  std::vector<mql::Value> specs;    ///< as listIndexes has them
  std::int64_t documents = 0, data_bytes = 0, index_bytes = 0;

  [[nodiscard]] const mql::Value* spec(std::string_view name) const;
  [[nodiscard]] bool ready_everywhere(std::string_view name) const;
  [[nodiscard]] bool ready_somewhere(std::string_view name) const;
  [[nodiscard]] bool building(std::string_view name) const;
  /// One that is being built somewhere; empty: none.
  [[nodiscard]] std::string any_build() const;
};

[[nodiscard]] Result<IndexState> index_state(Connection& connection, const std::string& database,
                                             const std::string& collection);

/// Whether an index that a server lists is the one that was asked for: name aside. Pure.
[[nodiscard]] bool same_index(const mql::Value& listed, const mql::Value& wanted);

/// ErrorKind::refused when something else has the name of the change's index. An index that is
/// being built, or that only some shards have, is partial. A change that leaves no trace (compact)
/// is always absent.
[[nodiscard]] Result<ChangeState> inspect_change(Connection& connection,
                                                 const model::Change& change);

/// True when inspect_change can tell that the change was done.
[[nodiscard]] bool leaves_a_trace(const model::Change& change);

/// Parameters and the profiler are each member's own. In a replica set prepare_change notes the
/// member in Action::name.
[[nodiscard]] bool is_of_member(const model::Action& action);

/// The change with its statement, and with the inverse that restores what the server holds now.
[[nodiscard]] Result<model::Change> prepare_change(Connection& connection,
                                                   const model::Change& change);

/// The server as far as renderers want to know it.
[[nodiscard]] model::Server server_of(const Connection& connection);

}  // namespace whet::engine::mongodb
