#include "advise/advisor/prices.h"

#include "advise/advisor/shapes.h"
#include "advise/index/common.h"
#include "advise/innodb/upkeep.h"
#include "advise/mongodb_facts.h"
#include "advise/sizes/sizes.h"
#include "advise/wired/constants.h"

namespace whet::advise {

namespace {

double all_bytes(const Facts& facts) {
  double sum = 0;
  for (const model::Table& table : facts.schema().tables)
    sum += static_cast<double>(table.total_bytes());
  return sum;
}

IndexPrice innodb_price(const Facts& facts, const Writes* writes, const model::Table& table,
                        const model::Index& index) {
  const innodb::Constants constants = innodb::constants_of(facts.server(), all_bytes(facts));
  const innodb::IndexSize size = innodb::index_size(constants, table, index);
  IndexPrice out;
  out.dimensions = {size.pages, size.entries, size.height};
  if (writes == nullptr) return out;
  out.upkeep = innodb::upkeep(facts, constants, *writes, table, index, size);
  out.cost_per_row = innodb::entry_cost(facts, constants, index, size);
  return out;
}

}  // namespace

IndexPrice price_of(const Facts& facts, const Writes* writes, const model::Table& table,
                    const model::Index& index) {
  if (is_mysql(facts)) return innodb_price(facts, writes, table, index);
  const IndexSize size = index_size(facts, table, index);
  IndexPrice out;
  out.dimensions = {size.pages, size.entries, size.height};
  if (writes == nullptr) return out;
  out.upkeep = upkeep(facts, *writes, table, index, size);
  const TableWrites written = writes->of(table);
  out.cost_per_row = entry_cost(facts, table, index, size, written.inserts + written.updates);
  return out;
}

double scan_cost(const Facts& facts, const model::Table& table) {
  if (is_mysql(facts)) return rows_of(facts, table) * innodb::Work{}.scan_row;
  if (is_mongodb(facts)) return table.rows() * wired::Constants{}.collection;
  // With PostgreSQL's default seq_page_cost and cpu_tuple_cost.
  constexpr double page_bytes = 8192;
  constexpr double page = 1;
  constexpr double row = 0.01;
  return data_bytes_of(facts, table) / page_bytes * page + rows_of(facts, table) * row;
}

// Rough, from builds of tables in memory on one core. PostgreSQL: a B-tree sorts about a million
// rows in a second, and CREATE INDEX CONCURRENTLY reads the table twice, at some 300 MB/s. MySQL:
// it reads once, and writes the log of a million entries in some two seconds.
double build_seconds(const Facts& facts, const model::Table& table, double entries) {
  const bool mysql = is_mysql(facts);
  // MongoDB reads once, sorts a million keys in about two seconds, and bulk-loads them.
  if (is_mongodb(facts)) return entries * 2.5e-6 + static_cast<double>(table.data_bytes) / 200e6;
  const double per_row = mysql ? 2e-6 : 1e-6;
  const double per_byte = (mysql ? 1 : 2) / 300e6;
  return entries * per_row + static_cast<double>(table.heap_bytes) * per_byte;
}

}  // namespace whet::advise
