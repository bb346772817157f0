#include "support/mongo_plan.h"

#include <algorithm>
#include <functional>
#include <set>

#include "support/mongo_bson.h"
#include "support/mongo_match.h"
#include "support/mongo_scan.h"

namespace whet::testing::mongo {

using mql::Field;
using mql::Type;
using mql::Value;

namespace {

Value number(std::int64_t n) { return Value::of(static_cast<int>(n)); }

// ---- from an index to stages

Value index_details(const Candidate& candidate) {
  const Index& index = *candidate.index;
  Value paths = Value::object({}), bounds = Value::object({});
  for (std::size_t i = 0; i < candidate.bounds.size(); ++i) {
    const std::string& name = index.key().fields[i].name;
    const bool array = index.arrays.at(name);
    paths.set(name, array ? Value::array({Value::of(name)}) : Value::array({}));
    Value list = Value::array({});
    for (const Interval& one : candidate.bounds[i]) list.push(Value::of(printed(one)));
    bounds.set(name, list);
  }
  Value out = Value::object({{"keyPattern", index.key()}, {"indexName", Value::of(index.name())}});
  if (const Value* collation = index.spec.find("collation")) out.set("collation", *collation);
  out.set("isMultiKey", Value::of(candidate.multikey));
  out.set("multiKeyPaths", paths);
  out.set("isUnique", Value::of(index.spec.flag_at("unique")));
  out.set("isSparse", Value::of(index.spec.flag_at("sparse")));
  out.set("isPartial", Value::of(index.spec.find("partialFilterExpression") != nullptr));
  out.set("indexVersion", Value::of(2));
  out.set("direction", Value::of(candidate.forward ? "forward" : "backward"));
  out.set("indexBounds", bounds);
  return out;
}

bool covers(const Candidate& candidate, const Query& query) {
  if (candidate.multikey || query.projection.fields.empty() || !candidate.left.empty())
    return false;
  const Value& key = candidate.index->key();
  const Value* const id = query.projection.find("_id");
  if ((id == nullptr || id->truthy()) && key.find("_id") == nullptr) return false;
  bool some = false;
  for (const Field& f : query.projection.fields) {
    if (f.name == "_id" && !f.value.truthy()) continue;
    if (!f.value.truthy() || f.value.is_object() || f.value.is_string() ||
        key.find(f.name) == nullptr)
      return false;
    some = true;
  }
  if (!candidate.sorted && !query.sort.fields.empty())
    for (const Field& f : query.sort.fields)
      if (key.find(f.name) == nullptr) return false;
  return some;
}

/// What comes out of the stage that reads, and that stage.
struct Source {
  Stage stage;
  std::vector<std::size_t> positions;
  std::int64_t keys = 0, documents = 0;
  bool sorted = false, covered = false;
  const Candidate* candidate = nullptr;
};

Value key_document(const Index& index, const Entry& entry) {
  Value out = Value::object({});
  for (std::size_t i = 0; i < entry.key.size(); ++i)
    out.set(index.key().fields[i].name, entry.key[i]);
  return out;
}

Source read_index(Store& store, Collection& collection, const Candidate& candidate,
                  const Query& query, std::int64_t enough) {
  Source out{.stage = {},
             .positions = {},
             .sorted = candidate.sorted,
             .covered = covers(candidate, query),
             .candidate = &candidate};
  Scan scan(candidate, store.entries(collection, *candidate.index));
  Stage keys{.name = "IXSCAN"}, fetch{.name = "FETCH"};
  keys.details = index_details(candidate);
  if (!candidate.by_keys.empty()) keys.filter = conjunction(candidate.by_keys);
  if (!candidate.left.empty()) fetch.filter = conjunction(candidate.left);
  std::set<std::size_t> seen;
  std::int64_t tested = 0, dropped = 0;
  bool stopped = false;
  scan.run([&](const Entry& entry) {
    if (candidate.multikey) ++tested;
    if (candidate.multikey && !seen.insert(entry.document).second) return ++dropped, true;
    if (!candidate.by_keys.empty() && !candidate.multikey &&
        !matches(key_document(*candidate.index, entry), keys.filter))
      return true;
    ++keys.returned;
    if (!out.covered) ++out.documents;
    const Value& document = collection.documents[entry.document];
    if (candidate.left.empty() || matches(document, fetch.filter)) {
      if (candidate.multikey && !candidate.by_keys.empty() && !matches(document, keys.filter))
        return true;
      out.positions.push_back(entry.document);
    }
    stopped = static_cast<std::int64_t>(out.positions.size()) >= enough;
    return !stopped;
  });
  out.keys = scan.keys;
  keys.works = scan.keys + (stopped ? 0 : 1);
  keys.ended = !stopped;
  keys.counters = Value::object({{"keysExamined", number(scan.keys)},
                                 {"seeks", number(scan.seeks)},
                                 {"dupsTested", number(tested)},
                                 {"dupsDropped", number(dropped)}});
  if (out.covered) {
    out.stage = std::move(keys);
    return out;
  }
  fetch.returned = static_cast<std::int64_t>(out.positions.size());
  fetch.works = keys.works;
  fetch.ended = keys.ended;
  fetch.counters =
      Value::object({{"docsExamined", number(out.documents)}, {"alreadyHasObj", number(0)}});
  fetch.inputs.push_back(std::move(keys));
  out.stage = std::move(fetch);
  return out;
}

Source read_collection(const Collection& collection, const Query& query, std::int64_t enough) {
  Source out;
  Stage& scan = out.stage;
  scan.name = "COLLSCAN";
  if (!query.filter.fields.empty()) scan.filter = parsed_query(query.filter);
  const bool forward = !(query.hint.is_object() && query.hint.number_at("$natural") < 0);
  const std::size_t count = collection.documents.size();
  for (std::size_t i = 0; i < count && static_cast<std::int64_t>(out.positions.size()) < enough;
       ++i) {
    const std::size_t at = forward ? i : count - 1 - i;
    ++out.documents;
    if (matches(collection.documents[at], query.filter)) out.positions.push_back(at);
  }
  scan.ended = static_cast<std::int64_t>(out.positions.size()) < enough;
  scan.returned = static_cast<std::int64_t>(out.positions.size());
  scan.works = out.documents + (scan.ended ? 1 : 0);
  scan.details = Value::object({{"direction", Value::of(forward ? "forward" : "backward")}});
  scan.counters = Value::object({{"docsExamined", number(out.documents)}});
  return out;
}

Stage above(Stage input, const char* name, std::int64_t returned) {
  Stage out{.name = name};
  out.returned = returned;
  out.works = input.works;
  out.ended = input.ended;
  out.inputs.push_back(std::move(input));
  return out;
}

void sort_source(const Store& store, const Collection& collection, const Query& query,
                 Source& source) {
  std::vector<Value> keyed;
  std::int64_t bytes = 0;
  for (const std::size_t at : source.positions) {
    Value document = collection.documents[at];
    bytes += mql::bson_bytes(document);
    keyed.push_back(Value::object(
        {{"d", std::move(document)}, {"at", Value::of(static_cast<std::int64_t>(at))}}));
  }
  Value pattern = Value::object({});
  for (const Field& f : query.sort.fields) pattern.set("d." + f.name, f.value);
  sort_documents(keyed, pattern);
  const auto in = static_cast<std::int64_t>(source.positions.size());
  source.positions.clear();
  for (const Value& one : keyed)
    source.positions.push_back(static_cast<std::size_t>(one.integer_at("at")));
  const std::int64_t limit = query.limit > 0 ? query.skip + query.limit : 0;
  if (limit > 0 && in > limit) source.positions.resize(static_cast<std::size_t>(limit));
  Stage stage =
      above(std::move(source.stage), "SORT", static_cast<std::int64_t>(source.positions.size()));
  stage.works += stage.returned + 1;
  stage.details = Value::object({{"sortPattern", query.sort}, {"memLimit", Value::of(104857600)}});
  if (limit > 0) stage.details.set("limitAmount", number(limit));
  stage.details.set("type", Value::of("simple"));
  stage.counters =
      Value::object({{"totalDataSizeSorted", number(bytes)}, {"usedDisk", Value::of(false)}});
  if (store.number() >= 60000) {
    stage.counters.set("spills", number(0));
    if (store.number() >= 70000) stage.counters.set("spilledDataStorageSize", number(0));
  }
  source.stage = std::move(stage);
}

void project_source(const Query& query, Source& source) {
  const bool simple = std::ranges::all_of(query.projection.fields, [](const Field& f) {
    return (f.value.is_number() || f.value.type == Type::boolean) &&
           f.name.find('.') == std::string::npos && (f.value.truthy() || f.name == "_id");
  });
  const char* name = source.covered ? "PROJECTION_COVERED"
                     : simple       ? "PROJECTION_SIMPLE"
                                    : "PROJECTION_DEFAULT";
  source.stage = above(std::move(source.stage), name, source.stage.returned);
  source.stage.details = Value::object({{"transformBy", query.projection}});
}

/// Sort, skip, project, limit, in the server's order.
void finish(const Store& store, const Collection& collection, const Query& query, Source& source) {
  const bool sorting = !query.sort.fields.empty() && !source.sorted;
  if (sorting) sort_source(store, collection, query, source);
  if (query.skip > 0) {
    const auto gone = std::min(source.positions.size(), static_cast<std::size_t>(query.skip));
    source.positions.erase(source.positions.begin(),
                           source.positions.begin() + static_cast<std::ptrdiff_t>(gone));
    source.stage =
        above(std::move(source.stage), "SKIP", static_cast<std::int64_t>(source.positions.size()));
    source.stage.details = Value::object({{"skipAmount", number(query.skip)}});
  }
  if (!query.projection.fields.empty()) project_source(query, source);
  if (query.limit > 0 && !sorting) {
    if (static_cast<std::int64_t>(source.positions.size()) > query.limit)
      source.positions.resize(static_cast<std::size_t>(query.limit));
    source.stage =
        above(std::move(source.stage), "LIMIT", static_cast<std::int64_t>(source.positions.size()));
    source.stage.works += source.stage.ended ? 0 : 1;
    source.stage.ended = true;
    source.stage.details = Value::object({{"limitAmount", number(query.limit)}});
  }
}

Execution result_of(Source&& source) {
  Execution out;
  out.returned = static_cast<std::int64_t>(source.positions.size());
  out.positions = std::move(source.positions);
  out.keys = source.keys;
  out.documents = source.documents;
  out.summary = "COLLSCAN";
  if (source.candidate != nullptr) {
    out.index = source.candidate->index->name();
    out.summary = "IXSCAN " + printed(source.candidate->index->key());
  }
  out.root = std::move(source.stage);
  return out;
}

constexpr std::int64_t no_limit = std::int64_t{1} << 62U;

/// How many documents the reading stage must give.
std::int64_t enough_for(const Query& query, bool sorted) {
  if (query.limit == 0 || (!query.sort.fields.empty() && !sorted)) return no_limit;
  return query.skip + query.limit;
}

void count_with(Query const& query, Execution& out, const Candidate* candidate) {
  out.returned = std::max<std::int64_t>(0, out.returned - query.skip);
  if (query.limit > 0) out.returned = std::min(out.returned, query.limit);
  bool contiguous = candidate != nullptr && candidate->left.empty() && candidate->by_keys.empty() &&
                    !candidate->multikey;
  bool points = true;
  for (std::size_t i = 0; contiguous && i < candidate->bounds.size(); ++i) {
    const Intervals& field = candidate->bounds[i];
    contiguous =
        field.size() == 1 && (points || is_everything(field) || is_everything(reversed(field)));
    points = points && is_points(field);
  }
  if (contiguous) {
    Stage scan = out.root.inputs.empty() ? out.root : out.root.inputs.front();
    scan.name = "COUNT_SCAN";
    Value low = Value::object({}), high = Value::object({});
    bool low_in = true, high_in = true;
    for (std::size_t i = 0; i < candidate->bounds.size(); ++i) {
      const Interval& one = candidate->bounds[i].front();
      low.set(candidate->index->key().fields[i].name, one.low);
      high.set(candidate->index->key().fields[i].name, one.high);
      low_in = low_in && one.low_in;
      high_in = high_in && one.high_in;
    }
    scan.details.erase("direction");
    scan.details.set("indexBounds", Value::object({{"startKey", low},
                                                   {"startKeyInclusive", Value::of(low_in)},
                                                   {"endKey", high},
                                                   {"endKeyInclusive", Value::of(high_in)}}));
    const bool at_end = static_cast<std::size_t>(out.keys) == candidate->index->entries.size();
    out.keys += at_end ? 0 : 1;
    out.documents = 0;
    scan.works = out.keys;
    Value counters = Value::object({{"keysExamined", number(out.keys)}});
    for (const Field& f : scan.details.fields) counters.set(f.name, f.value);
    scan.counters = std::move(counters);
    out.root = std::move(scan);
    out.summary = "COUNT_SCAN " + printed(candidate->index->key());
  }
  Stage count = above(std::move(out.root), "COUNT", 0);
  count.counters =
      Value::object({{"nCounted", number(out.returned)}, {"nSkipped", number(query.skip)}});
  out.root = std::move(count);
}

void distinct_with(const Collection& collection, const Query& query, Execution& out,
                   const Candidate* candidate) {
  std::vector<Value> values;
  for (const std::size_t at : out.positions)
    any_at(collection.documents[at], query.distinct, [&](const Value* found) {
      if (found != nullptr && std::ranges::none_of(values, [&](const Value& v) {
            return mql::compare(v, *found) == 0;
          }))
        values.push_back(*found);
      return false;
    });
  if (candidate == nullptr || !candidate->left.empty() || candidate->multikey ||
      candidate->index->key().find(query.distinct) == nullptr)
    return;
  Stage scan = out.root.inputs.empty() ? out.root : out.root.inputs.front();
  scan.name = "DISTINCT_SCAN";
  out.keys = static_cast<std::int64_t>(values.size());
  out.documents = 0;
  scan.returned = out.keys;
  scan.works = out.keys + 1;
  scan.counters = Value::object({{"keysExamined", number(out.keys)}});
  out.root = above(std::move(scan), "PROJECTION_COVERED", out.keys);
  out.root.details = Value::object({{"transformBy", Value::object({})}});
  out.returned = out.keys;
  out.summary = "DISTINCT_SCAN " + printed(candidate->index->key());
}

Execution run(Store& store, Collection& collection, const Query& query,
              const Candidate* candidate) {
  const bool whole = query.count || !query.distinct.empty();
  Query plain = query;
  if (whole) plain.skip = plain.limit = 0, plain.projection = Value::object({});
  const std::int64_t enough = enough_for(plain, candidate != nullptr && candidate->sorted);
  Source source = candidate != nullptr ? read_index(store, collection, *candidate, plain, enough)
                                       : read_collection(collection, plain, enough);
  if (!whole) finish(store, collection, plain, source);
  Execution out = result_of(std::move(source));
  if (query.count) count_with(query, out, candidate);
  if (!query.distinct.empty()) distinct_with(collection, query, out, candidate);
  return out;
}

/// Fewer works win; then without FETCH, then without SORT.
std::tuple<std::int64_t, bool, bool> cost(const Execution& execution) {
  bool fetches = false, sorts = false;
  for (const Stage* at = &execution.root; at != nullptr;
       at = at->inputs.empty() ? nullptr : &at->inputs.front()) {
    fetches = fetches || at->name == "FETCH";
    sorts = sorts || at->name == "SORT";
  }
  return {execution.root.works, fetches, sorts};
}

std::vector<Candidate> candidates_for(Store& store, Collection& collection, const Query& query) {
  const std::vector<Condition> conditions = conditions_of(query.filter);
  std::vector<Candidate> out;
  Query wanted = query;
  const auto add = [&](Index& index, bool hinted) {
    if (auto one = candidate_for(store, collection, index, conditions, wanted, hinted))
      out.push_back(std::move(*one));
  };
  if (!query.hint.is_null() && query.hint.find("$natural") != nullptr) return {};
  if (!query.hint.is_null()) {
    for (Index& index : collection.indexes)
      if ((query.hint.is_string() ? index.name() == query.hint.text : index.key() == query.hint) &&
          !index.hidden())
        return add(index, true), out;
    throw Failure(2, "BadValue",
                  "error processing query: ns=" + collection.ns() +
                      "Tree: " + printed(parsed_query(query.filter)) +
                      "\nSort: {}\nProj: {}\n planner returned error :: caused by :: hint provided "
                      "does not correspond to an existing index");
  }
  for (Index& index : collection.indexes)
    if (!index.hidden()) add(index, false);
  if (out.empty() && !query.distinct.empty() && conditions.empty())
    for (Index& index : collection.indexes)
      if (!index.hidden() && index.key().fields[0].name == query.distinct) add(index, true);
  return out;
}

/// $or alone, each branch by an index of its own.
std::optional<Execution> by_branches(Store& store, Collection& collection, const Query& query) {
  if (query.filter.fields.size() != 1 || query.filter.fields[0].name != "$or" ||
      !query.hint.is_null())
    return std::nullopt;
  Stage either{.name = "OR"};
  Source whole;
  std::set<std::size_t> seen;
  for (const Field& branch : query.filter.fields[0].value.fields) {
    Query one;
    one.filter = branch.value;
    one.collation = query.collation;
    std::vector<Candidate> candidates = candidates_for(store, collection, one);
    if (candidates.empty()) return std::nullopt;
    Source best = read_index(store, collection, candidates.front(), one, no_limit);
    for (const Candidate& other : candidates)
      if (Source next = read_index(store, collection, other, one, no_limit); next.keys < best.keys)
        best = std::move(next);
    whole.keys += best.keys;
    const bool bare = best.stage.filter.is_null();
    if (!bare) whole.documents += best.documents;
    for (const std::size_t at : best.positions)
      if (seen.insert(at).second) whole.positions.push_back(at);
    Stage input = bare ? best.stage.inputs.front() : best.stage;
    either.works += input.works;
    either.inputs.push_back(std::move(input));
  }
  either.returned = static_cast<std::int64_t>(whole.positions.size());
  if (whole.documents == 0) whole.documents = either.returned;
  Stage fetch =
      above(std::move(either), "FETCH", static_cast<std::int64_t>(whole.positions.size()));
  fetch.counters =
      Value::object({{"docsExamined", number(whole.documents)}, {"alreadyHasObj", number(0)}});
  whole.stage =
      above(std::move(fetch), "SUBPLAN", static_cast<std::int64_t>(whole.positions.size()));
  if (!query.count && query.distinct.empty()) finish(store, collection, query, whole);
  Execution out = result_of(std::move(whole));
  out.summary = "IXSCAN";
  if (query.count) count_with(query, out, nullptr);
  return out;
}

Execution trivial(const char* name, std::int64_t counted) {
  Execution out;
  out.root.name = name;
  out.root.works = 1;
  out.summary = name;
  if (counted >= 0) {
    out.returned = counted;
    out.root.counters = Value::object({{"nCounted", number(counted)}, {"nSkipped", number(0)}});
  }
  return out;
}

Execution by_id(Collection& collection, const Query& query) {
  Execution out = trivial("IDHACK", -1);
  const Value& id = query.filter.fields[0].value;
  for (std::size_t i = 0; i < collection.documents.size() && out.positions.empty(); ++i)
    if (const Value* own = collection.documents[i].find("_id");
        own != nullptr && mql::compare(*own, id) == 0)
      out.positions = {i};
  out.keys = out.documents = out.returned = static_cast<std::int64_t>(out.positions.size());
  out.root.returned = out.returned;
  out.root.counters =
      Value::object({{"keysExamined", number(out.keys)}, {"docsExamined", number(out.documents)}});
  out.index = "_id_";
  if (!query.projection.fields.empty()) {
    out.root = above(std::move(out.root), "PROJECTION_SIMPLE", out.returned);
    out.root.details = Value::object({{"transformBy", query.projection}});
  }
  return out;
}

}  // namespace

Execution execute(Store& store, Collection* collection, const std::string& ns, const Query& query) {
  static_cast<void>(ns);
  if (collection == nullptr) return query.count ? trivial("EOF", 0) : trivial("EOF", -1);
  if (query.count && query.filter.fields.empty() && query.hint.is_null())
    return trivial("RECORD_STORE_FAST_COUNT",
                   static_cast<std::int64_t>(collection->documents.size()));
  const bool only_id = query.filter.fields.size() == 1 && query.filter.fields[0].name == "_id";
  if (only_id && !is_operators(query.filter.fields[0].value) &&
      query.filter.fields[0].value.type != Type::regex && query.hint.is_null() && !query.count &&
      query.distinct.empty() && query.skip == 0 && query.collation.is_null())
    return by_id(*collection, query);
  const std::vector<Candidate> candidates = candidates_for(store, *collection, query);
  if (candidates.empty()) {
    if (auto branches = by_branches(store, *collection, query)) return std::move(*branches);
    return run(store, *collection, query, nullptr);
  }
  std::vector<Execution> all;
  for (const Candidate& one : candidates) all.push_back(run(store, *collection, query, &one));
  const auto best = std::ranges::min_element(all, {}, cost);
  Execution out = std::move(*best);
  all.erase(best);
  for (Execution& other : all) out.rejected.push_back(std::move(other.root));
  return out;
}

Value plan_of(const Stage& stage) {
  Value out = Value::object({{"stage", Value::of(stage.name)}});
  if (!stage.filter.is_null()) out.set("filter", stage.filter);
  for (const Field& f : stage.details.fields) out.set(f.name, f.value);
  if (stage.inputs.size() == 1) out.set("inputStage", plan_of(stage.inputs[0]));
  if (stage.inputs.size() > 1) {
    Value list = Value::array({});
    for (const Stage& one : stage.inputs) list.push(plan_of(one));
    out.set("inputStages", list);
  }
  return out;
}

Value execution_of(const Stage& stage) {
  Value out = Value::object({{"stage", Value::of(stage.name)}});
  if (!stage.filter.is_null()) out.set("filter", stage.filter);
  const std::int64_t idle =
      std::max<std::int64_t>(0, stage.works - stage.returned - (stage.ended ? 1 : 0));
  const std::pair<const char*, std::int64_t> common[] = {{"nReturned", stage.returned},
                                                         {"executionTimeMillisEstimate", 0},
                                                         {"works", stage.works},
                                                         {"advanced", stage.returned},
                                                         {"needTime", idle},
                                                         {"needYield", 0},
                                                         {"saveState", 0},
                                                         {"restoreState", 0},
                                                         {"isEOF", stage.ended ? 1 : 0}};
  for (const auto& [name, value] : common) out.set(name, number(value));
  if (stage.name != "COUNT_SCAN")
    for (const Field& f : stage.details.fields) out.set(f.name, f.value);
  for (const Field& f : stage.counters.fields) out.set(f.name, f.value);
  if (stage.inputs.size() == 1) out.set("inputStage", execution_of(stage.inputs[0]));
  if (stage.inputs.size() > 1) {
    Value list = Value::array({});
    for (const Stage& one : stage.inputs) list.push(execution_of(one));
    out.set("inputStages", list);
  }
  return out;
}

}  // namespace whet::testing::mongo
