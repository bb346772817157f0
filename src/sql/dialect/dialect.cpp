#include "sql/dialect/dialect.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "mql/canonical.h"
#include "mql/views.h"
#include "sql/dialect/mongodb.h"
#include "sql/expression.h"
#include "sql/fingerprint.h"
#include "sql/kind.h"
#include "sql/mysql/expression.h"
#include "sql/mysql/fingerprint.h"
#include "sql/mysql/kind.h"
#include "sql/mysql/normalize.h"
#include "sql/mysql/quote.h"
#include "sql/mysql/shape.h"
#include "sql/normalize.h"
#include "sql/quote.h"

namespace whet::sql {

namespace {

bool of_mysql(const model::Server& server) { return is_mysql(server.engine); }

bool of_mongodb(const model::Server& server) { return is_mongodb(server.engine); }

// The database of a collection whose text does not name one: the snapshot's current one.
std::string database_of(const model::Snapshot& snapshot, std::string_view database) {
  if (!database.empty()) return std::string(database);
  const model::Database* current = snapshot.server.current_database();
  return current == nullptr ? "" : current->name;
}

// What a shape does not know: columns of no relation, and relations that the catalog lacks.
std::size_t gaps(const model::Shape& shape) {
  const auto opaque =
      std::count_if(shape.relations.begin(), shape.relations.end(),
                    [](const model::ShapeRelation& relation) { return relation.opaque; });
  return shape.unresolved.size() + static_cast<std::size_t>(opaque);
}

}  // namespace

bool is_mysql(model::EngineKind engine) {
  return engine == model::EngineKind::mysql || engine == model::EngineKind::mariadb;
}

bool is_mongodb(model::EngineKind engine) { return engine == model::EngineKind::mongodb; }

Result<model::Shape> shape_of(const model::Snapshot& snapshot, const Catalog& catalog,
                              std::string_view text, std::string_view database, Literals literals) {
  if (of_mongodb(snapshot.server)) {
    return mongodb::shape_of(text, catalog, database_of(snapshot, database));
  }
  if (!of_mysql(snapshot.server)) return shape(text, catalog, literals);
  return mysql::shape(text, catalog, mysql::mode_of(snapshot.server, database), literals);
}

const std::string& telling_text(const model::Snapshot& snapshot, const Catalog& catalog,
                                const model::Statement& statement) {
  if (!of_mysql(snapshot.server) || statement.resolved.empty()) return statement.text;
  const auto written = shape_of(snapshot, catalog, statement.text, statement.database);
  if (written.ok() && gaps(*written) == 0) return statement.text;
  const auto resolved = shape_of(snapshot, catalog, statement.resolved, statement.database);
  if (!resolved.ok()) return statement.text;
  return written.ok() && gaps(*written) <= gaps(*resolved) ? statement.text : statement.resolved;
}

Result<model::Shape> shape_of(const model::Snapshot& snapshot, const Catalog& catalog,
                              const model::Statement& statement) {
  return shape_of(snapshot, catalog, telling_text(snapshot, catalog, statement),
                  statement.database);
}

Result<std::vector<ParameterUse>> parameters_of(const model::Snapshot& snapshot,
                                                const Catalog& catalog, std::string_view text,
                                                std::string_view database) {
  if (of_mongodb(snapshot.server)) {
    return mongodb::parameters_of(text, database_of(snapshot, database));
  }
  if (!of_mysql(snapshot.server)) return parameter_columns(text, catalog);
  return mysql::parameter_columns(text, catalog, mysql::mode_of(snapshot.server, database));
}

Replay replay_of(const model::Server& server, std::string_view text) {
  if (of_mongodb(server)) {
    std::string obstacle = mongodb::obstacle_to_replay(text);
    const bool reads = obstacle.empty();
    return {reads, {}, std::move(obstacle)};
  }
  if (!of_mysql(server)) {
    Classification made = classify(text);
    return {made.pure_read, std::move(made.functions), ""};
  }
  mysql::Classification made = mysql::classify(text, mysql::mode_of(server));
  return {made.pure_read, std::move(made.functions), std::move(made.obstacle)};
}

model::StatementKind kind_of(const model::Server& server, std::string_view text) {
  if (of_mongodb(server)) return mongodb::kind_of(text);
  return of_mysql(server) ? mysql::kind_of(text, mysql::mode_of(server)) : classify(text).kind;
}

std::string normalize(const model::Server& server, std::string_view text) {
  if (of_mongodb(server)) return mongodb::normalize(text);
  return of_mysql(server) ? mysql::normalize(text, mysql::mode_of(server)) : normalize(text);
}

std::string fingerprint(const model::Server& server, std::string_view text) {
  if (of_mongodb(server)) return mongodb::fingerprint(text);
  return of_mysql(server) ? mysql::fingerprint(text, mysql::mode_of(server)) : fingerprint(text);
}

std::vector<std::string> split(const model::Server& server, std::string_view text) {
  if (of_mongodb(server)) return mql::split_commands(text);
  return of_mysql(server) ? mysql::split(text, mysql::mode_of(server)) : split(text);
}

std::string canonical_expression(const model::Server& server, std::string_view text) {
  if (of_mongodb(server)) return mql::canonical_text(text);
  const auto made = of_mysql(server) ? mysql::canonical_expression(text, mysql::mode_of(server))
                                     : canonical_expression(text);
  return made.value_or(std::string(text));
}

std::string comparable_expression(std::string_view text) {
  // No SQL expression begins so.
  if (text::trim(text).starts_with('{')) return mql::canonical_text(text);
  if (auto made = canonical_expression(text)) return *std::move(made);
  const auto made = mysql::canonical_expression(text, mysql::Mode());
  if (!made) return std::string(text);
  return canonical_expression(*made).value_or(*made);
}

std::string quote_identifier(model::EngineKind engine, std::string_view name) {
  if (is_mongodb(engine)) return std::string(name);
  return is_mysql(engine) ? mysql::quote_identifier(name) : quote_identifier(name);
}

std::string quote_qualified(model::EngineKind engine, std::string_view schema,
                            std::string_view name) {
  if (is_mongodb(engine)) {
    return schema.empty() ? std::string(name) : std::string(schema) + "." + std::string(name);
  }
  return is_mysql(engine) ? mysql::quote_qualified(schema, name) : quote_qualified(schema, name);
}

std::string quote_literal(const model::Server& server, std::string_view text) {
  if (of_mongodb(server)) return mongodb::quote_literal(text);
  if (!of_mysql(server)) return quote_literal(text);
  return mysql::quote_literal(text, !mysql::mode_of(server).no_backslash_escapes);
}

}  // namespace whet::sql
