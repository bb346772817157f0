#include "advise/check.h"

#include <algorithm>
#include <tuple>

namespace whet::advise {

namespace {

// The one mutable global of the program. It only grows, and only while static objects are
// constructed: one thread, before main().
std::vector<Check>& registry() {
  static std::vector<Check> checks;
  return checks;
}

unsigned bit_of(model::EngineKind engine) { return 1U << static_cast<unsigned>(engine); }

bool matches(std::string_view id, std::string_view pattern) {
  return id == pattern || (id.size() > pattern.size() && id.substr(0, pattern.size()) == pattern &&
                           id[pattern.size()] == '.');
}

}  // namespace

Register::Register(const CheckInfo& info, CheckFunction run) { registry().push_back({info, run}); }

std::vector<Check> all_checks() {
  std::vector<Check> checks = registry();
  std::sort(checks.begin(), checks.end(), [](const Check& a, const Check& b) {
    return std::tie(a.info.id, a.info.engines, a.info.summary) <
           std::tie(b.info.id, b.info.engines, b.info.summary);
  });
  return checks;
}

std::vector<Check> checks_for(model::EngineKind engine) {
  std::vector<Check> checks = all_checks();
  std::erase_if(checks,
                [&](const Check& check) { return (check.info.engines & bit_of(engine)) == 0; });
  return checks;
}

const Check* find_check(const std::vector<Check>& checks, std::string_view id,
                        model::EngineKind engine) {
  const auto at = std::find_if(checks.begin(), checks.end(), [&](const Check& check) {
    return check.info.id == id && (check.info.engines & bit_of(engine)) != 0;
  });
  return at == checks.end() ? nullptr : &*at;
}

bool Selection::takes(std::string_view id) const {
  const auto names = [&](const std::string& pattern) { return matches(id, pattern); };
  return (only.empty() || std::any_of(only.begin(), only.end(), names)) &&
         std::none_of(skip.begin(), skip.end(), names);
}

void order_by_impact(std::vector<model::Finding>& findings) {
  const auto rank = [](const model::Finding& f) {
    return std::tuple(-static_cast<int>(f.severity), f.watch, -f.impact.outage_risk,
                      -f.impact.seconds_per_hour, -f.impact.bytes, std::string_view(f.id),
                      static_cast<int>(f.subject.kind), std::string_view(f.subject.schema),
                      std::string_view(f.subject.table), std::string_view(f.subject.name),
                      std::string_view(f.title));
  };
  std::stable_sort(findings.begin(), findings.end(),
                   [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
}

std::vector<model::Finding> run_checks(const Facts& facts, const Selection& selection) {
  std::vector<model::Finding> findings;
  for (const Check& check : checks_for(facts.server().engine)) {
    if (!selection.takes(check.info.id)) continue;
    const std::size_t first = findings.size();
    check.run(facts, findings);
    for (std::size_t i = first; i < findings.size(); ++i) {
      if (findings[i].id.empty()) findings[i].id = check.info.id;
    }
  }
  order_by_impact(findings);
  return findings;
}

}  // namespace whet::advise
