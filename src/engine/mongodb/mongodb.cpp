#include "engine/mongodb/mongodb.h"

#include <utility>

#include "base/text.h"
#include "engine/mongodb/collector.h"
#include "engine/mongodb/connection.h"
#include "engine/mongodb/doctor.h"
#include "engine/mongodb/executor.h"
#include "engine/mongodb/explain_command.h"
#include "engine/mongodb/identity.h"
#include "engine/mongodb/other_members.h"
#include "engine/mongodb/replay.h"
#include "engine/mongodb/trial.h"

namespace whet::engine::mongodb {

namespace {

class Mongodb final : public Engine {
 public:
  Mongodb(Connection connection, Progress& progress)
      : connection_(std::move(connection)), progress_(progress), target_(connection_.target()) {}

  [[nodiscard]] std::string target() const override { return target_; }
  [[nodiscard]] Result<std::string> identity() override {
    return identity_for_ledger(connection_, &progress_);
  }
  [[nodiscard]] Result<Collected> collect(const CollectOptions& options,
                                          Progress& progress) override {
    return mongodb::collect(connection_, options, progress);
  }
  [[nodiscard]] Result<model::Plan> explain(const std::string& statement, bool analyze) override {
    return explain_for_user(connection_, statement, analyze, &progress_);
  }
  [[nodiscard]] Result<std::vector<Diagnosis>> diagnose() override {
    return mongodb::diagnose(connection_, &progress_);
  }
  [[nodiscard]] Result<std::unique_ptr<model::Oracle>> oracle() override {
    return Error{ErrorKind::refused,
                 "MongoDB cannot tell what an index would cost that does not exist.",
                 "Whet uses a model of its own, and trials.", ""};
  }
  [[nodiscard]] Result<std::unique_ptr<Laboratory>> laboratory(const LaboratoryOptions& options,
                                                               Progress& progress) override {
    return make_laboratory(connection_, options, progress);
  }
  [[nodiscard]] Result<std::vector<Replayable>> replayable(
      const Collected& collected, const std::vector<std::string>& statement_ids,
      int each) override {
    return replayable_reads(connection_, collected, statement_ids, each);
  }
  [[nodiscard]] Result<Measurement> measure(const Replayable& read,
                                            double timeout_seconds) override {
    if (!read.on_member.empty() && read.on_member != connection_.identity().self)
      return others_.measure(connection_, read, timeout_seconds, progress_);
    return measure_read(connection_, read, timeout_seconds, progress_);
  }
  [[nodiscard]] Result<std::unique_ptr<Executor>> executor() override {
    return make_executor(connection_.options(), &connection_);
  }
  [[nodiscard]] model::CollectionCost cost() const override {
    return others_.cost_with(connection_.cost());
  }

 private:
  Connection connection_;
  OtherMembers others_;
  Progress& progress_;
  std::string target_;
};

}  // namespace

Result<std::unique_ptr<Engine>> open(const ConnectOptions& options, Progress& progress) {
  auto connection = WHET_TRY(Connection::open(options, Access::read));
  return std::unique_ptr<Engine>(std::make_unique<Mongodb>(std::move(connection), progress));
}

}  // namespace whet::engine::mongodb
