#include <array>
#include <cmath>
#include <ctime>

#include <fmt/format.h>

#include "base/text.h"
#include "report/analysis.h"

namespace whet::report {

namespace {

std::string product(model::EngineKind engine) {
  switch (engine) {
    case model::EngineKind::postgresql:
      return "PostgreSQL";
    case model::EngineKind::mysql:
      return "MySQL";
    case model::EngineKind::mariadb:
      return "MariaDB";
    case model::EngineKind::mongodb:
      return "MongoDB";
  }
  return "";
}

}  // namespace

std::string server_line(const model::Snapshot& snapshot) {
  std::string out = product(snapshot.server.engine) + " " + snapshot.server.version;
  if (!snapshot.target.empty()) out += " at " + snapshot.target;
  if (snapshot.server.is_replica) out += " (a replica)";
  return out;
}

std::string cost_line(const model::CollectionCost& cost) {
  return fmt::format(
      "Whet's load on the server: {}, {} of server time, {} received, in {}.",
      text::plural(cost.statements, "statement", "statements"), text::duration(cost.server_seconds),
      text::bytes(static_cast<double>(cost.received_bytes)), text::duration(cost.elapsed_seconds));
}

std::string utc_time(double seconds_since_1970) {
  const auto whole = static_cast<std::time_t>(std::floor(seconds_since_1970));
  std::tm parts{};
  ::gmtime_r(&whole, &parts);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02} UTC", parts.tm_year + 1900,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::string impact_text(const model::Impact& impact) {
  std::vector<std::string> parts;
  if (impact.seconds_per_hour > 0)
    parts.push_back(text::number(impact.seconds_per_hour) + " s/h of database time");
  if (impact.share > 0) parts.push_back(text::percent(impact.share) + " of the workload");
  if (impact.bytes > 0) parts.push_back(text::bytes(impact.bytes));
  return text::join(parts, " · ");
}

std::string statement_text(const Analysis& analysis, const model::Finding& finding,
                           std::size_t width) {
  if (finding.subject.kind != model::SubjectKind::statement) return {};
  for (const model::Statement& one : analysis.snapshot.workload.statements) {
    if (one.fingerprint == finding.subject.name || one.id == finding.subject.name) {
      return text::shorten(text::squeeze(one.text), width);
    }
  }
  return {};
}

std::string escape_xml(std::string_view text) {
  std::string out;
  for (const char c : text::valid_utf8(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        // XML has no way to write control characters.
        if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t') out += c;
    }
  }
  return out;
}

}  // namespace whet::report
