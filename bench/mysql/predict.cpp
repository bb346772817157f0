// predict SNAPSHOT QUERIES INDEXES: what the model says of each query without the indexes, with
// each alone, and with all of them. INDEXES has a line for each: "name table column column ...".
// Tab-separated: query, index ("-" none, "*" all), microseconds, the server's cost, the tables'
// ways.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "advise/innodb/planner.h"
#include "base/files.h"
#include "model/json.h"
#include "sql/catalog.h"
#include "sql/mysql/shape.h"

namespace {

namespace fs = std::filesystem;
using whet::Result;

std::vector<whet::model::SwitchedIndex> indexes_from(const whet::model::Snapshot& snapshot,
                                                     const std::string& path) {
  std::vector<whet::model::SwitchedIndex> out;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    whet::model::SwitchedIndex one;
    if (!(words >> one.what.index.name >> one.what.table)) continue;
    for (const auto& table : snapshot.schema.tables) {
      if (table.name == one.what.table) one.what.schema = table.schema;
    }
    one.what.index.method = "btree";
    for (std::string column; words >> column;) {
      whet::model::IndexPart part;
      part.column = column;
      one.what.index.parts.push_back(part);
    }
    out.push_back(std::move(one));
  }
  return out;
}

void print_ways(const whet::model::PlanNode& node) {
  if (!node.relation.empty())
    std::printf(" %s:%s%s%s%s/%.0f;", node.alias.c_str(), node.covering ? "Covering " : "",
                node.type.c_str(), node.index.empty() ? "" : " ", node.index.c_str(),
                node.plan_rows);
  for (const auto& child : node.children) print_ways(child);
}

void ask(whet::model::IndexSwitch& planner, const std::string& query, const std::string& text,
         const std::string& name, const std::vector<std::size_t>& present) {
  const auto plan = planner.plan(text, present);
  if (!plan) {
    std::printf("%s\t%s\terror\t%s\n", query.c_str(), name.c_str(), plan.error().message.c_str());
    return;
  }
  std::printf("%s\t%s\t%.1f\t%s\t", query.c_str(), name.c_str(), plan->plan.root.total_cost,
              plan->plan.root.other.at("server_cost").c_str());
  print_ways(plan->plan.root);
  std::printf("\n");
}

int run(const std::string& snapshot_path, const std::string& folder, const std::string& list) {
  const auto read = whet::files::read(snapshot_path);
  if (!read) return 1;
  const auto snapshot = whet::model::snapshot_from_json(*read);
  if (!snapshot) {
    std::fprintf(stderr, "%s\n", snapshot.error().text().c_str());
    return 1;
  }
  const whet::advise::Facts facts(*snapshot, {});
  std::vector<std::string> schemas;
  for (const auto& table : snapshot->schema.tables) {
    if (schemas.empty() || schemas.back() != table.schema) schemas.push_back(table.schema);
  }
  const whet::sql::Catalog catalog(snapshot->schema, schemas);
  const auto planner = whet::advise::innodb::model_planner(facts, [&](const std::string& text) {
    return whet::sql::mysql::shape(text, catalog, whet::sql::mysql::mode_of(snapshot->server),
                                   whet::sql::Literals::constant);
  });
  const auto indexes = indexes_from(*snapshot, list);
  const auto sizes = planner->declare(indexes);
  if (!sizes) return 1;
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < indexes.size(); ++i) {
    all.push_back(i);
    std::printf("size\t%s\t%.0f\n", indexes[i].what.index.name.c_str(), *(*sizes)[i]);
  }
  std::set<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) files.insert(entry.path());
  for (const fs::path& file : files) {
    const auto text = whet::files::read(file.string());
    if (!text) return 1;
    ask(*planner, file.stem().string(), *text, "-", {});
    for (const std::size_t i : all)
      ask(*planner, file.stem().string(), *text, indexes[i].what.index.name, {i});
    ask(*planner, file.stem().string(), *text, "*", all);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "predict SNAPSHOT QUERIES INDEXES\n");
    return 2;
  }
  return run(argv[1], argv[2], argv[3]);
}
