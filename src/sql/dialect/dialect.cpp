#include "sql/dialect/dialect.h"

#include <algorithm>
#include <utility>

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

Result<model::Shape> shape_of(const model::Snapshot& snapshot, const Catalog& catalog,
                              std::string_view text, std::string_view database, Literals literals) {
  if (!of_mysql(snapshot.server)) return shape(text, catalog, literals);
  return mysql::shape(text, catalog, mysql::mode_of(snapshot.server, database), literals);
}

Result<model::Shape> shape_of(const model::Snapshot& snapshot, const Catalog& catalog,
                              const model::Statement& statement) {
  if (!of_mysql(snapshot.server)) return shape(statement.text, catalog);
  auto written = shape_of(snapshot, catalog, statement.text, statement.database);
  if (statement.resolved.empty() || (written.ok() && gaps(*written) == 0)) return written;
  auto resolved = shape_of(snapshot, catalog, statement.resolved, statement.database);
  if (!resolved.ok()) return written;
  if (written.ok() && gaps(*written) <= gaps(*resolved)) return written;
  return resolved;
}

Result<std::vector<ParameterUse>> parameters_of(const model::Snapshot& snapshot,
                                                const Catalog& catalog, std::string_view text,
                                                std::string_view database) {
  if (!of_mysql(snapshot.server)) return parameter_columns(text, catalog);
  return mysql::parameter_columns(text, catalog, mysql::mode_of(snapshot.server, database));
}

Replay replay_of(const model::Server& server, std::string_view text) {
  if (!of_mysql(server)) {
    Classification made = classify(text);
    return {made.pure_read, std::move(made.functions), ""};
  }
  mysql::Classification made = mysql::classify(text, mysql::mode_of(server));
  return {made.pure_read, std::move(made.functions), std::move(made.obstacle)};
}

model::StatementKind kind_of(const model::Server& server, std::string_view text) {
  return of_mysql(server) ? mysql::kind_of(text, mysql::mode_of(server)) : classify(text).kind;
}

std::string normalize(const model::Server& server, std::string_view text) {
  return of_mysql(server) ? mysql::normalize(text, mysql::mode_of(server)) : normalize(text);
}

std::string fingerprint(const model::Server& server, std::string_view text) {
  return of_mysql(server) ? mysql::fingerprint(text, mysql::mode_of(server)) : fingerprint(text);
}

std::vector<std::string> split(const model::Server& server, std::string_view text) {
  return of_mysql(server) ? mysql::split(text, mysql::mode_of(server)) : split(text);
}

std::string canonical_expression(const model::Server& server, std::string_view text) {
  const auto made = of_mysql(server) ? mysql::canonical_expression(text, mysql::mode_of(server))
                                     : canonical_expression(text);
  return made.value_or(std::string(text));
}

std::string comparable_expression(std::string_view text) {
  if (auto made = canonical_expression(text)) return *std::move(made);
  const auto made = mysql::canonical_expression(text, mysql::Mode());
  if (!made) return std::string(text);
  return canonical_expression(*made).value_or(*made);
}

std::string quote_identifier(model::EngineKind engine, std::string_view name) {
  return is_mysql(engine) ? mysql::quote_identifier(name) : quote_identifier(name);
}

std::string quote_qualified(model::EngineKind engine, std::string_view schema,
                            std::string_view name) {
  return is_mysql(engine) ? mysql::quote_qualified(schema, name) : quote_qualified(schema, name);
}

std::string quote_literal(const model::Server& server, std::string_view text) {
  if (!of_mysql(server)) return quote_literal(text);
  return mysql::quote_literal(text, !mysql::mode_of(server).no_backslash_escapes);
}

}  // namespace whet::sql
