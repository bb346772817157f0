// What the settings checks share: values as PostgreSQL prints them, short ways to build findings.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "advise/build.h"
#include "advise/facts.h"
#include "model/finding.h"

namespace whet::advise::settings {

/// "512MB", "1536kB", "2GB": the largest unit that divides, as pg_settings shows memory. Bytes are
/// rounded down to whole kB.
[[nodiscard]] std::string print_memory(double bytes);
/// "5min", "30s", "2ms", "0".
[[nodiscard]] std::string print_time(double seconds);

/// Rounded down so that at most four significant binary digits stay: figures that people like to
/// type, at most an eighth below the exact one. Monotone.
[[nodiscard]] double round_memory(double bytes);

[[nodiscard]] model::Finding make_finding(model::Severity severity, model::Subject subject,
                                          std::string title, std::string detail);

/// By its fingerprint, which is the same on every server and in every version; else by its id.
[[nodiscard]] model::Subject statement_subject(const model::Statement& statement);

/// The value of a setting as evidence, with its number where it has one.
[[nodiscard]] model::Evidence setting_fact(const model::Setting& setting);

/// The setting to `value`; on a managed service, which forbids ALTER SYSTEM, what a person must set
/// in its parameter group.
[[nodiscard]] model::Change set_to(const Facts& facts, const model::Setting& setting,
                                   std::string_view value, std::string_view reason);

/// Events per hour; 0 when the age is not known or zero.
[[nodiscard]] double per_hour(double events, std::optional<double> age_seconds);

/// part / whole, 0 when whole is not positive.
[[nodiscard]] double fraction(double part, double whole);

/// Bytes of a block; 8192 when the snapshot does not say.
[[nodiscard]] double block_bytes(const Facts& facts);

}  // namespace whet::advise::settings
