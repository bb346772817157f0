// Settings and status counters (SHOW GLOBAL STATUS, serverStatus) as numbers, rates and shares:
// what the checks of MySQL, MariaDB and MongoDB share.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "advise/build.h"
#include "advise/facts.h"
#include "model/finding.h"

namespace whet::advise {

/// The first of these variables that the server has (they were renamed); nullptr: none.
[[nodiscard]] const model::Setting* variable(const Facts& facts,
                                             std::initializer_list<std::string_view> names);
/// Its value as a number, in bytes, seconds or a count; from its text when the snapshot has no
/// number.
[[nodiscard]] std::optional<double> number_of(const model::Setting* setting);
[[nodiscard]] double number_of(const Facts& facts, std::string_view name, double otherwise);
/// "ON", "1", "YES", "TRUE"; false also when the server has no such variable.
[[nodiscard]] bool is_on(const model::Setting* setting);
[[nodiscard]] bool is_on(const Facts& facts, std::string_view name);
/// The total of a status value; 0 when the server has no such value.
[[nodiscard]] double status(const Facts& facts, std::string_view name);
/// Seconds since the status counters began: the server's start, or MySQL's FLUSH STATUS.
[[nodiscard]] double status_age(const Facts& facts);
/// The counters are old enough for ratios and rates.
[[nodiscard]] bool status_is_old(const Facts& facts);
/// Events a second over all the time; 0 when the counters are too young.
[[nodiscard]] double per_second(const Facts& facts, std::string_view name);
/// The faster of that and of the snapshot's window (of 5 s or more).
[[nodiscard]] double fastest_per_second(const Facts& facts, std::string_view name);

/// One counter as a part of others.
struct Part {
  double part = 0, whole = 0;
  double value = 0;  ///< part / whole, or that of the window when that is smaller
};
/// Nothing when the counters are too young, or all together under `least`. When the window has
/// enough of them too, and there the part is smaller, then that counts: a counter of months must
/// not accuse a server that is well now.
[[nodiscard]] std::optional<Part> part_of(const Facts& facts, std::string_view part,
                                          std::initializer_list<std::string_view> wholes,
                                          double least);

[[nodiscard]] model::Evidence status_fact(const Facts& facts, std::string_view name);
[[nodiscard]] model::Evidence status_size(const Facts& facts, std::string_view name);
[[nodiscard]] model::Evidence age_fact(const Facts& facts);

[[nodiscard]] model::Finding finding_of(model::Severity severity, model::Subject subject,
                                        std::string title, std::string detail);

}  // namespace whet::advise
