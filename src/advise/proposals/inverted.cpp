// GIN: documents, arrays, full text, and trigrams of texts.
#include <algorithm>

#include "advise/proposals/operands.h"

namespace whet::advise {

namespace {

bool is_one_of(const std::string& op, std::initializer_list<const char*> all) {
  return std::any_of(all.begin(), all.end(), [&](const char* one) { return op == one; });
}

// Operators of the default operator class of the type.
bool has_inverted_operator(const std::string& type, const std::string& op) {
  if (type == "jsonb") return is_one_of(op, {"@>", "?", "?|", "?&", "@?", "@@"});
  if (type == "tsvector") return op == "@@";
  if (type == "hstore") return is_one_of(op, {"@>", "?", "?|", "?&"});
  return type.ends_with("[]") && is_one_of(op, {"@>", "<@", "&&"});
}

// A condition that trigrams help with: the text is not known from its beginning on.
bool wants_trigrams(const Operand& one) {
  if (!is_text(one.type)) return false;
  if (one.kind == model::PredicateKind::pattern)
    return one.ignores_case || one.pattern != model::PatternKind::prefix;
  return is_one_of(one.op, {"~", "~*", "%", "<%", "%>", "LIKE", "ILIKE"});
}

}  // namespace

void propose_inverted(const Facts& facts, const std::vector<Operand>& operands,
                      const model::Table& table, std::vector<Proposal>& out) {
  MethodProposals made(table, "gin", out);
  const auto only_paths = [&](const Operand& wanted) {
    return std::all_of(operands.begin(), operands.end(), [&](const Operand& one) {
      return !has_part({wanted.part}, one.part) || is_one_of(one.op, {"@>", "@?", "@@"}) ||
             !has_inverted_operator(one.type, one.op);
    });
  };
  const model::Extension* trigrams = facts.server().extension("pg_trgm");
  for (const Operand& one : operands) {
    if (has_inverted_operator(one.type, one.op)) {
      // Hashes of whole paths: smaller and faster, but blind to keys alone.
      if (one.type == "jsonb" && only_paths(one)) made.add({one.part}, "jsonb_path_ops");
      made.add({one.part}, "");
    }
    if (trigrams != nullptr && wants_trigrams(one))
      made.add({one.part}, of_extension(*trigrams, "gin_trgm_ops"));
  }
}

}  // namespace whet::advise
