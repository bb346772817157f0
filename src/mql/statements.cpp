// Operations of the profiler or the log as statements with counters.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/text.h"
#include "mql/operation.h"

namespace whet::mql {
namespace {

using model::Statement;
using model::StatementCounters;

constexpr std::string_view own_application = "whet";

/// What one statement gathers that the model has no member for.
struct Gathered {
  Statement statement;
  std::vector<double> durations;
  std::set<std::string> applications;
  std::vector<std::string> texts;
  double latest = 0;
  bool own = true;
};

/// Databases of the server itself, and its collections in each database.
bool is_servers(const Operation& operation) {
  const std::string& database = operation.database;
  return database == "admin" || database == "config" || database == "local" ||
         database == "$external" || operation.collection.starts_with("system.");
}

/// The log has a line for each part of an update or delete, and one for the whole command. The
/// latter has no plan and no figures, but a reply.
bool is_whole_write(const Operation& operation) {
  if (!operation.command || !operation.plan_summary.empty()) return false;
  const std::string& verb = operation.command->verb;
  return (verb == "update" || verb == "delete") && operation.response_bytes > 0;
}

/// The client's address: the log has the port with it, the profiler has not.
std::string address_of(const std::string& client) {
  const auto colon = client.rfind(':');
  const bool port = colon != std::string::npos && text::to_int(client.substr(colon + 1)) &&
                    (client.find(':') == colon || client[colon - 1] == ']');
  return port ? client.substr(0, colon) : client;
}

/// When parts of writes ended, by client and collection.
class Parts {
 public:
  void add(const Operation& operation) { ended_[key(operation)] = operation.at; }
  /// A part of this whole was seen: it ended while the whole ran.
  [[nodiscard]] bool has_part_of(const Operation& whole) const {
    const auto part = ended_.find(key(whole));
    constexpr double clock = 0.002;  // both times are cut to milliseconds
    return part != ended_.end() && part->second >= whole.at - whole.duration_ms / 1e3 - clock;
  }

 private:
  static std::string key(const Operation& operation) {
    const std::string verb = operation.command ? operation.command->verb : "";
    return address_of(operation.client) + '\n' + operation.database + '.' + operation.collection +
           '\n' + verb;
  }
  std::map<std::string, double> ended_;
};

std::int64_t flag(bool value) { return value ? 1 : 0; }

void count(StatementCounters& out, const Operation& operation) {
  if (operation.get_more) {
    ++out.batches;
  } else {
    ++out.calls;
    out.plans += flag(operation.planning_ms > 0);
    out.multi_plans += flag(operation.multi_planned);
    out.replans += flag(operation.replanned);
    out.full_scans += flag(text::contains(operation.plan_summary, "COLLSCAN"));
    out.sort_scans += flag(operation.sorted);
    out.time_limits += flag(operation.max_time_ms.value_or(0) > 0);
  }
  out.rows += operation.returned;
  out.execution_ms += operation.duration_ms;
  out.planning_ms += operation.planning_ms;
  out.cpu_ms += operation.cpu_ms;
  out.lock_ms += operation.lock_wait_ms;
  out.read_ms += operation.read_ms;
  out.shared_read += operation.read_bytes;
  out.keys_examined += operation.keys_examined;
  out.rows_examined += operation.documents_examined;
  out.rows_affected += operation.inserted + operation.modified + operation.deleted;
  out.errors += flag(!operation.error.empty());
  out.temp_disk_tables += flag(operation.spilled);
  out.result_bytes += operation.response_bytes;
  out.yields += operation.yields;
  out.write_conflicts += operation.write_conflicts;
  out.cut_texts += flag(operation.cut);
}

void note_latest(Gathered& gathered, const Operation& operation) {
  if (operation.at < gathered.latest || operation.get_more) return;
  gathered.latest = operation.at;
  Statement& out = gathered.statement;
  out.query_hash = operation.query_hash;
  out.plan_summary = operation.plan_summary;
  out.read_concern = operation.read_concern;
  out.write_concern = operation.write_concern;
  out.read_preference = operation.read_preference;
}

void gather(Gathered& gathered, const Operation& operation, int each) {
  note_latest(gathered, operation);
  count(gathered.statement.total, operation);
  // Batches are short: among the calls they would hide how long those take.
  if (!operation.get_more) gathered.durations.push_back(operation.duration_ms);
  if (!operation.application.empty()) gathered.applications.insert(operation.application);
  gathered.own = gathered.own && operation.application == own_application;
  if (!operation.command || gathered.texts.size() >= static_cast<std::size_t>(each)) return;
  std::string text = print(*operation.command);
  if (std::ranges::find(gathered.texts, text) == gathered.texts.end()) {
    gathered.texts.push_back(std::move(text));
  }
}

/// The smallest value that at least the share of them do not exceed.
double percentile(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return 0;
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
  return sorted[std::max<std::size_t>(rank, 1) - 1];
}

void settle_times(Statement& out, std::vector<double>& durations) {
  if (durations.empty()) return;
  std::ranges::sort(durations);
  double mean = 0;
  for (const double ms : durations) mean += ms / static_cast<double>(durations.size());
  double squares = 0;
  for (const double ms : durations) squares += (ms - mean) * (ms - mean);
  out.min_ms = durations.front();
  out.max_ms = durations.back();
  out.stddev_ms = std::sqrt(squares / static_cast<double>(durations.size()));
  out.p95_ms = percentile(durations, 0.95);
  out.p99_ms = percentile(durations, 0.99);
  out.p999_ms = percentile(durations, 0.999);
}

class Aggregation {
 public:
  explicit Aggregation(int each) : each_(each) {}

  void add(const Operation& operation) {
    if (is_servers(operation)) return;
    if (!operation.command) {
      if (operation.cut) cut_.push_back(&operation);
      return;
    }
    if (is_whole_write(operation)) {
      if (parts_.has_part_of(operation)) return;
    } else {
      parts_.add(operation);
    }
    Gathered& gathered = of(operation, fingerprint(*operation.command));
    if (gathered.statement.text.empty()) {
      const Command normal = normalize(*operation.command);
      gathered.statement.text = print(normal);
      gathered.statement.kind = kind_of(normal);
    }
    if (!operation.query_hash.empty()) by_hash_.emplace(hash_key(operation), &gathered);
    gather(gathered, operation, each_);
  }

  Aggregated finish(double now) {
    for (const Operation* operation : cut_) add_cut(*operation);
    Aggregated out;
    for (auto& [key, gathered] : statements_) {
      settle(gathered, now);
      for (std::string& text : gathered.texts) {
        out.captured.emplace_back(gathered.statement.id, std::move(text));
      }
      out.statements.push_back(std::move(gathered.statement));
    }
    std::ranges::stable_sort(out.statements, [](const Statement& a, const Statement& b) {
      return a.total.execution_ms > b.total.execution_ms;
    });
    return out;
  }

 private:
  static std::string hash_key(const Operation& operation) {
    return operation.database + '.' + operation.collection + '\n' + operation.query_hash;
  }

  Gathered& of(const Operation& operation, const std::string& print_of_shape) {
    Gathered& out = statements_[operation.database + '\n' + print_of_shape];
    out.statement.database = operation.database;
    out.statement.fingerprint = print_of_shape;
    out.statement.id = print_of_shape;
    return out;
  }

  /// Operations whose text was cut count with those of the same shape, as the server knows it, else
  /// by themselves.
  void add_cut(const Operation& operation) {
    const auto known = by_hash_.find(hash_key(operation));
    if (known != by_hash_.end() && !operation.query_hash.empty()) {
      return gather(*known->second, operation, each_);
    }
    Gathered& out = of(operation, text::hash_hex(hash_key(operation) + operation.plan_summary));
    out.statement.text = "db." + operation.collection + ": a command that the server's log cut";
    gather(out, operation, each_);
  }

  static void settle(Gathered& gathered, double now) {
    Statement& out = gathered.statement;
    // Batches whose first call was before what was read.
    out.total.calls = std::max<std::int64_t>(out.total.calls, flag(out.total.batches > 0));
    settle_times(out, gathered.durations);
    out.own = gathered.own;
    out.applications.assign(gathered.applications.begin(), gathered.applications.end());
    if (gathered.latest > 0) out.last_seen_age_seconds = std::max(now - gathered.latest, 0.0);
  }

  int each_;
  std::map<std::string, Gathered> statements_;
  std::map<std::string, Gathered*> by_hash_;
  std::vector<const Operation*> cut_;
  Parts parts_;
};

}  // namespace

Aggregated statements_of(const std::vector<Operation>& operations, double now, int each) {
  // Several sources may have been put together. Parts of a write come before the whole.
  std::vector<const Operation*> ordered;
  ordered.reserve(operations.size());
  for (const Operation& operation : operations) ordered.push_back(&operation);
  std::ranges::stable_sort(ordered, [](const Operation* a, const Operation* b) {
    if (a->at != b->at) return a->at < b->at;
    return !is_whole_write(*a) && is_whole_write(*b);
  });
  Aggregation aggregation(each);
  for (const Operation* operation : ordered) aggregation.add(*operation);
  return aggregation.finish(now);
}

}  // namespace whet::mql
