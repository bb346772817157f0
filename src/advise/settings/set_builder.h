// How a settings set is put together: bands, and what results when they are applied. Only for the
// files of the set itself.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "advise/settings/memory_set.h"

namespace whet::advise::settings {

/// Where a setting is right, and where to move it: up to `target` from below `low`, down to `top`
/// from above `high`. REQUIRES: low <= target <= high and low <= top <= high.
struct Band {
  double low = 0;
  double target = 0;
  double top = 0;
  double high = 0;
};

struct Advice {
  std::string_view setting;
  Band band;
  std::string (*print)(double) = nullptr;
  std::string reason;
  std::string arithmetic;
  std::vector<model::Evidence> evidence;
  std::string_view lower_reason;  ///< when the value goes down; empty: `reason`
};

class SetBuilder {
 public:
  explicit SetBuilder(const Facts& facts) : facts_(facts) {}

  [[nodiscard]] const Facts& facts() const { return facts_; }
  /// The current value, `otherwise` when the snapshot does not have it.
  [[nodiscard]] double current(std::string_view setting, double otherwise) const;
  /// Keeps or recommends; gives what the setting will be (`target` when it is not in the snapshot).
  double consider(const Advice& advice);
  [[nodiscard]] SettingsSet& set() { return set_; }
  [[nodiscard]] const std::vector<Recommendation>& items() const { return set_.items; }

 private:
  const Facts& facts_;
  SettingsSet set_;
};

void consider_memory(SetBuilder& builder);
void consider_wal(SetBuilder& builder);
void consider_planner(SetBuilder& builder);
void consider_workers(SetBuilder& builder);

[[nodiscard]] std::string print_count(double number);    ///< "8"
[[nodiscard]] std::string print_decimal(double number);  ///< "1.1"

}  // namespace whet::advise::settings
