// InnoDB's statistics of indexes.
#include "engine/mysql/index_statistics.h"

#include <algorithm>

#include "base/text.h"
#include "engine/mysql/collector.h"
#include "engine/mysql/schema_parts.h"

namespace whet::engine::mysql {

namespace {

/// From this share of different values on they are taken for keys.
constexpr double nearly_unique = 0.1;

using ByIndex = std::map<std::string, std::vector<IndexStats>>;

/// The rows of one table's indexes, given to the table when the next one begins.
class Gatherer {
 public:
  explicit Gatherer(Collector& of) : c_(of) {}

  void take(const Rows& rows) {
    Row row(rows, 0);
    const std::string_view schema = row.view(), name = row.view();
    if (schema != schema_ || name != name_) {
      schema_ = schema;
      name_ = name;
      const InnodbName parsed = stats_name(schema, name);
      model::Table* table = parsed.table.empty() ? nullptr : c_.table(parsed.schema, parsed.table);
      if (table != table_) {
        finish();
        table_ = table;
      }
      index_.clear();
    }
    if (table_ == nullptr) return;
    const std::string_view index = row.view();
    if (index != index_) {
      index_ = index;
      stats_[index_].emplace_back();
    }
    const std::string_view stat = row.view();
    add_stat(stats_[index_].back(), stat, row.number());
  }

  void finish() {
    if (table_ != nullptr) {
      for (auto& [name, partitions] : stats_) give(name, partitions);
    }
    stats_.clear();
  }

 private:
  void give(const std::string& name, const std::vector<IndexStats>& partitions) {
    model::Index* index = Collector::index(*table_, name);
    if (index == nullptr) return;
    const IndexStats all = combined(partitions, table_->row_estimate.value_or(0));
    if (!all.distinct.empty()) index->prefix_distinct = all.distinct;
    index->leaf_pages = static_cast<std::int64_t>(all.leaf_pages);
    index->pages = static_cast<std::int64_t>(all.pages);
    index->size_bytes = index->pages * c_.page_bytes;
  }

  Collector& c_;
  std::string schema_, name_, index_;
  model::Table* table_ = nullptr;
  ByIndex stats_;
};

}  // namespace

void add_stat(IndexStats& stats, std::string_view name, double value) {
  if (name == "n_leaf_pages") stats.leaf_pages = value;
  if (name == "size") stats.pages = value;
  if (!name.starts_with("n_diff_pfx")) return;
  const auto at = text::to_int(name.substr(10));
  if (!at || *at < 1 || *at > 64) return;
  const auto index = static_cast<std::size_t>(*at - 1);
  if (stats.distinct.size() <= index) stats.distinct.resize(index + 1);
  stats.distinct[index] = value;
}

IndexStats combined(const std::vector<IndexStats>& partitions, double rows) {
  IndexStats out;
  if (partitions.size() == 1) return partitions[0];
  std::size_t prefixes = 0;
  for (const auto& one : partitions) {
    out.leaf_pages += one.leaf_pages;
    out.pages += one.pages;
    prefixes = std::max(prefixes, one.distinct.size());
  }
  double before = 0;
  for (std::size_t i = 0; i < prefixes; ++i) {
    double sum = 0, most = 0;
    for (const auto& one : partitions) {
      if (i >= one.distinct.size()) continue;
      sum += one.distinct[i];
      most = std::max(most, one.distinct[i]);
    }
    const bool keys = rows > 0 && sum >= nearly_unique * rows;
    before = std::max(before, keys ? sum : most);
    out.distinct.push_back(before);
  }
  return out;
}

void collect_index_statistics(Collector& c) {
  if (!c.statistics_tables) return;
  Gatherer gatherer(c);
  c.stream(
      "InnoDB's statistics of indexes",
      "SELECT database_name, table_name, index_name, stat_name, stat_value FROM "
      "mysql.innodb_index_stats WHERE " +
          user_schemas("database_name") +
          " ORDER BY database_name, table_name, index_name, stat_name",
      [&](const Rows& rows) { gatherer.take(rows); },
      c.grant("SELECT ON mysql.innodb_index_stats"));
  gatherer.finish();
}

}  // namespace whet::engine::mysql
