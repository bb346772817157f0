#include "base/text.h"
#include "mql/recorded.h"

namespace whet::mql {
namespace {

constexpr std::string_view slow_query = "Slow query";

Error no_json() {
  return Error{ErrorKind::invalid, "The line is no structured log line of MongoDB.",
               "Whet reads the log of 4.4 and later, where each line is a JSON document.", ""};
}

/// The command's text stands in the line only in part: what follows the cut is lost.
bool is_cut(const Value& line, bool get_more) {
  return line.at(get_more ? "truncated.originatingCommand" : "truncated.command") != nullptr;
}

}  // namespace

Result<std::optional<Operation>> operation_of_log(std::string_view line) {
  line = text::trim(line);
  if (line.empty() || line.front() != '{' || line.back() != '}') return no_json();
  // Most lines are about something else, and need no parsing to know it.
  if (!text::contains(line, slow_query)) return std::optional<Operation>();
  const Result<Value> parsed = parse_json(line);
  if (!parsed.ok()) return no_json();
  if (parsed->string_at("msg") != slow_query) return std::optional<Operation>();
  const Value* attributes = parsed->find("attr");
  const Value* at = parsed->find("t");
  if (attributes == nullptr || at == nullptr || at->type != Type::date) {
    return Error{ErrorKind::invalid, "A line about a slow operation lacks its time or attributes.",
                 "Whet reads the log of 4.4 and later as the server writes it.", ""};
  }
  Operation out = WHET_TRY(recorded_operation(*attributes));
  out.at = static_cast<double>(at->integer) / 1e3;
  if (is_cut(*parsed, out.get_more)) {
    out.cut = true;
    out.command.reset();
  }
  return std::optional<Operation>(std::move(out));
}

LogOperations operations_of_log(std::string_view log) {
  LogOperations out;
  std::int64_t number = 0;
  while (!log.empty()) {
    const auto end = log.find('\n');
    const std::string_view line = text::trim(log.substr(0, end));
    log = end == std::string_view::npos ? std::string_view() : log.substr(end + 1);
    ++number;
    if (line.empty()) continue;
    ++out.lines;
    Result<std::optional<Operation>> operation = operation_of_log(line);
    if (!operation.ok()) {
      out.not_understood.push_back(number);
    } else if (operation->has_value()) {
      out.operations.push_back(std::move(**operation));
    }
  }
  return out;
}

}  // namespace whet::mql
