// What a statement does with one column or expression of a relation, whatever the operator: for the
// access methods that are not about order. Only for this folder.
#pragma once

#include <string>
#include <vector>

#include "advise/proposals/needs.h"

namespace whet::advise {

/// One condition or join on a column or an immutable expression.
struct Operand {
  model::IndexPart part;
  std::string type;  ///< base type: "jsonb", "text[]", "tstzrange"
  model::PredicateKind kind = model::PredicateKind::other;
  std::string op;
  model::PatternKind pattern = model::PatternKind::none;
  bool ignores_case = false;
};

/// Those that must hold or are an OR's alternative; nothing that is negated.
[[nodiscard]] std::vector<Operand> operands_of(const Facts& facts, const model::ShapeRelation& used,
                                               const model::Table& table);

[[nodiscard]] bool is_text(const std::string& type);

/// Adds proposals of one access method, each key once.
class MethodProposals {
 public:
  MethodProposals(const model::Table& table, std::string method, std::vector<Proposal>& out)
      : table_(table), method_(std::move(method)), out_(out) {}

  /// `opclass` "": the type's default. The name may be qualified.
  void add(Parts key, const std::string& opclass);

 private:
  const model::Table& table_;
  std::string method_;
  std::vector<Proposal>& out_;
  std::vector<std::string> seen_;
};

/// "schema.name" of an operator class that an extension brings.
[[nodiscard]] std::string of_extension(const model::Extension& extension, const std::string& name);

void propose_summaries(const Facts& facts, const model::ShapeRelation& used,
                       const model::Table& table, const ProposalLimits& limits,
                       std::vector<Proposal>& out);
void propose_inverted(const Facts& facts, const std::vector<Operand>& operands,
                      const model::Table& table, std::vector<Proposal>& out);
void propose_spatial(const Facts& facts, const model::ShapeRelation& used,
                     const std::vector<Operand>& operands, const model::Table& table,
                     std::vector<Proposal>& out);
void propose_hashes(const model::ShapeRelation& used, const std::vector<Operand>& operands,
                    const model::Table& table, std::vector<Proposal>& out);
void propose_prefixes(const Facts& facts, const model::ShapeRelation& used,
                      const std::vector<Operand>& operands, const model::Table& table,
                      std::vector<Proposal>& out);

}  // namespace whet::advise
