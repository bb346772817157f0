#include "advise/advisor/measured.h"

#include <algorithm>
#include <vector>

namespace whet::advise {

namespace {

/// Microseconds that a call takes for reading one row by its key, on both forks on the machines
/// where this was written: below that no index helps.
constexpr double every_call = 80;

class Measured final : public model::IndexSwitch {
 public:
  Measured(std::unique_ptr<model::IndexSwitch> planner, std::map<std::string, double> measured)
      : planner_(std::move(planner)), measured_(std::move(measured)) {}

  [[nodiscard]] std::string name() const override { return planner_->name(); }
  [[nodiscard]] bool hides_existing() const override { return planner_->hides_existing(); }

  [[nodiscard]] Result<std::vector<Result<double>>> declare(
      const std::vector<model::SwitchedIndex>& indexes) override {
    existing_.clear();
    scales_.clear();
    for (std::size_t i = 0; i < indexes.size(); ++i) {
      if (indexes[i].existing != 0) existing_.push_back(i);
    }
    return planner_->declare(indexes);
  }

  [[nodiscard]] Result<model::SwitchedPlan> plan(const std::string& statement,
                                                 const std::vector<std::size_t>& present) override {
    const Scale scale = WHET_TRY(scale_of(statement));
    auto planned = WHET_TRY(planner_->plan(statement, present));
    double& cost = planned.plan.root.total_cost;
    cost = scale.fixed + cost * scale.factor;
    return planned;
  }

 private:
  struct Scale {
    double fixed = 0, factor = 1;
  };

  Result<Scale> scale_of(const std::string& statement) {
    const auto known = scales_.find(statement);
    if (known != scales_.end()) return known->second;
    Scale scale;
    const auto measured = measured_.find(statement);
    if (measured != measured_.end() && measured->second > 0) {
      const double now = WHET_TRY(planner_->plan(statement, existing_)).plan.root.total_cost;
      scale.fixed = std::min(every_call, measured->second / 2);
      if (now > 0) scale.factor = (measured->second - scale.fixed) / now;
    }
    return scales_[statement] = scale;
  }

  std::unique_ptr<model::IndexSwitch> planner_;
  std::map<std::string, double> measured_;
  std::vector<std::size_t> existing_;
  std::map<std::string, Scale> scales_;
};

}  // namespace

std::unique_ptr<model::IndexSwitch> as_measured(std::unique_ptr<model::IndexSwitch> planner,
                                                std::map<std::string, double> measured) {
  return std::make_unique<Measured>(std::move(planner), std::move(measured));
}

}  // namespace whet::advise
