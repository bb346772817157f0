#include "optimize/select.h"

#include <algorithm>
#include <set>
#include <utility>

#include "advise/check.h"
#include "advise/index/algebra.h"
#include "base/text.h"

namespace whet::optimize {
namespace {

using model::Action;
using model::ActionKind;

constexpr std::size_t longest_name = 63;  // PostgreSQL's NAMEDATALEN - 1

bool listed(const std::vector<std::string>& list, const std::string& id) {
  return std::find(list.begin(), list.end(), id) != list.end();
}

bool wanted(const ChangeOutcome& one, const SelectOptions& options) {
  if (listed(options.skip, one.change.id)) return false;
  if (listed(options.only, one.change.id)) return true;
  return is_selected(one.finding, options);
}

void settle(ChangeOutcome& one, Fate fate, std::string reason) {
  one.fate = fate;
  one.reason = std::move(reason);
}

void filter(ChangeOutcome& one, const SelectOptions& options) {
  if (!wanted(one, options)) return settle(one, Fate::filtered, "Left out by --only or --skip.");
  if (one.change.action.kind == ActionKind::manual)
    return settle(one, Fate::told, "For a person to review and run.");
  if (one.change.action.needs_restart)
    return settle(one, Fate::told, "Takes effect only at a restart, which Whet never does.");
  if (one.change.risk > options.max_risk) {
    settle(one, Fate::filtered,
           "Its risk is " + std::string(name_of(one.change.risk)) + ", and --max-risk allows " +
               std::string(name_of(options.max_risk)) + ".");
  }
}

std::string object_of(const Action& action) {
  std::string table = action.schema + "." + action.table;
  // New indexes are compared by what they hold (see resolve_creation); their names come later.
  if (action.kind == ActionKind::create_index) return "";
  if (action.index)
    return (action.index->schema.empty() ? action.schema : action.index->schema) + "." +
           action.table + "." + action.index->name;
  switch (action.kind) {
    case ActionKind::set_setting:
    case ActionKind::reset_setting:
      return "setting " + action.setting;
    case ActionKind::set_table_option:
      return table + " option " + action.setting;
    case ActionKind::set_database_option:
      return action.schema + " option " + action.setting;
    case ActionKind::set_query_settings:
    case ActionKind::remove_query_settings:
      return "query settings of " + action.name;
    case ActionKind::set_column_option:
      return table + "." + text::join(action.columns, ",") + " option " + action.setting;
    case ActionKind::validate_constraint:
      return table + " constraint " + action.constraint;
    case ActionKind::create_statistics:
    case ActionKind::drop_statistics:
      return "statistics " + action.schema + "." + action.name;
    case ActionKind::update_extension:
      return "extension " + action.name;
    case ActionKind::update_histogram:
    case ActionKind::drop_histogram:
      return table + " histogram of " + text::join(action.columns, ",");
    default:
      return table;
  }
}

/// Whether one of them makes the other needless or wrong; the earlier one stays.
bool same_object(const Action& first, const Action& second) {
  const bool upkeep =
      first.kind == ActionKind::analyze_table || first.kind == ActionKind::vacuum_table;
  const bool other_upkeep =
      second.kind == ActionKind::analyze_table || second.kind == ActionKind::vacuum_table;
  const std::string object = object_of(first);
  return upkeep == other_upkeep && !object.empty() && object == object_of(second);
}

/// Whether queries lose nothing when `b` is not built because `a` is. New indexes have no id yet,
/// which the algebra would take for the same one.
bool serves_new(const model::Index& a, model::Index b, const model::Table& table) {
  b.id = -1;
  return advise::covers(a, b, {.table = &table, .referenced = {}}).droppable();
}

/// The plan while it is being made.
class Plan {
 public:
  Plan(std::vector<ChangeOutcome> changes, const model::Snapshot& snapshot)
      : changes_(std::move(changes)), snapshot_(snapshot) {}

  std::vector<ChangeOutcome> resolve() && {
    for (std::size_t i = 0; i < changes_.size(); ++i) {
      if (changes_[i].fate != Fate::proposed) continue;
      resolve_same_object(i);
      if (changes_[i].fate != Fate::proposed) continue;
      if (changes_[i].change.action.kind == ActionKind::create_index) resolve_creation(i);
      if (changes_[i].change.action.kind == ActionKind::drop_index) resolve_drop(i);
    }
    return std::move(changes_);
  }

 private:
  void supersede(std::size_t loser, std::size_t winner, const std::string& reason) {
    settle(changes_[loser], Fate::superseded, reason);
    auto& affected = changes_[winner].change.affected;
    for (const auto& id : changes_[loser].change.affected) {
      if (!listed(affected, id)) affected.push_back(id);
    }
  }

  void resolve_same_object(std::size_t i) {
    const Action& mine = changes_[i].change.action;
    for (std::size_t j = 0; j < i; ++j) {
      if (changes_[j].fate != Fate::proposed) continue;
      const Action& earlier = changes_[j].change.action;
      if (!same_object(earlier, mine)) continue;
      // VACUUM (ANALYZE) does what ANALYZE does; dropping makes a rebuild needless.
      const bool mine_is_more =
          (mine.kind == ActionKind::vacuum_table && earlier.kind == ActionKind::analyze_table) ||
          (mine.kind == ActionKind::drop_index && earlier.kind == ActionKind::rebuild_index);
      if (mine_is_more) {
        supersede(j, i, "'" + changes_[i].change.summary + "' makes it needless.");
        continue;
      }
      return supersede(i, j, "'" + changes_[j].change.summary + "' comes before it.");
    }
  }

  [[nodiscard]] const model::Table* table_of(const Action& action) const {
    for (const model::Table& table : snapshot_.schema.tables) {
      if (table.schema == action.schema && table.name == action.table) return &table;
    }
    return nullptr;
  }

  void resolve_creation(std::size_t i) {
    const Action& mine = changes_[i].change.action;
    const model::Table* table = table_of(mine);
    if (!mine.index || table == nullptr) return;
    for (const model::Index& existing : table->indexes) {
      if (existing.usable() && serves_new(existing, *mine.index, *table))
        return settle(changes_[i], Fate::superseded,
                      "The index " + existing.name + " does that already.");
    }
    for (std::size_t j = 0; j < i; ++j) {
      const Action& earlier = changes_[j].change.action;
      if (changes_[j].fate != Fate::proposed || earlier.kind != ActionKind::create_index ||
          !earlier.index || table_of(earlier) != table)
        continue;
      if (serves_new(*earlier.index, *mine.index, *table))
        return supersede(i, j, "'" + changes_[j].change.summary + "' serves it as well.");
      if (serves_new(*mine.index, *earlier.index, *table))
        supersede(j, i, "'" + changes_[i].change.summary + "' serves it as well.");
    }
  }

  [[nodiscard]] bool dropped(const model::Table& table, const model::Index& index) const {
    return std::any_of(changes_.begin(), changes_.end(), [&](const ChangeOutcome& one) {
      const Action& action = one.change.action;
      return one.fate == Fate::proposed && accepted_.contains(&one) &&
             action.kind == ActionKind::drop_index && action.index && table_of(action) == &table &&
             action.index->name == index.name;
    });
  }

  /// An index whose queries would be left without any index that can serve them, because all
  /// that could are dropped too; nullptr when there is none.
  [[nodiscard]] const model::Index* stranded(const model::Table& table) const {
    const advise::Ties ties{.table = &table, .referenced = {}};
    for (const model::Index& gone : table.indexes) {
      if (!gone.usable() || !dropped(table, gone)) continue;
      bool had = false;
      bool has = false;
      for (const model::Index& other : table.indexes) {
        if (&other == &gone || !other.usable() || !advise::covers(other, gone, ties).droppable())
          continue;
        had = true;
        has = has || !dropped(table, other);
      }
      if (had && !has) return &gone;
    }
    return nullptr;
  }

  void resolve_drop(std::size_t i) {
    const model::Table* table = table_of(changes_[i].change.action);
    accepted_.insert(&changes_[i]);
    if (table == nullptr) return;
    const model::Index* index = stranded(*table);
    if (index == nullptr) return;
    accepted_.erase(&changes_[i]);
    settle(changes_[i], Fate::superseded,
           index->name == changes_[i].change.action.index->name
               ? "The indexes that could stand in for it are dropped too."
               : "It is what stands in for " + index->name + ", which is dropped.");
  }

  std::vector<ChangeOutcome> changes_;
  const model::Snapshot& snapshot_;
  std::set<const ChangeOutcome*> accepted_;  // drops that were looked at and stay
};

/// The order of doing.
int phase(const ChangeOutcome& one) {
  if (one.fate != Fate::proposed) return 100;  // not done: at the end
  switch (one.change.action.kind) {
    case ActionKind::set_setting:
    case ActionKind::reset_setting:
      return 0;
    case ActionKind::create_statistics:
    case ActionKind::set_column_option:
    case ActionKind::set_table_option:
    case ActionKind::set_index_option:
    case ActionKind::update_histogram:
      return 1;
    case ActionKind::vacuum_table:
    case ActionKind::analyze_table:
      return 2;
    case ActionKind::create_index:
    case ActionKind::show_index:
      return 3;
    case ActionKind::rebuild_index:
      return 4;
    case ActionKind::validate_constraint:
    case ActionKind::update_extension:
    case ActionKind::set_query_settings:
    case ActionKind::remove_query_settings:
      return 5;
    case ActionKind::hide_index:
    case ActionKind::drop_index:
    case ActionKind::drop_statistics:
    case ActionKind::drop_histogram:
      return 6;
    case ActionKind::set_database_option:
      return 7;  // the profiler: what it sees is wanted until all else is done
    case ActionKind::manual:
      return 100;
  }
  return 100;
}

}  // namespace

void name_new_indexes(std::vector<ChangeOutcome>& changes, const model::Snapshot& snapshot) {
  std::set<std::string> taken;
  const auto key = [](const std::string& schema, const std::string& name) {
    return schema + "." + name;
  };
  // MongoDB's names hold for a collection; those of others do not matter.
  const bool by_table = snapshot.server.engine == model::EngineKind::mongodb;
  const auto space = [&](const std::string& schema, const std::string& table) {
    return by_table ? key(schema, table) : schema;
  };
  for (const model::Table& table : snapshot.schema.tables) {
    taken.insert(key(table.schema, table.name));
    for (const model::Index& index : table.indexes) {
      taken.insert(key(space(table.schema, table.name), index.name));
    }
  }
  for (const auto& one : snapshot.schema.views) taken.insert(key(one.schema, one.name));
  for (const auto& one : snapshot.schema.sequences) taken.insert(key(one.schema, one.name));
  for (ChangeOutcome& one : changes) {
    Action& action = one.change.action;
    if (action.kind != ActionKind::create_index || !action.index || action.index->name.empty())
      continue;
    const std::string wanted = action.index->name;
    const std::string where = space(action.schema, action.table);
    for (int number = 1; !taken.insert(key(where, action.index->name)).second; ++number) {
      const std::string suffix = std::to_string(number);
      action.index->name = wanted.substr(0, longest_name - suffix.size()) + suffix;
    }
  }
}

bool is_selected(const std::string& finding, const SelectOptions& options) {
  advise::Selection selection;
  selection.only = options.only;
  selection.skip = options.skip;
  return selection.takes(finding);
}

std::vector<ChangeOutcome> select_changes(const std::vector<model::Finding>& findings,
                                          const model::Snapshot& snapshot,
                                          const SelectOptions& options) {
  std::vector<ChangeOutcome> changes;
  for (const model::Finding& finding : findings) {
    if (finding.watch) continue;
    for (const model::Change& change : finding.changes) {
      ChangeOutcome one;
      one.change = change;
      one.finding = finding.id;
      one.severity = finding.severity;
      filter(one, options);
      changes.push_back(std::move(one));
    }
  }
  changes = Plan(std::move(changes), snapshot).resolve();
  std::stable_sort(changes.begin(), changes.end(),
                   [](const auto& a, const auto& b) { return phase(a) < phase(b); });
  return changes;
}

}  // namespace whet::optimize
