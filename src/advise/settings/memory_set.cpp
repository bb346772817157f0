#include "advise/settings/memory_set.h"

#include <algorithm>

#include <fmt/format.h>

#include "advise/settings/set_builder.h"
#include "advise/settings/support.h"
#include "base/text.h"

namespace whet::advise::settings {

double Envelope::realistic() const {
  return shared + wal + autovacuum + maintenance + sessions * per_node;
}

double Envelope::worst() const {
  return shared + wal + autovacuum + maintenance + connections * 2 * per_node;
}

std::string Envelope::realistic_text() const {
  return fmt::format(
      "{} shared_buffers + {} wal_buffers + {} autovacuum workers + {} maintenance + {:.0f} "
      "working sessions x {} = {}",
      text::bytes(shared), text::bytes(wal), text::bytes(autovacuum), text::bytes(maintenance),
      sessions, text::bytes(per_node), text::bytes(realistic()));
}

std::string Envelope::worst_text() const {
  return fmt::format(
      "{} shared_buffers + {} wal_buffers + {} autovacuum workers + {} maintenance + {:.0f} "
      "connections x 2 x {} = {}",
      text::bytes(shared), text::bytes(wal), text::bytes(autovacuum), text::bytes(maintenance),
      connections, text::bytes(per_node), text::bytes(worst()));
}

const Recommendation* SettingsSet::find(std::string_view setting) const {
  const auto at = std::find_if(items.begin(), items.end(), [&](const Recommendation& item) {
    return item.setting->name == setting;
  });
  return at == items.end() ? nullptr : &*at;
}

double SetBuilder::current(std::string_view setting, double otherwise) const {
  return facts_.server().number(setting).value_or(otherwise);
}

double SetBuilder::consider(const Advice& advice) {
  const model::Setting* setting = facts_.server().setting(advice.setting);
  if (setting == nullptr || !setting->number) return advice.band.target;
  const double now = *setting->number;
  if (now >= advice.band.low && now <= advice.band.high) return now;
  const double wanted = now < advice.band.low ? advice.band.target : advice.band.top;
  const bool down = wanted < now && !advice.lower_reason.empty();
  set_.items.push_back({setting, wanted, advice.print(wanted),
                        down ? std::string(advice.lower_reason) : advice.reason, advice.arithmetic,
                        advice.evidence});
  return wanted;
}

std::string print_count(double number) { return fmt::format("{:.0f}", number); }
std::string print_decimal(double number) { return fmt::format("{:g}", number); }

SettingsSet recommend(const Facts& facts) {
  SetBuilder builder(facts);
  if (facts.server().settings.empty()) return {};
  consider_memory(builder);
  consider_wal(builder);
  consider_planner(builder);
  consider_workers(builder);
  return std::move(builder.set());
}

model::Change change_for(const Facts& facts, const Recommendation& advice) {
  return set_to(facts, *advice.setting, advice.value, advice.reason);
}

}  // namespace whet::advise::settings
