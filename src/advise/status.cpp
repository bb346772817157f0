#include "advise/status.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace whet::advise {

namespace {

constexpr double shortest_window = 5;

std::string_view status_source(const Facts& facts) {
  return facts.server().engine == model::EngineKind::mongodb ? "serverStatus"
                                                             : "SHOW GLOBAL STATUS";
}

std::string_view age_source(const Facts& facts) {
  return facts.server().engine == model::EngineKind::mongodb ? "serverStatus.uptime"
                                                             : "Uptime_since_flush_status";
}

double window_of(const Facts& facts, std::string_view name) {
  return facts.server().status_window(name).value_or(0);
}

}  // namespace

const model::Setting* variable(const Facts& facts, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (const model::Setting* setting = facts.server().setting(name)) return setting;
  }
  return nullptr;
}

std::optional<double> number_of(const model::Setting* setting) {
  if (setting == nullptr) return std::nullopt;
  return setting->number ? setting->number : text::to_double(setting->value);
}

double number_of(const Facts& facts, std::string_view name, double otherwise) {
  return number_of(facts.server().setting(name)).value_or(otherwise);
}

bool is_on(const model::Setting* setting) {
  if (setting == nullptr) return false;
  const std::string value = text::lower(setting->value);
  return value == "on" || value == "1" || value == "yes" || value == "true";
}

bool is_on(const Facts& facts, std::string_view name) {
  return is_on(facts.server().setting(name));
}

double status(const Facts& facts, std::string_view name) {
  return facts.server().status_total(name).value_or(0);
}

double status_age(const Facts& facts) {
  const double flushed = status(facts, "Uptime_since_flush_status");
  return flushed > 0 ? flushed : facts.server().uptime_seconds;
}

bool status_is_old(const Facts& facts) { return facts.ratio_age(status_age(facts)); }

double per_second(const Facts& facts, std::string_view name) {
  return status_is_old(facts) ? status(facts, name) / status_age(facts) : 0;
}

double fastest_per_second(const Facts& facts, std::string_view name) {
  const double window = facts.snapshot().window_seconds;
  const double now = window >= shortest_window ? window_of(facts, name) / window : 0;
  return std::max(now, per_second(facts, name));
}

std::optional<Part> part_of(const Facts& facts, std::string_view part,
                            std::initializer_list<std::string_view> wholes, double least) {
  if (!status_is_old(facts)) return std::nullopt;
  Part out;
  out.part = status(facts, part);
  double now = 0;
  for (const std::string_view name : wholes) {
    out.whole += status(facts, name);
    now += window_of(facts, name);
  }
  if (out.whole <= 0 || out.whole < least) return std::nullopt;
  out.value = out.part / out.whole;
  constexpr double enough_now = 100;
  if (now >= std::max(enough_now, least / 100))
    out.value = std::min(out.value, window_of(facts, part) / now);
  return out;
}

model::Evidence status_fact(const Facts& facts, std::string_view name) {
  const model::StatusValue* found = facts.server().status_value(name);
  if (found == nullptr) return fact(name, "unknown", status_source(facts));
  if (!found->text.empty()) return fact(name, found->text, status_source(facts));
  return number(name, found->total, status_source(facts));
}

model::Evidence status_size(const Facts& facts, std::string_view name) {
  return size(name, status(facts, name), status_source(facts));
}

model::Evidence age_fact(const Facts& facts) {
  return time("counted over", status_age(facts), age_source(facts));
}

model::Finding finding_of(model::Severity severity, model::Subject subject, std::string title,
                          std::string detail) {
  model::Finding finding;
  finding.severity = severity;
  finding.subject = std::move(subject);
  finding.title = std::move(title);
  finding.detail = std::move(detail);
  return finding;
}

}  // namespace whet::advise
