// Settings that were changed but wait for a restart.
#include "advise/build.h"
#include "advise/check.h"

namespace whet::advise {
namespace {

void pending_restart(const Facts& facts, std::vector<model::Finding>& out) {
  for (const model::Setting& setting : facts.server().settings) {
    if (!setting.pending_restart) continue;
    model::Finding finding;
    finding.severity = model::Severity::low;
    finding.subject = setting_subject(setting.name);
    finding.title = setting.name +
                    " was changed in the configuration, but the server still runs with " +
                    setting.value;
    finding.detail =
        "The new value takes effect at the next restart, planned or not. Restart when it suits "
        "you, or take the change back.";
    finding.evidence = {fact("running value", setting.value, "pg_settings.setting"),
                        fact("pending restart", "yes", "pg_settings.pending_restart")};
    out.push_back(std::move(finding));
  }
}

const Register registered{
    {
        .id = "performance.pending_restart",
        .area = Area::performance,
        .severity = model::Severity::low,
        .engines = postgresql,
        .summary = "A changed setting waits for a restart",
        .why = "An unplanned restart would change how the server behaves at the worst moment.",
        .privileges = "",
        .guards = "none: the server itself says so",
        .source = "PostgreSQL manual, pg_settings.pending_restart",
    },
    pending_restart};

}  // namespace
}  // namespace whet::advise
