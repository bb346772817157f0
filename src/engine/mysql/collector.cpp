#include "engine/mysql/collector.h"

#include <array>

#include "base/text.h"

namespace whet::engine::mysql {

namespace {

constexpr std::array<std::string_view, 6> system_schemas{
    "mysql",   "information_schema",           "performance_schema", "sys",
    "ndbinfo", "mysql_innodb_cluster_metadata"};

std::string key_of(std::string_view schema, std::string_view name) {
  std::string key(schema);
  key += '\0';
  key += name;
  return key;
}

/// "whet@%" as an account in a statement.
std::string quoted_account(const std::string& user) {
  const std::size_t at = user.rfind('@');
  if (at == std::string::npos) return "'" + user + "'";
  return "'" + text::replace_all(user.substr(0, at), "'", "''") + "'@'" + user.substr(at + 1) + "'";
}

// What survives in a digest's text: MySQL keeps hints, MariaDB a common table expression.
constexpr std::string_view hint_mark = "/*+ QB_NAME(whet) */";
constexpr std::string_view table_mark = "WITH whet AS (SELECT 1)";

}  // namespace

Collector::Collector(Connection& of, const CollectOptions& with, Progress& telling, Collected& into)
    : connection(of),
      options(with),
      progress(telling),
      collected(into),
      snapshot(into.snapshot),
      account(quoted_account(of.user())) {}

std::optional<Rows> Collector::read(const std::string& what, const std::string& sql,
                                    const std::string& remedy) {
  if (stopped()) return std::nullopt;
  auto rows = connection.query(marked(sql, connection.fork()), {}, &progress);
  if (rows) return std::move(rows).value();
  const Error& error = rows.error();
  if (error.kind == ErrorKind::unreachable || error.kind == ErrorKind::interrupted) {
    failure = error;
  } else {
    note(what, error.message, remedy);
  }
  return std::nullopt;
}

std::optional<Rows> Collector::read_if_possible(const std::string& sql) {
  const std::size_t noted = snapshot.not_collected.size();
  auto rows = read("", sql);
  snapshot.not_collected.resize(noted);
  return rows;
}

bool Collector::stream(const std::string& what, const std::string& sql,
                       const Connection::Take& take, const std::string& remedy) {
  if (stopped()) return false;
  const auto status = connection.stream(marked(sql, connection.fork()), take, &progress);
  if (status) return true;
  const Error& error = status.error();
  if (error.kind == ErrorKind::unreachable || error.kind == ErrorKind::interrupted) {
    failure = error;
  } else {
    note(what, error.message, remedy);
  }
  return false;
}

void Collector::note(const std::string& what, const std::string& reason,
                     const std::string& remedy) {
  // The same refusal of many batches is one fact.
  for (const auto& known : snapshot.not_collected) {
    if (known.what == what && known.reason == reason) return;
  }
  snapshot.not_collected.push_back({what, reason, remedy});
}

std::string Collector::grant(std::string_view what) const {
  return "GRANT " + std::string(what) + " TO " + account + ";";
}

void Collector::remember_tables() {
  tables_.clear();
  for (std::size_t i = 0; i < snapshot.schema.tables.size(); ++i) {
    const auto& table = snapshot.schema.tables[i];
    tables_[key_of(table.schema, table.name)] = i;
  }
}

model::Table* Collector::table(std::string_view schema, std::string_view name) {
  const auto at = tables_.find(key_of(schema, name));
  return at == tables_.end() ? nullptr : &snapshot.schema.tables[at->second];
}

model::Index* Collector::index(model::Table& table, std::string_view name) {
  for (auto& index : table.indexes) {
    if (index.name == name) return &index;
  }
  return nullptr;
}

std::string marked(std::string_view sql, model::EngineKind fork) {
  const std::size_t start = sql.find_first_not_of(" \n");
  if (start == std::string_view::npos) return std::string(sql);
  const std::string_view body = sql.substr(start);
  // "(SELECT ...) UNION ALL ...": a mark for the first SELECT, or before all of it.
  const std::size_t opened = body.starts_with('(') ? 1 : 0;
  if (!text::starts_with_nocase(body.substr(opened), "SELECT ")) return std::string(body);
  if (fork == model::EngineKind::mariadb) return std::string(table_mark) + " " + std::string(body);
  constexpr std::size_t word = 6;
  return std::string(body.substr(0, opened)) + "SELECT " + std::string(hint_mark) +
         std::string(body.substr(opened + word));
}

bool is_own(std::string_view text) {
  const std::string squeezed = text::replace_all(std::string(text), "`", "");
  return text::contains(squeezed, "QB_NAME (whet)") ||
         text::contains(squeezed, "QB_NAME ( whet )") ||
         text::contains(squeezed, "QB_NAME(whet)") || squeezed.starts_with("WITH whet AS") ||
         text::contains(text, own_mark);
}

std::string user_schemas(std::string_view column) {
  std::string out(column);
  out += " NOT IN (";
  for (std::size_t i = 0; i < system_schemas.size(); ++i) {
    if (i > 0) out += ", ";
    out += "'";
    out += system_schemas.at(i);
    out += "'";
  }
  return out + ")";
}

bool is_system_schema(std::string_view name) {
  const std::string lowered = text::lower(name);
  for (const auto known : system_schemas) {
    if (lowered == known) return true;
  }
  return false;
}

std::int64_t id_of(std::string_view schema, std::string_view name, std::string_view index) {
  // FNV-1a, folded into what a double holds exactly.
  std::uint64_t hash = 14695981039346656037ULL;
  const auto add = [&](std::string_view part) {
    for (const char c : part) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    hash = (hash ^ 0xffU) * 1099511628211ULL;
  };
  add(schema), add(name), add(index);
  const std::uint64_t folded = (hash ^ (hash >> 53U)) & ((1ULL << 53U) - 1);
  return static_cast<std::int64_t>(folded == 0 ? 1 : folded);
}

}  // namespace whet::engine::mysql
