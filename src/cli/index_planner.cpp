#include "cli/index_planner.h"

#include "advise/advisor/model.h"
#include "advise/advisor/shapes.h"
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

Result<IndexPlanner> postgres_planner(const std::string& target, bool hypopg,
                                      const model::Snapshot& snapshot, Context& context) {
  pg::ShadowOptions how;
  how.with_hypopg = hypopg;
  auto shadow = pg::Shadow::start(snapshot, how, context.progress);
  if (!shadow) {
    if (shadow.error().kind == ErrorKind::interrupted) return shadow.error();
    return on_target(target, shadow.error(), context);
  }
  IndexPlanner planner;
  planner.shadow = std::make_unique<pg::Shadow>(std::move(shadow).value());
  planner.notes = planner.shadow->notes();
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

}  // namespace

Result<IndexPlanner> open_planner(const std::string& target, bool hypopg,
                                  const advise::Facts& facts,
                                  const std::vector<advise::WorkItem>& items, Context& context) {
  if (facts.server().engine == model::EngineKind::postgresql)
    return postgres_planner(target, hypopg, facts.snapshot(), context);
  if (hypopg) {
    return Error{ErrorKind::usage,
                 "--sizes hypopg is for PostgreSQL; this is a " +
                     std::string(name_of(facts.server().engine)) + " server.",
                 "Leave it out.", ""};
  }
  IndexPlanner planner;
  planner.indexes = advise::model_planner(facts, items);
  planner.notes = advise::model_notes(facts);
  return planner;
}

}  // namespace whet::cli
