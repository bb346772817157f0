// The language of whatever server a snapshot is from: what knowledge asks for, so that it need not
// know which parser answers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/shape.h"
#include "model/snapshot.h"
#include "sql/catalog.h"
#include "sql/parameters.h"
#include "sql/shape.h"

namespace whet::sql {

/// MySQL or MariaDB.
[[nodiscard]] bool is_mysql(model::EngineKind engine);
[[nodiscard]] bool is_mongodb(model::EngineKind engine);

/// The shape of a text that a client wrote, or of a normalised one. `database`: the default one of
/// the session on MySQL, the collection's on MongoDB; empty: the snapshot's current one.
[[nodiscard]] Result<model::Shape> shape_of(const model::Snapshot& snapshot, const Catalog& catalog,
                                            std::string_view text, std::string_view database = "",
                                            Literals literals = Literals::by_text);

/// The text of a workload's statement that tells most of it. On MySQL what the client's text leaves
/// open (it was cut off, or names what the catalog does not know) may be in the text that the
/// server resolved. The client's comes first, as the resolved one has lost conditions: on tables of
/// one row
/// (`where true`), and those that a semijoin became (`where 1` on MariaDB).
[[nodiscard]] const std::string& telling_text(const model::Snapshot& snapshot,
                                              const Catalog& catalog,
                                              const model::Statement& statement);

/// The shape of that text.
[[nodiscard]] Result<model::Shape> shape_of(const model::Snapshot& snapshot, const Catalog& catalog,
                                            const model::Statement& statement);

/// What the parameters of a text stand for: $n, or the n-th ? or ... on MySQL, ? on MongoDB.
[[nodiscard]] Result<std::vector<ParameterUse>> parameters_of(const model::Snapshot& snapshot,
                                                              const Catalog& catalog,
                                                              std::string_view text,
                                                              std::string_view database = "");

/// Whether a statement may run again to be measured.
struct Replay {
  bool read = false;                   ///< it only reads, as far as its text tells
  std::vector<std::string> functions;  ///< that it calls; they may still write
  std::string obstacle;  ///< MySQL, MongoDB: why not, a part of a sentence; empty: it may
};
[[nodiscard]] Replay replay_of(const model::Server& server, std::string_view text);

[[nodiscard]] model::StatementKind kind_of(const model::Server& server, std::string_view text);
[[nodiscard]] std::string normalize(const model::Server& server, std::string_view text);
[[nodiscard]] std::string fingerprint(const model::Server& server, std::string_view text);
/// The statements of a text.
[[nodiscard]] std::vector<std::string> split(const model::Server& server, std::string_view text);

/// An expression in one form for all ways to write it; the text itself where it is not understood.
[[nodiscard]] std::string canonical_expression(const model::Server& server, std::string_view text);

/// The same where nobody tells the engine: two texts of one engine come out equal when they say the
/// same.
[[nodiscard]] std::string comparable_expression(std::string_view text);

/// Quoted as the engine reads it, where it must be.
[[nodiscard]] std::string quote_identifier(model::EngineKind engine, std::string_view name);
[[nodiscard]] std::string quote_qualified(model::EngineKind engine, std::string_view schema,
                                          std::string_view name);
[[nodiscard]] std::string quote_literal(const model::Server& server, std::string_view text);

}  // namespace whet::sql
