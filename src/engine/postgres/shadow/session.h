// What the steps of building a shadow share: two connections, the notes, and how many statements
// are run with few round trips and each by itself.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/progress.h"
#include "engine/postgres/connection.h"
#include "engine/postgres/shadow/definitions.h"
#include "engine/postgres/shadow/process.h"

namespace whet::engine::postgres::shadow {

struct Session {
  ServerProcess server;
  Connection admin;  ///< the superuser: catalog only, never a definition of the target's
  Connection owner;  ///< an unprivileged role: owns and evaluates what came from the target
  std::vector<std::string> notes;
  std::int64_t next_index = 1;

  [[nodiscard]] std::int64_t version() const { return admin.version(); }
  void note(std::string sentence) { notes.push_back(std::move(sentence)); }
};

/// A statement that the server refused, and why.
struct Failure {
  Statement statement;
  std::string said;
};

/// Runs each as the owner; those that fail do not stop the others.
[[nodiscard]] Result<std::vector<Failure>> run_each(Session& session, const Statements& statements);
/// The same as the superuser, for text that this program wrote.
[[nodiscard]] Result<std::vector<Failure>> run_as_admin(Session& session,
                                                        const Statements& statements);

/// ["a", "b"] as JSON, for statements that unpack it.
[[nodiscard]] std::string json_array(const std::vector<std::string>& items);
/// The ids as an array literal: "{1,2}".
[[nodiscard]] std::string id_array(const std::vector<std::int64_t>& ids);

/// Roles, the schema whet_shadow with its functions.
[[nodiscard]] Status prepare(Session& session);
/// What the planner reads of the target's settings, for every session.
[[nodiscard]] Status copy_settings(Session& session, const model::Server& server);
[[nodiscard]] Status create_extensions(Session& session, const model::Server& server,
                                       bool with_hypopg);

/// The shadow's own ids of the target's tables and indexes, by the target's ids.
using Ids = std::map<std::int64_t, std::int64_t>;
[[nodiscard]] Result<Ids> ids_of(Session& session, const model::Snapshot& snapshot);

/// Enums get the target's ids of labels, which statistics hold.
[[nodiscard]] Status keep_labels(Session& session, const model::Snapshot& snapshot);
/// NOT NULL of domains: not by ALTER DOMAIN, which would look at the rows.
[[nodiscard]] Status forbid_null_in_domains(Session& session, const model::Snapshot& snapshot);
/// Rows that hold the ends of indexes.
[[nodiscard]] Status insert_ends(Session& session, const model::Snapshot& snapshot, const Ids& ids);
[[nodiscard]] Status load_statistics(Session& session, const model::Snapshot& snapshot,
                                     const Ids& ids);
[[nodiscard]] Status load_extended_statistics(Session& session, const model::Snapshot& snapshot);

}  // namespace whet::engine::postgres::shadow
