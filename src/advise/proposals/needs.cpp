#include "advise/proposals/needs.h"

#include <algorithm>
#include <map>

#include "advise/candidates/selectivity.h"
#include "sql/immutable.h"

namespace whet::advise {

namespace {

using model::IndexPart;
using model::PredicateKind;

class Reader {
 public:
  Reader(const Facts& facts, const model::ShapeRelation& used, const model::Table& table)
      : facts_(facts), used_(used), table_(table) {}

  Needs read() {
    const std::size_t predicates = std::min(used_.predicates.size(), most_conditions);
    for (std::size_t i = 0; i < predicates; ++i) read(used_.predicates[i]);
    read_joins();
    for (const auto* keys : {&used_.ordering, &used_.grouping, &used_.extremes}) {
      Parts parts = sort_parts(*keys);
      if (!parts.empty()) out_.orders.push_back(std::move(parts));
    }
    return std::move(out_);
  }

 private:
  // Without a part when a B-tree cannot hold it.
  [[nodiscard]] Parts part(const std::string& column, const std::string& expression) const {
    IndexPart made = column_part(column);
    model::Column typed;
    if (column.empty()) {
      made.expression = expression;
      typed.base_type = indexable_type(facts_, table_, expression);
      if (typed.base_type.empty()) return {};
    } else if (const model::Column* known = table_.column(column); known != nullptr) {
      typed = *known;
    } else {
      return {};
    }
    return has_order(typed) ? Parts{std::move(made)} : Parts();
  }

  void read(const model::Predicate& predicate) {
    const bool fixed = predicate.kind == PredicateKind::membership ||
                       (predicate.kind == PredicateKind::equality && predicate.op == "=");
    const bool bounded = predicate.kind == PredicateKind::range;
    if ((!fixed && !bounded) || predicate.negated) return;
    Parts& list = predicate.disjunction != 0    ? out_.alternatives
                  : bounded                     ? out_.ranges
                  : !predicate.constant.empty() ? out_.constant
                                                : out_.equality;
    list = joined(std::move(list), part(predicate.column, predicate.expression));
  }

  void read_joins() {
    constexpr std::int64_t derived = -1;  // edges to derived tables are one group
    std::map<std::int64_t, Parts> groups;
    const std::size_t joins = std::min(used_.joins.size(), most_conditions);
    for (std::size_t i = 0; i < joins; ++i) {
      const model::JoinEdge& edge = used_.joins[i];
      const Parts made = part(edge.column, edge.expression);
      if (edge.op == "=" || edge.op == "IN" || edge.op == "= ANY") {
        Parts& group = groups[edge.other.value_or(derived)];
        group = joined(std::move(group), made);
      } else if (edge.op == "<" || edge.op == "<=" || edge.op == ">" || edge.op == ">=") {
        out_.ranges = joined(std::move(out_.ranges), made);
      }
    }
    for (auto& [other, group] : groups) {
      if (!group.empty()) out_.joins.push_back(std::move(group));
    }
  }

  // Read backwards, an ascending index gives a wholly descending order too.
  [[nodiscard]] Parts sort_parts(const std::vector<model::ShapeKey>& keys) const {
    Parts parts;
    bool backwards = !keys.empty();
    for (const model::ShapeKey& key : keys) {
      if (parts.size() >= most_sort_keys) break;
      Parts made = part(key.column, key.expression);
      if (made.empty()) break;
      if (has_part(out_.equality, made[0]) || has_part(out_.constant, made[0]) ||
          has_part(parts, made[0]))
        continue;
      made[0].descending = key.descending;
      made[0].nulls_first = key.nulls_first;
      backwards = backwards && key.descending && key.nulls_first;
      parts.push_back(std::move(made[0]));
    }
    for (IndexPart& made : parts) {
      if (backwards) made.descending = made.nulls_first = false;
    }
    return parts;
  }

  const Facts& facts_;
  const model::ShapeRelation& used_;
  const model::Table& table_;
  Needs out_;
};

}  // namespace

bool has_part(const Parts& parts, const IndexPart& part) {
  return std::any_of(parts.begin(), parts.end(), [&](const IndexPart& one) {
    return one.column == part.column && one.expression == part.expression;
  });
}

Parts joined(Parts first, const Parts& second) {
  for (const IndexPart& part : second) {
    if (!has_part(first, part)) first.push_back(part);
  }
  return first;
}

IndexPart column_part(const std::string& column) {
  IndexPart made;
  made.column = column;
  made.opclass_is_default = true;
  return made;
}

std::string key_of(const model::Index& index) {
  std::string out = index.method;
  for (const IndexPart& part : index.parts) {
    out += part.column.empty() ? " (" + part.expression + ")" : " \"" + part.column + "\"";
    out += " " + part.opclass + (part.descending ? " DESC" : "") + (part.nulls_first ? " NF" : "");
  }
  for (const std::string& column : index.includes) out += " + \"" + column + "\"";
  // MongoDB: another order of texts is another index.
  const auto collation = index.options.find("collation");
  if (collation != index.options.end()) out += " COLLATE " + collation->second;
  return out + " WHERE " + index.predicate;
}

const model::Table* table_for(const Facts& facts, const model::ShapeRelation& used) {
  if (used.opaque) return nullptr;
  const model::Table* table = facts.table(used.schema, used.table);
  if (table == nullptr || table->system || table->temporary || !table->extension.empty())
    return nullptr;
  const bool holds_indexes = table->kind == model::TableKind::table ||
                             table->kind == model::TableKind::partitioned ||
                             table->kind == model::TableKind::materialized_view;
  return holds_indexes ? table : nullptr;
}

std::string indexable_type(const Facts& facts, const model::Table& table,
                           const std::string& expression) {
  if (expression.empty()) return "";
  const auto column_type = [&](std::string_view name) {
    const model::Column* column = table.column(name);
    if (column == nullptr) return std::string();
    // Of an enum or a composite type nothing is known but its name.
    return column->base_type.empty() ? std::string("?") : column->base_type;
  };
  const auto type = sql::immutable_type(expression, column_type, facts.schema());
  return type && *type != "unknown" ? *type : "";
}

// NOLINTNEXTLINE(misc-no-recursion): partitions of partitions; Facts has no cycles
double pages_of(const Facts& facts, const model::Table& table) {
  // ANALYZE sets a partitioned table's own count to -1.
  double pages = table.kind == model::TableKind::partitioned ? 0 : static_cast<double>(table.pages);
  for (const model::Table* part : facts.children(table.id)) {
    if (part->is_partition) pages += pages_of(facts, *part);
  }
  return pages;
}

Needs needs_of(const Facts& facts, const model::ShapeRelation& used, const model::Table& table) {
  return Reader(facts, used, table).read();
}

}  // namespace whet::advise
