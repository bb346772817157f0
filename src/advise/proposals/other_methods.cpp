// What is not about order: which conditions there are, and who may propose for them.
#include <algorithm>

#include "advise/proposals/operands.h"

namespace whet::advise {

namespace {

// The part and its type; nothing when an index cannot hold it.
std::optional<Operand> operand(const Facts& facts, const model::Table& table,
                               const std::string& column, const std::string& expression) {
  Operand made;
  made.part = column_part(column);
  if (!column.empty()) {
    const model::Column* known = table.column(column);
    if (known == nullptr) return std::nullopt;
    made.type = known->base_type;
    return made;
  }
  made.part.expression = expression;
  made.type = indexable_type(facts, table, expression);
  return made.type.empty() ? std::nullopt : std::optional<Operand>(std::move(made));
}

}  // namespace

std::vector<Operand> operands_of(const Facts& facts, const model::ShapeRelation& used,
                                 const model::Table& table) {
  std::vector<Operand> out;
  for (const model::Predicate& predicate : used.predicates) {
    if (predicate.negated || out.size() >= most_conditions) continue;
    auto made = operand(facts, table, predicate.column, predicate.expression);
    if (!made) continue;
    made->kind = predicate.kind;
    made->op = predicate.op;
    made->pattern = predicate.pattern;
    made->ignores_case = predicate.ignores_case;
    out.push_back(*std::move(made));
  }
  for (const model::JoinEdge& edge : used.joins) {
    if (edge.optional || out.size() >= 2 * most_conditions) continue;
    auto made = operand(facts, table, edge.column, edge.expression);
    if (!made) continue;
    made->op = edge.op;
    if (edge.op == "=" || edge.op == "IN") made->kind = model::PredicateKind::equality;
    out.push_back(*std::move(made));
  }
  return out;
}

bool is_text(const std::string& type) {
  return type == "text" || type == "varchar" || type == "bpchar";
}

void MethodProposals::add(Parts key, const std::string& opclass) {
  Proposal made;
  made.table = &table_;
  made.index.schema = table_.schema;
  made.index.method = method_;
  if (!opclass.empty()) {
    key.back().opclass = opclass;
    key.back().opclass_is_default = false;
  }
  for (const model::IndexPart& part : key) {
    if (!part.expression.empty()) made.unknown_expressions.push_back(part.expression);
  }
  made.index.parts = std::move(key);
  const std::string name = key_of(made.index);
  if (std::find(seen_.begin(), seen_.end(), name) != seen_.end()) return;
  seen_.push_back(name);
  out_.push_back(std::move(made));
}

std::string of_extension(const model::Extension& extension, const std::string& name) {
  return extension.schema.empty() ? name : extension.schema + "." + name;
}

void propose_other_methods(const Facts& facts, const model::Shape& shape, std::size_t relation,
                           const ProposalLimits& limits, std::vector<Proposal>& out) {
  const model::ShapeRelation& used = shape.relations[relation];
  const model::Table* table = table_for(facts, used);
  if (table == nullptr) return;
  // Far more than anybody wants of one table, but a statement may have thousands of conditions.
  constexpr std::size_t most = 12;
  std::vector<Proposal> made;
  const std::vector<Operand> operands = operands_of(facts, used, *table);
  propose_summaries(facts, used, *table, limits, made);
  propose_inverted(facts, operands, *table, made);
  propose_spatial(facts, used, operands, *table, made);
  propose_prefixes(facts, used, operands, *table, made);
  propose_hashes(used, operands, *table, made);
  std::erase_if(made,
                [&](const Proposal& one) { return one.index.parts.size() > limits.key_columns; });
  if (made.size() > most) made.resize(most);
  std::move(made.begin(), made.end(), std::back_inserter(out));
}

}  // namespace whet::advise
