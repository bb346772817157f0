// Collections made by hand, for this folder's tests.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "advise/mongodb_index.h"
#include "advise/wired/plans.h"
#include "mql/command.h"
#include "mql/value.h"

namespace whet::advise::wired::testing {

/// From a key as people write it: {"a": 1, "b": "hashed"}.
inline model::Index index_of(const std::string& key) {
  model::Index index;
  index.schema = "shop";
  index.method = "btree";
  const auto document = mql::parse_json(key);
  if (!document) return index;
  for (const mql::Field& field : document->fields) {
    model::IndexPart part;
    part.column = field.name;
    if (field.value.is_string()) {
      part.opclass = field.value.text;
      index.method = field.value.text;
    } else {
      part.descending = field.value.as_number().value_or(0) < 0;
    }
    index.parts.push_back(part);
  }
  index.name = default_index_name(index);
  return index;
}

inline model::Column path(std::string name, std::string type, double distinct, double missing = 0) {
  model::Column column;
  column.name = std::move(name);
  column.base_type = type;
  column.path.emplace().present = 1 - missing;
  column.path->types = {{std::move(type), 1 - missing}};
  column.stats.emplace().distinct = distinct;
  column.stats->null_fraction = missing;
  column.stats->average_width = 8;
  return column;
}

/// Its values' frequencies; the rest are not told apart.
inline model::Column with_common(model::Column column,
                                 const std::vector<std::pair<std::string, double>>& values) {
  for (const auto& [json, share] : values) {
    column.stats->samples.push_back(json);
    column.stats->common_frequencies.push_back(share);
  }
  return column;
}

inline model::Column array(model::Column column, double elements) {
  column.path->array = true;
  column.path->types = {{"array", 1}};
  column.path->array_average = elements;
  return column;
}

/// 100,000 orders: 5,000 customers, four states, dates, an array of tags and one of items.
inline model::Table orders() {
  model::Table table;
  table.id = 1;
  table.schema = "shop";
  table.name = "orders";
  table.live_rows = 100000;
  table.data_bytes = 100000 * 400;
  table.columns = {
      path("_id", "objectId", -1),
      path("customer", "int", 5000),
      with_common(
          path("status", "string", 4),
          {{R"("done")", 0.9}, {R"("sent")", 0.07}, {R"("open")", 0.02}, {R"("failed")", 0.01}}),
      path("at", "date", -1),
      path("total", "double", 50000),
      path("country", "string", 20),
      path("note", "string", 90000, 0.7),
      array(path("tags", "string", 30), 3),
      array(path("items", "object", 0), 4),
      path("items.sku", "string", 2000),
      path("items.qty", "int", 9)};
  for (model::Column& column : table.columns) {
    if (column.name.starts_with("items.")) column.path->in_array = true;
  }
  table.sample.emplace().documents = 1000;
  return table;
}

/// What the planner would take for the command, with indexes by their keys.
class World {
 public:
  World(model::Table table, const std::vector<std::string>& keys) : table_(std::move(table)) {
    for (const std::string& key : keys) table_.indexes.push_back(index_of(key));
    prepare();
  }
  explicit World(model::Table table) : table_(std::move(table)) { prepare(); }

  [[nodiscard]] const model::Table& table() const { return table_; }
  [[nodiscard]] Statistics statistics() const { return Statistics(table_); }

  [[nodiscard]] static Read read_of(const std::string& command) {
    const auto parsed = mql::parse_command(command, "shop");
    if (!parsed) return {};
    auto query = query_of(*parsed);
    return query ? query->reads.front() : Read{};
  }
  [[nodiscard]] std::vector<Access> accesses(const std::string& command) const {
    return accesses_for(statistics(), read_of(command), pointers_);
  }
  [[nodiscard]] Access best(const std::string& command) const {
    const Read read = read_of(command);
    auto all = accesses_for(statistics(), read, pointers_);
    return std::move(all[winner_of(statistics(), read, all)]);
  }
  /// "status_1_at_-1", "COLLSCAN", "a_1|b_1" for an $or.
  [[nodiscard]] std::string winner(const std::string& command) const {
    const Access access = best(command);
    if (access.way == Way::collection) return "COLLSCAN";
    if (access.way == Way::id) return "IDHACK";
    std::string out;
    for (const Access& arm : access.arms) out += (out.empty() ? "" : "|") + arm.key->name;
    return access.way == Way::either ? out : access.key->name;
  }

 private:
  void prepare() {
    for (const model::Index& index : table_.indexes) keys_.push_back(key_of(table_, index));
    for (const Key& key : keys_) pointers_.push_back(&key);
  }
  model::Table table_;
  std::vector<Key> keys_;
  std::vector<const Key*> pointers_;
};

}  // namespace whet::advise::wired::testing
