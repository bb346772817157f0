// The shadow: a private PostgreSQL that plans exactly as the target does, with its schema and
// planner statistics and none of its rows. What-if questions there cost the target nothing.
//
// Two roles: sessions plan as the unprivileged `whet`, who owns every table (definitions may come
// from a stranger's file and run when they are planned); what needs the catalog goes through this
// class and the functions of the schema whet_shadow:
//   SELECT whet_shadow.switch_indexes(false, '{"schema.index", ...}')  hides indexes from the
//   planner SELECT whet_shadow.switch_indexes(true, '{"schema.index", ...}')   shows them to it
//   again
// for existing and for added ones, partitions' indexes with their parent's. It is transactional: a
// session that switches and rolls back plans by itself.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/progress.h"
#include "base/result.h"
#include "model/oracle.h"
#include "model/snapshot.h"

namespace whet::engine::postgres {

struct ShadowOptions {
  bool with_hypopg = false;  ///< install HypoPG in it where the machine has it
};

class Shadow {
 public:
  /// A snapshot with `planner`. Fails when no server program is installed or the user stops it;
  /// whatever else of the target cannot be had here is in notes().
  [[nodiscard]] static Result<Shadow> start(const model::Snapshot& snapshot,
                                            const ShadowOptions& options, Progress& progress);

  Shadow(Shadow&&) noexcept;
  Shadow& operator=(Shadow&&) noexcept;
  Shadow(const Shadow&) = delete;
  Shadow& operator=(const Shadow&) = delete;
  /// Stops the server and removes its folder.
  ~Shadow();

  /// Where to plan.
  [[nodiscard]] const std::string& url() const;
  /// "PostgreSQL 15": what runs here.
  [[nodiscard]] const std::string& name() const;
  /// What differs from the target, a sentence each.
  [[nodiscard]] const std::vector<std::string>& notes() const;

  struct Wanted {
    model::HypotheticalIndex index;
    model::IndexDimensions dimensions;
  };
  /// Makes indexes of these dimensions, switched off, and returns their names ("schema.name"). An
  /// Error in place of a name says why the server refused that one. While it works, other sessions
  /// would see small tables: nobody should plan then.
  [[nodiscard]] Result<std::vector<Result<std::string>>> add_indexes(
      const std::vector<Wanted>& wanted);
  [[nodiscard]] Result<std::string> add_index(const model::HypotheticalIndex& index,
                                              const model::IndexDimensions& dimensions);

 private:
  struct Impl;
  explicit Shadow(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace whet::engine::postgres
