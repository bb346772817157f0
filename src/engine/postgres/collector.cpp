#include "engine/postgres/collector.h"

#include "engine/postgres/errors.h"

namespace whet::engine::postgres {

Collector::Collector(Connection& of, const CollectOptions& with, Progress& telling, Collected& into)
    : connection(of), options(with), progress(telling), collected(into), snapshot(into.snapshot) {}

std::optional<Rows> Collector::read(const std::string& what, const std::string& sql,
                                    const Parameters& parameters, const std::string& remedy) {
  if (stopped()) return std::nullopt;
  auto rows = connection.query(sql, parameters, &progress);
  if (rows) return std::move(rows).value();
  const Error& error = rows.error();
  if (error.kind == ErrorKind::unreachable || error.kind == ErrorKind::interrupted) {
    failure = error;
  } else {
    note(what, said_by_server(error), remedy);
  }
  return std::nullopt;
}

std::optional<Rows> Collector::read_if_allowed(const std::string& what, const std::string& allowed,
                                               const std::string& sql, const std::string& remedy) {
  const auto answer = read(what, "SELECT " + allowed, {}, remedy);
  if (!answer || answer->empty()) return std::nullopt;
  if (Row(*answer, 0).flag()) return read(what, sql, {}, remedy);
  note(what, "The role lacks the privilege.", remedy);
  return std::nullopt;
}

std::optional<Rows> Collector::read_if_possible(const std::string& sql,
                                                const Parameters& parameters) {
  const std::size_t noted = snapshot.not_collected.size();
  auto rows = read("", sql, parameters);
  snapshot.not_collected.resize(noted);
  return rows;
}

void Collector::note(const std::string& what, const std::string& reason,
                     const std::string& remedy) {
  snapshot.not_collected.push_back({what, reason, remedy});
}

std::string Collector::since(std::int64_t from, const std::string& then,
                             const std::string& otherwise) const {
  return version() >= from ? then : otherwise;
}

void Collector::remember_tables() {
  tables_.clear();
  for (std::size_t i = 0; i < snapshot.schema.tables.size(); ++i)
    tables_[snapshot.schema.tables[i].id] = i;
}

void Collector::remember_indexes() {
  indexes_.clear();
  for (std::size_t i = 0; i < snapshot.schema.tables.size(); ++i) {
    const auto& indexes = snapshot.schema.tables[i].indexes;
    for (std::size_t k = 0; k < indexes.size(); ++k) indexes_[indexes[k].id] = {i, k};
  }
}

model::Table* Collector::table(std::int64_t id) {
  const auto at = tables_.find(id);
  return at == tables_.end() ? nullptr : &snapshot.schema.tables[at->second];
}

model::Index* Collector::index(std::int64_t id) {
  const auto at = indexes_.find(id);
  if (at == indexes_.end()) return nullptr;
  return &snapshot.schema.tables[at->second.first].indexes[at->second.second];
}

std::string Collector::column_name(const model::Table& table, std::int64_t position) const {
  for (const auto& column : table.columns) {
    if (column.position == position) return column.name;
  }
  return {};
}

std::string user_namespace(const std::string& alias) {
  return alias + ".nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND " + alias +
         ".nspname NOT LIKE 'pg\\_toast\\_temp\\_%'";
}

}  // namespace whet::engine::postgres
