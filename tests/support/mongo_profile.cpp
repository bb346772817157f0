#include "support/mongo_profile.h"

#include <fmt/format.h>

namespace whet::testing::mongo {

using mql::Value;

namespace {

Value number(std::int64_t n) { return Value::of(static_cast<int>(n)); }

}  // namespace

void note_operation(Store& store, const Request& request, Collection& collection, const char* op,
                    const Execution& done) {
  Database& database = store.databases[collection.database];
  // Everything here takes less than a millisecond, so level 1 notes all or nothing.
  const bool wanted =
      database.profile_level == 2 || (database.profile_level == 1 && database.slow_ms <= 0);
  if (!wanted || collection.name == "system.profile") return;
  Value command = request.command;
  command.set("$db", Value::of(request.database));
  Value out = Value::object(
      {{"op", Value::of(op)}, {"ns", Value::of(collection.ns())}, {"command", command}});
  const std::string kind = op;
  if (kind != "insert") {
    out.set("keysExamined", number(done.keys));
    out.set("docsExamined", number(done.documents));
    for (const Stage* at = &done.root; at != nullptr;
         at = at->inputs.empty() ? nullptr : &at->inputs.front())
      if (at->name == "SORT") out.set("hasSortStage", Value::of(true));
    if (kind == "query" || kind == "command") out.set("nreturned", number(done.returned));
    if (kind == "query") out.set("cursorExhausted", Value::of(true));
    if (kind == "remove") out.set("ndeleted", number(done.returned));
    if (kind == "update") out.set("nMatched", number(done.returned));
    out.set("queryFramework", Value::of("classic"));
    out.set("planSummary", Value::of(done.summary));
    out.set("execStats", execution_of(done.root));
  } else {
    out.set("ninserted",
            number(static_cast<std::int64_t>(request.command.find("documents")->fields.size())));
  }
  out.set("numYield", number(0));
  out.set("locks", Value::object({}));
  out.set("responseLength", number(100));
  out.set("protocol", Value::of("op_msg"));
  out.set("millis", number(0));
  out.set("ts", date(now_ms()));
  out.set("client", Value::of(request.client.substr(0, request.client.find(':'))));
  out.set("appName", Value::of(request.application));
  out.set("allUsers", Value::array({}));
  out.set("user", Value::of(request.user));
  out.set(profiled_on, number(static_cast<std::int64_t>(request.member)));
  Collection& profile = store.make(collection.database, "system.profile");
  profile.options = Value::object({{"capped", Value::of(true)}, {"size", number(1048576)}});
  profile.documents.push_back(std::move(out));
  ++profile.version;
}

}  // namespace whet::testing::mongo
