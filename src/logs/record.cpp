#include "logs/record.h"

#include "base/json.h"
#include "base/text.h"

namespace whet::logs {

namespace {

constexpr std::string_view query_mark = "Query Text: ";
constexpr std::string_view parameters_mark = "Query Parameters: ";
constexpr std::string_view identifier_mark = "Query Identifier: ";

bool take(std::string_view& text, std::string_view what) {
  if (!text.starts_with(what)) return false;
  text.remove_prefix(what.size());
  return true;
}

void set_parameters(Record& record, std::string_view text) {
  text = text::trim(text);
  if (text.empty()) return;
  auto values = parse_parameters(text);
  record.parameters_whole = values.has_value();
  if (values) record.parameters = *std::move(values);
}

std::string_view line_of(std::string_view text) { return text.substr(0, text.find('\n')); }

/// The root of a plan as text: not indented, and with an estimate. -1 when there is none.
std::size_t find_root(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto line = line_of(text.substr(at));
    const auto cost = line.find("  (cost=");
    if (cost != std::string_view::npos && cost > 0 && line.front() != ' ' &&
        !line.starts_with(query_mark))
      return at;
    at += line.size() + 1;
  }
  return std::string_view::npos;
}

/// "Query Text: ...", perhaps "Query Parameters: ...", the plan.
bool read_text_plan(std::string_view body, Record& record) {
  const auto root = find_root(body);
  if (root == std::string_view::npos || !take(body, query_mark)) return false;
  std::string_view head = body.substr(0, root - query_mark.size());
  const std::string mark = "\n" + std::string(parameters_mark);
  if (const auto at = head.rfind(mark); at != std::string_view::npos) {
    set_parameters(record, head.substr(at + mark.size()));
    head = head.substr(0, at);
  }
  record.query = text::trim(head);
  const std::string_view plan = body.substr(root - query_mark.size());
  record.plan = plan;
  record.format = PlanFormat::text;
  const std::string identifier = "\n" + std::string(identifier_mark);
  if (const auto at = plan.rfind(identifier); at != std::string_view::npos)
    record.query_id = text::trim(line_of(plan.substr(at + identifier.size())));
  return true;
}

bool read_json_plan(std::string_view body, Record& record) {
  const auto document = json::Document::parse(body);
  if (!document.ok()) return false;
  json::View root = document->root();
  if (root.is_array() && !root.elements().empty()) root = root.elements().front();
  if (!root["Plan"].is_object()) return false;
  record.query = text::trim(root["Query Text"].string_or(""));
  set_parameters(record, root["Query Parameters"].string_or(""));
  if (const auto id = root["Query Identifier"].integer()) record.query_id = std::to_string(*id);
  record.plan = body;
  record.format = PlanFormat::json;
  return true;
}

/// auto_explain's message behind "duration: 1.2 ms  plan:\n". False for what is damaged.
bool read_plan(std::string_view body, Record& record) {
  while (!body.empty() && (body.front() == '\n' || body.front() == '\r' || body.front() == ' '))
    body.remove_prefix(1);
  if (body.starts_with('{') || body.starts_with('[')) return read_json_plan(body, record);
  if (body.starts_with('<')) {
    record.format = PlanFormat::xml;
    return true;
  }
  if (text::contains(body, "\n  Node Type: \"")) {
    record.format = PlanFormat::yaml;
    return true;
  }
  return read_text_plan(body, record);
}

/// "statement: SELECT 1", "execute name: SELECT $1", "execute fetch from name: ...". Parsing and
/// binding are logged alike, but are no execution.
bool read_statement(std::string_view text, const Entry& entry, Record& record) {
  if (take(text, "statement: ")) {
    record.query = text::trim(text);
    return true;
  }
  if (!take(text, "execute ")) return false;
  const auto colon = text.find(": ");
  if (colon == std::string_view::npos || text.starts_with("fetch from ")) return false;
  record.query = text::trim(text.substr(colon + 2));
  constexpr std::string_view parameters = "parameters: ";
  if (text::starts_with_nocase(entry.detail, parameters))
    set_parameters(record, std::string_view(entry.detail).substr(parameters.size()));
  return true;
}

/// Takes "duration: 1.234 ms  " from the text.
std::optional<double> take_duration(std::string_view& text) {
  if (!take(text, "duration: ")) return std::nullopt;
  const auto end = text.find(" ms");
  if (end == std::string_view::npos) return std::nullopt;
  const auto duration = text::to_double(text.substr(0, end));
  text.remove_prefix(end + 3);
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  return duration;
}

}  // namespace

std::optional<Record> record_of(const Entry& entry) {
  std::string_view text = entry.message;
  Record record;
  record.query_id = entry.query_id;
  record.duration_ms = take_duration(text);
  const bool plan = record.duration_ms && take(text, "plan:");
  const bool known = plan ? read_plan(text, record) : read_statement(text, entry, record);
  if (!known) return std::nullopt;
  return record;
}

}  // namespace whet::logs
