// jsonlog (PostgreSQL 15 and newer): one object a line.
#include "base/json.h"

#include <algorithm>

#include "logs/formats.h"

namespace whet::logs {

namespace {

/// A member that is a text, or a whole number.
std::string text_of(json::View view) {
  if (const auto number = view.integer()) return std::to_string(*number);
  return view.string_or("");
}

}  // namespace

std::vector<Entry> read_json(std::string_view log) {
  std::vector<Entry> entries;
  while (!log.empty()) {
    const auto end = std::min(log.find('\n'), log.size());
    const auto line = log.substr(0, end);
    log.remove_prefix(std::min(end + 1, log.size()));
    if (!line.starts_with('{')) continue;
    const auto document = json::Document::parse(line);
    // Cut off, or not the server's.
    if (!document.ok()) continue;
    const json::View root = document->root();
    if (!root["message"].is_string()) continue;
    Entry entry;
    entry.message = root["message"].string_or("");
    entry.detail = root["detail"].string_or("");
    entry.severity = root["error_severity"].string_or("");
    entry.pid = text_of(root["pid"]);
    entry.database = root["dbname"].string_or("");
    entry.role = root["user"].string_or("");
    entry.application = root["application_name"].string_or("");
    entry.query_id = text_of(root["query_id"]);
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace whet::logs
