// How a plan reads its relations, and what of that an advice changes. Only for this folder.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "advise/advisor/advice.h"
#include "model/oracle.h"

namespace whet::advise {

struct Access {
  std::string type;                     ///< "Seq Scan", "Index Only Scan"
  std::string index;                    ///< its name in the plan
  std::optional<std::size_t> position;  ///< of a switched index, whose name is the planner's own

  friend bool operator==(const Access&, const Access&) = default;
};

/// By relation ("orders o"), each way to read it once.
using Accesses = std::map<std::string, std::vector<Access>>;

[[nodiscard]] Accesses accesses_of(const model::SwitchedPlan& plan);

/// `name`: what to call a switched index.
[[nodiscard]] std::vector<AccessChange> changes_between(
    const Accesses& before, const Accesses& after,
    const std::function<std::string(std::size_t)>& name);

}  // namespace whet::advise
