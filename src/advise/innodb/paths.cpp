#include "advise/innodb/paths.h"

#include <algorithm>
#include <cmath>

#include "advise/innodb/expressions.h"

namespace whet::advise::innodb {

namespace {

constexpr double most_seeks_part = 10;  // sql_planner.cc: worst_seeks, rows / 10 ...
constexpr double most_seeks_scans = 3;  // ... or three table scans

/// What a look into the index says of a range: up to ten leaf pages are counted, for more the
/// estimate is doubled, and at most half of the table is believed (btr0cur.cc,
/// btr_estimate_n_rows_in_range).
double dived(double rows, double leaf_pages, double examined) {
  constexpr double counted_pages = 10;
  const double per_page = rows / std::max(leaf_pages, 1.0);
  if (examined <= counted_pages * per_page) return examined;
  return std::min(2 * examined, rows / 2);
}

bool fixed(const Condition* condition) {
  return condition != nullptr && condition->use == Use::point;
}

}  // namespace

double Paths::pages() const {
  if (relation_.table == nullptr) return relation_.rows / 100;
  const double bytes = static_cast<double>(relation_.table->heap_bytes);
  const auto counted = static_cast<double>(relation_.table->pages);
  if (counted > 0) return counted;
  return std::max(1.0, bytes / constants_.page_bytes);
}

double Paths::believed() const {
  double part = relation_.other_filter;
  for (const auto& [column, condition] : relation_.conditions) {
    const auto seen = std::find_if(keys_.begin(), keys_.end(), [&](const Key* key) {
      return !key->search && key->parts.front().column == column;
    });
    const bool looks = condition.use != Use::none && seen != keys_.end();
    part *=
        looks ? dived(relation_.rows, (*seen)->leaf_pages, relation_.rows * condition.share.part) /
                    relation_.rows
              : condition.believed;
  }
  return std::clamp(part, 0.1 / relation_.rows, 1.0);
}

double Paths::block_price() const {
  const double resident = constants_.resident();
  return constants_.price.memory_block * resident + constants_.price.disk_block * (1 - resident);
}

const Condition* Paths::condition(const model::IndexPart& part) const {
  if (!part.column.empty()) {
    const auto at = relation_.conditions.find(part.column);
    return at == relation_.conditions.end() ? nullptr : &at->second;
  }
  if (const std::string array = array_column(part.expression); !array.empty()) {
    const auto at = relation_.conditions.find(members_of(array));
    return at == relation_.conditions.end() ? nullptr : &at->second;
  }
  const std::string wanted = normal_expression(part.expression);
  for (const auto& [key, condition] : relation_.conditions) {
    if (key.starts_with('(') && normal_expression(key) == wanted) return &condition;
  }
  return nullptr;
}

bool Paths::covers(const Key& key) const {
  if (key.primary) return true;
  const model::ShapeRelation& shape = *relation_.shape;
  if (shape.written || shape.for_update || shape.whole_row) return false;
  return std::all_of(
      relation_.needed.begin(), relation_.needed.end(), [&](const std::string& column) {
        return std::any_of(key.parts.begin(), key.parts.end(), [&](const auto& part) {
          return part.column == column && part.prefix_length == 0;
        });
      });
}

/// What conditions on the parts from `from` on leave: tested before the row is fetched.
double Paths::passes_in_index(const Key& key, std::size_t from) const {
  if (!constants_.push_down || key.primary) return 1;
  double part = 1;
  for (std::size_t i = from; i < key.parts.size(); ++i) {
    const Condition* found = condition(key.parts[i]);
    if (found != nullptr && key.parts[i].prefix_length == 0) part *= found->share.part;
  }
  return part;
}

double Paths::lookup_price(const Path& path) const {
  const Key& key = *path.key;
  const double block = block_price();
  if (path.way == Way::unique_lookup) return block;
  if (key.primary) return block * (1 + path.believed / relation_.rows * pages());
  if (path.covering) {
    const double per_block = constants_.page_bytes / 2 / key.entry_bytes + 1;
    return block * std::ceil(path.believed / per_block);
  }
  const double seeks =
      std::max(2.0, std::min(relation_.rows / most_seeks_part, pages() * most_seeks_scans));
  return block * (path.way == Way::lookup ? std::min(path.believed, seeks) : path.believed);
}

// For one execution.
void Paths::charge(Path& path, double ranges) const {
  const Work& work = constants_.work;
  const Key& key = *path.key;
  const double disk = 1 - constants_.resident();
  path.fetched = path.covering ? 0 : path.examined * passes_in_index(key, path.used_parts);
  path.price = lookup_price(path) + path.believed * constants_.price.row;
  if (path.way == Way::range) path.price += (ranges - 1) * block_price();
  const double leaves =
      path.examined * (key.primary ? pages() / relation_.rows : key.leaf_pages / relation_.rows);
  const double begin = path.way == Way::unique_lookup ? work.unique_lookup : work.descent;
  path.work = ranges * begin + (path.way == Way::range ? ranges * work.range_start : 0) +
              path.examined * (key.primary ? work.scan_row : work.index_row) +
              path.fetched * work.fetch +
              disk * (ranges * work.random_read + leaves * work.sequential_read +
                      path.fetched * work.random_read);
}

// One more part of the key; false when it cannot find the place.
bool Paths::use_part(const model::IndexPart& part, double own_values, const Bound& bound,
                     Reach& reach) const {
  const Condition* found = condition(part);
  const bool by_join = !part.column.empty() && bound.contains(part.column) && !reach.several;
  if (!fixed(found) && by_join) {
    reach.part /= std::max(own_values, 1.0);
    reach.joined = true;
    return true;
  }
  if (found == nullptr || found->use == Use::none) return false;
  // A lookup by a joined value takes no list and no range.
  if (reach.joined && !fixed(found)) return false;
  reach.part *= found->share.part;
  reach.least = std::min(reach.least, found->share.part);
  if (found->use == Use::points) {
    reach.ranges *= found->values;
    reach.several = true;
  }
  reach.ranged = found->use == Use::range;
  return true;
}

// Columns that hang together have fewer pairs of values than independent ones, each with more rows.
double Paths::together(const Key& key, std::size_t parts, const Reach& reach) const {
  constexpr double most = 1e15;
  double apart = 1;
  for (std::size_t i = 0; i < parts; ++i) apart = std::min(apart * key.single[i], most);
  const double values = key.distinct[parts - 1];
  const double part = std::min(reach.least, reach.part * std::max(1.0, apart / values));
  if (apart <= relation_.rows) return part;
  return std::min(part, std::max(1 / values, 1 / relation_.rows));
}

std::optional<Path> Paths::by_key(const Key& key, const Bound& bound) const {
  Path path;
  path.key = &key;
  Reach reach;
  for (std::size_t i = 0; i < key.parts.size() && !reach.ranged; ++i) {
    const double before = i == 0 ? 1 : key.distinct[i - 1];
    if (!use_part(key.parts[i], key.distinct[i] / before, bound, reach)) break;
    ++path.used_parts;
    if (!reach.several && !reach.ranged) path.fixed_parts = path.used_parts;
  }
  if (path.used_parts == 0) return std::nullopt;
  path.joined = reach.joined;
  path.way = reach.several || reach.ranged ? Way::range : Way::lookup;
  if (path.way == Way::lookup && !path.joined && path.used_parts > 1)
    reach.part = together(key, path.used_parts, reach);
  constexpr double least_rows = 1e-3;
  path.examined = std::max(relation_.rows * reach.part, path.joined ? least_rows : 0.0);
  if (key.unique && path.fixed_parts >= key.own) {
    path.way = Way::unique_lookup;
    path.examined = std::min(path.examined, 1.0);
  }
  path.believed = path.joined || path.way == Way::unique_lookup
                      ? path.examined
                      : dived(relation_.rows, key.leaf_pages, path.examined);
  path.covering = covers(key);
  charge(path, reach.ranges);
  return path;
}

Path Paths::table_scan() const {
  Path path;
  path.way = Way::table_scan;
  path.examined = relation_.rows;
  path.price = pages() * block_price() + relation_.rows * constants_.price.row;
  const Work& work = constants_.work;
  path.work = relation_.rows * work.scan_row + work.range_start +
              (1 - constants_.resident()) * pages() * work.sequential_read;
  return path;
}

std::optional<Path> Paths::scan_of(const Key& key, bool in_order) const {
  Path path;
  path.way = Way::index_scan;
  path.key = &key;
  path.covering = covers(key);
  if (!path.covering && !in_order) return std::nullopt;
  if (key.primary && !in_order) return std::nullopt;
  path.examined = relation_.rows;
  path.fetched = path.covering ? 0 : path.examined * passes_in_index(key, 0);
  const Work& work = constants_.work;
  const double disk = 1 - constants_.resident();
  const double blocks = key.primary ? pages() : key.leaf_pages;
  path.price =
      blocks * block_price() + path.examined * constants_.price.row + path.fetched * block_price();
  path.work = path.examined * work.index_row + path.fetched * work.fetch + work.range_start +
              disk * (blocks * work.sequential_read + path.fetched * work.random_read);
  return path;
}

std::optional<Path> Paths::skip(const Key& key) const {
  if (!constants_.skip_scan || key.primary || key.parts.size() < 2 || !covers(key))
    return std::nullopt;
  const model::ShapeRelation& shape = *relation_.shape;
  if (!shape.grouping.empty() || shape.distinct || !relation_.equalities.empty())
    return std::nullopt;
  if (condition(key.parts[0]) != nullptr) return std::nullopt;
  const Condition* second = condition(key.parts[1]);
  if (second == nullptr || second->use == Use::none || second->use == Use::points)
    return std::nullopt;
  Path path;
  path.way = Way::skip_scan;
  path.key = &key;
  path.used_parts = 2;
  path.covering = true;
  path.examined = path.believed = relation_.rows * second->share.part;
  charge(path, key.distinct[0]);
  path.price += key.distinct[0] * block_price();
  return path;
}

std::optional<Path> Paths::arm(const Arm& one) const {
  Relation part = relation_;
  part.conditions = one.conditions;
  part.alternatives.clear();
  part.needed.clear();  // entries only: rows are fetched once, after the union
  const Paths inner(constants_, part, keys_);
  std::optional<Path> best;
  for (const Key* key : keys_) {
    if (key->search) continue;
    auto path = inner.by_key(*key, {});
    if (path && (!best || path->price < best->price)) best = std::move(path);
  }
  return best;
}

std::optional<Path> Paths::merge() const {
  std::optional<Path> best;
  if (!constants_.merge_union) return best;
  for (const auto& arms : relation_.alternatives) {
    Path path;
    path.way = Way::merge;
    double rows = 0;
    bool whole = !arms.empty();
    for (const Arm& one : arms) {
      const auto found = arm(one);
      whole = whole && found.has_value();
      if (!whole) break;
      path.merged.push_back(found->key);
      path.price += found->price;
      path.work += found->work;
      rows += found->examined;
    }
    if (!whole) continue;
    path.key = path.merged.front();
    path.examined = path.fetched = std::min(rows, relation_.rows);
    path.price += rows * block_price();
    path.work += rows * (constants_.work.fetch + constants_.work.build);
    if (!best || path.price < best->price) best = std::move(path);
  }
  return best;
}

Path Paths::best(const Bound& bound) const {
  Path best = table_scan();
  const auto consider = [&](std::optional<Path> path) {
    if (!path) return;
    // Of two that cost the same, the one that finds one row by a unique key.
    const bool unique = path->way == Way::unique_lookup && best.way != Way::unique_lookup;
    if (path->price < best.price || (unique && path->price <= best.price)) best = *std::move(path);
  };
  for (const Key* key : keys_) {
    if (key->search) continue;
    auto path = by_key(*key, bound);
    // A scan inside a join is priced by the join; here only what a key finds competes.
    const bool first_key = bound.empty() || path;
    if (first_key) consider(std::move(path));
    if (bound.empty()) {
      consider(scan_of(*key, false));
      consider(skip(*key));
    }
  }
  consider(merge());
  return best;
}

bool Paths::gives(const Path& path, const std::vector<model::ShapeKey>& order,
                  bool any_direction) const {
  if (path.key == nullptr || path.way == Way::merge || path.way == Way::skip_scan) return false;
  const Key& key = *path.key;
  std::optional<bool> flipped;
  std::size_t at = 0;
  for (const model::ShapeKey& wanted : order) {
    model::IndexPart target;
    target.column = wanted.column;
    target.expression = wanted.expression;
    if (fixed(condition(target))) continue;
    const auto same = [&](const model::IndexPart& part) {
      if (!wanted.column.empty()) return part.column == wanted.column && part.prefix_length == 0;
      return part.column.empty() &&
             normal_expression(part.expression) == normal_expression(wanted.expression);
    };
    while (at < key.parts.size() && !same(key.parts[at]) && fixed(condition(key.parts[at]))) ++at;
    if (at >= key.parts.size() || !same(key.parts[at])) return false;
    // A part with several points does not keep the order of what is behind it.
    const bool flip = key.parts[at].descending != wanted.descending;
    if (!any_direction && flipped && *flipped != flip) return false;
    flipped = flip;
    ++at;
  }
  for (std::size_t i = 0; i < std::min(at, path.used_parts); ++i) {
    const Condition* found = condition(key.parts[i]);
    if (found != nullptr && found->use == Use::points && path.used_parts > 0 &&
        path.way == Way::range && found->values > 1 && i + 1 < at)
      return false;
  }
  return true;
}

std::vector<Path> Paths::ordered(const std::vector<model::ShapeKey>& order,
                                 const Bound& bound) const {
  std::vector<Path> out;
  for (const Key* key : keys_) {
    if (key->search) continue;
    for (auto path : {by_key(*key, bound), scan_of(*key, true)}) {
      if (path && gives(*path, order, false)) out.push_back(*std::move(path));
    }
  }
  return out;
}

std::optional<Path> Paths::shortcut() const {
  const model::ShapeRelation& shape = *relation_.shape;
  const bool alone = relation_.equalities.empty() && relation_.alternatives.empty();
  if (!alone) return std::nullopt;
  std::optional<Path> best;
  for (const Key* key : keys_) {
    if (key->search) continue;
    Path path;
    path.key = key;
    path.covering = true;
    std::size_t led = 0;
    while (led < key->parts.size() && fixed(condition(key->parts[led]))) ++led;
    const bool all_conditions = led == relation_.conditions.size();
    if (!shape.extremes.empty() && all_conditions && led < key->parts.size() &&
        relation_.needed.size() == led + 1 && shape.extremes[0].column == key->parts[led].column) {
      path.way = Way::extreme;
      path.used_parts = led;
      path.examined = static_cast<double>(shape.extremes.size());
      path.price = 0;
      path.work = path.examined * constants_.work.unique_lookup;
    } else if (shape.distinct && !shape.aggregated && relation_.conditions.empty() &&
               shape.extremes.empty()) {
      const std::size_t columns = relation_.needed.size();
      if (columns == 0 || columns > key->own || key->primary) continue;
      const bool leading =
          std::all_of(key->parts.begin(), key->parts.begin() + static_cast<std::ptrdiff_t>(columns),
                      [&](const auto& part) { return relation_.needed.contains(part.column); });
      if (!leading || key->distinct[columns - 1] > relation_.rows / 4) continue;
      path.way = Way::distinct_scan;
      path.used_parts = columns;
      path.examined = key->distinct[columns - 1];
      path.price = path.examined * (block_price() + constants_.price.row);
      path.work = path.examined * constants_.work.unique_lookup;
    } else {
      continue;
    }
    if (!best || path.price < best->price) best = std::move(path);
  }
  return best;
}

}  // namespace whet::advise::innodb
