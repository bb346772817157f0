#include "engine/postgres/oracle.h"

#include "engine/postgres/explain.h"
#include "engine/postgres/render.h"
#include "sql/quote.h"

namespace whet::engine::postgres {

namespace {

class HypoPg final : public model::Oracle {
 public:
  HypoPg(Connection& connection, Progress& progress, const std::string& schema, std::string version)
      : connection_(connection),
        progress_(progress),
        schema_(sql::quote_identifier(schema)),
        version_(std::move(version)) {}
  HypoPg(const HypoPg&) = delete;
  HypoPg& operator=(const HypoPg&) = delete;
  ~HypoPg() override { (void)reset(); }

  [[nodiscard]] std::string name() const override {
    return "HypoPG " + version_ + " on the target";
  }

  [[nodiscard]] Result<model::WhatIf> cost(
      const std::string& statement, const std::vector<model::HypotheticalIndex>& added) override {
    auto answer = ask(statement, added);
    const Status cleaned = reset();
    if (answer && !cleaned) return cleaned.error();
    return answer;
  }

  [[nodiscard]] Result<double> size_bytes(const model::HypotheticalIndex& index) override {
    const auto made = create(index);
    if (!made) return made.error();
    auto rows = connection_.query("SELECT " + schema_ + ".hypopg_relation_size($1::oid)",
                                  {made->id}, &progress_);
    WHET_TRY_VOID(reset());
    if (!rows) return rows.error();
    return Row(*rows, 0).number();
  }

 private:
  struct Made {
    std::string id, name;
  };

  Result<Made> create(const model::HypotheticalIndex& index) {
    const auto rows = WHET_TRY(connection_.query(
        "SELECT indexrelid, indexname FROM " + schema_ + ".hypopg_create_index($1)",
        {plain_create_index(index, "whet")}, &progress_));
    if (rows.empty())
      return Error{ErrorKind::refused,
                   "HypoPG made no index of '" + plain_create_index(index, "whet") + "'.", "", ""};
    return Made{std::string(rows.text(0, 0)), std::string(rows.text(0, 1))};
  }

  Result<model::WhatIf> ask(const std::string& statement,
                            const std::vector<model::HypotheticalIndex>& added) {
    std::vector<std::string> names;
    for (const auto& index : added) names.push_back(WHET_TRY(create(index)).name);
    const DefaultSearchPath path(connection_);
    model::WhatIf answer;
    answer.plan = WHET_TRY(generic_plan(connection_, statement, &progress_));
    answer.cost = answer.plan.root.total_cost;
    const auto seen = index_names(answer.plan);
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (seen.contains(names[i])) answer.used.push_back(i);
    }
    return answer;
  }

  Status reset() { return connection_.execute("SELECT " + schema_ + ".hypopg_reset()"); }

  Connection& connection_;
  Progress& progress_;
  std::string schema_, version_;
};

}  // namespace

Result<InstalledHypoPg> installed_hypopg(Connection& connection) {
  const auto rows = WHET_TRY(connection.query(R"(
    SELECT n.nspname, e.extversion FROM pg_extension e
    JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'hypopg')"));
  if (rows.empty()) {
    return Error{ErrorKind::refused, "HypoPG is not installed in " + connection.target() + ".",
                 "Install its package on the server, then CREATE EXTENSION hypopg; without it "
                 "changes are tried only for real.",
                 ""};
  }
  // auto_explain looks up each index of a plan by its id and fails on those that do not exist.
  // Whoever may not set this (only where it is loaded) gets the server's error from EXPLAIN.
  (void)connection.query("SELECT set_config('auto_explain.log_min_duration', '-1', false)");
  Row row(rows, 0);
  InstalledHypoPg found;
  found.schema = row.text();
  found.version = row.text();
  return found;
}

Result<std::unique_ptr<model::Oracle>> hypothetical_indexes(Connection& connection,
                                                            Progress& progress) {
  const auto found = WHET_TRY(installed_hypopg(connection));
  return std::unique_ptr<model::Oracle>(
      std::make_unique<HypoPg>(connection, progress, found.schema, found.version));
}

}  // namespace whet::engine::postgres
