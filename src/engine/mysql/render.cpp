#include "engine/mysql/render.h"

#include <algorithm>

#include "base/text.h"
#include "engine/mysql/names.h"
#include "engine/mysql/online_change.h"
#include "engine/mysql/render_statements.h"

namespace whet::engine::mysql {
namespace {

using model::Action;
using model::ActionKind;
using model::Change;

void make_manual(Change& change, std::string statement, const std::string& why) {
  change.action.kind = ActionKind::manual;
  change.action.statement = std::move(statement);
  change.action.inverse.clear();
  if (!why.empty()) change.reason += (change.reason.empty() ? "" : " ") + why;
}

class Renderer {
 public:
  Renderer(Change& change, const model::Server& server)
      : change_(change),
        action_(change.action),
        fork_(server.engine),
        version_(server.version_number) {}

  void all();

 private:
  void create();
  void drop();
  void visibility();
  void setting();
  void table_option();
  void rebuild();
  void histogram();
  void manual();
  void alter(Operation operation, const std::string& clauses, const std::string& undo);
  void describe(const DdlFacts& facts);
  [[nodiscard]] std::string table() const { return action_.schema + "." + action_.table; }

  Change& change_;
  Action& action_;
  model::EngineKind fork_;
  std::int64_t version_;
};

/// What the facts say of the change, for its reader.
void Renderer::describe(const DdlFacts& facts) {
  // The facts know better than an advisor that is for several kinds of servers.
  change_.locks = ddl_locks(facts, table());
  const std::string replicas = ddl_replicas(facts);
  if (!replicas.empty()) change_.locks += ". " + replicas;
  if (facts.lock != DdlLock::none && !facts.metadata_only())
    change_.risk = std::max(change_.risk, model::Risk::medium);
  const std::string caution(facts.caution);
  auto& known = change_.preconditions;
  if (!caution.empty() && std::find(known.begin(), known.end(), caution) == known.end())
    known.push_back(caution);
}

void Renderer::create() {
  if (action_.index->name.empty()) action_.index->name = index_name(action_);
  const auto facts = ddl_facts(operation_of(*action_.index), fork_, version_);
  action_.inverse = drop_index(action_, fork_, version_);
  if (!facts) {
    return make_manual(change_, create_index(action_, fork_, version_, false),
                       "This version cannot make such an index.");
  }
  action_.statement = create_index(action_, fork_, version_,
                                   built_hidden(action_, fork_, version_) || action_.index->hidden);
  if (built_hidden(action_, fork_, version_))
    action_.statement +=
        std::string(separator) + set_visibility(action_, fork_, version_, /*hidden=*/false);
  describe(*facts);
}

void Renderer::drop() {
  action_.statement = drop_index(action_, fork_, version_);
  action_.inverse = add_index_again(action_, fork_, version_);
  if (const auto facts = ddl_facts(Operation::drop_index, fork_, version_)) describe(*facts);
}

void Renderer::visibility() {
  const bool hide = action_.kind == ActionKind::hide_index;
  const auto facts = ddl_facts(Operation::set_index_visibility, fork_, version_);
  if (!facts) {
    return make_manual(change_, drop_index(action_, fork_, version_),
                       "This version cannot hide an index; it can only be dropped.");
  }
  action_.statement = set_visibility(action_, fork_, version_, hide);
  action_.inverse = set_visibility(action_, fork_, version_, !hide);
  describe(*facts);
}

void Renderer::setting() {
  const bool set = action_.kind == ActionKind::set_setting;
  action_.statement = set ? set_setting(action_, fork_, version_)
                          : restore_setting(action_.setting, nullptr, "", fork_, version_);
  if (set && action_.needs_restart) {
    action_.inverse = restore_at_restart(action_, fork_, version_);
  } else {
    const std::string* persisted = action_.previous.empty() ? nullptr : &action_.previous;
    action_.inverse =
        restore_setting(action_.setting, persisted, action_.previous, fork_, version_);
  }
  if (change_.locks.empty()) change_.locks = "none";
}

/// ALTER TABLE, or the command of a tool when the server would copy a big table.
void Renderer::alter(Operation operation, const std::string& clauses, const std::string& undo) {
  const auto facts = ddl_facts(operation, fork_, version_);
  if (!facts) return make_manual(change_, alter_table(action_, clauses), "");
  describe(*facts);
  const bool small = change_.disk_bytes > 0 && change_.disk_bytes <= small_table_bytes;
  if (facts->algorithm == Algorithm::copy && facts->lock != DdlLock::none && !small) {
    change_.risk = model::Risk::high;
    return make_manual(
        change_, online_change_command({action_.schema, action_.table, clauses}, fork_),
        "The server would copy the whole table while writes wait, so a tool is to do it beside "
        "the running application: as it stands the command only checks; --execute does it.");
  }
  action_.statement = alter_table(action_, clauses) + ddl_clause(*facts);
  if (!undo.empty()) action_.inverse = alter_table(action_, undo) + ddl_clause(*facts);
}

void Renderer::table_option() {
  const TableOption option = table_option_of(action_);
  alter(option.operation, option.clause, option.undo);
}

void Renderer::rebuild() {
  alter(Operation::rebuild_table, "FORCE", "");
  if (action_.kind == ActionKind::manual) return;
  action_.statement += std::string(separator) + analyze_table(action_);
}

void Renderer::histogram() {
  const bool mysql = fork_ == model::EngineKind::mysql;
  if (mysql && version_ < 80000)
    return make_manual(change_, "", "This version has no histograms; MySQL 8.0 has.");
  const bool update = action_.kind == ActionKind::update_histogram;
  action_.statement =
      update ? update_histogram(action_, fork_, action_.value) : drop_histogram(action_, fork_);
  // What was there before is what the inverse brings back; its values are never kept here.
  action_.inverse = !update || !action_.previous.empty()
                        ? update_histogram(action_, fork_, action_.previous)
                        : drop_histogram(action_, fork_);
  if (change_.locks.empty())
    change_.locks = "none: the server reads a part of " + table() + " as any query does";
}

/// A statement from an advisor: told as it is, with the tool where the server would copy the table.
void Renderer::manual() {
  const auto parsed = parse_alter_table(action_.statement);
  if (!parsed || text::contains(action_.statement, "\n-- ")) return;
  const auto operation = heaviest_operation(parsed->clauses);
  const auto facts = operation ? ddl_facts(*operation, fork_, version_) : std::nullopt;
  if (!facts) return;
  AlterTable complete = *parsed;
  if (complete.schema.empty()) complete.schema = action_.schema;
  if (change_.locks.empty())
    change_.locks = ddl_locks(*facts, complete.schema + "." + complete.table);
  if (facts->algorithm != Algorithm::copy || facts->lock == DdlLock::none) return;
  action_.statement +=
      "\n-- The server copies the table for this, and writes wait. On a big table "
      "rather (it only checks; --execute does it):\n-- " +
      online_change_command(complete, fork_);
}

void Renderer::all() {
  if (action_.kind == ActionKind::manual) return manual();
  action_.inverse.clear();
  switch (action_.kind) {
    case ActionKind::create_index:
      return action_.index ? create() : void();
    case ActionKind::drop_index:
      return action_.index ? drop() : void();
    case ActionKind::hide_index:
    case ActionKind::show_index:
      return action_.index ? visibility() : void();
    case ActionKind::set_setting:
    case ActionKind::reset_setting:
      return setting();
    case ActionKind::set_table_option:
      return table_option();
    case ActionKind::vacuum_table:
    case ActionKind::rebuild_index:
      return rebuild();
    case ActionKind::analyze_table:
      action_.statement = analyze_table(action_);
      if (change_.locks.empty())
        change_.locks = "none: the server samples pages of " + table() + " as any query does";
      return;
    case ActionKind::update_histogram:
    case ActionKind::drop_histogram:
      return histogram();
    default:
      return;
  }
}

}  // namespace

void render(Change& change, const model::Server& server) { Renderer(change, server).all(); }

}  // namespace whet::engine::mysql
