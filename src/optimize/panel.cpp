// Which statements are measured.
#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"
#include "optimize/measure.h"

namespace whet::optimize {
namespace {

using model::ActionKind;
using model::Statement;
using model::StatementKind;

bool reads_table(const model::PlanNode& node, const std::string& schema, const std::string& table) {
  if (node.relation == table && (node.schema.empty() || node.schema == schema)) return true;
  return std::any_of(node.children.begin(), node.children.end(), [&](const model::PlanNode& child) {
    return reads_table(child, schema, table);
  });
}

bool word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool has_word(std::string_view text, std::string_view word) {
  for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const bool left = at == 0 || !word_char(text[at - 1]);
    const std::size_t end = at + word.size();
    if (left && (end == text.size() || !word_char(text[end]))) return true;
  }
  return false;
}

double calls_per_hour(const Statement& statement, const model::Workload& workload) {
  const double age = statement.stats_age_seconds.value_or(workload.age_seconds.value_or(0));
  return age > 0 ? static_cast<double>(statement.total.calls) * 3600 / age : 0;
}

Item item_of(const Statement& statement, const model::Workload& workload, bool control) {
  Item item;
  item.statement_id = statement.id;
  item.text = statement.text;
  item.control = control;
  item.calls_per_hour = calls_per_hour(statement, workload);
  item.expected_ms = statement.mean_ms();
  return item;
}

}  // namespace

bool affects_reads(const model::Action& action) {
  // Source: the categories Query Tuning, Resource Usage / Memory and Asynchronous Behavior of
  // PostgreSQL's pg_settings; the settings of MySQL's and MariaDB's optimizer and buffers;
  // MongoDB's query parameters and storage engine.
  constexpr std::array<std::string_view, 43> names = {"backend_flush_after",
                                                      "constraint_exclusion",
                                                      "cpu_",
                                                      "cursor_tuple_fraction",
                                                      "default_statistics_target",
                                                      "effective_cache_size",
                                                      "effective_io_concurrency",
                                                      "enable_",
                                                      "force_parallel_mode",
                                                      "from_collapse_limit",
                                                      "geqo",
                                                      "hash_mem_multiplier",
                                                      "internalQuery",
                                                      "wiredTiger",
                                                      "jit",
                                                      "join_collapse_limit",
                                                      "max_parallel_workers",
                                                      "min_parallel_",
                                                      "parallel_",
                                                      "plan_cache_mode",
                                                      "random_page_cost",
                                                      "recursive_worktable_factor",
                                                      "seq_page_cost",
                                                      "temp_buffers",
                                                      "work_mem",
                                                      "io_combine_limit",
                                                      "eq_range_index_dive_limit",
                                                      "innodb_adaptive_hash_index",
                                                      "innodb_buffer_pool_size",
                                                      "innodb_stats_",
                                                      "join_buffer_size",
                                                      "join_cache_level",
                                                      "max_heap_table_size",
                                                      "max_length_for_sort_data",
                                                      "mrr_buffer_size",
                                                      "optimizer_",
                                                      "range_optimizer_max_mem_size",
                                                      "read_buffer_size",
                                                      "read_rnd_buffer_size",
                                                      "sort_buffer_size",
                                                      "temptable_",
                                                      "tmp_table_size",
                                                      "use_stat_tables"};
  if (action.kind != ActionKind::set_setting && action.kind != ActionKind::reset_setting)
    return false;
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view name) { return action.setting.starts_with(name); });
}

bool touches(const Statement& statement, const std::string& schema, const std::string& table) {
  if (statement.plan) return reads_table(statement.plan->root, schema, table);
  return has_word(statement.text, table);
}

std::vector<Item> panel_statements(const std::vector<ChangeOutcome>& changes,
                                   const model::Snapshot& snapshot, const PanelOptions& options) {
  std::set<std::string> affected;
  std::set<std::pair<std::string, std::string>> tables;
  bool settings = false;
  for (const ChangeOutcome& one : changes) {
    if (one.fate != Fate::proposed) continue;
    affected.insert(one.change.affected.begin(), one.change.affected.end());
    settings = settings || affects_reads(one.change.action);
    if (!one.change.action.table.empty())
      tables.emplace(one.change.action.schema, one.change.action.table);
  }
  std::vector<Item> helped, others, controls;
  std::set<std::string> seen;
  // The workload is ordered by total time, falling: so is what is taken.
  for (const Statement& statement : snapshot.workload.statements) {
    if (statement.kind != StatementKind::select || statement.own || statement.nested ||
        statement.total.calls == 0 || !seen.insert(statement.id).second)
      continue;
    const bool touched = std::any_of(tables.begin(), tables.end(), [&](const auto& table) {
      return touches(statement, table.first, table.second);
    });
    if (affected.contains(statement.id) && helped.size() < options.affected_at_most) {
      helped.push_back(item_of(statement, snapshot.workload, false));
    } else if (touched && others.size() < options.others_at_most) {
      others.push_back(item_of(statement, snapshot.workload, false));
    } else if (!touched && controls.size() < options.controls_at_most) {
      controls.push_back(item_of(statement, snapshot.workload, true));
    } else if (settings && others.size() < options.others_at_most) {
      others.push_back(item_of(statement, snapshot.workload, !touched));
    }
  }
  helped.insert(helped.end(), others.begin(), others.end());
  helped.insert(helped.end(), controls.begin(), controls.end());
  return helped;
}

Result<std::vector<Item>> with_reads(std::vector<Item> items, engine::Engine& engine,
                                     const engine::Collected& collected,
                                     const PanelOptions& options) {
  std::vector<std::string> ids;
  ids.reserve(items.size());
  for (const Item& item : items) ids.push_back(item.statement_id);
  auto reads = WHET_TRY(engine.replayable(collected, ids, options.drawn_each));
  for (auto& read : reads) {
    const auto owner = std::find_if(items.begin(), items.end(), [&](const Item& item) {
      return item.statement_id == read.statement_id;
    });
    if (owner != items.end()) owner->reads.push_back(std::move(read));
  }
  std::erase_if(items, [](const Item& item) { return item.reads.empty(); });
  return items;
}

}  // namespace whet::optimize
