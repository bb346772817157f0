#include "engine/mysql/mysql.h"

#include <utility>

#include "base/text.h"
#include "engine/mysql/collector.h"
#include "engine/mysql/connection.h"
#include "engine/mysql/doctor.h"
#include "engine/mysql/executor.h"
#include "engine/mysql/explain_command.h"
#include "engine/mysql/replay.h"

namespace whet::engine::mysql {

namespace {

class Mysql final : public Engine {
 public:
  Mysql(Connection connection, Progress& progress)
      : connection_(std::move(connection)), progress_(progress), target_(connection_.target()) {}

  [[nodiscard]] std::string target() const override { return target_; }
  [[nodiscard]] Result<std::string> identity() override;
  [[nodiscard]] Result<Collected> collect(const CollectOptions& options,
                                          Progress& progress) override {
    return mysql::collect(connection_, options, progress);
  }
  [[nodiscard]] Result<model::Plan> explain(const std::string& statement, bool analyze) override {
    const ApplicationSession session(connection_);
    return explain_for_user(connection_, session, statement, analyze, &progress_);
  }
  [[nodiscard]] Result<std::vector<Diagnosis>> diagnose() override {
    return mysql::diagnose(connection_);
  }
  [[nodiscard]] Result<std::unique_ptr<model::Oracle>> oracle() override {
    return Error{ErrorKind::refused,
                 "MySQL and MariaDB cannot tell what an index would cost that does not exist.",
                 "Whet uses a model of its own, and trials.", ""};
  }
  [[nodiscard]] Result<std::vector<Replayable>> replayable(
      const Collected& collected, const std::vector<std::string>& statement_ids,
      int each) override {
    return replayable_reads(connection_, collected, statement_ids, each);
  }
  [[nodiscard]] Result<Measurement> measure(const Replayable& read,
                                            double timeout_seconds) override {
    if (!replays_hidden_) hide_replays(connection_);
    replays_hidden_ = true;
    const ApplicationSession session(connection_);
    Replayable translated = read;
    translated.text = session.translated(read.text);
    return measure_read(connection_, translated, timeout_seconds, progress_);
  }
  [[nodiscard]] Result<std::unique_ptr<Executor>> executor() override {
    return make_executor(connection_.options(), &connection_);
  }
  [[nodiscard]] model::CollectionCost cost() const override { return connection_.cost(); }

 private:
  Connection connection_;
  Progress& progress_;
  std::string target_;
  bool replays_hidden_ = false;
};

Result<std::string> Mysql::identity() {
  if (!connection_.mariadb()) {
    const Rows rows = WHET_TRY(connection_.query("SELECT @@server_uuid"));
    return "mysql-" + std::string(rows.text(0, 0));
  }
  // MariaDB's server_uid tells machines apart, not servers, and old ones have none.
  const Rows rows = WHET_TRY(
      connection_.query("SELECT CONCAT_WS('|', @@hostname, @@port, @@datadir, @@server_id)"));
  return "mariadb-" + text::hash_hex(rows.text(0, 0));
}

}  // namespace

Result<std::unique_ptr<Engine>> open(const ConnectOptions& options, Progress& progress) {
  auto connection = WHET_TRY(Connection::open(options, Access::read));
  return std::unique_ptr<Engine>(std::make_unique<Mysql>(std::move(connection), progress));
}

}  // namespace whet::engine::mysql
