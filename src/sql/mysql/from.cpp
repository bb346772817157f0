// FROM clauses: tables, joins, subqueries, functions.
#include <algorithm>
#include <utility>

#include "base/text.h"
#include "sql/mysql/parse.h"
#include "sql/mysql/shaper.h"

namespace whet::sql::mysql {

namespace {

void add_relations(const Source& source, std::set<std::size_t>& relations) {
  if (source.relation) relations.insert(*source.relation);
  for (const Output& output : source.outputs) {
    if (output.relation) relations.insert(*output.relation);
    for (const At& also : output.also) relations.insert(also.relation);
  }
}

bool is_capitals(const std::string& name) {
  return std::none_of(name.begin(), name.end(), [](char c) { return c >= 'a' && c <= 'z'; });
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

// The position of its relation.
std::size_t Shaper::table(const From& item, Block& block) {
  const std::string schema = item.schema.empty() ? mode_.database : item.schema;
  const model::Table* known = catalog_.table(schema, item.name);
  // Digests print a name that is a word of the language in capitals: EVENTS.
  if (known == nullptr && is_capitals(item.name))
    known = catalog_.table(schema, text::lower(item.name));
  model::ShapeRelation relation;
  relation.schema = known != nullptr ? known->schema : schema;
  relation.table = known != nullptr ? known->name : item.name;
  relation.alias = item.alias.empty() ? item.name : item.alias;
  relation.opaque = known == nullptr;
  relation.block = block.number;
  Source source;
  source.alias = relation.alias;
  source.schema = relation.schema;
  source.table = known;
  source.opaque = known == nullptr;
  source.relation = add_relation(std::move(relation));
  block.sources.push_back(std::move(source));
  return *block.sources.back().relation;
}

// A view is the query that it stands for. False when that is not known, or too deep.
bool Shaper::view(const From& item, Block& block) {
  constexpr std::size_t deepest = 16;
  const std::string schema = item.schema.empty() ? mode_.database : item.schema;
  const model::View* known = catalog_.view(schema, item.name);
  if (known == nullptr || known->definition.empty() || open_views_.size() >= deepest ||
      std::find(open_views_.begin(), open_views_.end(), known) != open_views_.end() ||
      ++expansions_ > most_expansions)
    return false;
  const auto [at, made] = view_trees_.try_emplace(known);
  if (made) {
    auto tree = parse(known->definition, mode_);
    if (tree.ok() && tree->size() == 1) at->second = tree->front().query;
  }
  const std::shared_ptr<const Query> tree = at->second;
  if (!tree) return false;
  // What a view says is part of the schema, whatever the statement around it looks like.
  const bool literals = std::exchange(literals_are_constant_, true);
  open_views_.push_back(known);
  const Derived derived = query(*tree, nullptr);
  open_views_.pop_back();
  literals_are_constant_ = literals;
  derived_table(derived, item, block);
  if (block.sources.back().alias.empty()) block.sources.back().alias = item.name;
  block.sources.back().schema = known->schema;
  return true;
}

// A WITH query of that name; false when there is none.
bool Shaper::common(const From& item, Block& block) {
  if (!item.schema.empty()) return false;
  const auto at = find_common(block, item.name);
  if (!at) return false;
  const Common& found = at->block->common[at->position];
  Derived derived{{}, true};
  if (!found.query) {
    reads_itself_ = true;
  } else if (++expansions_ <= most_expansions) {
    derived = expanded(*at);
  }
  derived_table(derived, item, block);
  if (block.sources.back().alias.empty()) block.sources.back().alias = item.name;
  return true;
}

// The query sees those before it; itself only when it is recursive, and then it is computed first.
Derived Shaper::expanded(const CommonAt& at) {
  const Common& found = at.block->common[at.position];
  Block around;
  around.outer = at.block->outer;
  around.common.assign(at.block->common.begin(),
                       at.block->common.begin() + static_cast<std::ptrdiff_t>(at.position));
  if (at.block->recursive) around.common.push_back({found.name, found.columns, nullptr});
  around.recursive = at.block->recursive;
  const bool before = std::exchange(reads_itself_, false);
  Derived out = query(*found.query, &around);
  for (std::size_t i = 0; i < found.columns.size() && i < out.outputs.size(); ++i)
    out.outputs[i].name = found.columns[i];
  if (reads_itself_) forget_columns(out.outputs);
  reads_itself_ = before;
  return out;
}

void Shaper::named(const From& item, Block& block) {
  if (!common(item, block) && !view(item, block)) table(item, block);
}

void Shaper::derived_table(const Derived& derived, const From& item, Block& block) {
  Source source;
  source.alias = item.alias;
  source.derived = !derived.opaque;
  source.opaque = derived.opaque;
  source.outputs = derived.outputs;
  for (std::size_t i = 0; i < item.columns.size() && i < source.outputs.size(); ++i)
    source.outputs[i].name = item.columns[i];
  block.sources.push_back(std::move(source));
}

void Shaper::from(const From& item, Block& block, std::vector<Condition>& conditions) {
  too_large_ = too_large_ || shape_.relations.size() >= most_relations ||
               block.sources.size() >= most_relations;
  if (too_large_) return;
  switch (item.kind) {
    case FromKind::table:
      return named(item, block);
    case FromKind::join:
      return join(item, block, conditions);
    case FromKind::derived: {
      // Without LATERAL the items before it are out of reach, but WITH queries are not. Resolved
      // text of MariaDB has conditions pushed into it that name them, though.
      const Derived derived = query(*item.query, &block);
      return derived_table(derived, item, block);
    }
    case FromKind::function:
      columns_used(item.on, block, false);
      subqueries(item.on, block);
      return derived_table({{}, true}, item, block);
  }
}

void Shaper::join(const From& item, Block& block, std::vector<Condition>& conditions) {
  const std::size_t left = block.sources.size();
  if (item.sides.empty()) return;
  from(item.sides[0], block, conditions);
  const std::size_t right = block.sources.size();
  for (std::size_t i = 1; i < item.sides.size(); ++i) from(item.sides[i], block, conditions);
  const bool outer = item.join == JoinKind::left || item.join == JoinKind::right;
  const bool semi = item.join == JoinKind::semi || item.join == JoinKind::anti;
  Condition condition{&item.on, outer, outer || item.join == JoinKind::anti, {}};
  const std::size_t first = item.join == JoinKind::right ? left : right;
  const std::size_t last = item.join == JoinKind::right ? right : block.sources.size();
  for (std::size_t i = first; i < last; ++i) {
    if (condition.restricted) add_relations(block.sources[i], condition.filters);
    if (semi) add_relations(block.sources[i], semi_);
  }
  if (item.on.present()) conditions.push_back(std::move(condition));
  merge_columns(item.natural ? natural_names(block, left, right) : item.using_columns, left, right,
                block, outer);
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
    block.merged.insert(text::lower(name));
    if (!on_left.found || !on_right.found) continue;
    note(on_left, false);
    note(on_right, false);
    const Condition condition{nullptr, outer, false, {}};
    edge(side_of(on_left), "=", side_of(on_right), {block, condition});
  }
}

}  // namespace whet::sql::mysql
