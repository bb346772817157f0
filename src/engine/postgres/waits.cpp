// What the sessions were seen doing, again and again over the window; and the texts that they ran,
// with literals, for replays. Those stay in memory.
#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

#include "base/clock.h"
#include "base/text.h"
#include "engine/postgres/collector.h"
#include "sql/fingerprint.h"
#include "sql/tokens.h"

namespace whet::engine::postgres {

namespace {

constexpr std::size_t sessions_with_text = 200;
/// Looking may take at most this share of the time.
constexpr double share_for_looking = 0.05;

struct Sampler {
  explicit Sampler(Collector& of) : c(of) {}

  Collector& c;
  std::map<std::tuple<std::string, std::string, std::string>, std::int64_t> counts;
  std::int64_t samples = 0, active_sum = 0;
  std::string newest;  ///< start of the newest statement whose text was fetched
  std::unordered_map<std::string, std::set<std::string>> texts;
  std::unordered_map<std::string, std::string> id_by_fingerprint;  ///< 13 has no query_id
};

bool is_complete(std::string_view text, std::int64_t limit) {
  if (text.empty() || static_cast<std::int64_t>(text.size()) + 1 >= limit) return false;
  for (const auto& token : sql::tokens(text)) {
    if (token.kind == sql::TokenKind::param) return false;
  }
  return true;
}

void keep_text(Sampler& s, std::string id, const std::string& text, std::int64_t limit) {
  if (!is_complete(text, limit)) return;
  if (id.empty()) {
    const auto at = s.id_by_fingerprint.find(sql::fingerprint(text));
    if (at == s.id_by_fingerprint.end()) return;
    id = at->second;
  }
  auto& known = s.texts[id];
  if (known.size() < texts_of_one_statement) known.insert(text);
}

bool look(Sampler& s, std::int64_t text_limit) {
  auto& waits = s.c.snapshot.activity.waits;
  const std::string query_id = s.c.since(140000, "query_id", "NULL");
  // Idle sessions show the last thing that they did. Texts seen before are not sent again.
  const auto rows = s.c.read("wait events",
                             R"(
    SELECT state, wait_event_type, wait_event, )" +
                                 query_id + R"(,
           CASE WHEN datname = current_database() AND query_start > $1::timestamptz
                 AND row_number() OVER (ORDER BY query_start DESC NULLS LAST) <= )" +
                                 std::to_string(sessions_with_text) + R"(
                THEN query END, max(query_start) OVER ()
    FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND application_name NOT IN ('whet', 'whet apply'))",
                             {s.newest.empty() ? "-infinity" : s.newest});
  if (!rows) return false;
  std::int64_t active = 0;
  std::string newest = s.newest;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    const std::string state = row.text(), type = row.text(), event = row.text(), id = row.text();
    const std::string text = row.text();
    newest = row.text();
    if (!text.empty()) keep_text(s, id, text, text_limit);
    if (state != "active" && state != "fastpath function call") continue;
    ++active;
    ++s.counts[{type.empty() ? "CPU" : type, type.empty() ? "CPU" : event, id}];
  }
  if (!newest.empty()) s.newest = newest;
  ++s.samples;
  s.active_sum += active;
  waits.peak_active = std::max(waits.peak_active, active);
  waits.peak_connections = std::max<std::int64_t>(waits.peak_connections, rows->size());
  return true;
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

void store_texts(Sampler& s) {
  for (auto& [id, texts] : s.texts) {
    for (const auto& text : texts) s.c.collected.captured.push_back({id, text});
  }
  std::sort(s.c.collected.captured.begin(), s.c.collected.captured.end(),
            [](const auto& a, const auto& b) {
              return std::tie(a.statement_id, a.text) < std::tie(b.statement_id, b.text);
            });
  if (!s.c.options.with_samples) return;
  for (auto& statement : s.c.snapshot.workload.statements) {
    const auto at = s.texts.find(statement.id);
    if (at != s.texts.end()) statement.samples.assign(at->second.begin(), at->second.end());
  }
}

}  // namespace

void sample_waits(Collector& c, double until) {
  Sampler s(c);
  if (c.version() < 140000) {
    for (const auto& statement : c.snapshot.workload.statements)
      s.id_by_fingerprint.emplace(statement.fingerprint, statement.id);
  }
  const auto text_limit = static_cast<std::int64_t>(
      c.snapshot.server.number("track_activity_query_size").value_or(1024));
  const double started = clock::monotonic();
  while (!c.stopped()) {
    const double before = clock::monotonic();
    const double left = until - before;
    c.progress.report("watching the sessions",
                      until > started ? (before - started) / (until - started) : 1);
    if (!look(s, text_limit) || left <= 0) break;
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
  store_texts(s);
}

}  // namespace whet::engine::postgres
