// GROUP BY, ORDER BY, LIMIT, min and max, row locks.
#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "sql/parse.h"
#include "sql/shaper.h"

namespace whet::sql {

namespace {

// PostgreSQL's own aggregates; an extension's or a user's cannot be told from a function by name.
constexpr std::array aggregates{"count",
                                "sum",
                                "avg",
                                "min",
                                "max",
                                "array_agg",
                                "string_agg",
                                "bool_and",
                                "bool_or",
                                "every",
                                "bit_and",
                                "bit_or",
                                "bit_xor",
                                "json_agg",
                                "jsonb_agg",
                                "xmlagg",
                                "any_value",
                                "range_agg",
                                "json_object_agg",
                                "jsonb_object_agg",
                                "stddev",
                                "stddev_pop",
                                "stddev_samp",
                                "variance",
                                "var_pop",
                                "var_samp",
                                "corr",
                                "covar_pop",
                                "covar_samp",
                                "regr_slope",
                                "percentile_cont",
                                "percentile_disc",
                                "mode",
                                "range_intersect_agg"};

std::string last_name(json::View names) {
  const auto parts = names.elements();
  return parts.empty() ? "" : parts.back()["String"]["sval"].string_or("");
}

bool is_aggregate(json::View call) {
  if (call["over"].present()) return false;
  for (const auto* sign :
       {"agg_star", "agg_distinct", "agg_order", "agg_filter", "agg_within_group"}) {
    if (call[sign].present()) return true;
  }
  const std::string name = last_name(call["funcname"]);
  return std::find(aggregates.begin(), aggregates.end(), name) != aggregates.end();
}

template <class Test>
bool any_call(json::View view, Test test) {
  for (const auto& [type, content] : view.members()) {
    if (type == "SubLink") continue;
    if (type == "FuncCall" && test(content)) return true;
    if (any_call(content, test)) return true;
  }
  for (const json::View element : view.elements()) {
    if (any_call(element, test)) return true;
  }
  return false;
}

}  // namespace

bool has_aggregate(json::View view) { return any_call(view, is_aggregate); }

bool has_window(json::View view) {
  return any_call(view, [](json::View call) { return call["over"].present(); });
}

std::vector<std::size_t> Shaper::relations_of(const Block& block) const {
  std::vector<std::size_t> out;
  for (const Source& source : block.sources) {
    if (source.relation) out.push_back(*source.relation);
    for (const Output& output : source.outputs) {
      if (output.relation) out.push_back(*output.relation);
      for (const At& also : output.also) out.push_back(also.relation);
    }
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

void Shaper::keys(json::View select, const Block& block) {
  grouping(select, block);
  ordering(select, block);
  extremes(select, block);
  locks(select, block);
  if (const auto number = parameter_number(select["limitCount"]))
    parameter(*number, ParameterRole::limit);
  if (const auto number = parameter_number(select["limitOffset"]))
    parameter(*number, ParameterRole::offset);
  const bool limited = select["limitCount"].present() &&
                       !select["limitCount"]["A_Const"]["isnull"].boolean_or(false);
  const bool grouped = select["groupClause"].present() || select["havingClause"].present();
  const bool aggregated = grouped || has_aggregate(select["targetList"]);
  const bool windowed = has_window(select["targetList"]) || has_window(select["sortClause"]);
  for (const std::size_t position : relations_of(block)) {
    model::ShapeRelation& relation = shape_.relations[position];
    // A plain subquery below this block has set its own already.
    relation.limited = relation.limited || limited;
    relation.offset = relation.offset || select["limitOffset"].present();
    relation.aggregated = relation.aggregated || aggregated;
    relation.windowed = relation.windowed || windowed;
    relation.distinct = relation.distinct || select["distinctClause"].present();
  }
}

// The column whose distance from a value the expression is; "" when it is something else.
std::string Shaper::nearest(json::View expression, const Block& block) const {
  const json::View operation = expression["A_Expr"];
  if (operator_name(operation) != "<->") return "";
  const Side left = side(operation["lexpr"], block);
  const Side right = side(operation["rexpr"], block);
  if (!left.column.empty() && right.relations.empty()) return left.column;
  return left.relations.empty() ? right.column : "";
}

// A key, and the relation that it is of. An output's position or name is looked through;
// `output_first`: a bare name means an output before it means a column, as in ORDER BY.
std::optional<std::pair<std::size_t, model::ShapeKey>> Shaper::key(json::View expression,
                                                                   json::View select,
                                                                   const Block& block,
                                                                   bool output_first) {
  const auto targets = select["targetList"].elements();
  const json::View position = expression["A_Const"]["ival"]["ival"];
  if (expression["A_Const"].present()) {
    const std::int64_t n = position.integer_or(0);
    if (n < 1 || n > static_cast<std::int64_t>(targets.size())) return std::nullopt;
    expression = targets[static_cast<std::size_t>(n - 1)]["ResTarget"]["val"];
  }
  const auto fields = expression["ColumnRef"]["fields"].elements();
  if (fields.size() == 1 && fields[0]["String"].present()) {
    const std::string name = fields[0]["String"]["sval"].string_or("");
    if (output_first || !resolve(block, expression["ColumnRef"]).found) {
      for (const json::View target : targets) {
        if (target["ResTarget"]["name"].string_or("") == name)
          expression = target["ResTarget"]["val"];
      }
    }
  }
  const Side found = side(expression, block);
  if (found.derived || found.relations.size() != 1 || has_aggregate(expression) ||
      has_window(expression))
    return std::nullopt;
  model::ShapeKey key;
  key.column = found.column;
  if (key.column.empty()) {
    key.expression = text_of(expression, block);
    key.expression_columns = found.columns;
    key.nearest = nearest(expression, block);
  }
  if (key.column.empty() && key.expression.empty() && key.nearest.empty()) return std::nullopt;
  return std::pair(*found.relations.begin(), std::move(key));
}

void Shaper::grouping(json::View select, const Block& block) {
  std::vector<model::ShapeKey> keys;
  std::optional<std::size_t> relation;
  const json::View distinct = select["distinctClause"];
  const bool on = !distinct.elements().empty() && node(distinct.elements()[0]).second.present();
  for (const json::View item : select[on ? "distinctClause" : "groupClause"].elements()) {
    auto found = key(item, select, block, false);
    if (!found || (relation && *relation != found->first)) return;
    relation = found->first;
    keys.push_back(std::move(found->second));
  }
  // A block below may have grouped it already.
  if (relation && shape_.relations[*relation].grouping.empty())
    shape_.relations[*relation].grouping = std::move(keys);
}

void Shaper::ordering(json::View select, const Block& block) {
  std::vector<model::ShapeKey> keys;
  std::optional<std::size_t> relation;
  bool complete = true;
  for (const json::View item : select["sortClause"].elements()) {
    const json::View sort = item["SortBy"];
    auto found = key(sort["node"], select, block, true);
    const bool usual = sort["sortby_dir"].string_or("") != "SORTBY_USING";
    if (!found || !usual || (relation && *relation != found->first)) {
      complete = false;
      break;
    }
    relation = found->first;
    model::ShapeKey& made = found->second;
    made.descending = sort["sortby_dir"].string_or("") == "SORTBY_DESC";
    const std::string nulls = sort["sortby_nulls"].string_or("");
    made.nulls_first =
        nulls == "SORTBY_NULLS_FIRST" || (nulls != "SORTBY_NULLS_LAST" && made.descending);
    keys.push_back(std::move(made));
  }
  if (!relation) return;
  shape_.relations[*relation].ordering = std::move(keys);
  shape_.relations[*relation].ordering_complete = complete;
}

void Shaper::extremes(json::View select, const Block& block) {
  const auto relations = relations_of(block);
  if (relations.size() != 1 || block.sources.size() != 1 || select["groupClause"].present()) return;
  std::vector<model::ShapeKey> found;
  for (const json::View target : select["targetList"].elements()) {
    const json::View call = target["ResTarget"]["val"]["FuncCall"];
    const std::string name = last_name(call["funcname"]);
    const auto arguments = call["args"].elements();
    // Any other output reads all rows anyway.
    if ((name != "min" && name != "max") || arguments.size() != 1 || call["over"].present()) return;
    const Side argument = side(arguments[0], block);
    if (argument.column.empty()) return;
    found.push_back({argument.column, "", {}, name == "max", name == "max", ""});
  }
  shape_.relations[relations[0]].extremes = std::move(found);
}

void Shaper::locks(json::View select, const Block& block) {
  for (const json::View item : select["lockingClause"].elements()) {
    std::vector<std::string> names;
    for (const json::View locked : item["LockingClause"]["lockedRels"].elements())
      names.push_back(locked["RangeVar"]["relname"].string_or(""));
    for (const Source& source : block.sources) {
      const bool named = std::find(names.begin(), names.end(), source.alias) != names.end();
      if (source.relation && (names.empty() || named))
        shape_.relations[*source.relation].for_update = true;
    }
  }
}

}  // namespace whet::sql
