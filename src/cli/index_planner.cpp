#include "cli/index_planner.h"

#include "cli/target.h"
#include "engine/postgres/switch.h"

namespace whet::cli {

namespace {

namespace pg = engine::postgres;

Result<std::unique_ptr<pg::Connection>> connect(const std::string& url, pg::Access access) {
  engine::ConnectOptions options;
  options.url = url;
  return std::make_unique<pg::Connection>(WHET_TRY(pg::Connection::open(options, access)));
}

Result<IndexPlanner> on_target(const std::string& target, const Error& why, Context& context) {
  if (is_file(target)) return why;
  IndexPlanner planner;
  planner.connection = WHET_TRY(connect(target, pg::Access::read));
  auto indexes = pg::hypopg_switch(*planner.connection, context.progress);
  if (!indexes) return why;
  planner.indexes = std::move(indexes).value();
  return planner;
}

}  // namespace

Result<IndexPlanner> open_planner(const std::string& target, bool hypopg,
                                  const model::Snapshot& snapshot, Context& context) {
  if (snapshot.server.engine != model::EngineKind::postgresql) {
    return Error{ErrorKind::usage,
                 "The index advisor asks PostgreSQL's planner, and this server is another.",
                 "whet analyze shows what its checks say of indexes.", ""};
  }
  pg::ShadowOptions how;
  how.with_hypopg = hypopg;
  auto shadow = pg::Shadow::start(snapshot, how, context.progress);
  if (!shadow) {
    if (shadow.error().kind == ErrorKind::interrupted) return shadow.error();
    return on_target(target, shadow.error(), context);
  }
  IndexPlanner planner;
  planner.shadow = std::make_unique<pg::Shadow>(std::move(shadow).value());
  if (!hypopg) {
    planner.indexes = WHET_TRY(pg::shadow_switch(*planner.shadow, context.progress));
    return planner;
  }
  planner.connection = WHET_TRY(connect(planner.shadow->url(), pg::Access::write));
  auto indexes = pg::hypopg_switch(*planner.connection, context.progress);
  if (!indexes) return on_target(target, indexes.error(), context);
  planner.indexes = std::move(indexes).value();
  return planner;
}

}  // namespace whet::cli
