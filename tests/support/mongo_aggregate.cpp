#include "support/mongo_aggregate.h"

#include <algorithm>
#include <random>

#include "support/mongo_bson.h"
#include "support/mongo_match.h"
#include "support/mongo_profile.h"
#include "support/mongo_update.h"

namespace whet::testing::mongo {

using mql::Field;
using mql::Type;
using mql::Value;

namespace {

using Documents = std::vector<Value>;

Value group_key(const Value& expression, const Value& document) {
  Value key = evaluated(expression, document);
  return key.type == Type::undefined ? Value::null() : key;
}

void accumulate(Value& state, const std::string& op, const Value& next, bool first) {
  if (op == "$sum" || op == "$avg") {
    if (!next.is_number()) return;
    state = evaluated(Value::object({{"$add", Value::array({state, next})}}), Value::object({}));
  } else if (op == "$min" || op == "$max") {
    if (first || (mql::compare(next, state) < 0) == (op == "$min")) state = next;
  } else if (op == "$first") {
    if (first) state = next;
  } else if (op == "$last") {
    state = next;
  } else if (op == "$push") {
    state.push(next);
  } else if (op == "$addToSet") {
    const auto same = [&](const Field& f) { return mql::compare(f.value, next) == 0; };
    if (std::ranges::none_of(state.fields, same)) state.push(next);
  } else {
    throw Failure(15952, "Location15952", "unknown group operator '" + op + "'");
  }
}

Value start_of(const std::string& op) {
  if (op == "$sum" || op == "$avg") return Value::of(0);
  if (op == "$push" || op == "$addToSet") return Value::array({});
  return Value::null();
}

struct Group {
  Value out;
  int count = 0;
};

Documents grouped(const Documents& in, const Value& spec) {
  std::vector<std::pair<Value, Group>> groups;
  std::map<std::string, std::size_t> places;
  for (const Value& document : in) {
    const Value key = group_key(*spec.find("_id"), document);
    const auto [place, is_new] =
        places.emplace(mql::canonical_json(Value::object({{"k", key}})), groups.size());
    if (is_new) groups.emplace_back(key, Group{Value::object({{"_id", key}})});
    Group& group = groups[place->second].second;
    for (const Field& f : spec.fields) {
      if (f.name == "_id") continue;
      const Field& call = f.value.fields.front();
      if (group.count == 0) group.out.set(f.name, start_of(call.name));
      const Value next = call.name == "$count" ? Value::of(1) : evaluated(call.value, document);
      accumulate(*group.out.find(f.name), call.name == "$count" ? "$sum" : call.name, next,
                 group.count == 0);
    }
    ++group.count;
  }
  Documents out;
  for (auto& [key, group] : groups) {
    for (const Field& f : spec.fields)
      if (f.name != "_id" && f.value.fields.front().name == "$avg")
        group.out.set(f.name, Value::of(group.out.number_at(f.name) / group.count));
    out.push_back(std::move(group.out));
  }
  return out;
}

Documents unwound(const Documents& in, const Value& spec) {
  const std::string path = (spec.is_string() ? spec.text : spec.string_at("path")).substr(1);
  Documents out;
  for (const Value& document : in) {
    const Value* const list = document.at(path);
    if (list != nullptr && list->is_array()) {
      for (const Field& f : list->fields) {
        out.push_back(document);
        set_at(out.back(), path, f.value);
      }
    } else if ((list != nullptr && !list->is_null()) ||
               spec.flag_at("preserveNullAndEmptyArrays")) {
      out.push_back(document);
    }
  }
  return out;
}

void look_up(Store& store, const Request& request, Documents& documents, const Value& spec) {
  const Collection* const from = store.find(request.database, spec.string_at("from"));
  const Documents others = from != nullptr ? from->documents : Documents{};
  for (Value& document : documents) {
    Value found = Value::array({});
    const Value* const local = document.at(spec.string_at("localField"));
    const Value wanted = local == nullptr ? Value::null() : *local;
    if (request.breathe && others.size() > 1000) request.breathe();
    for (const Value& one : others)
      if (condition_holds(one, spec.string_at("foreignField"), wanted)) found.push(one);
    document.set(spec.string_at("as"), found);
  }
}

void write_out(Store& store, const Request& request, const Documents& documents,
               const Field& stage) {
  const Value& into = stage.value.is_object() && stage.value.find("into") != nullptr
                          ? *stage.value.find("into")
                          : stage.value;
  const std::string name = into.is_string() ? into.text : into.string_at("coll");
  Collection& target = store.make(into.string_at("db", request.database), name);
  if (stage.name == "$out") target.documents.clear();
  for (const Value& one : documents) {
    const auto same = std::ranges::find_if(target.documents, [&](const Value& d) {
      return d.find("_id") != nullptr && mql::compare(*d.find("_id"), *one.find("_id")) == 0;
    });
    if (same == target.documents.end())
      target.documents.push_back(one);
    else
      *same = one;
  }
  store.changed(target);
}

void sample(Documents& documents, std::size_t size) {
  std::mt19937 random(42);
  std::ranges::shuffle(documents, random);
  if (documents.size() > size) documents.resize(size);
}

void set_fields(Documents& documents, const Value& spec) {
  for (Value& document : documents)
    for (const Field& f : spec.fields) set_at(document, f.name, evaluated(f.value, document));
}

Documents index_statistics(const Store& store, const Collection& collection, std::size_t member) {
  Documents out;
  for (const Index& index : collection.indexes) {
    const auto uses = index.uses.find(member);
    const std::int64_t ops = uses == index.uses.end() ? 0 : uses->second;
    Value one = Value::object(
        {{"name", Value::of(index.name())},
         {"key", index.key()},
         {"host", Value::of(store.members[member])},
         {"accesses", Value::object({{"ops", Value::of(ops)}, {"since", date(index.since)}})},
         {"spec", index.spec}});
    out.push_back(std::move(one));
  }
  return out;
}

/// Stages that make documents out of nothing, at the head of a pipeline.
std::optional<Documents> source_stage(Store& store, const Request& request, Collection* collection,
                                      const Field& stage) {
  if (stage.name == "$currentOp") ++store.looks;
  if (stage.name == "$currentOp")
    return current_operations(store, request, stage.value.flag_at("idleConnections"));
  if (stage.name == "$listLocalSessions" || stage.name == "$planCacheStats" ||
      stage.name == "$listSessions")
    return Documents{};
  if (stage.name == "$documents") return Documents{};
  if (stage.name == "$queryStats") {
    if (store.number() < 60000)
      throw Failure(40324, "Location40324", "Unrecognized pipeline stage name: '$queryStats'");
    throw Failure(224, "QueryFeatureNotAllowed",
                  "$queryStats is not allowed in the current configuration. You may need to enable "
                  "the correspinding feature flag");
  }
  if (stage.name == "$indexStats") {
    if (collection == nullptr) return Documents{};
    return index_statistics(store, *collection, request.member);
  }
  if (stage.name == "$collStats") {
    if (collection == nullptr)
      throw Failure(26, "NamespaceNotFound",
                    "PlanExecutor error during aggregation :: caused by :: Unable to retrieve "
                    "storageStats in $collStats stage :: caused by :: Collection [" +
                        request.database + "." + request.collection() + "] not found.");
    return Documents{statistics_of(store, *collection, stage.value, request.member)};
  }
  return std::nullopt;
}

void run_stage(Store& store, const Request& request, Documents& documents, const Field& stage) {
  const auto amount = [&] { return static_cast<std::size_t>(stage.value.as_number().value_or(0)); };
  if (stage.name == "$match") {
    std::erase_if(documents, [&](const Value& d) { return !matches(d, stage.value); });
  } else if (stage.name == "$sort") {
    sort_documents(documents, stage.value);
  } else if (stage.name == "$limit") {
    documents.resize(std::min(documents.size(), amount()));
  } else if (stage.name == "$skip") {
    documents.erase(documents.begin(), documents.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                               documents.size(), amount())));
  } else if (stage.name == "$project") {
    for (Value& one : documents) one = projected(one, stage.value);
  } else if (stage.name == "$set" || stage.name == "$addFields") {
    set_fields(documents, stage.value);
  } else if (stage.name == "$unset") {
    for (Value& one : documents)
      one = projected(one, Value::object({{stage.value.text, Value::of(0)}}));
  } else if (stage.name == "$group") {
    documents = grouped(documents, stage.value);
  } else if (stage.name == "$sortByCount") {
    documents = grouped(documents,
                        Value::object({{"_id", stage.value}, {"count", json(R"({"$sum": 1})")}}));
    sort_documents(documents, json(R"({"count": -1})"));
  } else if (stage.name == "$count") {
    if (!documents.empty())
      documents = {
          Value::object({{stage.value.text, Value::of(static_cast<int>(documents.size()))}})};
  } else if (stage.name == "$unwind") {
    documents = unwound(documents, stage.value);
  } else if (stage.name == "$lookup") {
    look_up(store, request, documents, stage.value);
  } else if (stage.name == "$sample") {
    sample(documents, static_cast<std::size_t>(stage.value.integer_at("size")));
  } else if (stage.name == "$replaceRoot" || stage.name == "$replaceWith") {
    for (Value& one : documents)
      one =
          evaluated(stage.name == "$replaceRoot" ? *stage.value.find("newRoot") : stage.value, one);
  } else if (stage.name == "$out" || stage.name == "$merge") {
    write_out(store, request, documents, stage);
    documents.clear();
  } else {
    throw Failure(40324, "Location40324", "Unrecognized pipeline stage name: '" + stage.name + "'");
  }
}

}  // namespace

Documents run_pipeline(Store& store, const Request& request, Documents documents,
                       const Value& pipeline, std::size_t first) {
  for (std::size_t i = first; i < pipeline.fields.size(); ++i)
    run_stage(store, request, documents, pipeline.fields[i].value.fields.front());
  return documents;
}

Query pushed_down(const Value& pipeline, std::size_t& taken) {
  Query out;
  taken = 0;
  const auto is = [&](std::size_t at, const char* name) {
    return at < pipeline.fields.size() && pipeline.fields[at].value.fields.front().name == name;
  };
  const auto value = [&](std::size_t at) -> const Value& {
    return pipeline.fields[at].value.fields.front().value;
  };
  if (is(taken, "$match")) out.filter = value(taken++);
  if (is(taken, "$sort")) out.sort = value(taken++);
  if (is(taken, "$skip"))
    out.skip = static_cast<std::int64_t>(value(taken++).as_number().value_or(0));
  if (is(taken, "$limit"))
    out.limit = static_cast<std::int64_t>(value(taken++).as_number().value_or(0));
  if (is(taken, "$project") && std::ranges::all_of(value(taken).fields, [](const Field& f) {
        return f.value.is_number() || f.value.type == Type::boolean;
      }))
    out.projection = value(taken++);
  return out;
}

Value aggregate_command(Store& store, const Request& request) {
  const Value empty = Value::array({});
  const Value* const pipeline =
      request.command.find("pipeline") != nullptr ? request.command.find("pipeline") : &empty;
  if (request.command.find("cursor") == nullptr)
    throw Failure(
        9, "FailedToParse",
        "The 'cursor' option is required, except for aggregate with the explain argument");
  const bool named = request.command.fields.front().value.is_string();
  const std::string ns = request.database + "." + (named ? request.collection() : "$cmd.aggregate");
  Collection* const collection =
      named ? store.seen_by(request.member, request.database, request.collection()) : nullptr;
  if (collection != nullptr && collection->view())
    return aggregate_view(store, request, *collection);
  if (!pipeline->fields.empty()) {
    if (auto made =
            source_stage(store, request, collection, pipeline->fields[0].value.fields.front()))
      return store.cursor_reply(ns, run_pipeline(store, request, std::move(*made), *pipeline, 1),
                                request.command);
  }
  std::size_t taken = 0;
  Query query = pushed_down(*pipeline, taken);
  if (const Value* hint = request.command.find("hint")) query.hint = *hint;
  const Execution done = execute(store, collection, ns, query);
  Documents documents;
  for (const std::size_t at : done.positions)
    documents.push_back(query.projection.fields.empty()
                            ? collection->documents[at]
                            : projected(collection->documents[at], query.projection));
  if (collection != nullptr) {
    ++collection->reads;
    if (Index* const used = collection->index(done.index)) ++used->uses[request.member];
    note_operation(store, request, *collection, "command", done);
  }
  return store.cursor_reply(
      ns, run_pipeline(store, request, std::move(documents), *pipeline, taken), request.command);
}

Value aggregate_view(Store& store, const Request& request, const Collection& view) {
  Value pipeline = *view.options.find("pipeline");
  Value command = Value::object({{"aggregate", *view.options.find("viewOn")}});
  if (const Value* own = request.command.find("pipeline"))
    for (const Field& f : own->fields) pipeline.push(f.value);
  for (const auto& [from, stage] :
       {std::pair("filter", "$match"), std::pair("sort", "$sort"), std::pair("limit", "$limit"),
        std::pair("projection", "$project")})
    if (const Value* found = request.command.find(from); found != nullptr && request.name == "find")
      pipeline.push(Value::object({{stage, *found}}));
  command.set("pipeline", pipeline);
  command.set("cursor", Value::object({}));
  Request inner = request;
  inner.name = "aggregate";
  inner.command = command;
  Value reply = aggregate_command(store, inner);
  reply.find("cursor")->set("ns", Value::of(view.ns()));
  return reply;
}

}  // namespace whet::testing::mongo
