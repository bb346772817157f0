// The tables that the names of a statement may mean.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/snapshot.h"

namespace whet::sql {

/// Keeps references: the schema must outlive it. Building is O(tables + views).
class Catalog {
 public:
  /// `search_path`: schemas in which unqualified names are looked for, in order. `ignore_case`: of
  /// ASCII letters in names, as MySQL does where lower_case_table_names is set.
  Catalog(const model::Schema& schema, std::vector<std::string> search_path,
          bool ignore_case = false);

  /// nullptr for views and for what is not there. O(1), and O(path) without a schema.
  [[nodiscard]] const model::Table* table(std::string_view schema, std::string_view name) const;
  /// nullptr for tables and for what is not there.
  [[nodiscard]] const model::View* view(std::string_view schema, std::string_view name) const;

 private:
  struct Relation {
    const model::Table* table = nullptr;
    const model::View* view = nullptr;
  };
  [[nodiscard]] Relation find(std::string_view schema, std::string_view name) const;
  [[nodiscard]] std::string key(std::string_view schema, std::string_view name) const;

  std::unordered_map<std::string, Relation> relations_;
  std::vector<std::string> search_path_;
  bool ignore_case_ = false;
};

/// The schemas of a search_path setting such as `"$user", public`; `role` stands for $user.
[[nodiscard]] std::vector<std::string> search_path(std::string_view setting, std::string_view role);

/// The catalog of a snapshot, with the server's search_path and the collecting role; of a MySQL
/// server with its current database, then all others.
[[nodiscard]] Catalog catalog_of(const model::Snapshot& snapshot);

}  // namespace whet::sql
