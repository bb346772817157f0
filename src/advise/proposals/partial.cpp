// Partial indexes: on conditions that are the same in every call and that few rows meet.
#include <algorithm>
#include <set>

#include "advise/candidates/selectivity.h"
#include "advise/index/common.h"
#include "advise/proposals/needs.h"
#include "base/text.h"
#include "sql/quote.h"

namespace whet::advise {

namespace {

using model::IndexPart;
using model::PredicateKind;

// A condition that more rows meet makes an index hardly smaller than a whole one.
constexpr double small_part = 0.25;
// Where NULLs are most of a column, an index without them is worth the question.
constexpr double many_nulls = 0.5;
constexpr std::size_t most_unknown = 2;   // conditions of which the statistics say nothing
constexpr std::size_t most_together = 3;  // conditions in one predicate
constexpr std::size_t most_proposals = 8;

struct Constant {
  std::string text;
  double part = 1;       ///< of the rows; the least that it may be
  bool known = false;    ///< statistics speak of it
  bool implied = false;  ///< by the statement's other conditions; its column stays in the key
  IndexPart column;      ///< what it is about; empty for an expression
};

// The smallest part of the rows that any one value may have: which value a literal is, statistics
// without samples do not tell.
double rarest(const model::ColumnStats& stats, double rows) {
  const double filled = 1 - stats.null_fraction;
  const double distinct =
      std::max(1.0, stats.distinct >= 0 ? stats.distinct : -stats.distinct * rows);
  if (stats.common_frequencies.empty()) return filled / distinct;
  double rest = filled;
  for (const double frequency : stats.common_frequencies) rest -= frequency;
  const auto listed = static_cast<double>(stats.common_frequencies.size());
  const double other = std::max(0.0, rest) / std::max(1.0, distinct - listed);
  const double least = stats.common_frequencies.back();
  return rest > 0.001 || distinct > listed ? std::min(least, other) : least;
}

// The part of a flag's rows, when the values are known.
std::optional<double> sampled(const model::ColumnStats& stats, const std::string& value) {
  for (std::size_t i = 0; i < stats.samples.size() && i < stats.common_frequencies.size(); ++i) {
    if (stats.samples[i] == value) return stats.common_frequencies[i];
  }
  return std::nullopt;
}

bool has_name(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

class Partials {
 public:
  Partials(const Facts& facts, const model::ShapeRelation& used, const model::Table& table,
           const ProposalLimits& limits, std::vector<Proposal>& out)
      : facts_(facts),
        used_(used),
        table_(table),
        limits_(limits),
        out_(out),
        needs_(needs_of(facts, used, table)),
        rows_(rows_of(facts, table)) {}

  void propose() {
    collect();
    if (constants_.empty()) return;
    std::vector<const Constant*> all;
    for (const Constant& one : constants_) {
      keys({&one});
      if (all.size() < most_together && !one.implied) all.push_back(&one);
    }
    if (all.size() > 1) keys(all);
  }

 private:
  void collect();
  void weigh(const model::Predicate& predicate);
  void filled_columns();
  void keys(const std::vector<const Constant*>& chosen);
  void add(const Parts& key, const std::vector<const Constant*>& chosen, bool covering);
  [[nodiscard]] Parts fallback(const std::vector<const Constant*>& chosen) const;

  const Facts& facts_;
  const model::ShapeRelation& used_;
  const model::Table& table_;
  const ProposalLimits& limits_;
  std::vector<Proposal>& out_;
  Needs needs_;
  double rows_;
  std::vector<Constant> constants_;
  std::set<std::string> seen_;
  std::size_t made_ = 0;
};

void Partials::weigh(const model::Predicate& predicate) {
  Constant one;
  one.text = predicate.constant;
  one.column = column_part(predicate.column);
  one.column.expression = predicate.expression;
  const model::Column* column = table_.column(predicate.column);
  if (column != nullptr && column->stats) {
    const model::ColumnStats& stats = *column->stats;
    const bool flag = predicate.op == "IS TRUE" || predicate.op == "IS FALSE";
    if (predicate.kind == PredicateKind::null) {
      one.part = predicate.negated ? 1 - stats.null_fraction : stats.null_fraction;
      one.known = true;
    } else if (predicate.kind == PredicateKind::equality) {
      const auto exact =
          flag ? sampled(stats, predicate.op == "IS TRUE" ? "t" : "f") : std::nullopt;
      one.part = exact ? *exact : rarest(stats, rows_);
      one.known = true;
    } else if (predicate.kind == PredicateKind::membership) {
      // A list of n values, of which one is the rarest.
      one.part = rarest(stats, rows_);
      one.known = true;
    }
  }
  // No row has a NULL there: the condition is true or false for all.
  if (column != nullptr && column->not_null && predicate.kind == PredicateKind::null) return;
  if (one.known && one.part > small_part) return;
  constants_.push_back(std::move(one));
}

// `a = $1` implies `a IS NOT NULL`: where most rows have a NULL there, an index without them does.
void Partials::filled_columns() {
  Parts keys = needs_.equality;
  for (const Parts& group : needs_.joins) keys = joined(keys, group);
  keys = joined(keys, needs_.ranges);
  for (const IndexPart& key : keys) {
    const model::Column* column = table_.column(key.column);
    if (column == nullptr || !column->stats || column->stats->null_fraction < many_nulls) continue;
    Constant one;
    one.text = sql::quote_identifier(key.column) + " IS NOT NULL";
    one.part = 1 - column->stats->null_fraction;
    one.known = one.implied = true;
    constants_.push_back(std::move(one));
  }
}

void Partials::collect() {
  std::set<std::string> texts;
  for (const model::Predicate& predicate : used_.predicates) {
    if (predicate.constant.empty() || texts.size() >= most_conditions ||
        !texts.insert(predicate.constant).second)
      continue;
    const std::string type = indexable_type(facts_, table_, predicate.constant);
    if (type == "bool" || type == "?") weigh(predicate);
  }
  filled_columns();
  std::stable_sort(constants_.begin(), constants_.end(), [](const Constant& a, const Constant& b) {
    return a.known != b.known ? a.known : a.known && a.part < b.part;
  });
  std::size_t unknown = 0;
  std::erase_if(constants_,
                [&](const Constant& one) { return !one.known && ++unknown > most_unknown; });
}

// A key is needed even where the predicate alone finds the rows: best one that the statement reads.
Parts Partials::fallback(const std::vector<const Constant*>& chosen) const {
  const auto usable = [&](const std::string& name) {
    const model::Column* column = table_.column(name);
    return column != nullptr && has_order(*column);
  };
  for (const std::string& name : used_.projected) {
    if (usable(name)) return {column_part(name)};
  }
  for (const model::Constraint& constraint : table_.constraints) {
    if (constraint.kind == model::ConstraintKind::primary_key && !constraint.columns.empty())
      return {column_part(constraint.columns[0])};
  }
  for (const Constant* one : chosen) {
    if (!one->column.column.empty() && usable(one->column.column)) return {one->column};
  }
  return {};
}

void Partials::add(const Parts& key, const std::vector<const Constant*>& chosen, bool covering) {
  if (key.empty() || made_ >= most_proposals) return;
  Proposal made;
  made.table = &table_;
  made.index.schema = table_.schema;
  made.index.method = "btree";
  made.index.parts = key;
  if (made.index.parts.size() > limits_.key_columns) made.index.parts.resize(limits_.key_columns);
  std::vector<std::string> texts;
  texts.reserve(chosen.size());
  for (const Constant* one : chosen)
    texts.push_back(chosen.size() > 1 ? "(" + one->text + ")" : one->text);
  made.index.predicate = text::join(texts, " AND ");
  for (const IndexPart& part : made.index.parts) {
    if (!part.expression.empty()) made.unknown_expressions.push_back(part.expression);
  }
  if (covering) {
    for (const std::string& column : used_.needed) {
      const IndexPart part = column_part(column);
      // A column that only the predicate speaks of is not read.
      const bool in_predicate = std::any_of(chosen.begin(), chosen.end(), [&](const Constant* one) {
        return one->column.column == column && !has_name(used_.projected, column);
      });
      if (!has_part(made.index.parts, part) && !in_predicate) made.index.includes.push_back(column);
    }
    if (made.index.includes.empty() || made.index.includes.size() > limits_.include_columns) return;
  }
  if (!seen_.insert(key_of(made.index)).second) return;
  ++made_;
  out_.push_back(std::move(made));
}

void Partials::keys(const std::vector<const Constant*>& chosen) {
  const auto without_chosen = [&](Parts parts) {
    std::erase_if(parts, [&](const IndexPart& part) {
      return std::any_of(chosen.begin(), chosen.end(), [&](const Constant* one) {
        return !one->implied && has_part({one->column}, part);
      });
    });
    return parts;
  };
  const Parts fixed = without_chosen(joined(needs_.equality, needs_.constant));
  const Parts ranges = without_chosen(needs_.ranges);
  std::vector<Parts> made;
  for (const Parts& order : needs_.orders) made.push_back(joined(fixed, without_chosen(order)));
  if (!ranges.empty()) made.push_back(joined(fixed, {ranges[0]}));
  for (const Parts& group : needs_.joins) {
    const Parts found = joined(without_chosen(group), fixed);
    for (const Parts& order : needs_.orders) made.push_back(joined(found, without_chosen(order)));
    made.push_back(found);
  }
  if (made.empty() || !fixed.empty()) made.push_back(fixed);
  std::erase_if(made, [](const Parts& key) { return key.empty(); });
  if (made.empty()) made.push_back(fallback(chosen));
  for (const Parts& key : made) add(key, chosen, false);
  const bool readable = !used_.whole_row && !used_.for_update && !used_.written;
  if (readable) add(made.front(), chosen, true);
}

}  // namespace

void propose_partials(const Facts& facts, const model::Shape& shape, std::size_t relation,
                      const ProposalLimits& limits, std::vector<Proposal>& out) {
  const model::ShapeRelation& used = shape.relations[relation];
  const model::Table* table = table_for(facts, used);
  if (table != nullptr) Partials(facts, used, *table, limits, out).propose();
}

}  // namespace whet::advise
