// Index switch on a shadow: all indexes are there as real, nearly empty ones; pg_index.indisvalid
// says which the planner sees.
#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "engine/postgres/explain.h"
#include "engine/postgres/switch.h"

namespace whet::engine::postgres {

namespace {

constexpr double block_bytes = 8192;

class ShadowSwitch final : public model::IndexSwitch {
 public:
  ShadowSwitch(Shadow& shadow, Connection connection, Progress& progress)
      : shadow_(shadow), connection_(std::move(connection)), progress_(progress) {}
  ShadowSwitch(const ShadowSwitch&) = delete;
  ShadowSwitch& operator=(const ShadowSwitch&) = delete;
  /// The shadow is as it was for whoever plans there next.
  ~ShadowSwitch() override { (void)set({existing_.begin(), existing_.end()}); }

  [[nodiscard]] std::string name() const override { return shadow_.name() + " shadow"; }
  [[nodiscard]] bool hides_existing() const override { return true; }
  [[nodiscard]] Result<std::vector<Result<double>>> declare(
      const std::vector<model::SwitchedIndex>& indexes) override;
  [[nodiscard]] Result<model::SwitchedPlan> plan(const std::string& statement,
                                                 const std::vector<std::size_t>& present) override;

 private:
  [[nodiscard]] Result<std::vector<Result<double>>> make(
      const std::vector<model::SwitchedIndex>& indexes);
  [[nodiscard]] Result<model::SwitchedPlan> priced(const std::string& statement,
                                                   const std::vector<std::size_t>& present);
  [[nodiscard]] Status learn_ids(const std::vector<std::string>& names);
  [[nodiscard]] Status set(const std::vector<std::size_t>& present);

  Shadow& shadow_;
  Connection connection_;
  Progress& progress_;
  std::vector<std::string> ids_;  ///< of each index and its partitions' ones: "1,2"; empty: unknown
  std::map<std::string, std::size_t> positions_;  ///< by "schema.name", partitions' ones too
  std::set<std::size_t> on_, existing_;
};

/// The target has nothing to do with it when the shadow's server is gone.
Error told_of_shadow(Error error) {
  if (error.kind != ErrorKind::unreachable) return error;
  return {ErrorKind::unreachable, "The shadow's server ended in the middle: " + error.message,
          "Nothing was changed; run whet again. When it happens again, look for a lack of memory "
          "or of space in TMPDIR.",
          error.sqlstate};
}

Result<std::vector<Result<double>>> ShadowSwitch::declare(
    const std::vector<model::SwitchedIndex>& indexes) {
  auto sizes = make(indexes);
  if (!sizes) return told_of_shadow(std::move(sizes).error());
  return sizes;
}

Result<std::vector<Result<double>>> ShadowSwitch::make(
    const std::vector<model::SwitchedIndex>& indexes) {
  std::vector<Shadow::Wanted> wanted;
  for (const model::SwitchedIndex& one : indexes) {
    if (one.existing == 0) wanted.push_back({one.what, one.dimensions});
  }
  progress_.report("making the candidates in the shadow", -1);
  auto added = WHET_TRY(shadow_.add_indexes(wanted));
  std::vector<Result<double>> sizes;
  std::vector<std::string> names;
  std::size_t next = 0;
  for (std::size_t i = 0; i < indexes.size(); ++i) {
    const model::SwitchedIndex& one = indexes[i];
    if (one.existing != 0) {
      names.push_back(one.what.index.schema + "." + one.what.index.name);
      sizes.emplace_back(static_cast<double>(one.what.index.size_bytes));
      on_.insert(i);
      existing_.insert(i);
      continue;
    }
    auto& made = added[next++];
    names.push_back(made.ok() ? *made : std::string());
    sizes.push_back(made.ok() ? Result<double>(one.dimensions.pages * block_bytes)
                              : Result<double>(std::move(made).error()));
  }
  WHET_TRY_VOID(learn_ids(names));
  return sizes;
}

/// The ids of the named indexes and of all below them.
Status ShadowSwitch::learn_ids(const std::vector<std::string>& names) {
  ids_.assign(names.size(), "");
  std::map<std::string, std::size_t> wanted;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!names[i].empty()) wanted.emplace(names[i], i);
  }
  const auto rows = WHET_TRY(connection_.query(R"(
    WITH RECURSIVE tree AS (
      SELECT c.oid AS root, c.oid AS id FROM pg_class c
      WHERE c.relkind IN ('i', 'I')
        AND NOT EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = c.oid)
      UNION ALL
      SELECT t.root, h.inhrelid FROM tree t JOIN pg_inherits h ON h.inhparent = t.id)
    SELECT rn.nspname || '.' || r.relname, n.nspname || '.' || c.relname, c.oid
    FROM tree t
    JOIN pg_class r ON r.oid = t.root JOIN pg_namespace rn ON rn.oid = r.relnamespace
    JOIN pg_class c ON c.oid = t.id JOIN pg_namespace n ON n.oid = c.relnamespace)",
                                               {}, &progress_));
  for (int i = 0; i < rows.size(); ++i) {
    const auto at = wanted.find(std::string(rows.text(i, 0)));
    const auto own = wanted.find(std::string(rows.text(i, 1)));
    const std::size_t position = own != wanted.end()  ? own->second
                                 : at != wanted.end() ? at->second
                                                      : ids_.size();
    if (position == ids_.size()) continue;
    std::string& list = ids_[position];
    list += (list.empty() ? "" : ",") + std::string(rows.text(i, 2));
    positions_[std::string(rows.text(i, 1))] = position;
  }
  return {};
}

Status ShadowSwitch::set(const std::vector<std::size_t>& present) {
  std::string shown;
  std::string hidden;
  const auto list = [this](std::string& out, std::size_t i) {
    if (!ids_[i].empty()) out += (out.empty() ? "" : ",") + ids_[i];
  };
  const std::set<std::size_t> wanted(present.begin(), present.end());
  for (const std::size_t i : wanted) {
    if (!on_.contains(i)) list(shown, i);
  }
  for (const std::size_t i : on_) {
    if (!wanted.contains(i)) list(hidden, i);
  }
  if (!shown.empty() || !hidden.empty()) {
    const auto done = connection_.query("SELECT whet_shadow.switch_ids($1::oid[], $2::oid[])",
                                        {"{" + shown + "}", "{" + hidden + "}"}, &progress_);
    if (!done) return done.error();
  }
  on_ = wanted;
  return {};
}

// "schema.name" of the indexes in a plan. An index is in its table's schema, but a bitmap's node
// does not name the table: the node above it does.
void note(const model::PlanNode& node, const std::string& above, std::set<std::string>& names) {
  const std::string& schema = node.schema.empty() ? above : node.schema;
  if (!node.index.empty()) names.insert(schema + "." + node.index);
  for (const auto& child : node.children) note(child, schema, names);
}

Result<model::SwitchedPlan> ShadowSwitch::plan(const std::string& statement,
                                               const std::vector<std::size_t>& present) {
  auto answer = priced(statement, present);
  if (!answer) return told_of_shadow(std::move(answer).error());
  return answer;
}

Result<model::SwitchedPlan> ShadowSwitch::priced(const std::string& statement,
                                                 const std::vector<std::size_t>& present) {
  WHET_TRY_VOID(set(present));
  model::SwitchedPlan answer;
  answer.plan = WHET_TRY(generic_plan(connection_, statement, &progress_));
  std::set<std::string> names;
  note(answer.plan.root, "", names);
  std::set<std::size_t> used;
  for (const std::string& name : names) {
    const auto at = positions_.find(name);
    if (at == positions_.end()) continue;
    used.insert(at->second);
    answer.names[name.substr(name.find('.') + 1)] = at->second;
  }
  answer.used.assign(used.begin(), used.end());
  return answer;
}

}  // namespace

Result<std::unique_ptr<model::IndexSwitch>> shadow_switch(Shadow& shadow, Progress& progress) {
  ConnectOptions options;
  options.url = shadow.url();
  auto connection = WHET_TRY(Connection::open(options, Access::write));
  WHET_TRY_VOID(connection.execute("SET search_path TO DEFAULT"));
  return std::unique_ptr<model::IndexSwitch>(
      std::make_unique<ShadowSwitch>(shadow, std::move(connection), progress));
}

}  // namespace whet::engine::postgres
