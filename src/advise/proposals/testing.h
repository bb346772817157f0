// The schema that the tests of proposals ask about. Only for this folder's tests.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "advise/proposals/proposals.h"
#include "base/text.h"
#include "sql/catalog.h"
#include "sql/shape.h"

namespace whet::advise::proposals_testing {

struct Given {
  bool trigrams = false;  ///< pg_trgm is installed, in the schema `ext`
  bool samples = false;   ///< the snapshot holds values
  std::string collation = "en_US.utf8";
  sql::Literals literals = sql::Literals::by_text;
};

inline model::Column column(std::string name, std::string type, double width = 8) {
  model::Column out;
  out.name = std::move(name);
  out.base_type = std::move(type);
  out.type_kind = out.base_type.ends_with("range") ? "range" : "base";
  out.stats.emplace();
  out.stats->distinct = -1;
  out.stats->average_width = width;
  out.stats->correlation = 0.1;
  return out;
}

inline model::Table table(std::int64_t id, std::string name, std::vector<model::Column> columns) {
  model::Table out;
  out.id = id;
  out.schema = "public";
  out.name = std::move(name);
  out.columns = std::move(columns);
  out.row_estimate = 1e6;
  out.pages = 20000;
  return out;
}

inline model::Table jobs(const Given& given) {
  model::Table out = table(1, "jobs",
                           {column("id", "int8"),
                            column("customer_id", "int8"),
                            column("status", "varchar"),
                            column("rush", "bool"),
                            column("visible", "bool"),
                            column("created_at", "timestamptz"),
                            column("local_at", "timestamp"),
                            column("done_at", "timestamptz"),
                            column("note", "text", 60),
                            column("total", "numeric"),
                            column("tries", "int4"),
                            column("limit_tries", "int4"),
                            column("payload", "jsonb", 200),
                            column("tags", "text[]", 40),
                            column("words", "tsvector"),
                            column("during", "tstzrange"),
                            column("place", "point"),
                            column("address", "inet"),
                            column("token", "uuid", 16),
                            column("bytes_note", "text", 10)});
  const auto stats = [&](const char* name) -> model::ColumnStats& {
    for (model::Column& one : out.columns) {
      if (one.name == name) return *one.stats;
    }
    return *out.columns[0].stats;
  };
  out.columns[0].not_null = true;
  out.columns.back().collation = "C";
  stats("rush").common_frequencies = {0.99, 0.01};
  stats("visible").common_frequencies = {0.97, 0.03};
  stats("rush").distinct = stats("visible").distinct = 2;
  if (given.samples) {
    stats("rush").samples = {"f", "t"};
    stats("visible").samples = {"t", "f"};
  }
  stats("status").distinct = 4;
  stats("status").common_frequencies = {0.9, 0.05, 0.04, 0.01};
  stats("done_at").null_fraction = 0.02;
  stats("note").null_fraction = 0.9;
  stats("created_at").correlation = 0.99;
  return out;
}

inline model::Function function(std::string name, std::string volatility) {
  model::Function out;
  out.schema = "public";
  out.name = std::move(name);
  out.volatility = std::move(volatility);
  out.result = "numeric";
  return out;
}

inline model::Snapshot shop(const Given& given) {
  model::Snapshot out;
  out.server.databases.emplace_back();
  out.server.databases[0].name = "shop";
  out.server.databases[0].current = true;
  out.server.databases[0].collation = given.collation;
  if (given.trigrams) out.server.extensions.push_back({"pg_trgm", "ext", "1.6", "1.6"});
  model::Table customers = table(
      2, "customers",
      {column("id", "int8"), column("email", "varchar"), column("created_at", "timestamptz")});
  customers.pages = 100;
  customers.columns[2].stats->correlation = 1;
  model::Table scratch = table(3, "scratch", {column("a", "text")});
  scratch.temporary = true;
  // A partitioned table has no pages of its own.
  model::Table parts = table(4, "parts", {column("id", "int8"), column("at", "date")});
  parts.kind = model::TableKind::partitioned;
  parts.pages = 0;
  parts.row_estimate.reset();
  out.schema.tables = {jobs(given), std::move(customers), std::move(scratch), std::move(parts)};
  for (const int n : {1, 2}) {
    model::Table part =
        table(4 + n, "parts_" + std::to_string(n), {column("id", "int8"), column("at", "date")});
    part.parent = 4;
    part.is_partition = true;
    part.columns[1].stats->correlation = 1;
    out.schema.tables.push_back(std::move(part));
  }
  out.schema.functions = {function("fixed", "immutable"), function("odd", "stable"),
                          function("mixed", "immutable"), function("mixed", "stable")};
  return out;
}

inline sql::Catalog catalog(const model::Snapshot& snapshot) {
  return {snapshot.schema, {"public"}};
}

/// "jobs btree(a, (lower(b)) DESC) INCLUDE(c) WHERE d"
inline std::string text_of(const Proposal& proposal) {
  std::vector<std::string> parts;
  for (const model::IndexPart& part : proposal.index.parts) {
    std::string one = part.column.empty() ? "(" + part.expression + ")" : part.column;
    if (!part.opclass.empty()) one += " " + part.opclass;
    if (part.descending) one += " DESC";
    parts.push_back(std::move(one));
  }
  std::string out =
      proposal.table->name + " " + proposal.index.method + "(" + text::join(parts, ", ") + ")";
  if (!proposal.index.includes.empty())
    out += " INCLUDE(" + text::join(proposal.index.includes, ", ") + ")";
  if (!proposal.index.predicate.empty()) out += " WHERE " + proposal.index.predicate;
  return out;
}

}  // namespace whet::advise::proposals_testing
