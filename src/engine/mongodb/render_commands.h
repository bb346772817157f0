// A change's action as the commands that do it and that take it back. Pure: the executor sends
// them, the renderer prints them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/change.h"
#include "mql/value.h"

namespace whet::engine::mongodb {

struct Command {
  std::string database;
  mql::Value command;
};

/// What renders differ by.
struct Deployment {
  std::int64_t version = 0;  ///< 70015, as model::Server::version_number
  bool replica_set = false, mongos = false;
};

/// The name that the server itself would give: "status_1_at_-1".
[[nodiscard]] std::string index_name(const model::Index& index);

/// One element of createIndexes' `indexes`. An index that a server holds keeps its definition to
/// the letter (Index::definition as extended JSON); else from its parts and options.
[[nodiscard]] mql::Value index_spec(const model::Index& index);

/// The commands that do it; nothing when this kind, or this option, has none.
[[nodiscard]] std::optional<Command> forward(const model::Action& action,
                                             const Deployment& deployment);
/// The command that takes it back, from `previous` and the index; nothing: there is no way back.
[[nodiscard]] std::optional<Command> backward(const model::Action& action,
                                              const Deployment& deployment);

/// A value as advisors write it: extended JSON, "64MB"-less words as strings.
[[nodiscard]] mql::Value value_of(std::string_view text);

/// The member of an index' options in its order as listIndexes has it, and as createIndexes takes
/// it: without what the server adds itself.
[[nodiscard]] mql::Value clean_spec(const mql::Value& listed);

/// How collMod calls an option of a collection, and how listCollections shows it.
struct TableOption {
  std::string given, shown;
  mql::Value otherwise;  ///< what holds when it is not set
};
[[nodiscard]] TableOption table_option_of(std::string_view setting);

/// How the profile command calls an option of a database: profile_slow_ms is slowms.
[[nodiscard]] std::string profile_option(std::string_view setting);

}  // namespace whet::engine::mongodb
