// The scripted MongoDB server's commands on documents.
#include <algorithm>
#include <atomic>

#include <fmt/format.h>

#include "support/mongo_aggregate.h"
#include "support/mongo_bson.h"
#include "support/mongo_match.h"
#include "support/mongo_plan.h"
#include "support/mongo_profile.h"
#include "support/mongo_update.h"

namespace whet::testing::mongo {

using mql::Field;
using mql::Type;
using mql::Value;

namespace {

Value number(std::int64_t n) { return Value::of(static_cast<int>(n)); }

Value fresh_id() {
  static std::atomic<std::uint32_t> count = 0;
  return {.type = Type::object_id,
          .text = fmt::format("{:08x}{:010x}{:06x}", now_ms() / 1000, 0x5745455421,
                              ++count & 0xffffff)};
}

bool is_unique(const Index& index) {
  return index.spec.flag_at("unique") || index.name() == "_id_";
}

bool indexed(const Index& index, const Value& document) {
  const Value* const partial = index.spec.find("partialFilterExpression");
  if (index.spec.flag_at("sparse") && document.at(index.key().fields[0].name) == nullptr)
    return false;
  return partial == nullptr || matches(document, *partial);
}

Value key_of(const Index& index, const Value& document) {
  Value key = Value::object({});
  for (const Field& f : index.key().fields) {
    const Value* const own = document.at(f.name);
    key.set(f.name, own != nullptr ? *own : Value::null());
  }
  return key;
}

/// Numbers of all types are one key.
std::string key_text(const Value& key) {
  std::string out;
  for (const Field& f : key.fields) {
    const auto number = f.value.as_number();
    out += (number ? fmt::format("{}", *number)
                   : mql::canonical_json(Value::object({{"k", f.value}}))) +
           "|";
  }
  return out;
}

[[noreturn]] void duplicate(const Collection& collection, const Index& index, const Value& key) {
  throw Failure(11000, "DuplicateKey",
                "E11000 duplicate key error collection: " + collection.ns() +
                    " index: " + index.name() + " dup key: " + printed(key),
                Value::object({{"keyPattern", index.key()}, {"keyValue", key}}));
}

/// Throws when a unique index has that key already; `besides` is the document's own place.
void check_unique(Collection& collection, const Value& document, std::size_t besides) {
  for (const Index& index : collection.indexes) {
    if (!is_unique(index) || !indexed(index, document)) continue;
    const Value key = key_of(index, document);
    for (std::size_t i = 0; i < collection.documents.size(); ++i)
      if (i != besides && indexed(index, collection.documents[i]) &&
          key_text(key_of(index, collection.documents[i])) == key_text(key))
        duplicate(collection, index, key);
  }
}

/// The same for inserts, of which tests make thousands.
class NewKeys {
 public:
  explicit NewKeys(Collection& collection) : collection_(collection) {
    for (Index& index : collection.indexes) {
      if (!is_unique(index) || index.keys_at == collection.version) continue;
      index.keys.clear();
      for (const Value& one : collection.documents)
        if (indexed(index, one)) index.keys.insert(key_text(key_of(index, one)));
    }
  }
  void add(const Value& document) {
    for (const Index& index : collection_.indexes)
      if (is_unique(index) && indexed(index, document) &&
          index.keys.contains(key_text(key_of(index, document))))
        duplicate(collection_, index, key_of(index, document));
    for (Index& index : collection_.indexes)
      if (is_unique(index) && indexed(index, document))
        index.keys.insert(key_text(key_of(index, document)));
  }
  void done() {
    for (Index& index : collection_.indexes) index.keys_at = collection_.version;
  }

 private:
  Collection& collection_;
};

void check_valid(const Collection& collection, const Value& document) {
  const Value* const validator = collection.options.find("validator");
  if (validator == nullptr || collection.options.string_at("validationAction") == "warn" ||
      collection.options.string_at("validationLevel") == "off")
    return;
  if (validator->find("$jsonSchema") != nullptr) {
    const Value* const required = validator->at("$jsonSchema.required");
    for (const Field& f : required != nullptr ? required->fields : std::vector<Field>{})
      if (document.find(f.value.text) == nullptr)
        throw Failure(121, "DocumentValidationFailure", "Document failed validation");
    return;
  }
  if (!matches(document, *validator))
    throw Failure(121, "DocumentValidationFailure", "Document failed validation");
}

Value write_error(int at, const Failure& failure) {
  Value out = Value::object({{"index", Value::of(at)},
                             {"code", Value::of(failure.code)},
                             {"errmsg", Value::of(failure.text)}});
  for (const Field& f : failure.more.fields) out.set(f.name, f.value);
  return out;
}

void refuse_view(const Collection& collection) {
  if (collection.view())
    throw Failure(166, "CommandNotSupportedOnView",
                  "Namespace " + collection.ns() + " is a view, not a collection");
}

/// Runs `one` for each of a list; errors go into writeErrors.
template <class Do>
Value each_of(const Value* list, const Value& command, Value reply, const Do& one) {
  Value errors = Value::array({});
  int at = 0;
  for (const Field& f : list != nullptr ? list->fields : std::vector<Field>{}) {
    try {
      one(f.value, at);
    } catch (const Failure& failure) {
      errors.push(write_error(at, failure));
      if (command.flag_at("ordered", true)) break;
    }
    ++at;
  }
  if (!errors.fields.empty()) reply.set("writeErrors", errors);
  return reply;
}

Value insert(Store& store, const Request& request) {
  Collection& collection = store.make(request.database, request.collection());
  refuse_view(collection);
  std::int64_t n = 0;
  NewKeys keys(collection);
  Value reply = each_of(request.command.find("documents"), request.command,
                        Value::object({{"n", number(0)}}), [&](Value document, int) {
                          if (document.find("_id") == nullptr)
                            document.fields.insert(document.fields.begin(), {"_id", fresh_id()});
                          check_valid(collection, document);
                          keys.add(document);
                          collection.documents.push_back(std::move(document));
                          ++n;
                        });
  store.changed(collection);
  keys.done();
  ++collection.writes;
  reply.set("n", number(n));
  note_operation(store, request, collection, "insert", {});
  return fine(reply);
}

Query query_of(const Value& command, std::string_view filter) {
  Query query;
  const auto copy = [&](Value& to, std::string_view name, Type type) {
    const Value* const found = command.find(name);
    if (found != nullptr && (found->type == type || (name == "hint" && found->is_string())))
      to = *found;
  };
  copy(query.filter, filter, Type::object);
  copy(query.sort, "sort", Type::object);
  copy(query.projection, "projection", Type::object);
  copy(query.hint, "hint", Type::object);
  copy(query.collation, "collation", Type::object);
  if (query.sort.find("$natural") != nullptr) {
    query.hint = query.sort;
    query.sort = Value::object({});
  }
  query.skip = command.integer_at("skip");
  query.limit = std::abs(command.integer_at("limit"));
  return query;
}

Collection* source_of(Store& store, const Request& request) {
  return store.seen_by(request.member, request.database, request.collection());
}

void count_use(Collection* collection, const Execution& execution, std::size_t member) {
  if (collection == nullptr) return;
  ++collection->reads;
  if (Index* const used = collection->index(execution.index)) ++used->uses[member];
  if (execution.summary == "COLLSCAN") ++collection->scans;
}

Value find(Store& store, const Request& request) {
  const std::string ns = request.database + "." + request.collection();
  Collection* const collection = source_of(store, request);
  if (collection != nullptr && collection->view())
    return aggregate_view(store, request, *collection);
  const Query query = query_of(request.command, "filter");
  if (collection == nullptr) static_cast<void>(matches(Value::object({}), query.filter));
  const Execution done = execute(store, collection, ns, query);
  count_use(collection, done, request.member);
  std::vector<Value> out;
  for (const std::size_t at : done.positions) {
    const Value& document = collection->documents[at];
    out.push_back(query.projection.fields.empty() ? document
                                                  : projected(document, query.projection));
  }
  if (collection != nullptr) note_operation(store, request, *collection, "query", done);
  return store.cursor_reply(ns, std::move(out), request.command);
}

Value get_more(Store& store, const Request& request) {
  const std::int64_t id = request.command.fields.front().value.integer;
  const auto found = store.cursors.find(id);
  if (found == store.cursors.end())
    throw Failure(43, "CursorNotFound", fmt::format("cursor id {} not found", id));
  const auto size =
      static_cast<std::size_t>(request.command.integer_at("batchSize", 1'000'000'000));
  Value batch = Value::array({});
  std::deque<Value>& left = found->second.left;
  for (; !left.empty() && batch.fields.size() < size; left.pop_front())
    batch.push(std::move(left.front()));
  const std::string ns = found->second.ns;
  const bool over = left.empty();
  if (over) store.cursors.erase(found);
  return fine(
      Value::object({{"cursor", Value::object({{"nextBatch", batch},
                                               {"id", Value::of(over ? std::int64_t{0} : id)},
                                               {"ns", Value::of(ns)}})}}));
}

Value kill_cursors(Store& store, const Request& request) {
  Value killed = Value::array({}), missing = Value::array({});
  if (const Value* list = request.command.find("cursors"))
    for (const Field& f : list->fields)
      (store.cursors.erase(f.value.integer) > 0 ? killed : missing).push(f.value);
  return fine(Value::object({{"cursorsKilled", killed},
                             {"cursorsNotFound", missing},
                             {"cursorsAlive", Value::array({})},
                             {"cursorsUnknown", Value::array({})}}));
}

Value count(Store& store, const Request& request) {
  Query query = query_of(request.command, "query");
  query.count = true;
  Collection* const collection = source_of(store, request);
  const Execution done =
      execute(store, collection, request.database + "." + request.collection(), query);
  count_use(collection, done, request.member);
  if (collection != nullptr) note_operation(store, request, *collection, "command", done);
  return fine(Value::object({{"n", number(done.returned)}}));
}

Value distinct(Store& store, const Request& request) {
  Query query = query_of(request.command, "query");
  query.distinct = request.command.string_at("key");
  Collection* const collection = source_of(store, request);
  const Execution done =
      execute(store, collection, request.database + "." + request.collection(), query);
  count_use(collection, done, request.member);
  std::vector<Value> values;
  const auto add = [&](const Value& v) {
    if (std::ranges::none_of(values, [&](const Value& has) { return mql::compare(has, v) == 0; }))
      values.push_back(v);
  };
  for (const std::size_t at : done.positions)
    any_at(collection->documents[at], query.distinct, [&](const Value* v) {
      if (v != nullptr && v->is_array())
        for (const Field& f : v->fields) add(f.value);
      else if (v != nullptr)
        add(*v);
      return false;
    });
  std::ranges::sort(values, [](const Value& a, const Value& b) { return mql::compare(a, b) < 0; });
  if (collection != nullptr) note_operation(store, request, *collection, "command", done);
  return fine(Value::object({{"values", Value::array(std::move(values))}}));
}

Value update(Store& store, const Request& request) {
  std::int64_t matched = 0, modified = 0;
  Value upserted = Value::array({});
  Collection* existing = store.find(request.database, request.collection());
  Value reply = each_of(
      request.command.find("updates"), request.command, Value::object({{"n", number(0)}}),
      [&](const Value& one, int at) {
        const Query query = query_of(one, "q");
        Execution done = execute(store, existing, "", query);
        count_use(existing, done, request.member);
        if (!one.flag_at("multi") && done.positions.size() > 1) done.positions.resize(1);
        if (done.positions.empty() && one.flag_at("upsert")) {
          Collection& collection = store.make(request.database, request.collection());
          existing = &collection;
          Value made = updated(seed_of(query.filter), *one.find("u"), true);
          if (made.find("_id") == nullptr)
            made.fields.insert(made.fields.begin(), {"_id", fresh_id()});
          check_unique(collection, made, collection.documents.size());
          upserted.push(Value::object({{"index", Value::of(at)}, {"_id", *made.find("_id")}}));
          collection.documents.push_back(std::move(made));
          store.changed(collection);
          ++matched;
          return;
        }
        for (const std::size_t position : done.positions) {
          Value made = updated(existing->documents[position], *one.find("u"));
          ++matched;
          if (made == existing->documents[position]) continue;
          check_valid(*existing, made);
          check_unique(*existing, made, position);
          existing->documents[position] = std::move(made);
          store.changed(*existing);
          ++modified;
        }
        if (existing != nullptr) note_operation(store, request, *existing, "update", done);
      });
  if (existing != nullptr) ++existing->writes;
  reply.set("n", number(matched));
  if (!upserted.fields.empty()) reply.set("upserted", upserted);
  reply.set("nModified", number(modified));
  return fine(reply);
}

Value erase(Store& store, const Request& request) {
  std::int64_t n = 0;
  Collection* const collection = source_of(store, request);
  Value reply =
      each_of(request.command.find("deletes"), request.command, Value::object({{"n", number(0)}}),
              [&](const Value& one, int) {
                if (collection == nullptr) return;
                Query query = query_of(one, "q");
                query.limit = 0;
                Execution done = execute(store, collection, "", query);
                count_use(collection, done, request.member);
                std::ranges::sort(done.positions);
                if (one.integer_at("limit") == 1 && done.positions.size() > 1)
                  done.positions.resize(1);
                for (std::size_t i = done.positions.size(); i-- > 0;)
                  collection->documents.erase(collection->documents.begin() +
                                              static_cast<std::ptrdiff_t>(done.positions[i]));
                n += static_cast<std::int64_t>(done.positions.size());
                store.changed(*collection);
                note_operation(store, request, *collection, "remove", done);
              });
  if (collection != nullptr) ++collection->writes;
  reply.set("n", number(n));
  return fine(reply);
}

Value find_and_modify(Store& store, const Request& request) {
  Query query = query_of(request.command, "query");
  Collection* const collection = source_of(store, request);
  const Execution done = execute(store, collection, "", query);
  count_use(collection, done, request.member);
  if (done.positions.empty())
    return fine(
        Value::object({{"lastErrorObject",
                        Value::object({{"n", number(0)}, {"updatedExisting", Value::of(false)}})},
                       {"value", Value::null()}}));
  const std::size_t at = done.positions.front();
  const Value old = collection->documents[at];
  Value shown = old;
  if (request.command.flag_at("remove")) {
    collection->documents.erase(collection->documents.begin() + static_cast<std::ptrdiff_t>(at));
  } else {
    collection->documents[at] = updated(old, *request.command.find("update"));
    if (request.command.flag_at("new")) shown = collection->documents[at];
  }
  store.changed(*collection);
  note_operation(store, request, *collection, "command", done);
  return fine(Value::object(
      {{"lastErrorObject", Value::object({{"n", number(1)}, {"updatedExisting", Value::of(true)}})},
       {"value", shown}}));
}

}  // namespace

const Handlers& document_commands() {
  static const Handlers all{{"insert", insert},
                            {"find", find},
                            {"getMore", get_more},
                            {"killCursors", kill_cursors},
                            {"count", count},
                            {"distinct", distinct},
                            {"update", update},
                            {"delete", erase},
                            {"findAndModify", find_and_modify},
                            {"findandmodify", find_and_modify},
                            {"aggregate", aggregate_command},
                            {"explain", explain_command}};
  return all;
}

}  // namespace whet::testing::mongo
