#include "advise/index/algebra.h"

#include <algorithm>
#include <optional>
#include <set>

#include "base/text.h"

namespace whet::advise {

namespace {

using model::Index;
using model::IndexPart;

// How many times larger A must be before a busy B is worth keeping beside it, and what busy means.
// A scan of a B-tree reads pages in proportion to its size; below a factor of three the second
// index costs more cache and writes than it saves.
constexpr double narrow_twin_factor = 3;
constexpr std::int64_t busy_scans = 1000;

bool encloses_all(std::string_view text) {
  if (text.size() < 2 || text.front() != '(' || text.back() != ')') return false;
  int depth = 0;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == '(') {
      ++depth;
    } else if (c == ')' && --depth == 0 && i + 1 < text.size()) {
      return false;
    }
  }
  return depth == 0;
}

// Operator classes that are another name for the same thing: same family, same input type.
std::string_view canonical_opclass(std::string_view opclass) {
  if (opclass == "varchar_ops") return "text_ops";
  if (opclass == "varchar_pattern_ops") return "text_pattern_ops";
  if (opclass == "cidr_ops") return "inet_ops";
  return opclass;
}

bool same_opclass(const IndexPart& a, const IndexPart& b) {
  return canonical_opclass(a.opclass) == canonical_opclass(b.opclass);
}

bool same_target(const IndexPart& a, const IndexPart& b) {
  if (a.column != b.column || a.prefix_length != b.prefix_length) return false;
  return a.expression == b.expression ||
         normalized_expression(a.expression) == normalized_expression(b.expression);
}

std::string part_name(const IndexPart& part) {
  return part.column.empty() ? part.expression : part.column;
}

enum class Order : std::uint8_t { same, reversed, different };

Order order_of(const IndexPart& a, const IndexPart& b) {
  const bool same_nulls = a.nulls_first == b.nulls_first;
  if (a.descending == b.descending) return same_nulls ? Order::same : Order::different;
  return same_nulls ? Order::different : Order::reversed;
}

// How B's key lies at the beginning of A's: in the same order, wholly reversed, or not (with why).
struct KeyMatch {
  Order order = Order::different;
  std::string reason;
};

KeyMatch match_keys(const Index& a, const Index& b) {
  if (b.parts.size() > a.parts.size()) return {Order::different, "its key is longer"};
  std::optional<Order> order;
  for (std::size_t i = 0; i < b.parts.size(); ++i) {
    const IndexPart& ours = a.parts[i];
    const IndexPart& theirs = b.parts[i];
    if (!same_target(ours, theirs))
      return {Order::different, "key part " + std::to_string(i + 1) + " differs"};
    const std::string name = part_name(theirs);
    if (ours.collation != theirs.collation)
      return {Order::different, "the collation of " + name + " differs"};
    if (!same_opclass(ours, theirs))
      return {Order::different, "the operator class of " + name + " differs"};
    const Order part = order_of(ours, theirs);
    // The planner does not forget NULLS FIRST or LAST for a NOT NULL column, so neither do we.
    if (part == Order::different) return {part, "NULLS of " + name + " sort at the other end"};
    if (order && *order != part)
      return {Order::different, "only some parts of the key run in the other direction"};
    order = part;
  }
  return {order.value_or(Order::different), order ? "" : "it has no key"};
}

bool includes_covered(const Index& a, const Index& b) {
  return std::all_of(b.includes.begin(), b.includes.end(), [&](const std::string& column) {
    const bool in_key = std::any_of(a.parts.begin(), a.parts.end(),
                                    [&](const IndexPart& part) { return part.column == column; });
    return in_key || std::find(a.includes.begin(), a.includes.end(), column) != a.includes.end();
  });
}

bool same_includes(const Index& a, const Index& b) {
  return std::set<std::string>(a.includes.begin(), a.includes.end()) ==
         std::set<std::string>(b.includes.begin(), b.includes.end());
}

// Why A does not enforce what the unique B enforces; empty when it does.
std::string uniqueness_lost(const Index& a, const Index& b) {
  if (!b.unique) return "";
  if (!a.unique) return "it enforces uniqueness, the other does not";
  if (a.parts.size() != b.parts.size()) return "it enforces uniqueness of a shorter key";
  if (b.nulls_not_distinct && !a.nulls_not_distinct)
    return "it also forbids repeated NULLs (NULLS NOT DISTINCT)";
  if (a.deferrable && !b.deferrable)
    return "it checks uniqueness at once, the other may defer it to the commit";
  return "";
}

// What of a definition follows the access method, for methods whose options change what an index
// can answer (siglen of GiST, pages_per_range of BRIN).
std::string_view after_method(std::string_view definition) {
  const std::size_t at = definition.find(" USING ");
  return at == std::string_view::npos ? std::string_view() : definition.substr(at);
}

Coverage compare_other_method(const Index& a, const Index& b) {
  const KeyMatch keys = match_keys(a, b);
  if (keys.order != Order::same)
    return {Cover::no, keys.reason.empty() ? "key differs" : keys.reason};
  if (a.parts.size() != b.parts.size())
    return {Cover::no, "only B-trees serve a prefix of their key as well as the whole"};
  if (a.options != b.options || after_method(a.definition) != after_method(b.definition))
    return {Cover::no, "its storage or operator class options differ"};
  if (!same_includes(a, b)) return {Cover::no, "its INCLUDE columns differ"};
  if (a.unique != b.unique) return {Cover::no, "only one of them is unique"};
  return {Cover::identical, "the same " + b.method + " index"};
}

bool narrow_and_busy(const Index& a, const Index& b) {
  return b.size_bytes > 0 &&
         static_cast<double>(a.size_bytes) >=
             narrow_twin_factor * static_cast<double>(b.size_bytes) &&
         b.total.scans >= busy_scans && b.total.scans >= a.total.scans;
}

Coverage compare_btrees(const Index& a, const Index& b, bool superseded) {
  const KeyMatch keys = match_keys(a, b);
  if (keys.order == Order::different) return {Cover::no, keys.reason};
  if (!includes_covered(a, b)) return {Cover::no, "it includes columns that the other lacks"};
  if (std::string lost = uniqueness_lost(a, b); !lost.empty()) return {Cover::no, std::move(lost)};
  if (superseded) return {Cover::partial_superseded, "the other holds the same key for all rows"};
  const bool whole_key = a.parts.size() == b.parts.size();
  if (!whole_key || !same_includes(a, b)) {
    if (narrow_and_busy(a, b))
      return {Cover::narrow_twin, "the other is several times larger, and this one is busy"};
    return {Cover::prefix, whole_key ? "the other has the same key and more INCLUDE columns"
                                     : "its key begins the other's key"};
  }
  if (a.unique && !b.unique)
    return {Cover::covered_by_unique, "the other has the same key and is unique"};
  if (keys.order == Order::reversed)
    return {Cover::reversed, "the other has the same key backwards, and can be read backwards"};
  return {Cover::identical, "the same key, order and rows"};
}

}  // namespace

std::string normalized_expression(std::string_view text) {
  std::string out = text::squeeze(text);
  while (encloses_all(out)) out = text::squeeze(out.substr(1, out.size() - 2));
  return out;
}

std::string not_null_column(std::string_view predicate) {
  const std::string plain = normalized_expression(predicate);
  constexpr std::string_view ending = " IS NOT NULL";
  if (plain.size() <= ending.size() || !plain.ends_with(ending)) return "";
  std::string column = normalized_expression(plain.substr(0, plain.size() - ending.size()));
  if (column.size() > 2 && column.front() == '"' && column.back() == '"') {
    return text::replace_all(column.substr(1, column.size() - 2), "\"\"", "\"");
  }
  const bool plain_name = std::all_of(column.begin(), column.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
           static_cast<unsigned char>(c) >= 0x80;
  });
  return plain_name ? column : "";
}

std::string must_stay(const Index& index, const Ties& ties) {
  if (!index.extension.empty()) return "it belongs to the extension " + index.extension;
  if (index.primary) return "it is the primary key";
  if (!index.constraint.empty()) return "it backs the constraint " + index.constraint;
  if (index.exclusion) return "it enforces an exclusion";
  if (index.replica_identity) return "it is the table's replica identity";
  if (index.clustered) return "the table is clustered on it";
  if (index.parent != 0) return "it is a partition's part of a partitioned index";
  if (index.building) return "it is being built";
  if (std::find(ties.referenced.begin(), ties.referenced.end(), index.id) != ties.referenced.end())
    return "a foreign key refers to it";
  return "";
}

bool supports_foreign_key(const Index& index, const model::Constraint& constraint) {
  const std::size_t width = constraint.columns.size();
  if (width == 0 || !index.usable() || index.building || index.parts.size() < width) return false;
  const bool method_fits = index.method == "btree" || (index.method == "hash" && width == 1);
  if (!method_fits) return false;
  const std::set<std::string> wanted(constraint.columns.begin(), constraint.columns.end());
  std::set<std::string> leading;
  for (std::size_t i = 0; i < width; ++i) leading.insert(index.parts[i].column);
  if (leading != wanted) return false;
  // `column = x` implies `column IS NOT NULL`, so the planner may use such a partial index.
  return index.predicate.empty() || wanted.contains(not_null_column(index.predicate));
}

std::vector<const model::Constraint*> only_supported_by(const Index& index,
                                                        const model::Table& table) {
  std::vector<const model::Constraint*> lost;
  for (const model::Constraint& constraint : table.constraints) {
    if (constraint.kind != model::ConstraintKind::foreign_key ||
        !supports_foreign_key(index, constraint))
      continue;
    const bool other = std::any_of(table.indexes.begin(), table.indexes.end(), [&](const Index& i) {
      return i.id != index.id && supports_foreign_key(i, constraint);
    });
    if (!other) lost.push_back(&constraint);
  }
  return lost;
}

Coverage covers(const Index& a, const Index& b, const Ties& ties) {
  if (a.id == b.id) return {Cover::no, "it is the same index"};
  if (a.method != b.method) return {Cover::no, "the access methods differ"};
  // The cheapest test that settles most pairs: indexes of one table rarely begin alike.
  if (a.parts.empty() || b.parts.empty() || a.parts[0].column != b.parts[0].column)
    return {Cover::no, "key part 1 differs"};
  if (!a.usable() || a.building) return {Cover::no, "the other is not usable"};
  if (std::string tie = must_stay(b, ties); !tie.empty()) return {Cover::no, std::move(tie)};
  const std::string ours = normalized_expression(a.predicate);
  const std::string theirs = normalized_expression(b.predicate);
  const bool superseded = ours.empty() && !theirs.empty();
  if (ours != theirs && !superseded) return {Cover::no, "the other holds only some of the rows"};
  if (a.method != "btree") {
    if (superseded) return {Cover::no, "the predicates differ"};
    return compare_other_method(a, b);
  }
  Coverage answer = compare_btrees(a, b, superseded);
  if (!answer.droppable()) return answer;
  for (const model::Constraint& constraint : ties.table->constraints) {
    if (constraint.kind == model::ConstraintKind::foreign_key &&
        supports_foreign_key(b, constraint) && !supports_foreign_key(a, constraint))
      return {Cover::no, "it supports the foreign key " + constraint.name};
  }
  return answer;
}

}  // namespace whet::advise
