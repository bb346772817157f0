#include "engine/postgres/shadow/shadow.h"

#include <set>

#include "base/text.h"
#include "engine/postgres/shadow/added_indexes.h"
#include "engine/postgres/shadow/session.h"
#include "engine/postgres/shadow/storage.h"

namespace whet::engine::postgres {

using shadow::Failure;
using shadow::Ids;
using shadow::Session;
using shadow::Statements;

struct Shadow::Impl {
  Session session;
  std::string url, name;
};

namespace {

/// Runs the stages. What a stage could not make may depend on a later one: it is tried again.
class Builder {
 public:
  Builder(Session& session, Progress& progress) : session_(session), progress_(progress) {}

  [[nodiscard]] Status stage(std::string_view what, const Statements& statements) {
    progress_.report("building the shadow: " + std::string(what), -1);
    if (progress_.cancelled()) return Error{ErrorKind::interrupted, "Stopped on request.", "", ""};
    return attempt(statements);
  }

  /// Tries what failed until nothing more succeeds.
  [[nodiscard]] Status retry() {
    for (std::size_t before = failed_.size() + 1; !failed_.empty() && failed_.size() < before;) {
      before = failed_.size();
      Statements again;
      for (auto& one : std::exchange(failed_, {})) again.push_back(std::move(one.statement));
      WHET_TRY_VOID(attempt(again));
    }
    return {};
  }

  void note_failures() {
    constexpr std::size_t told = 20;
    for (std::size_t i = 0; i < failed_.size() && i < told; ++i)
      session_.note("The " + failed_[i].statement.what + " could not be made: " + failed_[i].said +
                    ".");
    if (failed_.size() > told)
      session_.note(text::plural(static_cast<std::int64_t>(failed_.size() - told), "more object",
                                 "more objects") +
                    " could not be made.");
  }

 private:
  Status attempt(const Statements& statements) {
    for (auto& one : WHET_TRY(run_each(session_, statements))) failed_.push_back(std::move(one));
    return {};
  }

  Session& session_;
  Progress& progress_;
  std::vector<Failure> failed_;
};

/// GIN indexes whose counts could not be read. The planner reads them in an index's first page.
std::int64_t uncounted_gin(const model::Snapshot& snapshot) {
  std::set<std::int64_t> counted;
  for (const auto& one : snapshot.planner->relations) {
    if (one.gin) counted.insert(one.id);
  }
  std::int64_t count = 0;
  for (const auto& table : snapshot.schema.tables) {
    for (const auto& index : table.indexes) {
      const bool has_file = table.kind != model::TableKind::partitioned;
      count += index.method == "gin" && has_file && !counted.contains(index.id) ? 1 : 0;
    }
  }
  return count;
}

void note_what_is_left_out(Session& session, const model::Snapshot& snapshot) {
  std::int64_t foreign = 0, temporary = 0, guarded = 0;
  for (const auto& table : snapshot.schema.tables) {
    foreign += table.kind == model::TableKind::foreign_table ? 1 : 0;
    temporary += table.temporary ? 1 : 0;
    guarded += table.row_security ? 1 : 0;
  }
  const auto say = [&](std::int64_t count, const char* one, const char* many,
                       const std::string& what) {
    if (count > 0) session.note(text::plural(count, one, many) + what);
  };
  say(foreign, "foreign table is", "foreign tables are", " not here.");
  say(temporary, "temporary table is", "temporary tables are", " not here.");
  say(guarded, "table has", "tables have",
      " row security, which is left out: plans are those of a role that it does not bind.");
  say(uncounted_gin(snapshot), "GIN index", "GIN indexes",
      " could not be read on the target (that takes a superuser or pg_read_server_files), so what "
      "their scans cost is PostgreSQL's assumption.");
}

/// The schema, the ends of indexes and the statistics, in an order in which nothing looks at rows.
Status build(Session& session, const model::Snapshot& snapshot, const ShadowOptions& options,
             Progress& progress) {
  Builder builder(session, progress);
  WHET_TRY_VOID(shadow::prepare(session));
  WHET_TRY_VOID(builder.stage("schemas", shadow::schemas(snapshot)));
  WHET_TRY_VOID(shadow::create_extensions(session, snapshot.server, options.with_hypopg));
  WHET_TRY_VOID(builder.stage("types", shadow::types(snapshot)));
  WHET_TRY_VOID(builder.retry());
  WHET_TRY_VOID(shadow::keep_labels(session, snapshot));
  WHET_TRY_VOID(builder.stage("functions", shadow::functions(snapshot)));
  WHET_TRY_VOID(builder.stage("tables", shadow::tables(snapshot)));
  WHET_TRY_VOID(builder.retry());
  WHET_TRY_VOID(builder.stage("constraints", shadow::checks_and_trees(snapshot)));
  WHET_TRY_VOID(builder.stage("indexes", shadow::indexes(snapshot)));
  WHET_TRY_VOID(builder.stage("indexes", shadow::index_trees(snapshot)));
  WHET_TRY_VOID(builder.stage("foreign keys", shadow::foreign_keys(snapshot)));
  WHET_TRY_VOID(builder.stage("views", shadow::views(snapshot)));
  WHET_TRY_VOID(builder.stage("statistics", shadow::extended_statistics(snapshot)));
  WHET_TRY_VOID(builder.retry());
  const Ids ids = WHET_TRY(shadow::ids_of(session, snapshot));
  WHET_TRY_VOID(shadow::insert_ends(session, snapshot, ids));
  WHET_TRY_VOID(shadow::load_statistics(session, snapshot, ids));
  WHET_TRY_VOID(shadow::load_extended_statistics(session, snapshot));
  WHET_TRY_VOID(builder.stage("constraints", shadow::domain_checks(snapshot)));
  WHET_TRY_VOID(shadow::forbid_null_in_domains(session, snapshot));
  WHET_TRY_VOID(shadow::shape(session, shadow::shapes_of(snapshot, ids)));
  WHET_TRY_VOID(shadow::copy_settings(session, snapshot.server));
  builder.note_failures();
  return {};
}

Result<Connection> connect(const shadow::ServerProcess& server, const std::string& role) {
  ConnectOptions options;
  options.url = server.url(role);
  options.statement_timeout_seconds = 0;
  options.lock_timeout_seconds = 0;
  return Connection::open(options, Access::write);
}

}  // namespace

Shadow::Shadow(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Shadow::Shadow(Shadow&&) noexcept = default;
Shadow& Shadow::operator=(Shadow&&) noexcept = default;
Shadow::~Shadow() = default;

Result<Shadow> Shadow::start(const model::Snapshot& snapshot, const ShadowOptions& options,
                             Progress& progress) {
  if (!snapshot.planner) {
    return Error{ErrorKind::usage, "This snapshot does not hold what a shadow needs.",
                 "Make one with: whet collect --with-samples URL -o file.json", ""};
  }
  progress.report("starting the shadow", -1);
  const int wanted = snapshot.server.major();
  const auto programs = WHET_TRY(shadow::find_programs(wanted));
  const auto user = WHET_TRY(shadow::server_user());
  const auto made = WHET_TRY(shadow::data_template(programs, user, snapshot.planner->locale));
  auto server = WHET_TRY(shadow::ServerProcess::start(programs, user, made.folder, progress));
  auto admin = WHET_TRY(connect(server, "postgres"));
  // An unprivileged owner: nothing that a snapshot file says can reach beyond the database.
  WHET_TRY_VOID(admin.execute("CREATE ROLE whet LOGIN"));
  auto owner = WHET_TRY(connect(server, "whet"));
  const std::string name = "PostgreSQL " + std::to_string(programs.major);
  auto impl = std::make_unique<Impl>(
      Impl{Session{std::move(server), std::move(admin), std::move(owner), {}}, {}, name});
  Session& session = impl->session;
  impl->url = session.server.url("whet");
  if (programs.major != wanted) {
    session.note("The target is PostgreSQL " + std::to_string(wanted) + "; this is " + name +
                 ", the nearest version that is installed here, and may plan otherwise.");
  }
  if (!made.note.empty()) session.note(made.note);
  WHET_TRY_VOID(build(session, snapshot, options, progress));
  note_what_is_left_out(session, snapshot);
  progress.report("", -1);
  return Shadow(std::move(impl));
}

const std::string& Shadow::url() const { return impl_->url; }
const std::string& Shadow::name() const { return impl_->name; }
const std::vector<std::string>& Shadow::notes() const { return impl_->session.notes; }

Result<std::vector<Result<std::string>>> Shadow::add_indexes(const std::vector<Wanted>& wanted) {
  return shadow::add_indexes(impl_->session, wanted);
}

Result<std::string> Shadow::add_index(const model::HypotheticalIndex& index,
                                      const model::IndexDimensions& dimensions) {
  auto made = WHET_TRY(add_indexes({{index, dimensions}}));
  return std::move(made.front());
}

}  // namespace whet::engine::postgres
