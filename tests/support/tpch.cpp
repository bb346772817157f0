#include "support/tpch.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

#include "base/files.h"
#include "base/json.h"
#include "base/text.h"

namespace whet::testing {

namespace {

std::string file(const std::string& name) {
  auto text = files::read(shared_data() + "/tpch-stats/" + name);
  EXPECT_TRUE(text.ok()) << text.error().text();
  return text.ok() ? std::move(*text) : std::string("[]");
}

/// One column of a CREATE TABLE, as pg_dump writes it: "    name type [NOT NULL][,]".
model::Column column_of(std::string_view line, std::int64_t position) {
  std::string text(text::trim(line));
  if (text.ends_with(',')) text.pop_back();
  model::Column column;
  column.position = position;
  const std::string required = " NOT NULL";
  column.not_null = text.ends_with(required);
  if (column.not_null) text.resize(text.size() - required.size());
  const std::size_t blank = text.find(' ');
  column.name = text.substr(0, blank);
  column.type = text.substr(blank + 1);
  struct Kind {
    std::string_view type, base;
    std::int64_t length, alignment;
  };
  constexpr std::array<Kind, 6> kinds{{{"integer", "int4", 4, 4},
                                       {"bigint", "int8", 8, 8},
                                       {"date", "date", 4, 4},
                                       {"numeric", "numeric", -1, 4},
                                       {"character varying", "varchar", -1, 4},
                                       {"character", "bpchar", -1, 4}}};
  for (const Kind& kind : kinds) {
    if (!column.type.starts_with(kind.type)) continue;
    column.base_type = kind.base;
    column.length = kind.length;
    column.alignment = kind.alignment;
    break;
  }
  return column;
}

void add_tables(model::Snapshot& snapshot) {
  auto& tables = snapshot.schema.tables;
  bool inside = false;
  for (const std::string& line : text::split(file("schema.sql"), '\n')) {
    constexpr std::string_view start = "CREATE TABLE public.";
    if (line.starts_with(start)) {
      model::Table table;
      table.id = static_cast<std::int64_t>(tables.size()) + 1;
      table.schema = "public";
      table.name = line.substr(start.size(), line.find(' ', start.size()) - start.size());
      tables.push_back(std::move(table));
      inside = true;
    } else if (line.starts_with(");")) {
      inside = false;
    } else if (inside) {
      auto& columns = tables.back().columns;
      columns.push_back(column_of(line, static_cast<std::int64_t>(columns.size()) + 1));
    }
  }
}

const model::Table& table_named(const model::Snapshot& snapshot, std::string_view name) {
  for (const auto& table : snapshot.schema.tables) {
    if (table.name == name) return table;
  }
  ADD_FAILURE() << "no table " << name;
  return snapshot.schema.tables.front();
}

void add_sizes(model::Snapshot& snapshot) {
  const auto document = json::Document::parse(file("pg_class.json"));
  ASSERT_TRUE(document.ok());
  for (const auto one : document->root().elements()) {
    model::PlannerRelation relation;
    relation.id = table_named(snapshot, one["relname"].string_or("")).id;
    relation.bytes = one["bytes"].integer_or(0);
    relation.pages = one["relpages"].integer_or(0);
    relation.rows = one["reltuples"].number_or(0);
    relation.all_visible_pages = one["relallvisible"].integer_or(0);
    auto& table = snapshot.schema.tables[static_cast<std::size_t>(relation.id) - 1];
    table.pages = relation.pages;
    table.row_estimate = relation.rows;
    table.all_visible_pages = relation.all_visible_pages;
    table.heap_bytes = relation.bytes;
    snapshot.planner->relations.push_back(std::move(relation));
  }
}

std::string array_text(json::View array) {
  std::vector<std::string> items;
  for (const auto one : array.elements()) items.push_back(json::format(one.number_or(0)));
  return items.empty() ? std::string() : "{" + text::join(items, ",") + "}";
}

model::StatisticSlot slot_of(json::View row, const std::string& n) {
  model::StatisticSlot slot;
  slot.kind = row["stakind" + n].integer_or(0);
  slot.comparison = row["staop" + n].string_or("");
  if (slot.comparison == "0") slot.comparison.clear();
  slot.collation = row["stacoll" + n].string_or("");
  if (slot.collation == "-") slot.collation.clear();
  slot.numbers = array_text(row["stanumbers" + n]);
  slot.values = row["stavalues" + n].string_or("");
  return slot;
}

/// What the collector would have read of the column's statistics.
void set_column_stats(model::Snapshot& snapshot, const model::PlannerStatistic& statistic) {
  constexpr std::int64_t common = 1, histogram = 2, correlation = 3;  // STATISTIC_KIND_*
  model::ColumnStats stats;
  stats.null_fraction = statistic.null_fraction;
  stats.average_width = static_cast<double>(statistic.width);
  stats.distinct = statistic.distinct;
  for (const model::StatisticSlot& slot : statistic.slots) {
    std::vector<double> numbers;
    if (slot.numbers.size() > 2) {
      for (const std::string& one :
           text::split(slot.numbers.substr(1, slot.numbers.size() - 2), ','))
        numbers.push_back(text::to_double(one).value_or(0));
    }
    if (slot.kind == common) stats.common_frequencies = numbers;
    if (slot.kind == histogram) stats.has_histogram = true;
    if (slot.kind == correlation && !numbers.empty()) stats.correlation = numbers.front();
  }
  auto& table = snapshot.schema.tables[static_cast<std::size_t>(statistic.relation) - 1];
  table.columns[static_cast<std::size_t>(statistic.position) - 1].stats = std::move(stats);
}

void add_statistics(model::Snapshot& snapshot) {
  const auto document = json::Document::parse(file("pg_statistic.json"));
  ASSERT_TRUE(document.ok());
  for (const auto row : document->root().elements()) {
    const auto& table = table_named(snapshot, row["relname"].string_or(""));
    const auto* column = table.column(row["attname"].string_or(""));
    ASSERT_NE(column, nullptr);
    model::PlannerStatistic statistic;
    statistic.relation = table.id;
    statistic.position = column->position;
    statistic.inherited = row["stainherit"].boolean_or(false);
    statistic.null_fraction = row["stanullfrac"].number_or(0);
    statistic.width = row["stawidth"].integer_or(0);
    statistic.distinct = row["stadistinct"].number_or(0);
    for (int i = 1; i <= 5; ++i) statistic.slots.push_back(slot_of(row, std::to_string(i)));
    set_column_stats(snapshot, statistic);
    snapshot.planner->statistics.push_back(std::move(statistic));
  }
}

void add_settings(model::Snapshot& snapshot) {
  const auto document = json::Document::parse(file("settings.json"));
  ASSERT_TRUE(document.ok());
  for (const auto& [name, value] : document->root().members()) {
    model::Setting setting;
    setting.name = std::string(name);
    setting.value = value.string_or("");
    snapshot.server.settings.push_back(std::move(setting));
  }
  std::sort(snapshot.server.settings.begin(), snapshot.server.settings.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  const std::string collate = document->root()["lc_collate"].string_or("C");
  snapshot.planner->locale = {"UTF8", collate, collate, "libc", ""};
  snapshot.server.version = document->root()["server_version"].string_or("");
}

}  // namespace

std::string shared_data() {
  // Nobody sets it meanwhile. NOLINTNEXTLINE(concurrency-mt-unsafe)
  const char* named = std::getenv("WHET_SHARED_DATA");
  if (named != nullptr && *named != '\0') return named;
  for (const std::string folder : {WHET_SOURCE_DIR "/../shared/data", "/work/shared/data"}) {
    if (std::filesystem::exists(folder)) return folder;
  }
  ADD_FAILURE() << "the shared data are not there: set WHET_SHARED_DATA";
  return "/nowhere";
}

model::Snapshot tpch_snapshot() {
  model::Snapshot snapshot;
  snapshot.format = model::snapshot_format;
  snapshot.with_samples = true;
  snapshot.server.version_number = 150020;
  snapshot.planner.emplace();
  add_tables(snapshot);
  add_sizes(snapshot);
  add_statistics(snapshot);
  add_settings(snapshot);
  return snapshot;
}

std::map<std::string, std::string> tpch_queries() {
  std::map<std::string, std::string> out;
  for (int i = 1; i <= 22; ++i) {
    const std::string number = (i < 10 ? "0" : "") + std::to_string(i);
    std::string text(text::trim(file("queries/" + number + ".sql")));
    while (text.ends_with(';')) text.pop_back();
    out[number] = std::move(text);
  }
  return out;
}

std::map<std::string, double> tpch_costs(const std::string& name) {
  std::map<std::string, double> out;
  for (const std::string& line : text::split(file(name), '\n')) {
    if (text::trim(line).empty()) continue;
    const auto document = json::Document::parse(line);
    if (!document.ok()) continue;
    out[document->root()["query"].string_or("")] = document->root()["total_cost"].number_or(0);
  }
  return out;
}

}  // namespace whet::testing
