#include "advise/candidates/need.h"

#include <algorithm>
#include <map>
#include <set>

#include "advise/candidates/selectivity.h"
#include "advise/index/common.h"
#include "base/text.h"
#include "base/whole.h"
#include "sql/immutable.h"
#include "sql/quote.h"

namespace whet::advise {

namespace {

using model::IndexPart;
using model::PredicateKind;
using model::ShapeRelation;
using model::Table;

// A part that the statement fixes to a value (or to a list of them).
struct Fixed {
  IndexPart part;
  Selectivity selectivity;
  bool list = false;  ///< several values: rows come out in no single order
};

// A column with a range condition.
struct Range {
  IndexPart part;
  double selectivity = 1;
  std::string name;
};

IndexPart column_part(const std::string& column) {
  IndexPart part;
  part.column = column;
  part.opclass_is_default = true;
  return part;
}

// Nothing when an index may not hold the expression, or it is not of one column.
std::optional<IndexPart> expression_part(const Table& table, const std::string& expression,
                                         const std::vector<std::string>& columns) {
  const std::set<std::string> distinct(columns.begin(), columns.end());
  if (expression.empty() || distinct.size() != 1) return std::nullopt;
  const model::Column* column = table.column(*distinct.begin());
  if (column == nullptr || !sql::is_immutable(expression, column->base_type)) return std::nullopt;
  IndexPart part;
  part.expression = expression;
  part.opclass_is_default = true;
  return part;
}

class Builder {
 public:
  Builder(const Facts& facts, const model::Statement& statement, const model::Shape& shape,
          std::size_t position, const Table& table)
      : facts_(facts), shape_(shape), relation_(shape.relations[position]), table_(table) {
    need_.statement = &statement;
    need_.table = &table;
    rows_ = rows_of(facts, table);
    const auto calls = static_cast<double>(std::max<std::int64_t>(1, statement.total.calls));
    need_.rows_returned = static_cast<double>(statement.total.rows) / calls;
  }

  std::optional<Need> build(Reading reading) {
    need_.reading = std::move(reading);
    if (!fixed_parts()) return std::nullopt;
    joined_parts();
    if (one_row()) return std::nullopt;
    ranges();
    choose();
    if (need_.equality.empty() && need_.tail.empty()) return std::nullopt;
    const auto& all = table_.indexes;
    if (std::any_of(all.begin(), all.end(),
                    [&](const auto& index) { return serves(index, need_); }))
      return std::nullopt;
    need_.rows_now = rows_now();
    if (need_.rows_now < min_table_rows || need_.rows_with * min_row_ratio > need_.rows_now)
      return std::nullopt;
    return std::move(need_);
  }

 private:
  bool fixed_parts();
  bool add_fixed(IndexPart part, const std::string& column, double values, bool list);
  void null_part(const model::Predicate& predicate);
  void joined_parts();
  [[nodiscard]] bool join_fits(const model::JoinEdge& edge) const;
  [[nodiscard]] bool one_row() const;
  [[nodiscard]] const model::Column* ranged_column(const model::Predicate& predicate) const;
  void prefix_range(const model::Column& column, const std::string& name);
  void ranges();
  void choose();
  void trim();
  [[nodiscard]] bool wants_order() const;
  bool order_tail();
  void range_tail();
  [[nodiscard]] double leftover() const;
  [[nodiscard]] double rows_now() const;
  [[nodiscard]] double rows_by_plan() const;
  [[nodiscard]] bool has_fixed(const std::string& column) const;
  [[nodiscard]] double matching(bool worst) const;

  const Facts& facts_;
  const model::Shape& shape_;
  const ShapeRelation& relation_;
  const Table& table_;
  double rows_ = 0;
  double probes_ = 1;  ///< how often the index is asked
  std::vector<Fixed> fixed_;
  std::vector<Range> ranges_;
  bool has_list_ = false;
  Need need_;
};

bool Builder::has_fixed(const std::string& column) const {
  return std::any_of(fixed_.begin(), fixed_.end(),
                     [&](const Fixed& fixed) { return fixed.part.column == column; });
}

// False when the statistics are missing: then nothing is said.
bool Builder::add_fixed(IndexPart part, const std::string& column, double values, bool list) {
  const model::Column* known = table_.column(column);
  if (known == nullptr || !has_order(*known)) return true;
  if (!part.column.empty() && has_fixed(part.column)) return true;
  const auto selectivity = equality_selectivity(table_, column, rows_);
  if (!selectivity) return false;
  Fixed fixed{std::move(part), *selectivity, list};
  fixed.selectivity.average = std::min(1.0, selectivity->average * values);
  fixed.selectivity.worst = std::min(1.0, selectivity->worst * values);
  fixed_.push_back(std::move(fixed));
  return true;
}

bool Builder::fixed_parts() {
  for (const model::Predicate& predicate : relation_.predicates) {
    if (predicate.disjunction != 0 || predicate.negated) continue;
    const bool list = predicate.kind == PredicateKind::membership;
    const bool equality = predicate.kind == PredicateKind::equality && predicate.op == "=";
    if (predicate.kind == PredicateKind::null) null_part(predicate);
    if (!list && !equality) continue;
    // An array's length is not known; 10 is PostgreSQL's own guess (estimate_array_length).
    const auto listed = static_cast<double>(predicate.parameters.size());
    const double values = !list ? 1 : predicate.op == "IN" ? std::max(1.0, listed) : 10;
    if (!predicate.column.empty()) {
      if (!add_fixed(column_part(predicate.column), predicate.column, values, list)) return false;
      continue;
    }
    auto part = expression_part(table_, predicate.expression, predicate.expression_columns);
    if (part && !add_fixed(*std::move(part), predicate.expression_columns[0], values, list))
      return false;
  }
  return true;
}

// A rare NULL makes a small index of just those rows; a common one filters nothing.
void Builder::null_part(const model::Predicate& predicate) {
  const model::Column* column = table_.column(predicate.column);
  if (column == nullptr || !column->stats || !need_.predicate.empty()) return;
  const double part = column->stats->null_fraction;
  if (part <= 0 || part > 1 / min_row_ratio) return;
  need_.predicate = sql::quote_identifier(predicate.column) + " IS NULL";
  Fixed fixed{column_part(predicate.column), {part, part, ""}, false};
  fixed.selectivity.arithmetic =
      predicate.column + ": " + text::percent(part) + " of the rows are NULL";
  fixed_.push_back(std::move(fixed));
}

// The other side of a join supplies values, when an index would be asked for few of them: from the
// plan's estimate of the other side's rows, or once for each run of a correlated subquery.
bool Builder::join_fits(const model::JoinEdge& edge) const {
  if (edge.op != "=" || edge.optional || edge.column.empty() || !edge.other ||
      edge.other_column.empty())
    return false;
  const ShapeRelation& other = shape_.relations[static_cast<std::size_t>(*edge.other)];
  if (other.opaque) return false;
  const Table* other_table = facts_.table(other.schema, other.table);
  const model::Column* mine = table_.column(edge.column);
  const model::Column* theirs =
      other_table == nullptr ? nullptr : other_table->column(edge.other_column);
  if (mine == nullptr || theirs == nullptr || !comparable(*mine, *theirs)) return false;
  if (need_.reading.probes) return need_.reading.other_aliases.contains(other.alias);
  return edge.subquery && other.block < relation_.block && need_.reading.node != nullptr;
}

void Builder::joined_parts() {
  const std::size_t before = fixed_.size();
  for (const model::JoinEdge& edge : relation_.joins) {
    if (join_fits(edge)) add_fixed(column_part(edge.column), edge.column, 1, false);
  }
  if (fixed_.size() == before || !need_.reading.probes) return;
  const double with = matching(false) * *need_.reading.probes;
  if (with * min_row_ratio <= rows_) {
    probes_ = *need_.reading.probes;
  } else {
    fixed_.resize(before);
  }
}

// A unique index on some of the fixed columns: there is but one row to find.
bool Builder::one_row() const {
  return std::any_of(table_.indexes.begin(), table_.indexes.end(), [&](const model::Index& index) {
    return index.unique && index.usable() && index.predicate.empty() &&
           std::all_of(index.parts.begin(), index.parts.end(), [&](const IndexPart& part) {
             return !part.column.empty() && has_fixed(part.column);
           });
  });
}

// A column with an order that one plain predicate is on and nothing fixes already; else nothing.
const model::Column* Builder::ranged_column(const model::Predicate& predicate) const {
  if (predicate.disjunction != 0 || predicate.negated || predicate.column.empty() ||
      has_fixed(predicate.column))
    return nullptr;
  const model::Column* column = table_.column(predicate.column);
  return column != nullptr && has_order(*column) ? column : nullptr;
}

// A prefix is a range of an index in C order only: elsewhere the index needs a pattern class.
void Builder::prefix_range(const model::Column& column, const std::string& name) {
  const model::Database* database = facts_.server().current_database();
  IndexPart part = column_part(name);
  part.opclass_is_default =
      database != nullptr && (database->collation == "C" || database->collation == "POSIX");
  if (!part.opclass_is_default)
    part.opclass = column.base_type == "varchar" ? "varchar_pattern_ops" : "text_pattern_ops";
  ranges_.push_back({std::move(part), prefix_match, name + ": a prefix, 0.5 % assumed"});
}

void Builder::ranges() {
  std::map<std::string, int> sides;
  for (const model::Predicate& predicate : relation_.predicates) {
    const model::Column* column = ranged_column(predicate);
    if (column == nullptr) continue;
    if (predicate.kind == PredicateKind::range)
      sides[predicate.column] += predicate.op == "BETWEEN" ? 2 : 1;
    if (predicate.kind == PredicateKind::pattern && !predicate.ignores_case &&
        predicate.pattern == model::PatternKind::prefix)
      prefix_range(*column, predicate.column);
  }
  for (const auto& [column, count] : sides) {
    const bool both = count > 1;
    ranges_.push_back(
        {column_part(column), both ? two_sided_range : one_sided_range,
         column + (both ? ": a range, 0.5 % assumed" : ": one bound, a third assumed")});
  }
  std::stable_sort(ranges_.begin(), ranges_.end(),
                   [](const Range& a, const Range& b) { return a.selectivity < b.selectivity; });
}

// Rows that the fixed parts leave.
double Builder::matching(bool worst) const {
  double rows = rows_;
  for (const Fixed& fixed : fixed_)
    rows *= worst ? fixed.selectivity.worst : fixed.selectivity.average;
  return std::max(1.0, rows);
}

// The most selective parts first, until so few rows are left that more columns would save nothing.
void Builder::trim() {
  std::stable_sort(fixed_.begin(), fixed_.end(), [](const Fixed& a, const Fixed& b) {
    return a.selectivity.average < b.selectivity.average;
  });
  // Shorter keys serve more statements: ten rows are soon checked one by one, unless a common value
  // has a tenth of the table.
  constexpr double few = 10;
  double average = rows_;
  double worst = rows_;
  std::size_t kept = 0;
  while (kept < fixed_.size() && (average > few || worst > rows_ / min_row_ratio)) {
    average *= fixed_[kept].selectivity.average;
    worst *= fixed_[kept].selectivity.worst;
    ++kept;
  }
  // The column of a partial index stays where its predicate is, not in the key.
  fixed_.resize(std::max<std::size_t>(kept, fixed_.empty() ? 0 : 1));
}

bool Builder::wants_order() const {
  return relation_.limited && relation_.ordering_complete && !relation_.ordering.empty() &&
         !relation_.aggregated && !relation_.windowed && !relation_.distinct && !has_list_ &&
         (relation_.joins.empty() || !fixed_.empty());
}

// The sort keys as the tail; false when an index cannot give the order.
bool Builder::order_tail() {
  std::vector<IndexPart> tail;
  const auto& keys = relation_.extremes.empty() ? relation_.ordering : relation_.extremes;
  bool reversed = true;
  for (const model::ShapeKey& key : keys) {
    if (!key.column.empty() && has_fixed(key.column)) continue;
    IndexPart part = column_part(key.column);
    if (key.column.empty()) {
      auto made = expression_part(table_, key.expression, key.expression_columns);
      if (!made) return false;
      part = *std::move(made);
    }
    part.descending = key.descending;
    part.nulls_first = key.nulls_first;
    reversed = reversed && key.descending && key.nulls_first;
    tail.push_back(std::move(part));
  }
  // Read backwards, an ascending index gives the descending order, and serves more statements.
  for (IndexPart& part : tail) {
    if (reversed) part.descending = part.nulls_first = false;
  }
  need_.tail = std::move(tail);
  return true;
}

void Builder::range_tail() {
  if (ranges_.empty() || matching(true) <= 100) return;
  need_.tail = {ranges_.front().part};
  need_.rows_with *= ranges_.front().selectivity;
  need_.arithmetic += "; " + ranges_.front().name;
}

// The part of the rows that the statement's other conditions let through; they are checked row by
// row while the index is walked.
double Builder::leftover() const {
  double part = 1;
  for (const Range& range : ranges_) {
    const bool in_key =
        std::any_of(need_.tail.begin(), need_.tail.end(),
                    [&](const IndexPart& key) { return same_part(key, range.part); });
    if (!in_key) part *= range.selectivity;
  }
  for (const model::Predicate& predicate : relation_.predicates) {
    if (predicate.kind == PredicateKind::other || predicate.disjunction != 0)
      part *= one_sided_range;
  }
  return part;
}

void Builder::choose() {
  trim();
  has_list_ = std::any_of(fixed_.begin(), fixed_.end(), [](const Fixed& one) { return one.list; });
  std::vector<std::string> reasons;
  for (const Fixed& fixed : fixed_) reasons.push_back(fixed.selectivity.arithmetic);
  const double left = matching(false);
  need_.rows_with = left * probes_;
  need_.arithmetic = text::count(to_whole(rows_)) + " rows; " + text::join(reasons, "; ");
  if (reasons.empty()) need_.arithmetic.resize(need_.arithmetic.size() - 2);
  if (probes_ > 1) need_.arithmetic += "; asked " + text::number(probes_) + " times by the join";
  const bool extreme = relation_.extremes.size() == 1 && !has_list_;
  const bool ordered = extreme || (wants_order() && matching(true) > 100);
  if (ordered && order_tail()) {
    const double wanted = std::max(1.0, extreme ? 1.0 : need_.rows_returned);
    need_.rows_with = std::min(need_.rows_with, wanted / leftover());
    need_.arithmetic += extreme
                            ? "; only the first is read"
                            : "; " + text::number(wanted) + " are returned, in the index's order";
  } else {
    range_tail();
    // The planner's own estimate of the result is better than an assumption; but of an expression
    // without an index it knows nothing, and assumes 0.5 % itself.
    const bool guessed = std::any_of(fixed_.begin(), fixed_.end(),
                                     [](const Fixed& one) { return one.part.column.empty(); });
    if (need_.reading.full_scan && probes_ <= 1 && need_.reading.node != nullptr && !guessed)
      need_.rows_with = std::max(need_.rows_with, need_.reading.node->plan_rows);
  }
  // No index lets a statement read fewer rows than it gives, unless it counts or joins.
  if (relation_.joins.empty() && !relation_.aggregated && !relation_.distinct)
    need_.rows_with = std::max(need_.rows_with, need_.rows_returned);
  for (const Fixed& fixed : fixed_) {
    const bool in_predicate =
        !need_.predicate.empty() &&
        need_.predicate.starts_with(sql::quote_identifier(fixed.part.column) + " IS");
    const bool only = fixed_.size() == 1 && need_.tail.empty();
    if (!in_predicate || only) need_.equality.push_back(fixed.part);
  }
}

// Rows that the reading touches now: by the plan, or more if the counters prove more. Each row that
// an index scan visits costs at most one heap block, so it visits at least as many rows as blocks;
// said only where nothing but this table's rows can be in the count.
double Builder::rows_now() const {
  const model::Statement& statement = *need_.statement;
  const bool alone = shape_.relations.size() == 1 && table_.toast_bytes == 0 &&
                     statement.kind == model::StatementKind::select;
  const auto blocks =
      static_cast<double>(statement.total.shared_hit + statement.total.shared_read) /
      static_cast<double>(std::max<std::int64_t>(1, statement.total.calls));
  const double planned = rows_by_plan();
  return alone && planned > 0 ? std::max(planned, std::min(rows_, blocks)) : planned;
}

double Builder::rows_by_plan() const {
  const Reading& reading = need_.reading;
  if (reading.full_scan || reading.node == nullptr) return rows_;
  const auto index =
      std::find_if(table_.indexes.begin(), table_.indexes.end(),
                   [&](const model::Index& one) { return one.name == reading.index; });
  if (index == table_.indexes.end()) return 0;
  double rows = rows_;
  bool restricted = false;
  for (const IndexPart& part : index->parts) {
    const auto fixed = std::find_if(fixed_.begin(), fixed_.end(),
                                    [&](const Fixed& one) { return same_part(one.part, part); });
    const auto range = std::find_if(ranges_.begin(), ranges_.end(),
                                    [&](const Range& one) { return same_part(one.part, part); });
    const std::string& name = part.column.empty() ? part.expression : part.column;
    if (part.column.empty() || !mentions(reading.condition, name)) break;
    restricted = true;
    if (fixed != fixed_.end()) {
      rows *= fixed->selectivity.average;
      continue;
    }
    // A condition that is not understood here may be as selective as any.
    rows *= range != ranges_.end() ? range->selectivity : 0;
    break;
  }
  if (restricted) return rows * probes_;
  // The index is walked for its order until enough rows have passed the filter.
  return std::min(rows_, std::max(1.0, need_.rows_returned) * rows_ / matching(false));
}

}  // namespace

std::optional<Need> need_of(const Facts& facts, const model::Statement& statement,
                            const model::Shape& shape, std::size_t relation,
                            const Readings& readings) {
  const ShapeRelation& used = shape.relations[relation];
  if (used.opaque) return std::nullopt;
  const Table* table = facts.table(used.schema, used.table);
  if (table == nullptr || table->system || table->temporary || !table->extension.empty() ||
      table->kind == model::TableKind::foreign_table || table->kind == model::TableKind::toast)
    return std::nullopt;
  std::int64_t pages = table->pages;
  for (const Table* part : facts.children(table->id)) pages += part->pages;
  if (rows_of(facts, *table) < min_table_rows || pages < min_table_pages) return std::nullopt;
  auto reading = readings.of(used, *table);
  if (!reading) return std::nullopt;
  return Builder(facts, statement, shape, relation, *table).build(*std::move(reading));
}

}  // namespace whet::advise
