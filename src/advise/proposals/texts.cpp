// Keys that are texts: hashes of long ones, and B-trees that can look up the beginning of one.
#include <algorithm>

#include "advise/proposals/operands.h"

namespace whet::advise {

namespace {

using model::PatternKind;
using model::PredicateKind;

// A B-tree entry is 16 bytes larger than its key, a hash entry is 20 bytes whatever the key.
constexpr double wide_key = 24;

bool in_keys(const model::ShapeRelation& used, const std::string& column) {
  for (const auto* keys : {&used.ordering, &used.grouping, &used.extremes}) {
    for (const model::ShapeKey& key : *keys) {
      if (key.column == column) return true;
    }
  }
  return false;
}

bool sorts_bytewise(const std::string& collation) {
  return collation == "C" || collation == "POSIX";
}

}  // namespace

void propose_hashes(const model::ShapeRelation& used, const std::vector<Operand>& operands,
                    const model::Table& table, std::vector<Proposal>& out) {
  MethodProposals made(table, "hash", out);
  for (const Operand& one : operands) {
    const model::Column* column = table.column(one.part.column);
    if (column == nullptr || !column->stats || column->stats->average_width <= wide_key) continue;
    if (!is_text(one.type) && one.type != "bytea") continue;
    const auto equal = [](const Operand& other) {
      return (other.kind == PredicateKind::equality && (other.op == "=" || other.op == "IN")) ||
             other.kind == PredicateKind::membership;
    };
    // One comparison of another kind, and the statement needs the order that a hash has lost.
    const bool only_equal = std::all_of(
        operands.begin(), operands.end(),
        [&](const Operand& other) { return other.part.column != one.part.column || equal(other); });
    if (only_equal && !in_keys(used, one.part.column)) made.add({one.part}, "");
  }
}

void propose_prefixes(const Facts& facts, const model::ShapeRelation& used,
                      const std::vector<Operand>& operands, const model::Table& table,
                      std::vector<Proposal>& out) {
  const model::Database* database = facts.server().current_database();
  const bool bytewise_default = database != nullptr && sorts_bytewise(database->collation);
  MethodProposals made(table, "btree", out);
  for (const Operand& one : operands) {
    if (one.kind != PredicateKind::pattern || one.ignores_case || !is_text(one.type) ||
        one.pattern == PatternKind::wildcard)
      continue;
    const model::Column* column = table.column(one.part.column);
    const bool own = column != nullptr && !column->collation.empty();
    const bool plain_serves =
        column != nullptr && (own ? sorts_bytewise(column->collation) : bytewise_default);
    // A column's plain B-tree is propose_btrees()'s; an expression's is nobody's but ours.
    if (plain_serves) continue;
    const std::string opclass =
        bytewise_default && column == nullptr ? "" : one.type + "_pattern_ops";
    made.add({one.part}, opclass);
    const Needs needs = needs_of(facts, used, table);
    if (!needs.equality.empty() && !has_part(needs.equality, one.part))
      made.add(joined(needs.equality, {one.part}), opclass);
  }
}

}  // namespace whet::advise
