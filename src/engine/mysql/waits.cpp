// What the sessions were seen doing, again and again over the window; and the texts that they ran,
// with literals, for plans and replays. Those stay in memory.
#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "base/clock.h"
#include "base/text.h"
#include "engine/mysql/captured.h"
#include "engine/mysql/collector.h"
#include "engine/mysql/sessions.h"
#include "engine/mysql/statements.h"

namespace whet::engine::mysql {

namespace {

/// Looking may take at most this share of the time.
constexpr double share_for_looking = 0.05;
/// The history of statements is read so often; it keeps ten for each session.
constexpr double seconds_between_histories = 1;
constexpr std::string_view texts_of_one_look = "500";

struct Sampler {
  explicit Sampler(Collector& of) : c(of), texts(of) {}

  Collector& c;
  Texts texts;
  std::map<std::tuple<std::string, std::string, std::string>, std::int64_t> counts;
  std::int64_t samples = 0, active_sum = 0;
  double next_history = 0;
  std::string history;       ///< the table that keeps texts of statements; empty: none does
  std::string newest = "0";  ///< end of the newest statement that was read from the history
};

/// The thread table cuts long texts off without a word, so only short ones are taken from there.
std::string look_sql(const Collector& c) {
  if (!c.performance_schema) {
    return "SELECT ID, '', USER, COMMAND, STATE, NULL, DB, NULL, LEFT(INFO, 65536) FROM "
           "information_schema.PROCESSLIST WHERE ID <> CONNECTION_ID()";
  }
  return R"(
    SELECT t.PROCESSLIST_ID, t.NAME, t.PROCESSLIST_USER, t.PROCESSLIST_COMMAND,
           t.PROCESSLIST_STATE, w.EVENT_NAME,
           COALESCE(s.CURRENT_SCHEMA, t.PROCESSLIST_DB), s.DIGEST,
           COALESCE(s.SQL_TEXT, IF(CHAR_LENGTH(t.PROCESSLIST_INFO) < 1000, t.PROCESSLIST_INFO, NULL))
    FROM performance_schema.threads t
    LEFT JOIN performance_schema.events_statements_current s
      ON s.THREAD_ID = t.THREAD_ID AND s.NESTING_EVENT_ID IS NULL AND s.END_EVENT_ID IS NULL
    LEFT JOIN performance_schema.events_waits_current w
      ON w.THREAD_ID = t.THREAD_ID AND w.END_EVENT_ID IS NULL
    WHERE t.PROCESSLIST_ID IS NOT NULL AND t.TYPE = 'FOREGROUND'
      AND t.PROCESSLIST_ID <> CONNECTION_ID() ORDER BY t.PROCESSLIST_ID, w.EVENT_ID)";
}

struct Seen {
  std::int64_t pid = 0;
  std::string thread, user, command, state, event, schema, digest, text;
};

std::vector<Seen> sessions_of(const Rows& rows) {
  std::vector<Seen> out;
  for (int i = 0; i < rows.size(); ++i) {
    Row row(rows, i);
    Seen seen;
    seen.pid = row.integer();
    seen.thread = row.text();
    seen.user = row.text();
    seen.command = row.text();
    seen.state = row.text();
    seen.event = row.text();
    seen.schema = row.text();
    seen.digest = row.text();
    seen.text = row.text();
    // Waits within waits: the innermost is the last.
    if (!out.empty() && out.back().pid == seen.pid) out.pop_back();
    out.push_back(std::move(seen));
  }
  return out;
}

bool look(Sampler& s) {
  auto& waits = s.c.snapshot.activity.waits;
  const auto rows = s.c.read("wait events", look_sql(s.c), s.c.grant("PROCESS ON *.*"));
  if (!rows) return false;
  std::int64_t active = 0, connections = 0;
  for (const auto& seen : sessions_of(*rows)) {
    if (kind_of_session(seen.thread, seen.user, seen.command) != "client backend") continue;
    if (is_own(seen.text)) continue;
    ++connections;
    const WaitState wait = wait_of(seen.command, seen.state, seen.event);
    if (wait.type.empty()) continue;
    ++active;
    const std::string id = seen.digest.empty() ? s.texts.id_of_text(seen.schema, seen.text)
                                               : statement_id(seen.schema, seen.digest);
    ++s.counts[{wait.type, wait.event, id}];
    if (!seen.text.empty()) s.texts.keep(id, seen.schema, seen.text);
  }
  ++s.samples;
  s.active_sum += active;
  waits.peak_active = std::max(waits.peak_active, active);
  waits.peak_connections = std::max(waits.peak_connections, connections);
  return true;
}

/// The longer history when it is kept: ten statements of each session are soon gone.
std::string history_of(Collector& c) {
  if (!c.performance_schema) return {};
  const auto rows = c.read_if_possible(R"(
    SELECT NAME FROM performance_schema.setup_consumers
    WHERE ENABLED = 'YES' AND NAME IN ('events_statements_history',
                                       'events_statements_history_long')
    ORDER BY NAME DESC LIMIT 1)");
  return rows && !rows->empty() ? std::string(rows->text(0, 0)) : std::string();
}

void read_history(Sampler& s) {
  if (s.history.empty()) return;
  const auto rows = s.c.read_if_possible(R"(
    SELECT CURRENT_SCHEMA, DIGEST, SQL_TEXT, TIMER_END
    FROM performance_schema.)" + s.history +
                                         R"(
    WHERE DIGEST IS NOT NULL AND SQL_TEXT IS NOT NULL AND NESTING_EVENT_ID IS NULL
      AND TIMER_END > )" + s.newest + " ORDER BY TIMER_END DESC LIMIT " +
                                         std::string(texts_of_one_look));
  if (!rows) return;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    const std::string schema = row.text(), digest = row.text(), text = row.text();
    if (i == 0) s.newest = row.text();
    if (!is_own(text)) s.texts.keep(statement_id(schema, digest), schema, text);
  }
}

void store_counts(const Sampler& s, model::WaitSamples& waits) {
  std::map<std::pair<std::string, std::string>, std::int64_t> together;
  for (const auto& [key, count] : s.counts) {
    const auto& [type, event, id] = key;
    together[{type, event}] += count;
    if (!id.empty()) waits.counts.push_back({type, event, id, count});
  }
  for (const auto& [key, count] : together)
    waits.counts.push_back({key.first, key.second, "", count});
  std::sort(waits.counts.begin(), waits.counts.end(), [](const auto& a, const auto& b) {
    if (a.count != b.count) return a.count > b.count;
    return std::tie(a.type, a.event, a.query_id) < std::tie(b.type, b.event, b.query_id);
  });
}

}  // namespace

void sample_waits(Collector& c, double until) {
  Sampler s(c);
  s.history = history_of(c);
  const double started = clock::monotonic();
  while (!c.stopped()) {
    const double before = clock::monotonic();
    const double left = until - before;
    c.progress.report("watching the sessions",
                      until > started ? (before - started) / (until - started) : 1);
    if (!look(s)) break;
    if (before >= s.next_history || left <= 0) {
      read_history(s);
      s.next_history = before + seconds_between_histories;
    }
    if (left <= 0) break;
    const double took = clock::monotonic() - before;
    const double wait = std::max(c.options.sample_interval_seconds, took / share_for_looking);
    clock::pause(std::clamp(wait - took, 0.0, std::max(left, 0.0)));
    if (c.progress.cancelled())
      c.failure = Error{ErrorKind::interrupted, "Stopped on request.", "", ""};
  }
  auto& waits = c.snapshot.activity.waits;
  waits.samples = s.samples;
  if (s.samples > 0) {
    waits.interval_seconds = (clock::monotonic() - started) / static_cast<double>(s.samples);
    waits.average_active = static_cast<double>(s.active_sum) / static_cast<double>(s.samples);
  }
  store_counts(s, waits);
  s.texts.store();
}

}  // namespace whet::engine::mysql
