// What performance_schema records.
#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "engine/mysql/doctor_parts.h"
#include "engine/mysql/probes.h"

namespace whet::engine::mysql {

namespace {

/// "UPDATE performance_schema.setup_...": holds until the next start.
std::string switch_on(const std::string& table, const std::string& columns, const std::string& name,
                      const std::string& option, const std::string& value) {
  return "An administrator runs: UPDATE performance_schema." + table + " SET " + columns +
         " WHERE NAME = '" + name +
         "'; To keep it: " + Examination::set_at_start({option + "=" + value});
}

struct Consumer {
  std::string_view name, without;
};

void consumer_lines(const Examination& x, std::vector<Diagnosis>& out) {
  constexpr std::array<Consumer, 5> wanted{{
      {"global_instrumentation", "nothing is counted"},
      {"thread_instrumentation", "nothing is counted by session"},
      {"statements_digest", "the workload is unknown"},
      {"events_statements_current", "what sessions run is known by looking at them only"},
      {"events_statements_history", "texts of statements with their values are hard to catch"},
  }};
  const auto rows =
      x.connection.query("SELECT NAME, ENABLED FROM performance_schema.setup_consumers");
  if (!rows) return;  // refused: the privileges say so
  std::vector<std::string> off;
  for (const Consumer& one : wanted) {
    for (int i = 0; i < rows->size(); ++i) {
      if (rows->text(i, 0) != one.name || rows->text(i, 1) == "YES") continue;
      off.emplace_back(one.name);
      out.push_back({std::string(one.name), false, "is off: " + std::string(one.without),
                     switch_on("setup_consumers", "ENABLED = 'YES'", std::string(one.name),
                               "performance-schema-consumer-" +
                                   text::replace_all(std::string(one.name), "_", "-"),
                               "ON")});
    }
  }
  if (off.empty()) out.push_back({"consumers", true, "of statements and digests are on", ""});
}

struct Instruments {
  std::string_view instrument, what, without;
};

void instrument_lines(const Examination& x, std::vector<Diagnosis>& out) {
  constexpr std::array<Instruments, 4> wanted{{
      {"statement/sql/select", "statements", "statements are not counted or not timed"},
      {"wait/io/table/sql/handler", "tables", "which tables and indexes are used is unknown"},
      {"wait/io/file/innodb/innodb_data_file", "files", "reads and writes of files are unknown"},
      {"wait/lock/metadata/sql/mdl", "metadata locks",
       "who waits for whose metadata lock is hidden"},
  }};
  bool all = true;
  for (const Instruments& one : wanted) {
    const auto rows = x.connection.query(
        "SELECT ENABLED = 'YES' AND TIMED = 'YES' FROM performance_schema.setup_instruments "
        "WHERE NAME = '" +
        std::string(one.instrument) + "'");
    if (!rows) return;  // refused: the privileges say so
    if (rows->empty() || Row(*rows, 0).flag()) continue;
    all = false;
    out.push_back({"instruments of " + std::string(one.what), false,
                   "are off: " + std::string(one.without),
                   switch_on("setup_instruments", "ENABLED = 'YES', TIMED = 'YES'",
                             std::string(one.instrument), "performance-schema-instrument",
                             "'" + std::string(one.instrument) + "=ON'")});
  }
  if (all)
    out.push_back({"instruments", true, "of statements, tables, files and locks are on", ""});
}

void digest_lines(const Examination& x, std::vector<Diagnosis>& out) {
  const auto lost = x.status.find("performance_schema_digest_lost");
  const std::int64_t missed = lost == x.status.end() ? 0 : text::to_int(lost->second).value_or(0);
  const std::string size = x.setting("performance_schema_digests_size");
  if (missed > 0) {
    out.push_back(
        {"digests", false,
         "have no room for more: " + text::count(missed) +
             " statements were not told apart (performance_schema_digests_size = " + size + ")",
         Examination::set_at_start({"performance_schema_digests_size=20000"}) +
             " Until then: TRUNCATE TABLE "
             "performance_schema.events_statements_summary_by_digest;"});
  } else {
    out.push_back({"digests", true, "have room: " + size + " kinds of statements, none lost", ""});
  }
  // A text that was cut off cannot be explained, and is taken for others that begin like it.
  constexpr std::int64_t roomy = 4096;
  const std::int64_t text_size =
      text::to_int(x.setting("performance_schema_max_sql_text_length")).value_or(0);
  const std::int64_t digest_size =
      std::min(text::to_int(x.setting("max_digest_length")).value_or(0),
               text::to_int(x.setting("performance_schema_max_digest_length")).value_or(0));
  const std::string kept = text::bytes(static_cast<double>(std::min(text_size, digest_size)));
  if (std::min(text_size, digest_size) >= roomy) {
    out.push_back({"statement texts", true, "are kept up to " + kept, ""});
  } else {
    out.push_back({"statement texts", false,
                   "are kept up to " + kept + ": longer ones are not told apart, nor explained",
                   Examination::set_at_start({"max_digest_length=4096",
                                              "performance_schema_max_digest_length=4096",
                                              "performance_schema_max_sql_text_length=4096"})});
  }
}

}  // namespace

void diagnose_performance_schema(const Examination& x, std::vector<Diagnosis>& out) {
  if (!x.on("performance_schema")) {
    out.push_back({"performance_schema", false,
                   "is off: the workload, waits and the use of indexes are unknown",
                   Examination::set_at_start({"performance_schema=ON"})});
    return;
  }
  consumer_lines(x, out);
  instrument_lines(x, out);
  digest_lines(x, out);
}

}  // namespace whet::engine::mysql
