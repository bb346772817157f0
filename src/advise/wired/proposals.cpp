#include "advise/wired/proposals.h"

#include <algorithm>
#include <map>

#include "advise/mongodb_index.h"
#include "advise/wired/statistics.h"

namespace whet::advise::wired {

namespace {

using mql::Type;
using mql::Value;
using Parts = std::vector<model::IndexPart>;

constexpr std::size_t most_parts = 6;
constexpr std::size_t most_covered = 4;    // fields added so that no document is fetched
constexpr double partial_at_most = 0.3;    // part of the documents that a partial index holds
constexpr std::size_t enough_calls = 3;    // that agree, to call a condition constant
constexpr std::size_t wildcard_paths = 4;  // different ones below one path

model::IndexPart part_of(const std::string& path, bool descending = false) {
  model::IndexPart part;
  part.column = path;
  part.descending = descending;
  return part;
}

bool holds(const Parts& parts, const std::string& path) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](const model::IndexPart& part) { return part.column == path; });
}

Parts joined(Parts first, const Parts& second) {
  for (const model::IndexPart& part : second) {
    if (!holds(first, part.column)) first.push_back(part);
  }
  return first;
}

bool is_range(const Condition& one) {
  return one.is_range() || one.op == Op::prefix || one.op == Op::regex || one.op == Op::exists ||
         one.op == Op::missing || one.op == Op::type;
}

/// The value of an equality that is the same in all calls; nullptr: there is none, or they differ.
const Value* constant_of(const Condition& one, const std::vector<Query>& calls) {
  if (one.op != Op::equal || one.element != 0) return nullptr;
  const Value* value = &one.values.front();
  if (value->type != Type::placeholder) return value->is_object() ? nullptr : value;
  const Value* seen = nullptr;
  std::size_t agreed = 0;
  for (const Query& call : calls) {
    if (call.reads.empty()) return nullptr;
    for (const Condition& other : call.reads.front().filter.conditions) {
      if (other.path != one.path || other.op != Op::equal) continue;
      const Value& now = other.values.front();
      if (now.type == Type::placeholder || now.is_object()) return nullptr;
      if (seen != nullptr && mql::compare(*seen, now) != 0) return nullptr;
      seen = &now;
      ++agreed;
    }
  }
  return agreed >= enough_calls ? seen : nullptr;
}

class Proposer {
 public:
  Proposer(const Read& read, const model::Table& table, const std::vector<Query>& calls,
           std::vector<Proposal>& out)
      : read_(read), table_(table), statistics_(table), calls_(calls), out_(out) {}

  void propose();

 private:
  struct Needs {
    Parts equal, lists, ranges, order;
    std::vector<model::IndexPart> places;
  };
  [[nodiscard]] Needs needs_of(const Filter& filter) const;
  void keys(const Needs& needs, const std::string& predicate);
  void partial(const Filter& filter);
  void covered(const Parts& key, const std::string& predicate);
  void add(Parts parts, const std::string& predicate, const char* method = "btree");
  [[nodiscard]] bool uses_texts() const;

  const Read& read_;
  const model::Table& table_;
  Statistics statistics_;
  const std::vector<Query>& calls_;
  std::vector<Proposal>& out_;
};

Proposer::Needs Proposer::needs_of(const Filter& filter) const {
  Needs out;
  for (const Condition& one : filter.conditions) {
    if (one.path.empty() || one.path.starts_with("$") || one.path == "_id") continue;
    if (one.op == Op::within || one.op == Op::near) {
      model::IndexPart part = part_of(one.path);
      part.opclass = "2dsphere";
      out.places.push_back(part);
    } else if (one.op == Op::equal || (one.op == Op::in && one.values.size() == 1 &&
                                       one.values.front().type != Type::placeholder)) {
      if (!holds(out.equal, one.path)) out.equal.push_back(part_of(one.path));
    } else if (one.op == Op::in) {
      if (!holds(out.lists, one.path)) out.lists.push_back(part_of(one.path));
    } else if (is_range(one)) {
      if (!holds(out.ranges, one.path)) out.ranges.push_back(part_of(one.path));
    }
  }
  const auto fixed = [&](const std::string& path) { return holds(out.equal, path); };
  std::erase_if(out.lists, [&](const auto& part) { return fixed(part.column); });
  std::erase_if(out.ranges, [&](const auto& part) {
    return fixed(part.column) || holds(out.lists, part.column);
  });
  const auto by_values = [&](const model::IndexPart& a, const model::IndexPart& b) {
    return statistics_.distinct(a.column) > statistics_.distinct(b.column);
  };
  std::stable_sort(out.equal.begin(), out.equal.end(), by_values);
  const auto share = [&](const std::string& path) {
    std::vector<const Condition*> mine;
    for (const Condition& one : filter.conditions) {
      if (one.path == path && is_range(one)) mine.push_back(&one);
    }
    return statistics_.entry_share(mine);
  };
  // The narrowest range first: behind it the others only check keys.
  std::stable_sort(out.ranges.begin(), out.ranges.end(),
                   [&](const auto& a, const auto& b) { return share(a.column) < share(b.column); });
  for (const SortKey& key : read_.sort) {
    if (!fixed(key.path)) out.order.push_back(part_of(key.path, key.descending));
  }
  if (out.order.empty() && !read_.distinct_path.empty() && !fixed(read_.distinct_path))
    out.order.push_back(part_of(read_.distinct_path));
  return out;
}

bool Proposer::uses_texts() const {
  return std::any_of(read_.filter.conditions.begin(), read_.filter.conditions.end(),
                     [&](const Condition& one) { return statistics_.is_text(one.path); }) ||
         std::any_of(read_.sort.begin(), read_.sort.end(),
                     [&](const SortKey& key) { return statistics_.is_text(key.path); });
}

void Proposer::add(Parts parts, const std::string& predicate, const char* method) {
  if (parts.empty() || parts.front().column == "_id") return;
  if (parts.size() > most_parts) parts.resize(most_parts);
  std::string array;
  std::erase_if(parts, [&](const model::IndexPart& part) {
    const std::string root = statistics_.array_of(part.column);
    if (root.empty() || root == array) return false;
    if (!array.empty()) return true;
    array = root;
    return false;
  });
  Proposal proposal;
  proposal.table = &table_;
  proposal.index.schema = table_.schema;
  proposal.index.method = method;
  proposal.index.parts = std::move(parts);
  proposal.index.predicate = predicate;
  const std::string& collation = read_.collation.empty() ? table_.collation : read_.collation;
  if (!read_.collation.empty() && uses_texts()) proposal.index.options["collation"] = collation;
  out_.push_back(std::move(proposal));
}

/// With what the statement returns behind the key, when that is little.
void Proposer::covered(const Parts& key, const std::string& predicate) {
  if (read_.whole || read_.needed.empty() || !read_.filter.alternatives.empty()) return;
  Parts wide = key;
  for (const std::string& path : read_.needed) {
    if (!holds(wide, path)) wide.push_back(part_of(path));
  }
  for (const Condition& one : read_.filter.conditions) {
    if (one.op == Op::other || one.op == Op::type || one.takes_missing()) return;
    if (!holds(wide, one.path)) wide.push_back(part_of(one.path));
  }
  if (wide.size() > key.size() + most_covered || wide.size() > most_parts) return;
  const bool arrays = std::any_of(wide.begin(), wide.end(), [&](const model::IndexPart& part) {
    return !statistics_.array_of(part.column).empty();
  });
  if (!arrays && wide.size() > key.size()) add(wide, predicate);
}

void Proposer::keys(const Needs& needs, const std::string& predicate) {
  const Parts fixed = joined(needs.equal, needs.lists);
  const Parts esr = joined(joined(fixed, needs.order), needs.ranges);
  const Parts ers = joined(joined(fixed, needs.ranges), needs.order);
  const Parts lists_late =
      joined(joined(joined(needs.equal, needs.order), needs.lists), needs.ranges);
  add(esr, predicate);
  covered(esr, predicate);
  add(ers, predicate);
  covered(ers, predicate);
  if (!needs.lists.empty()) {
    add(lists_late, predicate);
    covered(lists_late, predicate);
  }
  add(fixed, predicate);
  add(needs.equal, predicate);
  add(joined(needs.equal, needs.order), predicate);
  for (const model::IndexPart& range : needs.ranges) {
    add(joined(fixed, {range}), predicate);
    if (needs.equal.size() > 1) add({needs.equal.front(), range}, predicate);
  }
  for (const Parts* list : {&needs.equal, &needs.lists, &needs.ranges}) {
    for (const model::IndexPart& part : *list) add({part}, predicate);
  }
  add(needs.order, predicate);
  for (const model::IndexPart& place : needs.places) {
    add(joined({place}, needs.equal), predicate, "2dsphere");
    add(joined(needs.equal, {place}), predicate, "2dsphere");
    add({place}, predicate, "2dsphere");
  }
}

/// One constant condition of those that few documents pass makes a partial index of the rest.
void Proposer::partial(const Filter& filter) {
  for (const Condition& one : filter.conditions) {
    const Value* value = constant_of(one, calls_);
    if (value == nullptr || value->is_null() || one.path == "_id") continue;
    Condition fixed = one;
    fixed.values = {*value};
    if (statistics_.document_share(std::vector<const Condition*>{&fixed}) > partial_at_most)
      continue;
    Filter rest = filter;
    std::erase_if(rest.conditions, [&](const Condition& other) { return other.path == one.path; });
    Needs needs = needs_of(rest);
    std::erase_if(needs.order, [&](const auto& part) { return part.column == one.path; });
    if (needs.equal.empty() && needs.lists.empty() && needs.ranges.empty() && needs.order.empty())
      needs.equal.push_back(part_of(one.path));
    Value document = Value::object({});
    document.set(one.path, *value);
    keys(needs, mql::canonical_json(document));
  }
}

void Proposer::propose() {
  keys(needs_of(read_.filter), "");
  partial(read_.filter);
  for (const std::vector<Filter>& arms : read_.filter.alternatives) {
    for (const Filter& arm : arms) {
      Filter both = arm;
      both.conditions.insert(both.conditions.end(), read_.filter.conditions.begin(),
                             read_.filter.conditions.end());
      keys(needs_of(both), "");
      if (!read_.filter.empty()) keys(needs_of(arm), "");
    }
  }
}

const model::Table* table_of(const Facts& facts, const std::string& database,
                             const std::string& collection) {
  const model::Table* table = facts.table(database, collection);
  if (table == nullptr || table->system || table->kind != model::TableKind::table) return nullptr;
  return table->options.contains("timeseries") ? nullptr : table;
}

}  // namespace

bool is_buildable(const model::Table& table, const model::Index& index) {
  constexpr std::size_t most = 32;
  const Statistics statistics(table);
  std::set<std::string> arrays;
  for (const model::IndexPart& part : index.parts) {
    const std::string root = statistics.array_of(part.column);
    if (!root.empty()) arrays.insert(root);
  }
  return arrays.size() <= 1 && index.parts.size() <= most;
}

std::vector<Proposal> proposals_for(const Facts& facts, const Query& query,
                                    const std::vector<Query>& calls) {
  std::vector<Proposal> out;
  const std::string database = query.reads.empty() ? "" : query.reads.front().database;
  for (const Read& read : query.reads) {
    const model::Table* table = table_of(facts, read.database, read.collection);
    if (table != nullptr) Proposer(read, *table, calls, out).propose();
  }
  for (const Lookup& lookup : query.lookups) {
    const model::Table* table = table_of(facts, database, lookup.collection);
    if (table == nullptr) continue;
    Read read;
    read.database = database;
    read.collection = lookup.collection;
    read.filter = lookup.filter;
    if (!lookup.path.empty())
      read.filter.conditions.push_back({lookup.path, Op::equal, {Value::placeholder()}, 0});
    Proposer(read, *table, {}, out).propose();
  }
  std::set<std::string> seen;
  std::erase_if(out, [&](const Proposal& one) {
    return !is_buildable(*one.table, one.index) ||
           !seen.insert(one.table->qualified() + mongosh_create(*one.table, one.index)).second;
  });
  return out;
}

std::vector<WildcardProposal> wildcards_for(const Facts& facts, const std::vector<Query>& queries) {
  struct Asked {
    std::set<std::string> paths;
    std::vector<std::size_t> queries;
  };
  std::map<std::pair<const model::Table*, std::string>, Asked> by_head;
  for (std::size_t q = 0; q < queries.size(); ++q) {
    for (const Read& read : queries[q].reads) {
      const model::Table* table = table_of(facts, read.database, read.collection);
      if (table == nullptr || !read.collation.empty()) continue;
      for (const Condition& one : read.filter.conditions) {
        const std::size_t dot = one.path.rfind('.');
        if (dot == std::string::npos || !(one.is_point() || one.is_range())) continue;
        Asked& asked = by_head[{table, one.path.substr(0, dot)}];
        asked.paths.insert(one.path);
        if (asked.queries.empty() || asked.queries.back() != q) asked.queries.push_back(q);
      }
    }
  }
  std::vector<WildcardProposal> out;
  for (auto& [key, asked] : by_head) {
    if (asked.paths.size() < wildcard_paths) continue;
    WildcardProposal one;
    one.proposal.table = key.first;
    one.proposal.index.schema = key.first->schema;
    one.proposal.index.method = "wildcard";
    one.proposal.index.parts = {part_of(key.second + ".$**")};
    one.queries = std::move(asked.queries);
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace whet::advise::wired
