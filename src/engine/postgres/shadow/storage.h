// Relations as large as the target's, without its rows: the planner asks the file for its length,
// the catalog for counts, and an index's first page for the rest.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "engine/postgres/shadow/session.h"
#include "model/planner_facts.h"

namespace whet::engine::postgres::shadow {

struct Shape {
  std::int64_t id = 0;  ///< the shadow's own
  double bytes = 0;     ///< of the file; partitioned ones have none
  double pages = 0, rows = 0, all_visible_pages = 0, all_frozen_pages = 0;
  int height = 0;                       ///< B-tree
  std::optional<model::GinCounts> gin;  ///< GIN
  std::int64_t map_pages = 0;           ///< BRIN
};

/// Gives relations their shape. A table keeps its small file beside the long one (see small_files).
[[nodiscard]] Status shape(Session& session, const std::vector<Shape>& shapes);

/// The shapes of all relations of a snapshot.
[[nodiscard]] std::vector<Shape> shapes_of(const model::Snapshot& snapshot, const Ids& ids);

/// While indexes are built the tables have to be small, since building reads them whole.
[[nodiscard]] Status small_files(Session& session, const std::vector<std::int64_t>& tables);
/// Takes that back, and the counts that building has set.
[[nodiscard]] Status long_files(Session& session);

}  // namespace whet::engine::postgres::shadow
