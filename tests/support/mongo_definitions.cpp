// The scripted MongoDB server's commands on databases, collections and indexes, with the texts of a
// real 7.0 (and of a real 4.4 where they differ).
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "support/mongo_bson.h"
#include "support/mongo_index_spec.h"
#include "support/mongo_match.h"
#include "support/mongo_store.h"

namespace whet::testing::mongo {

using mql::Field;
using mql::Type;
using mql::Value;

namespace {

Value number(std::int64_t n) { return Value::of(static_cast<int>(n)); }

// ---- createIndexes, against the indexes that are there

bool same_value(const Value* a, const Value* b) {
  return (a == nullptr && b == nullptr) ||
         (a != nullptr && b != nullptr && mql::compare(*a, *b) == 0);
}

/// Key, collation and partial filter make an index what it is.
bool same_identity(const Value& a, const Value& b) {
  return mql::compare(*a.find("key"), *b.find("key")) == 0 &&
         same_value(a.find("collation"), b.find("collation")) &&
         same_value(a.find("partialFilterExpression"), b.find("partialFilterExpression"));
}
bool same_options(const Value& a, const Value& b) {
  return std::ranges::all_of(
      std::array{"unique", "sparse", "expireAfterSeconds"},
      [&](const char* name) { return same_value(a.find(name), b.find(name)); });
}

/// Whether it is there already; throws where it conflicts.
bool exists_already(const Store& store, Collection& collection, const Value& spec) {
  const bool old = store.number() < 50000;
  for (const Index& index : collection.indexes) {
    const bool same_name = index.name() == spec.string_at("name");
    const bool identical = same_identity(index.spec, spec) && same_options(index.spec, spec);
    if (same_name && identical) return true;
    if (same_name) {
      if (old && same_identity(index.spec, spec))
        throw Failure(
            85, "IndexOptionsConflict",
            "Index with name: " + index.name() + " already exists with different options");
      throw Failure(86, "IndexKeySpecsConflict",
                    old ? "Index must have unique name.The existing index: " + printed(index.spec) +
                              " has the same name as the requested index: " + printed(spec)
                        : "An existing index has the same name as the requested index. When index "
                          "names are not specified, they are auto generated and can cause "
                          "conflicts. Please refer to our documentation. Requested index: " +
                              printed(spec) + ", existing index: " + printed(index.spec));
    }
    if (identical) {
      if (index.name() == "_id_") return true;
      throw Failure(85, "IndexOptionsConflict",
                    old ? "Index with name: " + spec.string_at("name") +
                              " already exists with a different name"
                        : "Index already exists with a different name: " + index.name());
    }
    if (same_identity(index.spec, spec))
      throw Failure(85, "IndexOptionsConflict",
                    old ? "Index: " + printed(spec) +
                              " already exists with different options: " + printed(index.spec)
                        : "An equivalent index already exists with a different name and options. "
                          "Requested index: " +
                              printed(spec) + ", existing index: " + printed(index.spec));
  }
  return false;
}

void check_duplicates(Store& store, Collection& collection, Index& index) {
  const auto& entries = store.entries(collection, index);
  for (std::size_t i = 1; i < entries.size(); ++i) {
    Value key = Value::object({});
    bool same = entries[i].document != entries[i - 1].document;
    for (std::size_t k = 0; k < entries[i].key.size(); ++k) {
      same = same && mql::compare(entries[i].key[k], entries[i - 1].key[k]) == 0;
      key.set(index.key().fields[k].name, entries[i].key[k]);
    }
    if (!same) continue;
    throw Failure(11000, "DuplicateKey",
                  "Index build failed: 81e71c73-68b7-4f59-b4c6-6cc66623eea4: Collection " +
                      collection.ns() +
                      " ( 131f3db0-a50d-4fd0-be95-10adf549bf82 ) :: caused by :: E11000 duplicate "
                      "key error collection: " +
                      collection.ns() + " index: " + index.name() + " dup key: " + printed(key),
                  Value::object({{"keyPattern", index.key()}, {"keyValue", key}}));
  }
}

[[noreturn]] void refuse_view(const Collection& view) {
  throw Failure(166, "CommandNotSupportedOnView",
                "Namespace " + view.ns() + " is a view, not a collection");
}

Value create_indexes(Store& store, const Request& request) {
  Collection* const before = store.find(request.database, request.collection());
  if (before != nullptr && before->view()) refuse_view(*before);
  const Value* const quorum = request.command.find("commitQuorum");
  if (quorum != nullptr && !store.set)
    throw Failure(2, "BadValue", "Standalones can't specify commitQuorum");
  std::vector<Value> wanted;
  for (const Field& f : request.command.find("indexes")->fields)
    wanted.push_back(stored_spec(checked_spec(f.value)));
  Collection& collection = store.make(request.database, request.collection());
  const std::size_t had = collection.indexes.size();
  std::vector<Index> made;
  for (Value& spec : wanted) {
    if (exists_already(store, collection, spec)) continue;
    Index index{.spec = std::move(spec), .since = now_ms()};
    if (index.spec.flag_at("unique")) check_duplicates(store, collection, index);
    made.push_back(std::move(index));
  }
  if (had + made.size() > 64)
    throw Failure(67, "CannotCreateIndex",
                  "add index fails, too many indexes for " + collection.ns() +
                      " key:" + printed(made.back().key()));
  for (Index& index : made) collection.indexes.push_back(std::move(index));
  ++collection.commands;
  Value reply = Value::object(
      {{"numIndexesBefore", number(static_cast<std::int64_t>(had))},
       {"numIndexesAfter", number(static_cast<std::int64_t>(collection.indexes.size()))}});
  if (!made.empty()) reply.set("createdCollectionAutomatically", Value::of(before == nullptr));
  if (store.set && store.number() >= 50000)
    reply.set("commitQuorum", quorum != nullptr ? *quorum : Value::of("votingMembers"));
  if (made.empty()) reply.set("note", Value::of("all indexes already exist"));
  return fine(reply);
}

Value list_indexes(Store& store, const Request& request) {
  Collection* const collection = store.find(request.database, request.collection());
  if (collection == nullptr)
    throw Failure(26, "NamespaceNotFound",
                  "ns does not exist: " + request.database + "." + request.collection());
  if (collection->view()) refuse_view(*collection);
  std::vector<Value> out;
  for (const Index& index : collection->indexes) out.push_back(index.spec);
  return store.cursor_reply(collection->ns(), std::move(out), request.command);
}

std::string conflicting(const std::vector<Index*>& found) {
  std::string out;
  for (const Index* one : found) out += (out.empty() ? "" : ", ") + printed(one->spec);
  return out;
}

std::vector<Index*> with_key(Collection& collection, const Value& key) {
  std::vector<Index*> out;
  for (Index& index : collection.indexes)
    if (mql::compare(index.key(), key) == 0) out.push_back(&index);
  return out;
}

void drop_one(Collection& collection, const Value& which) {
  std::string name = which.text;
  if (which.is_object()) {
    const auto found = with_key(collection, which);
    if (found.empty())
      throw Failure(27, "IndexNotFound", "can't find index with key: " + printed(which));
    if (found.size() > 1)
      throw Failure(
          181, "AmbiguousIndexKeyPattern",
          fmt::format(
              "{} indexes found for key: {}, identify by name instead. Conflicting indexes: {}",
              found.size(), printed(which), conflicting(found)));
    name = found[0]->name();
  }
  if (name == "_id_") throw Failure(72, "InvalidOptions", "cannot drop _id index");
  if (collection.index(name) == nullptr)
    throw Failure(27, "IndexNotFound", "index not found with name [" + name + "]");
  std::erase_if(collection.indexes, [&](const Index& i) { return i.name() == name; });
}

/// dropIndexes of just what is being built ends the build; other changes have to wait for it.
void refuse_while_building(const Store& store, const Collection& collection) {
  if (store.being_built(collection).empty()) return;
  throw Failure(12587, "BackgroundOperationInProgressForNamespace",
                "cannot perform operation: an index build is currently running for collection '" +
                    collection.ns() + "'. Found index build: 4dffa006-e09e-4407-b4b8-009a557d3364");
}

bool abort_builds(Store& store, const Collection& collection, const Value* which) {
  const auto wanted = [&](const std::string& name) {
    return which != nullptr &&
           (which->text == name || (which->is_array() && which->fields.size() == 1 &&
                                    which->fields[0].value.text == name));
  };
  for (auto& [id, build] : store.builds) {
    const Request& request = build.request;
    if (request.database != collection.database || request.collection() != collection.name ||
        build.names.size() != 1 || !wanted(build.names[0]))
      continue;
    build.aborted = 276;
    if (build.orphan) store.builds.erase(id);
    return true;
  }
  refuse_while_building(store, collection);
  return false;
}

Value drop_indexes(Store& store, const Request& request) {
  Collection* const collection = store.find(request.database, request.collection());
  if (collection == nullptr)
    throw Failure(26, "NamespaceNotFound",
                  "ns not found " + request.database + "." + request.collection());
  if (collection->view()) refuse_view(*collection);
  if (abort_builds(store, *collection, request.command.find("index")))
    return fine(Value::object(
        {{"nIndexesWas", number(static_cast<std::int64_t>(collection->indexes.size() + 1))}}));
  Value reply = Value::object(
      {{"nIndexesWas", number(static_cast<std::int64_t>(collection->indexes.size()))}});
  const Value* const which = request.command.find("index");
  const bool all =
      which != nullptr && (which->text == "*" || (which->is_array() && which->fields.size() == 1 &&
                                                  which->fields[0].value.text == "*"));
  if (all) {
    collection->indexes.resize(1);
    reply.set("msg", Value::of("non-_id indexes dropped for collection"));
  } else if (which != nullptr && which->is_array()) {
    for (const Field& f : which->fields)
      if (collection->index(f.value.text) == nullptr)
        throw Failure(27, "IndexNotFound", "index not found with name [" + f.value.text + "]");
    for (const Field& f : which->fields) drop_one(*collection, f.value);
  } else if (which != nullptr) {
    drop_one(*collection, *which);
  }
  return fine(reply);
}

// ---- collMod

Index& index_to_modify(Collection& collection, const Value& spec) {
  if (const Value* name = spec.find("name")) {
    Index* const found = collection.index(name->text);
    if (found == nullptr)
      throw Failure(27, "IndexNotFound",
                    "cannot find index " + name->text + " for ns " + collection.ns());
    return *found;
  }
  const Value* const key = spec.find("keyPattern");
  if (key == nullptr)
    throw Failure(72, "InvalidOptions", "Must specify either index name or key pattern.");
  const auto found = with_key(collection, *key);
  if (found.empty())
    throw Failure(27, "IndexNotFound",
                  "cannot find index " + printed(*key) + " for ns " + collection.ns());
  if (found.size() > 1)
    throw Failure(
        181, "AmbiguousIndexKeyPattern",
        fmt::format(
            "index keyPattern {} matches {} indexes, must use index name. Conflicting indexes:{}",
            printed(*key), found.size(), conflicting(found)));
  return *found[0];
}

void modify_index(const Store& store, Collection& collection, const Value& spec, Value& reply) {
  const Value* const expiry = spec.find("expireAfterSeconds");
  const Value* const hidden = spec.find("hidden");
  Index& index = index_to_modify(collection, spec);
  if (expiry == nullptr && hidden == nullptr)
    throw Failure(72, "InvalidOptions",
                  store.number() < 60000
                      ? "no expireAfterSeconds or hidden field"
                      : "no expireAfterSeconds, hidden, unique, or prepareUnique field");
  if (hidden != nullptr && hidden->type != Type::boolean)
    throw Failure(72, "InvalidOptions", "hidden field must be a boolean");
  if (hidden != nullptr && index.name() == "_id_")
    throw Failure(2, "BadValue", "can't hide _id index");
  if (expiry != nullptr) {
    const Value* const old = index.spec.find("expireAfterSeconds");
    if (old == nullptr && store.number() < 50000)
      throw Failure(72, "InvalidOptions", "no expireAfterSeconds field to update");
    const auto as_long = [](const Value& v) {
      return Value::of(static_cast<std::int64_t>(v.as_number().value_or(0)));
    };
    if (old != nullptr) reply.set("expireAfterSeconds_old", as_long(*old));
    reply.set("expireAfterSeconds_new", as_long(*expiry));
    index.spec.set("expireAfterSeconds", as_long(*expiry));
  }
  if (hidden != nullptr && hidden->truthy() != index.hidden()) {
    reply.set("hidden_old", Value::of(index.hidden()));
    reply.set("hidden_new", *hidden);
    if (hidden->truthy())
      index.spec.set("hidden", *hidden);
    else
      index.spec.erase("hidden");
  }
}

Value modify(Store& store, const Request& request) {
  Collection* const collection = store.find(request.database, request.collection());
  if (collection == nullptr) throw Failure(26, "NamespaceNotFound", "ns does not exist");
  Value reply = Value::object({});
  const Value* const index = request.command.find("index");
  if (collection->view() && index != nullptr)
    throw Failure(72, "InvalidOptions", "option not supported on a view: index");
  if (index != nullptr) refuse_while_building(store, *collection);
  if (index != nullptr) modify_index(store, *collection, *index, reply);
  for (const char* name :
       {"validator", "validationLevel", "validationAction", "changeStreamPreAndPostImages"})
    if (const Value* found = request.command.find(name)) collection->options.set(name, *found);
  if (const Value* validator = collection->options.find("validator");
      validator != nullptr && validator->fields.empty())
    for (const char* name : {"validator", "validationLevel", "validationAction"})
      collection->options.erase(name);
  ++collection->commands;
  return fine(reply);
}

// ---- collections and databases

Value create(Store& store, const Request& request) {
  Value options = Value::object({});
  for (const Field& f : request.command.fields)
    if (f.name != "create" && f.name != "writeConcern" && f.name != "comment" && f.name != "lsid" &&
        !f.name.starts_with('$'))
      options.set(f.name, f.value);
  if (Collection* const there = store.find(request.database, request.collection())) {
    if (mql::compare(there->options, options) == 0 && store.number() >= 70000) return fine();
    throw Failure(48, "NamespaceExists",
                  (store.number() < 70000 ? "a collection '" : "namespace ") + there->ns() +
                      (store.number() < 70000 ? "' already exists"
                                              : " already exists, but with different options: " +
                                                    printed(there->options)));
  }
  Collection& made = store.make(request.database, request.collection());
  made.options = std::move(options);
  if (made.view()) made.indexes.clear();
  return fine();
}

Value drop(Store& store, const Request& request) {
  Collection* const there = store.find(request.database, request.collection());
  if (there == nullptr) {
    if (store.number() >= 70000) return fine();
    throw Failure(26, "NamespaceNotFound", "ns not found");
  }
  Value reply =
      Value::object({{"nIndexesWas", number(static_cast<std::int64_t>(there->indexes.size()))},
                     {"ns", Value::of(there->ns())}});
  store.databases[request.database].collections.erase(request.collection());
  return fine(reply);
}

Value drop_database(Store& store, const Request& request) {
  const bool there = store.databases.erase(request.database) > 0;
  return fine(there ? Value::object({{"dropped", Value::of(request.database)}})
                    : Value::object({}));
}

Value rename(Store& store, const Request& request) {
  const auto parts = [](const std::string& ns) {
    return std::pair(ns.substr(0, ns.find('.')), ns.substr(ns.find('.') + 1));
  };
  const auto [from_db, from] = parts(request.collection());
  const auto [to_db, to] = parts(request.command.string_at("to"));
  Collection* const there = store.find(from_db, from);
  if (there == nullptr)
    throw Failure(26, "NamespaceNotFound",
                  "Source collection " + request.collection() + " does not exist");
  if (store.find(to_db, to) != nullptr && !request.command.flag_at("dropTarget"))
    throw Failure(48, "NamespaceExists", "target namespace exists");
  Collection moved = std::move(*there);
  store.databases[from_db].collections.erase(from);
  moved.database = to_db;
  moved.name = to;
  store.databases[to_db].collections[to] = std::move(moved);
  return fine();
}

Value list_collections(Store& store, const Request& request) {
  std::vector<Value> out;
  const bool names = request.command.flag_at("nameOnly");
  const Value* const filter = request.command.find("filter");
  const auto there = store.databases.find(request.database);
  if (there == store.databases.end())
    return store.cursor_reply(request.database + ".$cmd.listCollections", {}, request.command);
  for (const auto& [name, collection] : there->second.collections) {
    Value one = Value::object(
        {{"name", Value::of(name)},
         {"type", Value::of(collection.view()                                  ? "view"
                            : collection.options.find("timeseries") != nullptr ? "timeseries"
                                                                               : "collection")}});
    if (!names) {
      one.set("options", collection.options);
      Value info = Value::object({{"readOnly", Value::of(collection.view())}});
      if (!collection.view())
        info.set("uuid", {.type = Type::binary, .text = collection.uuid, .options = "04"});
      one.set("info", info);
      if (!collection.view()) one.set("idIndex", collection.indexes.front().spec);
    }
    if (filter == nullptr || matches(one, *filter)) out.push_back(std::move(one));
  }
  return store.cursor_reply(request.database + ".$cmd.listCollections", std::move(out),
                            request.command);
}

Value list_databases(Store& store, const Request& request) {
  Value list = Value::array({});
  std::int64_t total = 0;
  const Value* const filter = request.command.find("filter");
  for (const auto& [name, database] : store.databases) {
    if (database.collections.empty() && name != "admin" && name != "config" && name != "local")
      continue;
    std::int64_t bytes = 40960;
    for (const auto& [unused, collection] : database.collections) bytes += collection.bytes();
    Value one = Value::object(
        {{"name", Value::of(name)}, {"sizeOnDisk", Value::of(bytes)}, {"empty", Value::of(false)}});
    if (request.command.flag_at("nameOnly")) one = Value::object({{"name", Value::of(name)}});
    if (filter != nullptr && !matches(one, *filter)) continue;
    list.push(one);
    total += bytes;
  }
  Value reply = Value::object({{"databases", list}});
  if (!request.command.flag_at("nameOnly")) {
    reply.set("totalSize", Value::of(total));
    reply.set("totalSizeMb", Value::of(total / 1048576));
  }
  return fine(reply);
}

Value validate(Store& store, const Request& request) {
  Collection* const there = store.find(request.database, request.collection());
  if (there == nullptr)
    throw Failure(26, "NamespaceNotFound",
                  "Collection '" + request.database + "." + request.collection() +
                      "' does not exist to validate.");
  return fine(
      Value::object({{"ns", Value::of(there->ns())},
                     {"nrecords", number(static_cast<std::int64_t>(there->documents.size()))},
                     {"nIndexes", number(static_cast<std::int64_t>(there->indexes.size()))},
                     {"valid", Value::of(true)}}));
}

Value compact(Store& store, const Request& request) {
  if (store.find(request.database, request.collection()) == nullptr)
    throw Failure(26, "NamespaceNotFound", "collection does not exist");
  return fine(Value::object({{"bytesFreed", number(0)}}));
}

Value nothing(Store&, const Request&) { return fine(); }

}  // namespace

const Handlers& definition_commands() {
  static const Handlers all{{"createIndexes", create_indexes},
                            {"listIndexes", list_indexes},
                            {"dropIndexes", drop_indexes},
                            {"collMod", modify},
                            {"create", create},
                            {"drop", drop},
                            {"dropDatabase", drop_database},
                            {"renameCollection", rename},
                            {"listCollections", list_collections},
                            {"listDatabases", list_databases},
                            {"validate", validate},
                            {"compact", compact},
                            {"planCacheClear", nothing},
                            {"fsync", nothing}};
  return all;
}

}  // namespace whet::testing::mongo
