#include "advise/settings/support.h"

#include <array>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace whet::advise::settings {

std::string print_memory(double bytes) {
  struct Unit {
    double bytes;
    const char* name;
  };
  static constexpr std::array units{Unit{1099511627776.0, "TB"}, Unit{1073741824.0, "GB"},
                                    Unit{1048576.0, "MB"}};
  const double kilobytes = std::floor(bytes / 1024);
  for (const Unit& unit : units) {
    const double units_in = kilobytes * 1024 / unit.bytes;
    if (units_in >= 1 && units_in == std::floor(units_in))
      return fmt::format("{:.0f}{}", units_in, unit.name);
  }
  return fmt::format("{:.0f}kB", kilobytes);
}

std::string print_time(double seconds) {
  const double milliseconds = std::round(seconds * 1000);
  if (milliseconds == 0) return "0";
  struct Unit {
    double milliseconds;
    const char* name;
  };
  static constexpr std::array units{Unit{86400000.0, "d"}, Unit{3600000.0, "h"},
                                    Unit{60000.0, "min"}, Unit{1000.0, "s"}};
  for (const Unit& unit : units) {
    const double units_in = milliseconds / unit.milliseconds;
    if (units_in >= 1 && units_in == std::floor(units_in))
      return fmt::format("{:.0f}{}", units_in, unit.name);
  }
  return fmt::format("{:.0f}ms", milliseconds);
}

double round_memory(double bytes) {
  if (bytes < 65536) return 65536;
  const double step = std::exp2(std::floor(std::log2(bytes)) - 3);
  return std::floor(bytes / step) * step;
}

model::Finding make_finding(model::Severity severity, model::Subject subject, std::string title,
                            std::string detail) {
  model::Finding finding;
  finding.severity = severity;
  finding.subject = std::move(subject);
  finding.title = std::move(title);
  finding.detail = std::move(detail);
  return finding;
}

model::Subject statement_subject(const model::Statement& statement) {
  return named(model::SubjectKind::statement,
               statement.fingerprint.empty() ? statement.id : statement.fingerprint);
}

model::Evidence setting_fact(const model::Setting& setting) {
  model::Evidence evidence = fact(setting.name, setting.value, "pg_settings." + setting.name);
  evidence.number = setting.number;
  return evidence;
}

model::Change set_to(const Facts& facts, const model::Setting& setting, std::string_view value,
                     std::string_view reason) {
  if (facts.server().flavour.empty()) return change_setting(setting, value, reason);
  model::Change change = manual("setting/" + setting.name,
                                fmt::format("Set {} to {} in the service's parameters (now {})",
                                            setting.name, value, setting.value),
                                fmt::format("{} = {}", setting.name, value));
  change.reason = reason;
  return change;
}

double per_hour(double events, std::optional<double> age_seconds) {
  return age_seconds && *age_seconds > 0 ? events / *age_seconds * 3600 : 0;
}

double fraction(double part, double whole) { return whole > 0 ? part / whole : 0; }

double block_bytes(const Facts& facts) {
  const auto bytes = static_cast<double>(facts.server().block_bytes);
  return bytes > 0 ? bytes : 8192;
}

}  // namespace whet::advise::settings
