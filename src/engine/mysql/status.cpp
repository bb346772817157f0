// Status values: totals, and what they grew by in the window.
#include "engine/mysql/status.h"

#include <algorithm>

#include "base/text.h"
#include "engine/mysql/collector.h"

namespace whet::engine::mysql {

namespace {

using Values = std::vector<model::StatusValue>;

void add_global_status(Collector& c, Values& values) {
  const auto rows = c.read("status values", "SHOW GLOBAL STATUS");
  if (!rows) return;
  for (int i = 0; i < rows->size(); ++i) {
    std::string name(rows->text(i, 0));
    // Addresses, keys and certificates: text that no check reads.
    if (name.starts_with("Caching_sha2_password_rsa") || name.starts_with("Rsa_public_key") ||
        name.starts_with("Ssl_cipher_list"))
      continue;
    values.push_back(status_value(std::move(name), rows->text(i, 1)));
  }
}

void add_metrics(Collector& c, Values& values) {
  const std::string enabled =
      c.if_has(Feature::metrics_enabled, "ENABLED = 1", "STATUS = 'enabled'");
  const auto rows =
      c.read("InnoDB's metrics",
             "SELECT NAME, COUNT FROM information_schema.INNODB_METRICS WHERE " + enabled,
             c.grant("PROCESS ON *.*"));
  if (!rows) return;
  for (int i = 0; i < rows->size(); ++i)
    values.push_back(
        status_value("innodb_metrics." + std::string(rows->text(i, 0)), rows->text(i, 1)));
}

void add_costs(Collector& c, Values& values) {
  std::optional<Rows> rows;
  if (c.has(Feature::cost_tables)) {
    // 8.0 made the defaults a column; 5.7 has them in its code only.
    const std::string value =
        c.if_has(Feature::dictionary, "COALESCE(cost_value, default_value)", "cost_value");
    rows = c.read(
        "the optimizer's cost constants",
        "SELECT cost_name, " + value + " FROM mysql.server_cost UNION ALL SELECT cost_name, " +
            value +
            " FROM mysql.engine_cost WHERE engine_name IN ('default', 'InnoDB') "
            "ORDER BY 1",
        c.grant("SELECT ON mysql.server_cost") + " " + c.grant("SELECT ON mysql.engine_cost"));
  }
  if (!rows) return;
  for (int i = 0; i < rows->size(); ++i) {
    if (rows->null(i, 1)) continue;
    values.push_back(status_value("cost." + std::string(rows->text(i, 0)), rows->text(i, 1)));
  }
}

/// MariaDB 11: one row for each engine, a column for each constant; microseconds.
void add_optimizer_costs(Collector& c, Values& values) {
  if (!c.has(Feature::optimizer_costs)) return;
  const auto rows = c.read_if_possible(
      "SELECT * FROM information_schema.OPTIMIZER_COSTS WHERE ENGINE IN ('default', 'InnoDB')");
  if (!rows || rows->empty()) return;
  int chosen = 0;
  for (int i = 0; i < rows->size(); ++i) {
    if (rows->text(i, "ENGINE") == "InnoDB") chosen = i;
  }
  for (const auto* name :
       {"OPTIMIZER_DISK_READ_COST", "OPTIMIZER_INDEX_BLOCK_COPY_COST", "OPTIMIZER_KEY_COMPARE_COST",
        "OPTIMIZER_KEY_COPY_COST", "OPTIMIZER_KEY_LOOKUP_COST", "OPTIMIZER_KEY_NEXT_FIND_COST",
        "OPTIMIZER_DISK_READ_RATIO", "OPTIMIZER_ROW_COPY_COST", "OPTIMIZER_ROW_LOOKUP_COST",
        "OPTIMIZER_ROW_NEXT_FIND_COST", "OPTIMIZER_ROWID_COMPARE_COST",
        "OPTIMIZER_ROWID_COPY_COST"})
    values.push_back(status_value("cost." + text::lower(name), rows->text(chosen, name)));
}

void add_monitor(Collector& c, Values& values) {
  const auto rows =
      c.read("InnoDB's monitor", "SHOW ENGINE INNODB STATUS", c.grant("PROCESS ON *.*"));
  if (!rows || rows->empty()) return;
  const InnodbMonitor monitor = parse_innodb_monitor(rows->text(0, "Status"));
  const auto add = [&](const char* name, const std::optional<double>& value) {
    if (!value) return;
    model::StatusValue out;
    out.name = name;
    out.total = *value;
    values.push_back(std::move(out));
  };
  add("innodb_monitor.history_list_length", monitor.history_list_length);
  add("innodb_monitor.log_position", monitor.log_position);
  add("innodb_monitor.log_flushed_position", monitor.flushed_position);
  add("innodb_monitor.log_checkpoint_position", monitor.checkpoint_position);
  if (monitor.log_position && monitor.checkpoint_position)
    add("innodb_monitor.checkpoint_age", *monitor.log_position - *monitor.checkpoint_position);
  if (monitor.deadlock_at && monitor.printed_at)
    c.snapshot.resources.deadlock_age_seconds =
        std::max(0.0, *monitor.printed_at - *monitor.deadlock_at);
}

}  // namespace

void sample_status(Collector& c, Sample sample) {
  Values values;
  add_global_status(c, values);
  add_metrics(c, values);
  add_monitor(c, values);
  if (sample == Sample::first) {
    add_costs(c, values);
    add_optimizer_costs(c, values);
  }
  std::sort(values.begin(), values.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  if (sample == Sample::first) {
    c.snapshot.server.status = std::move(values);
  } else {
    join_samples(c.snapshot.server.status, std::move(values));
  }
  if (const auto uptime = c.snapshot.server.status_total("Uptime"))
    c.snapshot.server.uptime_seconds = *uptime;
}

}  // namespace whet::engine::mysql
