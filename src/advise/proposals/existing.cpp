// Whether a proposed index is there already, whatever way the server writes it.
#include <algorithm>

#include "advise/index/algebra.h"
#include "advise/index/common.h"
#include "advise/index/mongodb_algebra.h"
#include "advise/mongodb_facts.h"
#include "advise/proposals/merge.h"
#include "sql/dialect/dialect.h"

namespace whet::advise {

namespace {

std::string canonical(const std::string& text) {
  return text.empty() ? text : sql::comparable_expression(text);
}

// The last part of a name that may be qualified.
std::string bare(const std::string& name) { return name.substr(name.rfind('.') + 1); }

// An index in a form in which those of the server and ours can be compared: what is the default is
// not said, expressions and predicates are written in one way.
model::Index comparable_form(const model::Index& index, const model::Table& table) {
  model::Index out = index;
  out.predicate = canonical(index.predicate);
  for (model::IndexPart& part : out.parts) {
    part.expression = canonical(part.expression);
    part.opclass = part.opclass_is_default ? "" : bare(part.opclass);
    part.opclass_is_default = part.opclass.empty();
    const model::Column* column = table.column(part.column);
    const std::string own = column == nullptr ? "" : column->collation;
    // Ours does not say a collation: it is the column's.
    if (part.collation == "default" || part.collation == own ||
        (!own.empty() && part.collation.ends_with("." + own)))
      part.collation.clear();
  }
  return out;
}

}  // namespace

bool is_there_already(const Facts& facts, const Proposal& proposal) {
  const model::Table& table = *proposal.table;
  if (is_mongodb(facts)) {
    model::Index wanted = proposal.index;
    wanted.name.clear();
    return std::any_of(table.indexes.begin(), table.indexes.end(), [&](const model::Index& index) {
      return mongodb_covers(table, index, wanted).droppable();
    });
  }
  const Ties ties = ties_of(facts, table);
  model::Index wanted = comparable_form(proposal.index, table);
  wanted.id = -1;  // no index of the server has it
  return std::any_of(table.indexes.begin(), table.indexes.end(), [&](const model::Index& index) {
    if (!index.usable() || index.building || index.method != wanted.method) return false;
    model::Index there = comparable_form(index, table);
    // Storage options and uniqueness change nothing for a reader.
    there.options.clear();
    there.definition.clear();
    if (there.method != "btree") there.unique = false;
    return covers(there, wanted, ties).droppable();
  });
}

}  // namespace whet::advise
