#include "advise/advisor/problem.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "advise/advisor/prices.h"
#include "advise/index/common.h"

namespace whet::advise {

namespace {

bool is_narrow(const model::Index& index) {
  return index.includes.empty() && (index.parts.size() == 1 || index.method != "btree");
}

bool same_part(const model::IndexPart& a, const model::IndexPart& b) {
  return a.column == b.column && a.expression == b.expression && a.opclass == b.opclass &&
         a.descending == b.descending && a.nulls_first == b.nulls_first;
}

bool holds(const model::Index& index, const std::string& column) {
  return std::find(index.includes.begin(), index.includes.end(), column) != index.includes.end() ||
         std::any_of(index.parts.begin(), index.parts.end(),
                     [&](const model::IndexPart& part) { return part.column == column; });
}

// MongoDB's options that decide what an index holds and in which order.
bool same_options(const model::Index& a, const model::Index& b) {
  const auto option = [](const model::Index& index, const char* name) {
    const auto at = index.options.find(name);
    return at == index.options.end() ? std::string() : at->second;
  };
  return option(a, "collation") == option(b, "collation") &&
         option(a, "sparse") == option(b, "sparse");
}

// Whether the wide one begins as the other one does and holds all that it holds.
bool can_replace(const model::Index& wide, const model::Index& other) {
  if (wide.method != "btree" || other.method != "btree" || wide.predicate != other.predicate ||
      !same_options(wide, other) || wide.parts.size() < other.parts.size() ||
      !std::equal(other.parts.begin(), other.parts.end(), wide.parts.begin(), same_part))
    return false;
  return std::all_of(other.includes.begin(), other.includes.end(),
                     [&](const std::string& column) { return holds(wide, column); });
}

using ByTable = std::map<const model::Table*, std::vector<std::size_t>>;

void find_replacements(const Questions& questions, const ByTable& by_table, Problem& out) {
  for (const auto& [table, all] : by_table) {
    for (const std::size_t wide : all) {
      for (const std::size_t other : all) {
        if (wide != other && can_replace(questions.indexes[wide].what.what.index,
                                         questions.indexes[other].what.what.index))
          out.indexes[other].replaced_by.set(wide);
      }
    }
  }
}

void set_limits(const Facts& facts, const AdvisorOptions& options, ChoiceLimits& limits) {
  if (options.budget_bytes) limits.bytes = *options.budget_bytes;
  if (options.per_table > 0) limits.per_table = options.per_table;
  limits.min_gain = options.min_gain;
  double tables = 0;
  for (const model::Table* table : facts.user_tables())
    tables += static_cast<double>(table->heap_bytes + table->toast_bytes);
  if (tables > 0) limits.min_gain_per_byte = options.min_gain_for_all_tables / tables;
}

}  // namespace

Problem problem_of(const Facts& facts, const Questions& questions, const std::vector<double>& bytes,
                   const AdvisorOptions& options) {
  Problem out;
  ByTable by_table;
  std::map<const model::Table*, std::size_t> numbers;
  for (std::size_t i = 0; i < questions.indexes.size(); ++i) {
    const AskedIndex& index = questions.indexes[i];
    ChoiceIndex made;
    made.bytes = bytes[i];
    made.table = numbers.emplace(index.table, numbers.size()).first->second;
    made.upkeep = index.upkeep.cost;
    made.scan = scan_cost(facts, *index.table);
    made.exists = index.what.existing != 0;
    made.keep = made.exists;
    made.narrow = is_narrow(index.what.what.index);
    out.indexes.push_back(made);
    if (made.exists || std::isfinite(made.bytes)) by_table[index.table].push_back(i);
  }
  find_replacements(questions, by_table, out);
  for (const Asked& asked : questions.statements) {
    ChoiceStatement statement;
    statement.weight = asked.item->calls;
    for (const model::Table* table : asked.tables) {
      for (const std::size_t i : by_table[table]) statement.relevant.set(i);
    }
    for (const std::size_t i : asked.proposed) statement.proposed.set(i);
    statement.proposed &= statement.relevant;
    out.statements.push_back(std::move(statement));
  }
  set_limits(facts, options, out.limits);
  return out;
}

}  // namespace whet::advise
