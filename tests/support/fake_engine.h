// An engine and an executor without a server: a world of named changes, and reads whose time and
// plan depend on which of them are there.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.h"

namespace whet::test {

/// What the fake target holds; outlives the engine, as a server outlives a process.
struct FakeWorld {
  std::set<std::string> present;  ///< ids of changes that are there
  std::set<std::string> partial;  ///< ids of changes of which something unusable is there
  std::set<std::string> hidden;   ///< ids of changes that are built hidden
  bool hides = false;             ///< the target can do that
  std::vector<std::string> log;   ///< what was asked: "apply a", "revert a", "clean a"

  /// The time in ms and the plan of a read.
  std::function<engine::Measurement(const engine::Replayable&, const std::set<std::string>&)> read;

  /// Reads of these statements fail, once that many reads were measured.
  std::map<std::string, Error> fails;
  int fails_after = 0;

  std::map<std::string, Error> check_fails, apply_fails, revert_fails;
  std::set<std::string> apply_breaks;  ///< apply fails and leaves something unusable
  std::set<std::string> clean_fails;   ///< what is unusable cannot be removed
  std::map<std::string, Error> inspect_fails;
};

class FakeExecutor final : public engine::Executor {
 public:
  explicit FakeExecutor(FakeWorld& world) : world_(world) {}

  Result<model::Change> prepare(const model::Change& change) override {
    model::Change prepared = change;
    if (prepared.action.statement.empty()) prepared.action.statement = "DO " + change.id;
    return prepared;
  }
  Status check(const model::Change& change) override {
    return failure(world_.check_fails, change.id);
  }
  Status apply(const model::Change& change, Progress& /*progress*/) override {
    world_.log.push_back("apply " + change.id);
    if (world_.apply_breaks.contains(change.id)) world_.partial.insert(change.id);
    WHET_TRY_VOID(failure(world_.apply_fails, change.id));
    world_.present.insert(change.id);
    return {};
  }
  Status revert(const model::Change& change, Progress& /*progress*/) override {
    world_.log.push_back("revert " + change.id);
    WHET_TRY_VOID(failure(world_.revert_fails, change.id));
    world_.present.erase(change.id);
    world_.partial.erase(change.id);
    world_.hidden.erase(change.id);
    return {};
  }
  Result<engine::ChangeState> inspect(const model::Change& change) override {
    WHET_TRY_VOID(failure(world_.inspect_fails, change.id));
    if (world_.partial.contains(change.id) || world_.hidden.contains(change.id))
      return engine::ChangeState::partial;
    return world_.present.contains(change.id) ? engine::ChangeState::present
                                              : engine::ChangeState::absent;
  }
  Status clean(const model::Change& change) override {
    world_.log.push_back("clean " + change.id);
    if (!world_.clean_fails.contains(change.id)) {
      world_.partial.erase(change.id);
      world_.hidden.erase(change.id);
    }
    return {};
  }
  bool can_try_hidden(const model::Change& /*change*/) override { return world_.hides; }
  Status build_hidden(const model::Change& change, Progress& /*progress*/) override {
    world_.log.push_back("build " + change.id);
    WHET_TRY_VOID(failure(world_.apply_fails, change.id));
    world_.hidden.insert(change.id);
    return {};
  }
  Status reveal(const model::Change& change, Progress& /*progress*/) override {
    world_.log.push_back("reveal " + change.id);
    world_.hidden.erase(change.id);
    world_.present.insert(change.id);
    return {};
  }

 private:
  static Status failure(const std::map<std::string, Error>& failures, const std::string& id) {
    const auto found = failures.find(id);
    return found == failures.end() ? Status() : Status(found->second);
  }

  FakeWorld& world_;
};

class FakeEngine : public engine::Engine {
 public:
  explicit FakeEngine(FakeWorld& world) : world_(world) {}

  [[nodiscard]] std::string target() const override { return "fake:1/db"; }
  Result<std::string> identity() override { return std::string("7/db"); }
  Result<engine::Collected> collect(const engine::CollectOptions& /*options*/,
                                    Progress& /*progress*/) override {
    return engine::Collected{};
  }
  Result<model::Plan> explain(const std::string& /*statement*/, bool /*analyze*/) override {
    return plan;
  }
  Result<std::vector<engine::Diagnosis>> diagnose() override {
    return std::vector<engine::Diagnosis>{};
  }
  Result<std::unique_ptr<model::Oracle>> oracle() override {
    return Error{ErrorKind::refused, "The fake has no oracle.", "", ""};
  }
  Result<std::vector<engine::Replayable>> replayable(const engine::Collected& /*collected*/,
                                                     const std::vector<std::string>& statement_ids,
                                                     int /*each*/) override {
    std::vector<engine::Replayable> reads;
    for (const auto& id : statement_ids) reads.push_back({id, "SELECT " + id, true});
    return reads;
  }
  Result<engine::Measurement> measure(const engine::Replayable& read,
                                      double /*timeout_seconds*/) override {
    ++measured;
    const auto failure = world_.fails.find(read.statement_id);
    if (failure != world_.fails.end() && measured > world_.fails_after) return failure->second;
    if (!read.with_hidden) return world_.read(read, world_.present);
    std::set<std::string> used = world_.present;
    used.insert(world_.hidden.begin(), world_.hidden.end());
    return world_.read(read, used);
  }
  Result<std::unique_ptr<engine::Executor>> executor() override {
    std::unique_ptr<engine::Executor> made = std::make_unique<FakeExecutor>(world_);
    return made;
  }
  [[nodiscard]] model::CollectionCost cost() const override { return {}; }

  int measured = 0;
  model::Plan plan;

 private:
  FakeWorld& world_;
};

/// Says stop after `after` questions.
class StopAfter final : public Progress {
 public:
  explicit StopAfter(int after) : left_(after) {}
  void report(std::string_view /*what*/, double /*fraction*/) override {}
  [[nodiscard]] bool cancelled() const override { return left_-- <= 0; }

 private:
  mutable int left_;
};

}  // namespace whet::test
