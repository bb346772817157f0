// A change: an executable improvement, as typed actions that an engine turns into its own
// statements.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/fields.h"
#include "model/schema.h"

namespace whet::model {

enum class ActionKind : std::uint8_t {
  manual,         ///< for a person: Whet never executes it; `statement` is what to review and run
  create_index,   ///< `index`
  drop_index,     ///< `index`, complete, so that it can be made again
  rebuild_index,  ///< `index`
  set_setting,    ///< `setting` = `value` for the whole server; needs_restart says when it takes
                  ///< effect
  reset_setting,  ///< `setting` back to its default
  set_table_option,     ///< `setting` = `value` of `schema`.`table`; an empty value resets it
  analyze_table,        ///< `schema`.`table`
  vacuum_table,         ///< `schema`.`table`, without FULL, with ANALYZE
  validate_constraint,  ///< `constraint` of `schema`.`table`
  create_statistics,    ///< `name` on `columns` of `schema`.`table`, kinds in `value`
  drop_statistics,
  update_extension,   ///< extension `name`
  set_column_option,  ///< `setting` (statistics, storage, compression) = `value` of `columns[0]`
  hide_index,         ///< `index` stays maintained and is not used (INVISIBLE, IGNORED, hidden)
  show_index,         ///< a hidden `index` is used again
  update_histogram,   ///< of `columns` of `schema`.`table`, `value` buckets
  drop_histogram,     ///< of `columns` of `schema`.`table`
  // MongoDB.
  set_index_option,     ///< `setting` (expireAfterSeconds) = `value` of `index`
  set_database_option,  ///< `setting` (profile_level, profile_slow_ms, profile_sample_rate) =
                        ///< `value` of database `schema`
  set_query_settings,   ///< 8.0: for the statement `name` (its text) on `schema`: `setting` (hint,
                        ///< reject) = `value`
  remove_query_settings,
};
constexpr auto enum_names(ActionKind) {
  return Names<22>{"manual",
                   "create_index",
                   "drop_index",
                   "rebuild_index",
                   "set_setting",
                   "reset_setting",
                   "set_table_option",
                   "analyze_table",
                   "vacuum_table",
                   "validate_constraint",
                   "create_statistics",
                   "drop_statistics",
                   "update_extension",
                   "set_column_option",
                   "hide_index",
                   "show_index",
                   "update_histogram",
                   "drop_histogram",
                   "set_index_option",
                   "set_database_option",
                   "set_query_settings",
                   "remove_query_settings"};
}

enum class Risk : std::uint8_t {
  safe,    ///< no lock that stops reads or writes, undone at once: executed without asking
  low,     ///< online, but takes time, disk or I/O
  medium,  ///< takes something away or briefly blocks
  high,    ///< can block or lose; never without an explicit word
};
constexpr auto enum_names(Risk) { return Names<4>{"safe", "low", "medium", "high"}; }

/// One step. Which members count depends on the kind.
struct Action {
  ActionKind kind = ActionKind::manual;
  std::string schema, table;
  std::string name;
  std::string constraint;
  std::string setting, value;
  std::string
      previous;  ///< the value before, for the inverse; empty: it was the default or not set
  bool needs_restart = false;
  std::vector<std::string> columns;
  std::optional<Index> index;
  std::string statement;  ///< manual: what to run. Else: filled by the engine's renderer
  std::string inverse;  ///< filled by the engine's renderer; empty: there is no way back (and none
                        ///< is needed)

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("kind", s.kind), v("schema", s.schema), v("table", s.table), v("name", s.name),
        v("constraint", s.constraint);
    v("setting", s.setting), v("value", s.value), v("previous", s.previous),
        v("needs_restart", s.needs_restart);
    v("columns", s.columns), v("index", s.index), v("statement", s.statement),
        v("inverse", s.inverse);
  }
};

struct Change {
  std::string
      id;  ///< stable for the same finding on the same subject: "index.unused/public.t_old_idx"
  std::string summary;  ///< "Create index on orders (customer_id, created_at)"
  std::string reason;   ///< one sentence
  Action action;
  Risk risk = Risk::safe;
  std::string locks;  ///< "SHARE UPDATE EXCLUSIVE on orders: reads and writes go on"
  std::vector<std::string> preconditions;  ///< what must hold, as sentences
  std::optional<double> expected_seconds;
  std::int64_t disk_bytes = 0;        ///< needed while and after it runs
  std::vector<std::string> affected;  ///< ids of the statements that should gain (verify by these)

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("id", s.id), v("summary", s.summary), v("reason", s.reason), v("action", s.action),
        v("risk", s.risk);
    v("locks", s.locks), v("preconditions", s.preconditions),
        v("expected_seconds", s.expected_seconds);
    v("disk_bytes", s.disk_bytes), v("affected", s.affected);
  }
};

}  // namespace whet::model
