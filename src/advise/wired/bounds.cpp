#include "advise/wired/bounds.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "advise/mongodb_index.h"

namespace whet::advise::wired {

namespace {

using mql::Type;
using mql::Value;

constexpr double most_scans = 200;  // internalQueryMaxScansToExplode

bool is_special(const std::string& word) { return !word.empty() && word != "hashed"; }

/// "attrs.color" lies below "attrs.$**".
bool below_wildcard(const std::string& wildcard, const std::string& path) {
  if (wildcard == "$**") return path != "_id";
  const std::string head = wildcard.substr(0, wildcard.size() - 3);
  return path.starts_with(head);
}

bool within_range(const Condition& range, const Value& value) {
  const int order = mql::compare(value, range.values.front());
  switch (range.op) {
    case Op::less:
      return order < 0;
    case Op::less_equal:
      return order <= 0;
    case Op::greater:
      return order > 0;
    default:
      return order >= 0;
  }
}

/// Whatever passes `ours` passes `wanted`, both on one path.
bool implies(const Condition& ours, const Condition& wanted) {
  if (ours.element != 0) return false;
  const auto known = [](const Value& value) { return value.type != Type::placeholder; };
  if (wanted.op == Op::exists)
    return !ours.takes_missing() && ours.op != Op::missing && ours.op != Op::other;
  if (wanted.op == Op::type) return ours.op == Op::type && ours.values == wanted.values;
  if (!std::all_of(ours.values.begin(), ours.values.end(), known)) return false;
  if (ours.is_point() && wanted.is_range()) {
    return std::all_of(ours.values.begin(), ours.values.end(),
                       [&](const Value& value) { return within_range(wanted, value); });
  }
  if (ours.is_point() && wanted.is_point()) {
    return std::all_of(ours.values.begin(), ours.values.end(), [&](const Value& value) {
      return std::any_of(wanted.values.begin(), wanted.values.end(),
                         [&](const Value& other) { return mql::compare(value, other) == 0; });
    });
  }
  if (!ours.is_range() || !wanted.is_range()) return false;
  const bool up = wanted.op == Op::greater || wanted.op == Op::greater_equal;
  const bool ours_up = ours.op == Op::greater || ours.op == Op::greater_equal;
  if (up != ours_up) return false;
  const int order = mql::compare(ours.values.front(), wanted.values.front());
  if (order == 0)
    return ours.op == wanted.op || wanted.op == Op::less_equal || wanted.op == Op::greater_equal;
  return up ? order > 0 : order < 0;
}

bool implies(const Filter& ours, const Filter& wanted) {
  if (!wanted.alternatives.empty()) return false;
  return std::all_of(wanted.conditions.begin(), wanted.conditions.end(), [&](const Condition& w) {
    return std::any_of(ours.conditions.begin(), ours.conditions.end(),
                       [&](const Condition& o) { return o.path == w.path && implies(o, w); });
  });
}

/// Collations order texts: numbers, dates and ids are the same under all of them.
bool is_text(const Statistics& statistics, const Condition& condition) {
  if (condition.op == Op::prefix || condition.op == Op::regex) return true;
  return std::any_of(condition.values.begin(), condition.values.end(), [&](const Value& value) {
    if (value.type == Type::placeholder) return statistics.is_text(condition.path);
    return value.is_string() || value.is_object() || value.is_array();
  });
}

std::string collation_of(const Statistics& statistics, const Read& read) {
  const std::string text =
      canonical_document(read.collation.empty() ? statistics.table().collation : read.collation);
  return text.find(R"("locale":"simple")") != std::string::npos ? "" : text;
}

/// The server fills in what a query's collation leaves open.
bool same_collation(const std::string& index, const std::string& query) {
  if (index == query) return true;
  const auto a = mql::parse_json(index.empty() ? "{}" : index);
  const auto b = mql::parse_json(query.empty() ? "{}" : query);
  if (!a || !b || index.empty() != query.empty()) return false;
  return a->string_at("locale") == b->string_at("locale") &&
         a->number_at("strength", 3) == b->number_at("strength", 3) &&
         a->flag_at("caseLevel") == b->flag_at("caseLevel") &&
         a->flag_at("numericOrdering") == b->flag_at("numericOrdering");
}

/// Conditions that can make bounds on a part.
bool fits(const Key& key, const std::string& word, const Condition& one) {
  switch (one.op) {
    case Op::within:
    case Op::near:
      return word == "2dsphere" || word == "2d";
    case Op::text:
      return word == "text";
    case Op::other:
    case Op::type:
      return false;
    case Op::missing:
      return word.empty() && !key.sparse && !key.wildcard;
    case Op::exists:
      return word.empty();
    default:
      break;
  }
  if (word == "hashed") return one.is_point();
  if (!word.empty()) return false;
  if (key.wildcard && one.takes_missing()) return false;
  return !(key.sparse && one.takes_missing());
}

/// Makes the bounds of one read on one index.
class Builder {
 public:
  Builder(const Statistics& statistics, const Key& key, const Read& read, const Filter& filter)
      : statistics_(statistics),
        key_(key),
        filter_(filter),
        collated_(same_collation(key.collation, collation_of(statistics, read))) {}

  Bounds build(bool led);
  [[nodiscard]] std::vector<const Condition*> fitting(const std::string& path,
                                                      const std::string& word) const;

 private:
  void part(const model::IndexPart& wanted, bool led);
  void choose(Part& part);
  void measure(Part& part) const;
  void unchecked(Bounds& out) const;
  [[nodiscard]] double examined(const std::vector<Part>& parts, std::size_t at, double n) const;
  [[nodiscard]] double partial_share(const std::string& path) const;

  const Statistics& statistics_;
  const Key& key_;
  const Filter& filter_;
  bool collated_;
  Bounds out_;
  std::map<std::string, std::int64_t> roots_;  ///< arrays that have bounds, with their $elemMatch
};

std::vector<const Condition*> Builder::fitting(const std::string& path,
                                               const std::string& word) const {
  std::vector<const Condition*> out;
  for (const Condition& one : filter_.conditions) {
    const bool here = key_.wildcard && path.ends_with("$**") ? below_wildcard(path, one.path)
                      : word == "text"                       ? one.op == Op::text
                                                             : one.path == path;
    if (here && fits(key_, word, one) && (collated_ || !is_text(statistics_, one)))
      out.push_back(&one);
  }
  return out;
}

/// Of an array's conditions only those of one element narrow one entry.
void Builder::choose(Part& part) {
  const std::string root = statistics_.array_of(part.path);
  part.array = !root.empty();
  if (!part.array || part.conditions.empty()) return;
  std::map<std::int64_t, std::vector<const Condition*>> groups;
  std::int64_t alone = -1;
  for (const Condition* one : part.conditions)
    groups[one->element != 0 ? one->element : alone--].push_back(one);
  const auto bound = roots_.find(root);
  if (bound != roots_.end()) {
    const auto same = bound->second > 0 ? groups.find(bound->second) : groups.end();
    part.conditions = same == groups.end() ? std::vector<const Condition*>{} : same->second;
    return;
  }
  const auto best =
      std::min_element(groups.begin(), groups.end(), [&](const auto& a, const auto& b) {
        return statistics_.entry_share(a.second) < statistics_.entry_share(b.second);
      });
  part.conditions = best->second;
  roots_[root] = best->first;
}

double Builder::partial_share(const std::string& path) const {
  std::vector<const Condition*> conditions;
  for (const Condition& one : key_.partial.conditions) {
    if (path.empty() || one.path == path) conditions.push_back(&one);
  }
  if (path.empty()) return statistics_.document_share(key_.partial);
  return std::max(statistics_.document_share(conditions), 1e-9);
}

void Builder::measure(Part& part) const {
  part.distinct = std::min(statistics_.distinct(part.path), std::max(out_.entries, 1.0));
  if (part.conditions.empty()) return;
  std::vector<const Condition*> bounding;
  double points = 0;
  for (const Condition* one : part.conditions) {
    if (one->op == Op::exists) continue;
    if (one->op == Op::regex) {
      part.key_filter *=
          statistics_.entry_share({one}) / std::max(1e-9, 1 - statistics_.missing(part.path));
      continue;
    }
    bounding.push_back(one);
    if (one->is_point() || one->op == Op::missing) {
      constexpr double list_length = 5;
      const bool open = one->op == Op::in && one->values.size() == 1 &&
                        one->values.front().type == Type::placeholder;
      const double count = one->op == Op::missing ? 1
                           : open                 ? list_length
                                                  : static_cast<double>(one->values.size());
      points = points > 0 ? std::min(points, count) : count;
    }
    if (one->op == Op::not_equal || one->op == Op::not_in)
      part.intervals = static_cast<double>(one->values.size()) + 1;
  }
  part.points = points;
  part.intervals = std::max(part.intervals, points);
  if (!bounding.empty()) part.share = statistics_.entry_share(bounding);
  part.share /= partial_share(part.path);
  // A sparse index has only those that have it.
  if (key_.sparse && key_.index->parts.size() == 1)
    part.share /= std::max(1e-9, 1 - statistics_.missing(part.path));
  part.share = std::min(1.0, part.share);
}

void Builder::part(const model::IndexPart& wanted, bool led) {
  Part part;
  part.path = wanted.column;
  part.word = part_word(*key_.index, wanted);
  part.descending = wanted.descending;
  if (led) part.conditions = fitting(part.path, part.word);
  if (key_.wildcard && part.path.ends_with("$**") && !part.conditions.empty()) {
    // One path at a time: the one that leaves least.
    const Condition* best = *std::min_element(
        part.conditions.begin(), part.conditions.end(), [&](const auto* a, const auto* b) {
          return statistics_.entry_share({a}) < statistics_.entry_share({b});
        });
    part.path = best->path;
    std::erase_if(part.conditions, [&](const Condition* one) { return one->path != best->path; });
  }
  choose(part);
  measure(part);
  out_.parts.push_back(std::move(part));
}

/// Keys examined from `n` entries that the parts before `at` leave. The scan jumps over what lies
/// between the intervals of a later part, once for each value of those before it.
double Builder::examined(const std::vector<Part>& parts, std::size_t at, double n) const {
  std::size_t last = parts.size();
  while (last > at && (parts[last - 1].all() || parts[last - 1].share >= 1)) --last;
  if (last == at) return n;
  const Part& part = parts[at];
  const double mine = n * part.share;
  if (part.points > 0) {
    const double each = examined(parts, at + 1, mine / part.points);
    // An interval without an entry still costs the look at the next one.
    return part.points * each + (part.points - 1) * std::exp(-each);
  }
  if (last == at + 1) return mine + (part.intervals - 1);
  const double range = std::max(1.0, part.distinct * part.share);
  // How many of its values are among the entries that the parts before leave.
  const double left = std::min(1.0, n / out_.entries);
  const double each_has = std::max(1.0, out_.entries / part.distinct);
  const double values = std::max(1.0, std::min(mine, range * (1 - std::pow(1 - left, each_has))));
  const double each = examined(parts, at + 1, mine / values);
  return std::min(mine, values * (each + 1));
}

/// What the bounds do not answer: the document must tell.
void Builder::unchecked(Bounds& out) const {
  for (const Condition& one : filter_.conditions) {
    bool checked = false;
    for (const Part& part : out.parts) {
      const bool used =
          std::find(part.conditions.begin(), part.conditions.end(), &one) != part.conditions.end();
      const bool exact = !one.takes_missing() && one.op != Op::exists && one.op != Op::missing &&
                         one.element == 0 && part.word.empty();
      checked = checked || (used && exact && !(part.array && one.op == Op::regex));
    }
    if (!checked) out.unchecked.push_back(&one);
  }
}

Bounds Builder::build(bool led) {
  const double documents = statistics_.documents();
  double held = key_.partial.empty() ? 1 : partial_share("");
  double per_document = 1;
  for (const model::IndexPart& wanted : key_.index->parts)
    per_document = std::max(per_document, statistics_.entries(wanted.column));
  if (key_.sparse) {
    double none = 1;
    for (const model::IndexPart& wanted : key_.index->parts)
      none *= statistics_.missing(wanted.column);
    held *= 1 - none;
  }
  out_.entries = std::max(1.0, documents * held * per_document);
  for (const model::IndexPart& wanted : key_.index->parts) part(wanted, led);
  out_.keys = examined(out_.parts, 0, out_.entries);
  out_.matching = out_.entries;
  double elements = per_document, checked = 1;
  bool narrowed = false;
  out_.documents = documents * held;
  for (const Part& one : out_.parts) {
    out_.matching *= one.share;
    if (one.all()) continue;
    narrowed = narrowed || one.array;
    (one.array ? elements : out_.documents) *= one.share;
    checked *= one.key_filter;
    out_.intervals *= one.intervals;
  }
  // Entries of one document count once.
  out_.documents *= checked * (narrowed ? std::min(1.0, elements) : 1);
  out_.keys = std::max(out_.keys, out_.matching);
  unchecked(out_);
  return std::move(out_);
}

bool takes_missing(const Filter& filter, const std::string& path) {
  return std::none_of(filter.conditions.begin(), filter.conditions.end(),
                      [&](const Condition& one) {
                        return one.path == path && !one.takes_missing() && one.op != Op::other;
                      });
}

}  // namespace

Key key_of(const model::Table& table, const model::Index& index) {
  Key key;
  key.index = &index;
  key.table = &table;
  key.name = index.name;
  key.sparse = index_flag(index, "sparse");
  key.wildcard = is_wildcard(index);
  const std::string collation = canonical_document(index_option(index, "collation"));
  if (collation.find(R"("locale":"simple")") == std::string::npos) key.collation = collation;
  if (!index.predicate.empty()) {
    const auto document = mql::parse_json(index.predicate);
    if (document) key.partial = filter_of(*document);
  }
  return key;
}

bool usable(const Statistics& statistics, const Key& key, const Read& read, const Filter& filter,
            bool led) {
  const model::Index& index = *key.index;
  if (!index.usable() || index.building || index.parts.empty()) return false;
  if (!key.partial.empty() && !implies(filter, key.partial)) return false;
  if (!index.predicate.empty() && key.partial.empty()) return false;  // not understood
  const bool special = std::any_of(index.parts.begin(), index.parts.end(), [&](const auto& part) {
    return is_special(part_word(index, part));
  });
  Builder builder(statistics, key, read, filter);
  if (!led) {
    if (key.sparse || key.wildcard || special) return false;
    // Texts must have the order that the read wants.
    if (same_collation(key.collation, collation_of(statistics, read))) return true;
    return std::none_of(index.parts.begin(), index.parts.end(),
                        [&](const auto& part) { return statistics.is_text(part.column); });
  }
  const model::IndexPart& first = index.parts.front();
  if (key.sparse && takes_missing(filter, first.column)) return false;
  if (special && !key.wildcard) {
    // Documents without a place or text are not in it.
    const bool asked = std::any_of(index.parts.begin(), index.parts.end(), [&](const auto& part) {
      const std::string word = part_word(index, part);
      return is_special(word) && !builder.fitting(part.column, word).empty();
    });
    if (!asked) return false;
  }
  return !builder.fitting(first.column, part_word(index, first)).empty();
}

Bounds bounds_of(const Statistics& statistics, const Key& key, const Read& read,
                 const Filter& filter, bool led) {
  return Builder(statistics, key, read, filter).build(led);
}

Order order_of(const Bounds& bounds, const std::vector<SortKey>& sort) {
  Order out;
  if (sort.empty()) return out;
  std::size_t at = 0;
  std::optional<bool> turned;
  double scans = 1;
  const auto is_fixed = [&](const std::string& path) {
    return std::any_of(bounds.parts.begin(), bounds.parts.end(), [&](const Part& part) {
      return part.path == path && part.points == 1 && !part.array;
    });
  };
  for (const Part& part : bounds.parts) {
    while (at < sort.size() && is_fixed(sort[at].path) && part.path != sort[at].path) ++at;
    if (at == sort.size()) break;
    const bool ordered = part.word.empty() && !(part.array && !part.all());
    if (part.path == sort[at].path && ordered) {
      const bool other_way = part.descending != sort[at].descending;
      if (turned && *turned != other_way && part.points != 1) return out;
      if (part.points != 1) turned = other_way;
      ++at;
      continue;
    }
    if (part.points <= 0) return out;
    scans *= part.points;
  }
  while (at < sort.size() && is_fixed(sort[at].path)) ++at;
  if (at < sort.size() || scans > most_scans) return out;
  out.given = true;
  out.scans = scans;
  out.merged = scans > 1;
  return out;
}

}  // namespace whet::advise::wired
