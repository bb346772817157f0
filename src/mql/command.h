// Commands on collections: from what clients sent, and from text as people write it in mongosh.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/shape.h"
#include "model/workload.h"
#include "mql/value.h"

namespace whet::mql {

struct Command {
  std::string database;    ///< empty: not known
  std::string collection;  ///< empty: of the database ({aggregate: 1})
  std::string verb;        ///< find, aggregate, count, distinct, insert, update, delete,
                           ///< findAndModify, getMore, mapReduce, ...
  /// The command's document, the verb first, without what drivers add: $db, lsid, $clusterTime,
  /// txnNumber, apiVersion, ... An explain is what it explains. One update or delete of the
  /// profiler ({q, u, multi, upsert}) is a whole command with one element in `updates` or
  /// `deletes`.
  Value body;
};

/// The command in a document as sent, or as the profiler, the log or currentOp have it
/// ("command", with `ns` for what is not in it), or $queryStats (key.queryShape).
/// ErrorKind::invalid when it names no command.
[[nodiscard]] Result<Command> command_of(const Value& document, std::string_view database);

/// Text: mongosh (`db.orders.find({status: "open"}).sort({at: -1}).limit(5)`, also
/// db.getSiblingDB("x").getCollection("y"), aggregate, countDocuments, count, distinct, updateOne,
/// deleteMany, findOneAndUpdate, db.runCommand({...}), ISODate(), ObjectId(), NumberLong(), /re/i,
/// unquoted names, comments) or the command's document as (extended) JSON. `?` stands for any
/// literal. ErrorKind::invalid, in a sentence with the position.
[[nodiscard]] Result<Command> parse_command(std::string_view text, std::string_view database = "");

/// As mongosh reads it, on one line. parse_command(print(c), c.database) is c again, for all
/// commands that parse_command makes.
[[nodiscard]] std::string print(const Command& command);

/// Without literals: each becomes a placeholder, lists of literals one placeholder; what makes a
/// different query stays (names, operators, sort, projection, $exists and booleans of options,
/// types, whether a regex is anchored and has options). Idempotent; also takes the shapes of
/// $queryStats ("?string", "?array<?number>").
[[nodiscard]] Command normalize(const Command& command);

/// Sixteen hex digits, equal for commands that normalise to the same, whatever the order of ANDed
/// conditions, the driver's additions, comment, batchSize, maxTimeMS, read and write concern, and
/// whichever source they come from.
[[nodiscard]] std::string fingerprint(const Command& command);

[[nodiscard]] model::StatementKind kind_of(const Command& command);

/// Why it may not run again to be measured, a part of a sentence ("it writes", "it runs
/// JavaScript", "it would merge its result into a collection"); empty: it only reads.
[[nodiscard]] std::string obstacle_to_replay(const Command& command);

/// What it needs from the storage. Relations: the collection, and each $lookup's, $graphLookup's
/// and $unionWith's. Columns are dotted paths without array positions. With placeholders or
/// literals alike, but for `constant` of predicates, which needs literals. ErrorKind::invalid for
/// what is no query.
[[nodiscard]] Result<model::Shape> shape_of(const Command& command);

}  // namespace whet::mql
