// GiST: ranges, shapes, networks, and the nearest neighbours of a value.
#include <algorithm>

#include "advise/proposals/operands.h"

namespace whet::advise {

namespace {

bool is_one_of(const std::string& text, std::initializer_list<const char*> all) {
  return std::any_of(all.begin(), all.end(), [&](const char* one) { return text == one; });
}

bool is_shape(const std::string& type) {
  return is_one_of(type, {"point", "box", "polygon", "circle", "geometry", "geography"});
}

bool is_range(const model::Table& table, const Operand& one) {
  const model::Column* column = table.column(one.part.column);
  return (column != nullptr && column->type_kind == "range") || one.type.ends_with("range");
}

bool has_spatial_operator(const model::Table& table, const Operand& one) {
  if (is_range(table, one))
    return is_one_of(one.op, {"&&", "@>", "<@", "-|-", "<<", ">>", "&<", "&>"});
  if (one.type == "point") return is_one_of(one.op, {"<@", "~=", "<<", ">>", "<<|", "|>>"});
  return is_shape(one.type) &&
         is_one_of(one.op, {"&&", "@>", "<@", "~=", "<<", ">>", "<<|", "|>>"});
}

}  // namespace

void propose_spatial(const Facts& facts, const model::ShapeRelation& used,
                     const std::vector<Operand>& operands, const model::Table& table,
                     std::vector<Proposal>& out) {
  MethodProposals made(table, "gist", out);
  for (const Operand& one : operands) {
    if (has_spatial_operator(table, one)) made.add({one.part}, "");
    // The default class of networks is a B-tree's; GiST has one that must be named.
    if ((one.type == "inet" || one.type == "cidr") &&
        is_one_of(one.op, {"<<", "<<=", ">>", ">>=", "&&"}))
      made.add({one.part}, "inet_ops");
  }
  // Only the first key can be walked by distance, and only outwards.
  if (used.ordering.empty() || used.ordering[0].nearest.empty() || used.ordering[0].descending)
    return;
  const std::string& name = used.ordering[0].nearest;
  const model::Column* column = table.column(name);
  if (column == nullptr) return;
  if (is_shape(column->base_type)) made.add({column_part(name)}, "");
  const model::Extension* trigrams = facts.server().extension("pg_trgm");
  if (is_text(column->base_type) && trigrams != nullptr)
    made.add({column_part(name)}, of_extension(*trigrams, "gist_trgm_ops"));
}

}  // namespace whet::advise
