// FROM clauses: tables, joins, subqueries, functions.
#include <algorithm>
#include <utility>

#include "sql/parse.h"
#include "sql/shaper.h"

namespace whet::sql {

namespace {

void add_relations(const Source& source, std::set<std::size_t>& relations) {
  if (source.relation) relations.insert(*source.relation);
  for (const Output& output : source.outputs) {
    if (output.relation) relations.insert(*output.relation);
    for (const At& also : output.also) relations.insert(also.relation);
  }
}

// The columns that both sides of a NATURAL join have.
std::vector<std::string> natural_names(const Block& block, std::size_t left, std::size_t right) {
  std::vector<std::string> names;
  for (std::size_t i = right; i < block.sources.size(); ++i) {
    for (const std::string& name :
         column_names(block.sources[i]).value_or(std::vector<std::string>())) {
      if (find_column(block, left, right, name).found) names.push_back(name);
    }
  }
  return names;
}

}  // namespace

std::size_t Shaper::add_relation(model::ShapeRelation relation) {
  shape_.relations.push_back(std::move(relation));
  return shape_.relations.size() - 1;
}

// REQUIRES: a RangeVar. The position of its relation.
std::size_t Shaper::table(json::View range_var, Block& block) {
  const std::string schema = range_var["schemaname"].string_or("");
  const std::string name = range_var["relname"].string_or("");
  const model::Table* known = catalog_.table(schema, name);
  model::ShapeRelation relation;
  relation.schema = known != nullptr ? known->schema : schema;
  relation.table = name;
  relation.alias = range_var["alias"]["aliasname"].string_or(name);
  relation.opaque = known == nullptr;
  relation.block = block.number;
  Source source;
  source.alias = relation.alias;
  source.schema = schema;
  source.table = known;
  source.opaque = known == nullptr;
  source.relation = add_relation(std::move(relation));
  const auto renamed = range_var["alias"]["colnames"].elements();
  if (!renamed.empty() && known != nullptr) {
    source.derived = true;
    for (std::size_t i = 0; i < known->columns.size(); ++i) {
      const std::string& column = known->columns[i].name;
      source.outputs.push_back(
          {i < renamed.size() ? renamed[i]["String"]["sval"].string_or(column) : column,
           source.relation, column});
    }
  }
  block.sources.push_back(std::move(source));
  return *block.sources.back().relation;
}

// A view is the query that it stands for. False when that is not known, or too deep.
bool Shaper::view(json::View range_var, Block& block) {
  // PostgreSQL itself stops at the stack's depth; nobody nests views as deep.
  constexpr std::size_t deepest = 16;
  constexpr int most_expansions = 200;
  const std::string schema = range_var["schemaname"].string_or("");
  const std::string name = range_var["relname"].string_or("");
  const model::View* known = catalog_.view(schema, name);
  if (known == nullptr || known->definition.empty() || open_views_.size() >= deepest ||
      std::find(open_views_.begin(), open_views_.end(), known) != open_views_.end() ||
      ++expansions_ > most_expansions)
    return false;
  const auto [at, made] = view_trees_.try_emplace(known);
  if (made) {
    auto tree = parse(known->definition);
    if (tree.ok()) at->second = std::move(tree).value();
  }
  if (!at->second) return false;
  const auto all = statements(*at->second);
  if (all.size() != 1) return false;
  // What a view says is part of the schema, whatever the statement around it looks like.
  const bool literals = std::exchange(literals_are_constant_, true);
  open_views_.push_back(known);
  const Derived derived = any_query(all[0], nullptr);
  open_views_.pop_back();
  literals_are_constant_ = literals;
  derived_table(derived, range_var["alias"], block);
  if (block.sources.back().alias.empty()) block.sources.back().alias = name;
  block.sources.back().schema = schema;
  return true;
}

// The target of an UPDATE, DELETE or MERGE: a table, or a view on one.
void Shaper::written(json::View range_var, Block& block) {
  if (!view(range_var, block)) {
    shape_.relations[table(range_var, block)].written = true;
    return;
  }
  for (const Output& output : block.sources.back().outputs) {
    if (output.relation) shape_.relations[*output.relation].written = true;
  }
}

void Shaper::derived_table(const Derived& derived, json::View alias, Block& block) {
  Source source;
  source.alias = alias["aliasname"].string_or("");
  source.derived = !derived.opaque;
  source.opaque = derived.opaque;
  source.outputs = derived.outputs;
  const auto renamed = alias["colnames"].elements();
  for (std::size_t i = 0; i < renamed.size() && i < source.outputs.size(); ++i)
    source.outputs[i].name = renamed[i]["String"]["sval"].string_or("");
  block.sources.push_back(std::move(source));
}

void Shaper::from(json::View item, Block& block, std::vector<Condition>& conditions) {
  too_large_ = too_large_ || shape_.relations.size() >= most_relations ||
               block.sources.size() >= most_relations;
  if (too_large_) return;
  const auto [type, content] = node(item);
  if (type == "RangeVar") {
    const std::string name = content["relname"].string_or("");
    const CommonTable* common =
        content["schemaname"].present() ? nullptr : block.common_table(name);
    if (common == nullptr) {
      if (!view(content, block)) table(content, block);
      return;
    }
    derived_table({common->outputs, common->opaque}, content["alias"], block);
    if (block.sources.back().alias.empty()) block.sources.back().alias = name;
  } else if (type == "JoinExpr") {
    join(content, block, conditions);
  } else if (type == "RangeSubselect") {
    // Without LATERAL the items before it are out of reach, but WITH queries are not.
    Block reachable = block;
    if (!content["lateral"].boolean_or(false)) reachable.sources.clear();
    const Derived derived = any_query(content["subquery"], &reachable);
    derived_table(derived, content["alias"], block);
  } else if (type == "RangeTableSample") {
    from(content["relation"], block, conditions);
  } else {
    // Functions and XMLTABLE: their columns are whatever they give. What they are called with may
    // be of the items before.
    columns_used(content, block, false);
    subqueries(content, block);
    derived_table({{}, true}, content["alias"], block);
  }
}

void Shaper::join(json::View content, Block& block, std::vector<Condition>& conditions) {
  const std::size_t left = block.sources.size();
  from(content["larg"], block, conditions);
  const std::size_t right = block.sources.size();
  from(content["rarg"], block, conditions);
  const std::string kind = content["jointype"].string_or("JOIN_INNER");
  const bool outer = kind != "JOIN_INNER";
  if (content["quals"].present()) {
    Condition condition{content["quals"], outer, {}};
    const std::size_t first = kind == "JOIN_LEFT" ? right : left;
    const std::size_t last = kind == "JOIN_LEFT" ? block.sources.size() : right;
    for (std::size_t i = first; i < last && kind != "JOIN_FULL"; ++i)
      add_relations(block.sources[i], condition.filters);
    conditions.push_back(std::move(condition));
  }
  std::vector<std::string> names;
  for (const json::View name : content["usingClause"].elements())
    names.push_back(name["String"]["sval"].string_or(""));
  if (content["isNatural"].boolean_or(false)) names = natural_names(block, left, right);
  merge_columns(names, left, right, block, outer);
}

// The columns of USING and NATURAL; sources from `left` to `right` are on the left of the join.
void Shaper::merge_columns(const std::vector<std::string>& names, std::size_t left,
                           std::size_t right, Block& block, bool outer) {
  const auto side_of = [](const Place& place) {
    Side out;
    out.relation = place.relation;
    out.column = place.column;
    out.derived = !place.relation;
    out.also = place.also;
    if (place.relation) out.relations.insert(*place.relation);
    return out;
  };
  for (const std::string& name : names) {
    const Place on_left = find_column(block, left, right, name);
    const Place on_right = find_column(block, right, block.sources.size(), name);
    block.merged.insert(name);
    if (!on_left.found || !on_right.found) continue;
    note(on_left, false);
    note(on_right, false);
    const Condition condition{json::View(), outer, {}};
    edge(side_of(on_left), "=", side_of(on_right), {block, condition});
  }
}

}  // namespace whet::sql
