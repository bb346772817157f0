#include "sql/catalog.h"

#include <algorithm>

#include "base/text.h"
#include "sql/tokens.h"

namespace whet::sql {

std::string Catalog::key(std::string_view schema, std::string_view name) const {
  std::string out(schema);
  out += '\0';
  out += name;
  return ignore_case_ ? text::lower(out) : out;
}

Catalog::Catalog(const model::Schema& schema, std::vector<std::string> search_path,
                 bool ignore_case)
    : search_path_(std::move(search_path)), ignore_case_(ignore_case) {
  for (const model::Table& table : schema.tables)
    relations_.emplace(key(table.schema, table.name), Relation{&table, nullptr});
  for (const model::View& view : schema.views)
    relations_.emplace(key(view.schema, view.name), Relation{nullptr, &view});
}

Catalog::Relation Catalog::find(std::string_view schema, std::string_view name) const {
  if (!schema.empty()) {
    const auto at = relations_.find(key(schema, name));
    return at == relations_.end() ? Relation() : at->second;
  }
  for (const std::string& place : search_path_) {
    const auto at = relations_.find(key(place, name));
    if (at != relations_.end()) return at->second;
  }
  return {};
}

const model::Table* Catalog::table(std::string_view schema, std::string_view name) const {
  return find(schema, name).table;
}

const model::View* Catalog::view(std::string_view schema, std::string_view name) const {
  return find(schema, name).view;
}

std::vector<std::string> search_path(std::string_view setting, std::string_view role) {
  std::vector<std::string> out;
  for (const Token& token : tokens(setting)) {
    if (token.kind == TokenKind::word) {
      out.push_back(text::lower(token.text));
    } else if (token.kind == TokenKind::quoted && token.text.size() >= 2) {
      const std::string_view name = token.text.substr(1, token.text.size() - 2);
      out.emplace_back(name == "$user" ? role : name);
    }
  }
  return out;
}

Catalog catalog_of(const model::Snapshot& snapshot) {
  const model::EngineKind engine = snapshot.server.engine;
  if (engine == model::EngineKind::mysql || engine == model::EngineKind::mariadb) {
    const model::Database* current = snapshot.server.current_database();
    const std::string lower_case = snapshot.server.text("lower_case_table_names");
    std::vector<std::string> path;
    if (current != nullptr) path.push_back(current->name);
    // The workload is of all databases; where nobody tells which, a name is looked for in each.
    for (const model::Table& table : snapshot.schema.tables) {
      // The tables are sorted by schema.
      if (!path.empty() && path.back() == table.schema) continue;
      if (std::find(path.begin(), path.end(), table.schema) == path.end())
        path.push_back(table.schema);
    }
    return {snapshot.schema, std::move(path), !lower_case.empty() && lower_case != "0"};
  }
  const std::string setting = snapshot.server.text("search_path");
  return {snapshot.schema, search_path(setting.empty() ? "\"$user\", public" : setting,
                                       snapshot.server.current_role)};
}

}  // namespace whet::sql
