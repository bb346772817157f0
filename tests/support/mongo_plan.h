// The scripted MongoDB server's query planner: which indexes fit, over which bounds, how many keys
// and documents each really examines; the cheapest wins.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/mongo_store.h"

namespace whet::testing::mongo {

struct Interval {
  mql::Value low, high;
  bool low_in = true, high_in = true;
};

/// A stage with what it did. `details` come after the counters, `after` follow them.
struct Stage {
  std::string name;
  mql::Value filter = mql::Value::null();
  mql::Value details = mql::Value::object({});
  mql::Value counters = mql::Value::object({});
  std::int64_t returned = 0, works = 0;
  bool ended = true;
  std::vector<Stage> inputs;
};

struct Query {
  mql::Value filter = mql::Value::object({}), sort = mql::Value::object({}),
             projection = mql::Value::object({}), hint = mql::Value::null(),
             collation = mql::Value::null();
  std::int64_t skip = 0, limit = 0;
  bool count = false;    ///< only how many
  std::string distinct;  ///< only the values of this path
};

struct Execution {
  Stage root;
  std::vector<Stage> rejected;
  std::vector<std::size_t> positions;  ///< of the documents, in order
  std::int64_t keys = 0, documents = 0, returned = 0;
  std::string index;    ///< that it used; empty: none
  std::string summary;  ///< "IXSCAN { a: 1 }"
};

/// Plans and runs it. `collection` may be nullptr: there is none. Throws Failure for a bad hint.
[[nodiscard]] Execution execute(Store& store, Collection* collection, const std::string& ns,
                                const Query& query);

/// The filter as the server prints it after parsing.
[[nodiscard]] mql::Value parsed_query(const mql::Value& filter);
/// The stage as explain prints it.
[[nodiscard]] mql::Value plan_of(const Stage& stage);
[[nodiscard]] mql::Value execution_of(const Stage& stage);

}  // namespace whet::testing::mongo
