#include "advise/mongodb_server.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace whet::advise {

namespace {

constexpr double shortest_window = 5;

bool from_file(const model::Setting& setting) {
  return setting.source == "configuration" || setting.source == "setParameter";
}

}  // namespace

std::string_view status_name(const Facts& facts, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (facts.server().status_value(name) != nullptr) return name;
  }
  return {};
}

double steady_per_second(const Facts& facts, std::string_view name) {
  const double always = per_second(facts, name);
  const double window = facts.snapshot().window_seconds;
  if (window < shortest_window) return always;
  return std::min(always, facts.server().status_window(name).value_or(0) / window);
}

double steady(const Facts& facts, std::string_view name) {
  const double now = status(facts, name);
  return std::min(now, now - facts.server().status_window(name).value_or(0));
}

bool status_true(const Facts& facts, std::string_view name) {
  const model::StatusValue* value = facts.server().status_value(name);
  return value != nullptr && (value->total > 0 || value->text == "true");
}

model::Evidence setting_fact(const model::Setting& setting) {
  const bool option = text::contains(setting.name, ".") && from_file(setting);
  return {setting.name, setting.value, number_of(&setting),
          option ? "getCmdLineOpts" : "getParameter"};
}

bool is_off(const model::Setting* setting) {
  return setting != nullptr &&
         (text::lower(setting->value) == "false" || setting->value == "0" || setting->number == 0);
}

model::Change set_parameter(std::string_view name, std::string_view value,
                            std::string_view previous, std::string_view reason) {
  model::Change change;
  change.id = fmt::format("setting/{}", name);
  change.summary = fmt::format("Set {} to {} (now {})", name, value, previous);
  change.reason = reason;
  change.action.kind = model::ActionKind::set_setting;
  change.action.setting = name;
  change.action.value = value;
  change.action.previous = previous;
  change.risk = model::Risk::safe;
  change.locks = "none; it holds at once, and until the server restarts";
  return change;
}

model::Change edit_config(std::string_view name, std::string_view summary, std::string_view lines) {
  model::Change change = manual(fmt::format("setting/{}/config", name), summary, lines);
  change.locks = "none, but it takes effect only when the server restarts";
  return change;
}

std::vector<model::Change> change_parameter(const Facts& facts, const model::Setting& setting,
                                            std::string_view value, std::string_view reason) {
  std::vector<model::Change> out;
  if (setting.context == "startup" || is_hosted(facts)) {
    out.push_back(edit_config(
        setting.name,
        fmt::format("Start the server with {} = {} (now {})", setting.name, value, setting.value),
        fmt::format("setParameter:\n  {}: {}", setting.name, value)));
    return out;
  }
  out.push_back(set_parameter(setting.name, value, setting.value, reason));
  if (facts.server().setting("setParameter." + setting.name) != nullptr || from_file(setting)) {
    out.push_back(edit_config(
        setting.name, fmt::format("Let the configuration file say {} = {}", setting.name, value),
        fmt::format("setParameter:\n  {}: {}", setting.name, value)));
  }
  return out;
}

std::vector<const model::Session*> mongodb_clients(const Facts& facts) {
  std::vector<const model::Session*> out;
  for (const model::Session& session : facts.snapshot().activity.sessions) {
    if (session.kind.empty() || session.kind == "client backend" || session.kind == "client")
      out.push_back(&session);
  }
  return out;
}

std::string mongodb_program(const model::Session& session) {
  const std::string name =
      session.application.empty() ? std::string("(no appName)") : session.application;
  return session.role.empty() ? name : fmt::format("{} ({})", name, session.role);
}

const std::string* startup_warning(const Facts& facts, std::string_view words) {
  const auto& lines = facts.server().startup_warnings;
  const auto at = std::find_if(lines.begin(), lines.end(), [&](const std::string& line) {
    return text::contains(text::lower(line), words);
  });
  return at == lines.end() ? nullptr : &*at;
}

bool is_router(const Facts& facts) { return is_sharded(facts); }

bool is_hosted(const Facts& facts) {
  const std::string& flavour = facts.server().flavour;
  return !flavour.empty() && flavour != "percona" && flavour != "ferretdb";
}

std::vector<model::Evidence> known_facts(const Facts& facts,
                                         std::initializer_list<std::string_view> names) {
  std::vector<model::Evidence> out;
  for (const std::string_view name : names) {
    if (facts.server().status_value(name) != nullptr) out.push_back(status_fact(facts, name));
  }
  return out;
}

CheckInfo server_check(std::string_view id, model::Severity severity, std::string_view summary,
                       std::string_view why, std::string_view guards, std::string_view source) {
  return {.id = id,
          .area = value_of(id.substr(0, id.find('.')), Area::performance),
          .severity = severity,
          .engines = mongodb,
          .summary = summary,
          .why = why,
          .privileges = "clusterMonitor",
          .guards = guards,
          .source = source};
}

CheckInfo needing(std::string_view privileges, CheckInfo info) {
  info.privileges = privileges;
  return info;
}

}  // namespace whet::advise
