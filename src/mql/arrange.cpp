#include "mql/arrange.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "base/text.h"

namespace whet::mql {

namespace {

using Names = std::vector<std::string_view>;

// The commands that may come as an operation; any other first name makes no command.
constexpr std::array verbs{
    "find",
    "aggregate",
    "count",
    "distinct",
    "insert",
    "update",
    "delete",
    "findAndModify",
    "getMore",
    "mapReduce",
    "bulkWrite",
    "killCursors",
    "createIndexes",
    "dropIndexes",
    "listIndexes",
    "create",
    "drop",
    "dropDatabase",
    "collMod",
    "renameCollection",
    "collStats",
    "dbStats",
    "dataSize",
    "validate",
    "compact",
    "reIndex",
    "convertToCapped",
    "planCacheClear",
    "listCollections",
    "listDatabases",
    "commitTransaction",
    "abortTransaction",
    "endSessions",
    "hello",
    "isMaster",
    "ping",
    "buildInfo",
    "serverStatus",
    "hostInfo",
    "getParameter",
    "setParameter",
    "getCmdLineOpts",
    "connectionStatus",
    "currentOp",
    "killOp",
    "profile",
    "getLog",
    "top",
    "replSetGetStatus",
    "planCacheClearFilters",
    "planCacheListFilters",
    "planCacheSetFilter",
    "setQuerySettings",
    "removeQuerySettings",
    "cloneCollectionAsCapped",
    "killSessions",
    "saslStart",
    "saslContinue",
    "logout",
    "usersInfo",
    "rolesInfo",
    "fsync",
    "startSession",
    "refreshSessions",
    "validateDBMetadata",
    "analyze",
    "configureQueryAnalyzer",
    "shardCollection",
    "setDefaultRWConcern",
    "getDefaultRWConcern",
    "createUser",
    "updateUser",
    "dropUser",
    "createRole",
    "grantRolesToUser",
    "autoCompact",
    "rotateCertificates",
    "logRotate",
    "createSearchIndexes",
    "dropSearchIndex",
    "updateSearchIndex",
};

// What drivers, mongos and sessions add to any command.
constexpr std::array additions{
    "lsid",
    "txnNumber",
    "autocommit",
    "startTransaction",
    "stmtId",
    "stmtIds",
    "apiVersion",
    "apiStrict",
    "apiDeprecationErrors",
    "shardVersion",
    "databaseVersion",
    "clientOperationKey",
    "operationKey",
    "runtimeConstants",
    "mayBypassWriteBlocking",
    "fromMongos",
    "fromRouter",
    "needsMerge",
    "use44SortKeys",
    "maxTimeMSOpOnly",
    "clusterTime",
    "allowImplicitCollectionCreation",
    "rawData",
    "coordinator",
    "txnRetryCounter",
    "isClusterQueryWithoutShardKeyCmd",
    "upsertSupplied",
    "useNewUpsert",
    "requestGossipRoutingCache",
    "serverConnectionId",
    "serviceContext",
    "encryptionInformation",
    "queryFramework",
    "planCacheKey",
};

bool added_by_driver(std::string_view name) {
  return name.starts_with('$') || std::ranges::find(additions, name) != additions.end();
}

Names order_of(std::string_view verb) {
  if (verb == "find") {
    return {"filter", "projection", "sort", "skip", "limit", "singleBatch", "hint", "collation"};
  }
  if (verb == "aggregate") return {"pipeline", "cursor", "hint", "collation", "let"};
  if (verb == "count") return {"query", "skip", "limit", "hint", "collation"};
  if (verb == "distinct") return {"key", "query", "hint", "collation"};
  if (verb == "insert") return {"documents"};
  if (verb == "update") return {"updates"};
  if (verb == "delete") return {"deletes"};
  if (verb == "findAndModify") {
    return {"query",  "update",       "remove", "fields",    "sort", "new",
            "upsert", "arrayFilters", "hint",   "collation", "let"};
  }
  if (verb == "getMore") return {"collection"};
  if (verb == "mapReduce") return {"map", "reduce", "query", "sort", "limit", "out"};
  return {};
}

const Names& order_of_write() {
  static const Names names{"q",      "u",    "c",    "limit",        "multi",
                           "upsert", "sort", "hint", "arrayFilters", "collation"};
  return names;
}

// The first fields in the order of `names`, then the others as they are.
Value in_order(Value document, const Names& names, std::size_t keep) {
  Value out = Value::object({});
  std::vector<bool> taken(document.fields.size(), false);
  const auto take = [&](std::size_t at) {
    out.fields.push_back(std::move(document.fields[at]));
    taken[at] = true;
  };
  for (std::size_t i = 0; i < std::min(keep, taken.size()); ++i) take(i);
  for (const std::string_view name : names) {
    for (std::size_t i = 0; i < taken.size(); ++i) {
      if (!taken[i] && document.fields[i].name == name) {
        take(i);
        break;
      }
    }
  }
  for (std::size_t i = 0; i < taken.size(); ++i) {
    if (!taken[i]) take(i);
  }
  return out;
}

// Drops a flag that says what is so anyway; numbers become flags.
void drop_if(Value& document, std::string_view name, bool when) {
  Value* there = document.find(name);
  if (there == nullptr || (there->type != Type::boolean && !there->is_number())) return;
  if (there->truthy() == when) {
    document.erase(name);
  } else {
    *there = Value::of(!when);
  }
}

void drop_empty(Value& document, std::string_view name) {
  const Value* there = document.find(name);
  if (there != nullptr && (there->is_null() || (there->is_object() && there->fields.empty()))) {
    document.erase(name);
  }
}

Value write_arranged(Value write, bool removes) {
  if (!write.is_object()) return write;
  std::erase_if(write.fields, [](const Field& field) { return added_by_driver(field.name); });
  write.erase("comment");
  if (!removes) {
    drop_if(write, "multi", false);
    drop_if(write, "upsert", false);
  } else if (write.find("limit") == nullptr) {
    write.set("limit", Value::of(0));
  } else {
    write.set("limit", smallest(*write.find("limit")));
  }
  drop_empty(write, "collation");
  drop_empty(write, "sort");
  return in_order(std::move(write), order_of_write(), 0);
}

void arrange_writes(Value& body, std::string_view list, bool removes) {
  Value* writes = body.find(list);
  if (writes == nullptr || !writes->is_array()) return;
  for (Field& write : writes->fields) write.value = write_arranged(std::move(write.value), removes);
}

void fill_in(Value& body, std::string_view verb) {
  if (const std::string_view filter = filter_name(verb); !filter.empty()) {
    const Value* there = body.find(filter);
    if (there == nullptr || there->is_null()) body.set(filter, Value::object({}));
  }
  const Value* cursor = body.find("cursor");
  if (verb == "aggregate" && (cursor == nullptr || !cursor->is_object())) {
    body.set("cursor", Value::object({}));
  }
}

}  // namespace

std::string verb_of(std::string_view name) {
  const auto found =
      std::ranges::find_if(verbs, [&](std::string_view verb) { return verb == name; });
  if (found != verbs.end()) return std::string(name);
  // The server takes some names in small letters too.
  const auto again = std::ranges::find_if(
      verbs, [&](std::string_view verb) { return text::lower(verb) == text::lower(name); });
  return again == verbs.end() ? std::string() : *again;
}

Value smallest(Value value) {
  const auto number = value.as_number();
  if (!number || value.type == Type::decimal) return value;
  constexpr double least = std::numeric_limits<std::int32_t>::min();
  constexpr double most = std::numeric_limits<std::int32_t>::max();
  if (*number < least || *number > most || std::trunc(*number) != *number) return value;
  return Value::of(static_cast<int>(*number));
}

std::string_view filter_name(std::string_view verb) {
  if (verb == "find") return "filter";
  const bool query = verb == "count" || verb == "distinct" || verb == "findAndModify";
  return query ? "query" : "";
}

Value arranged(Value body) {
  if (!body.is_object() || body.fields.empty()) return body;
  const std::string verb = verb_of(body.fields.front().name);
  body.fields.front().name = verb;
  for (std::size_t i = body.fields.size(); i-- > 1;) {
    if (added_by_driver(body.fields[i].name)) {
      body.fields.erase(body.fields.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  if (verb == "aggregate") {
    body.fields.front().value = smallest(body.fields.front().value);
    body.erase("explain");
  }
  for (const std::string_view name : {"limit", "skip", "batchSize", "maxTimeMS"}) {
    if (Value* number = body.find(name)) *number = smallest(std::move(*number));
  }
  fill_in(body, verb);
  for (const char* name : {"projection", "sort", "fields", "collation", "readConcern"}) {
    drop_empty(body, name);
  }
  for (const char* name :
       {"singleBatch", "allowDiskUse", "new", "remove", "upsert", "tailable", "awaitData",
        "returnKey", "showRecordId", "noCursorTimeout", "bypassDocumentValidation"}) {
    drop_if(body, name, false);
  }
  drop_if(body, "ordered", true);
  arrange_writes(body, "updates", false);
  arrange_writes(body, "deletes", true);
  return in_order(std::move(body), order_of(verb), 1);
}

}  // namespace whet::mql
