// whet doctor, on the server's log: whether it holds plans and values, and may be read.
#include <algorithm>

#include "base/text.h"
#include "engine/postgres/collector.h"
#include "engine/postgres/doctor.h"
#include "sql/quote.h"

namespace whet::engine::postgres {

namespace {

struct LogFacts {
  std::string role, preloaded, threshold, analyze, hypopg, collector, destination;
  bool listed = false, readable = false;
};

Result<LogFacts> read_facts(Connection& connection) {
  const auto rows = WHET_TRY(connection.query(R"(
    SELECT current_user, (SELECT setting FROM pg_settings WHERE name = 'shared_preload_libraries'),
           (SELECT setting FROM pg_settings WHERE name = 'auto_explain.log_min_duration'),
           (SELECT setting FROM pg_settings WHERE name = 'auto_explain.log_analyze'),
           (SELECT extversion FROM pg_extension WHERE extname = 'hypopg'),
           current_setting('logging_collector'), current_setting('log_destination'),
           has_function_privilege('pg_ls_logdir()', 'EXECUTE'),
           has_function_privilege('pg_read_binary_file(text, bigint, bigint, boolean)',
                                  'EXECUTE'))"));
  Row row(rows, 0);
  LogFacts f;
  for (auto* text :
       {&f.role, &f.preloaded, &f.threshold, &f.analyze, &f.hypopg, &f.collector, &f.destination})
    *text = row.text();
  f.listed = row.flag();
  f.readable = row.flag();
  return f;
}

std::vector<std::string> libraries(const std::string& list) {
  std::vector<std::string> out;
  for (const auto& one : text::split(list, ',')) {
    const auto name = text::trim(one);
    if (!name.empty()) out.emplace_back(name);
  }
  return out;
}

/// The list with auto_explain at its end, and hypopg, when the database has it, before that.
std::string list_with_auto_explain(const LogFacts& f) {
  auto names = libraries(f.preloaded);
  names.erase(std::remove(names.begin(), names.end(), "auto_explain"), names.end());
  if (!f.hypopg.empty() && std::find(names.begin(), names.end(), "hypopg") == names.end())
    names.emplace_back("hypopg");
  names.emplace_back("auto_explain");
  return text::join(names, ", ");
}

constexpr std::string_view order_matters =
    " hypopg has to stand before auto_explain there: otherwise EXPLAIN over an index that hypopg "
    "made up fails.";

/// auto_explain is preloaded, and hypopg comes later.
bool in_the_wrong_order(const LogFacts& f) {
  const auto names = libraries(f.preloaded);
  const auto explain = std::find(names.begin(), names.end(), "auto_explain");
  const auto hypopg = std::find(names.begin(), names.end(), "hypopg");
  return !f.hypopg.empty() && explain != names.end() && explain < hypopg;
}

Diagnosis auto_explain(const LogFacts& f) {
  const std::string topic = "auto_explain";
  if (f.threshold.empty()) {
    // LOAD first: before 17 the server refuses settings of libraries that it does not know.
    return {topic, false,
            "is not loaded: plans are estimates that hold for any values, and the values of slow "
            "statements are not recorded",
            "A superuser runs: LOAD 'auto_explain'; ALTER SYSTEM SET auto_explain.log_min_duration "
            "= '1s'; ALTER SYSTEM SET auto_explain.log_analyze = on; ALTER SYSTEM SET "
            "auto_explain.log_timing = off; ALTER SYSTEM SET auto_explain.log_format = 'json'; "
            "ALTER SYSTEM SET shared_preload_libraries = " +
                list_with_auto_explain(f) + "; and restarts the server when it suits." +
                (f.hypopg.empty() ? "" : std::string(order_matters))};
  }
  if (in_the_wrong_order(f)) {
    return {topic, false,
            "is loaded before hypopg: costing indexes before they are built fails, but for "
            "superusers",
            "A superuser runs: ALTER SYSTEM SET shared_preload_libraries = " +
                list_with_auto_explain(f) + "; and restarts the server when it suits." +
                std::string(order_matters)};
  }
  if (f.threshold == "-1") {
    return {topic, false, "is loaded, but writes nothing",
            "A superuser runs: ALTER SYSTEM SET auto_explain.log_min_duration = '1s'; SELECT "
            "pg_reload_conf();"};
  }
  const std::string from =
      f.threshold == "0"
          ? "of all statements"
          : "of statements from " +
                text::duration(text::to_double(f.threshold).value_or(0) / 1000) + " on";
  return {
      topic, true,
      "writes the plans " + from +
          (f.analyze == "on" ? "" : ", without actual figures (auto_explain.log_analyze is off)"),
      ""};
}

Diagnosis server_log(const LogFacts& f) {
  const std::string topic = "the server's log";
  const std::string role = sql::quote_identifier(f.role);
  if (f.collector != "on") {
    return {topic, false,
            "is not kept by the server itself (logging_collector is off): plans and values in it "
            "cannot be read",
            "A superuser runs: ALTER SYSTEM SET logging_collector = on; and restarts the server "
            "when it suits."};
  }
  if (!f.listed)
    return {topic, false, "may not be listed by the role: plans and values in it stay unknown",
            "A superuser runs: GRANT pg_monitor TO " + role + ";"};
  if (!f.readable) {
    return {topic, false,
            "may not be read by the role: plans and values in it are known only when whet runs on "
            "the server as a user who may read the files",
            "A superuser runs here: GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_binary_file(text, "
            "bigint, bigint, boolean) TO " +
                role + "; (it lets the role read all files in the data directory.)"};
  }
  return {topic, true, "can be read (" + f.destination + ")", ""};
}

}  // namespace

Result<std::vector<Diagnosis>> diagnose_log(Connection& connection) {
  const LogFacts f = WHET_TRY(read_facts(connection));
  return std::vector<Diagnosis>{auto_explain(f), server_log(f)};
}

}  // namespace whet::engine::postgres
