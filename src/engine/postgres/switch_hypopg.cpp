// Index switch by HypoPG: the indexes that are on exist as HypoPG's, the others do not.
#include <algorithm>
#include <map>

#include "base/text.h"
#include "engine/postgres/explain.h"
#include "engine/postgres/oracle.h"
#include "engine/postgres/render.h"
#include "engine/postgres/switch.h"
#include "sql/quote.h"

namespace whet::engine::postgres {

namespace {

class HypoSwitch final : public model::IndexSwitch {
 public:
  HypoSwitch(Connection& connection, Progress& progress, const std::string& schema,
             std::string version)
      : connection_(connection),
        progress_(progress),
        schema_(sql::quote_identifier(schema)),
        version_(std::move(version)),
        path_(connection) {}
  HypoSwitch(const HypoSwitch&) = delete;
  HypoSwitch& operator=(const HypoSwitch&) = delete;
  ~HypoSwitch() override { (void)connection_.execute("SELECT " + schema_ + ".hypopg_reset()"); }

  [[nodiscard]] std::string name() const override { return "HypoPG " + version_; }
  [[nodiscard]] bool hides_existing() const override { return false; }
  [[nodiscard]] Result<std::vector<Result<double>>> declare(
      const std::vector<model::SwitchedIndex>& indexes) override;
  [[nodiscard]] Result<model::SwitchedPlan> plan(const std::string& statement,
                                                 const std::vector<std::size_t>& present) override;

 private:
  struct On {
    std::string id, name;
  };
  [[nodiscard]] Result<double> size_of(const std::string& definition);
  [[nodiscard]] Status turn_on(const std::vector<std::size_t>& wanted);
  [[nodiscard]] Status turn_off(const std::vector<std::size_t>& unwanted);
  [[nodiscard]] Status set(const std::vector<std::size_t>& present);

  Connection& connection_;
  Progress& progress_;
  std::string schema_, version_;
  DefaultSearchPath path_;
  std::vector<std::string> definitions_;  ///< empty: exists
  std::map<std::size_t, On> on_;
};

Result<double> HypoSwitch::size_of(const std::string& definition) {
  const auto rows =
      WHET_TRY(connection_.query("SELECT " + schema_ + ".hypopg_relation_size(indexrelid) FROM " +
                                     schema_ + ".hypopg_create_index($1)",
                                 {definition}, &progress_));
  WHET_TRY_VOID(connection_.execute("SELECT " + schema_ + ".hypopg_reset()"));
  if (rows.empty())
    return Error{ErrorKind::refused, "HypoPG made no index of '" + definition + "'.", "", ""};
  return Row(rows, 0).number();
}

bool has_expression(const model::Index& index) {
  return std::any_of(index.parts.begin(), index.parts.end(),
                     [](const model::IndexPart& part) { return part.column.empty(); });
}

Result<std::vector<Result<double>>> HypoSwitch::declare(
    const std::vector<model::SwitchedIndex>& indexes) {
  std::vector<Result<double>> sizes;
  for (const model::SwitchedIndex& one : indexes) {
    if (one.existing != 0) {
      definitions_.emplace_back();
      sizes.emplace_back(static_cast<double>(one.what.index.size_bytes));
      continue;
    }
    definitions_.push_back(plain_create_index(one.what, "whet"));
    if (has_expression(one.what.index)) {
      // Up to 1.4 at least, EXPLAIN fails where such an index's table is not the statement's first.
      sizes.emplace_back(Error{ErrorKind::refused, "HypoPG cannot plan with expressions.", "", ""});
      continue;
    }
    sizes.push_back(size_of(definitions_.back()));
    const auto& size = sizes.back();
    if (!size.ok() && size.error().kind != ErrorKind::refused) return size.error();
  }
  return sizes;
}

Status HypoSwitch::turn_off(const std::vector<std::size_t>& unwanted) {
  if (unwanted.empty()) return {};
  std::string ids;
  for (const std::size_t i : unwanted) {
    ids += (ids.empty() ? "" : ",") + on_[i].id;
    on_.erase(i);
  }
  const auto rows =
      connection_.query("SELECT " + schema_ + ".hypopg_drop_index(id) FROM unnest($1::oid[]) AS id",
                        {"{" + ids + "}"}, &progress_);
  return rows ? Status() : rows.error();
}

Status HypoSwitch::turn_on(const std::vector<std::size_t>& wanted) {
  if (wanted.empty()) return {};
  std::string list;
  for (const std::size_t i : wanted)
    list += (list.empty() ? "" : ", ") + sql::quote_literal(definitions_[i]);
  const auto rows = WHET_TRY(connection_.query(
      "SELECT made.indexrelid, made.indexname FROM unnest(ARRAY[" + list +
          "]::text[]) WITH ORDINALITY AS wanted(definition, position), LATERAL " + schema_ +
          ".hypopg_create_index(wanted.definition) AS made ORDER BY wanted.position",
      {}, &progress_));
  if (rows.size() != static_cast<int>(wanted.size()))
    return Error{ErrorKind::refused, "HypoPG made fewer indexes than asked for.", "", ""};
  for (int i = 0; i < rows.size(); ++i)
    on_[wanted[static_cast<std::size_t>(i)]] = {std::string(rows.text(i, 0)),
                                                std::string(rows.text(i, 1))};
  return {};
}

Status HypoSwitch::set(const std::vector<std::size_t>& present) {
  std::vector<std::size_t> off;
  for (const auto& [position, made] : on_) {
    if (!std::binary_search(present.begin(), present.end(), position)) off.push_back(position);
  }
  std::vector<std::size_t> on;
  for (const std::size_t i : present) {
    if (!definitions_[i].empty() && !on_.contains(i)) on.push_back(i);
  }
  WHET_TRY_VOID(turn_off(off));
  return turn_on(on);
}

Result<model::SwitchedPlan> HypoSwitch::plan(const std::string& statement,
                                             const std::vector<std::size_t>& present) {
  WHET_TRY_VOID(set(present));
  model::SwitchedPlan answer;
  answer.plan = WHET_TRY(generic_plan(connection_, statement, &progress_));
  const auto names = index_names(answer.plan);
  for (const auto& [position, made] : on_) {
    if (!names.contains(made.name)) continue;
    answer.used.push_back(position);
    answer.names[made.name] = position;
  }
  return answer;
}

}  // namespace

Result<std::unique_ptr<model::IndexSwitch>> hypopg_switch(Connection& connection,
                                                          Progress& progress) {
  const auto found = WHET_TRY(installed_hypopg(connection));
  return std::unique_ptr<model::IndexSwitch>(
      std::make_unique<HypoSwitch>(connection, progress, found.schema, found.version));
}

}  // namespace whet::engine::postgres
