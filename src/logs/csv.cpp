// csvlog: a record may go over many lines, and a part of a log may begin in the middle of one. So
// a record is looked for where a line begins with a time, and is one when it has the right number
// of fields.
#include <array>
#include <cstddef>
#include <optional>

#include "logs/formats.h"

namespace whet::logs {

namespace {

// Positions of the fields, counted from 0. 13 added a field at the end, 14 two more.
enum Field : std::uint8_t {
  role = 1,
  database = 2,
  pid = 3,
  severity = 11,
  message = 13,
  detail = 14,
  application = 22,
  query_id = 25
};
constexpr std::size_t fields_at_least = 23;
constexpr std::size_t fields_at_most = 40;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// "2025-01-21 18:32:48.288 CET,": d for a digit.
bool begins_with_time(std::string_view line) {
  constexpr std::string_view form = "dddd-dd-dd dd:dd:dd.ddd ";
  if (line.size() < form.size()) return false;
  for (std::size_t i = 0; i < form.size(); ++i) {
    if (form[i] == 'd' ? !is_digit(line[i]) : line[i] != form[i]) return false;
  }
  return true;
}

struct Parsed {
  std::vector<std::string> fields;
  std::size_t end = 0;  ///< behind the record
  bool is_record = false;
};

/// A quoted field from behind its opening quote; nothing when it does not end.
bool take_quoted(std::string_view log, std::size_t& at, std::string& field) {
  while (at < log.size()) {
    const char c = log[at++];
    if (c != '"') {
      field += c;
    } else if (at < log.size() && log[at] == '"') {
      field += '"';
      ++at;
    } else {
      return true;
    }
  }
  return false;
}

Parsed parse(std::string_view log) {
  Parsed out;
  std::size_t at = 0;
  while (out.fields.size() < fields_at_most) {
    std::string& field = out.fields.emplace_back();
    if (at < log.size() && log[at] == '"') {
      ++at;
      if (!take_quoted(log, at, field)) break;
    } else {
      while (at < log.size() && log[at] != ',' && log[at] != '\n' && log[at] != '\r')
        field += log[at++];
    }
    if (at < log.size() && log[at] == ',') {
      ++at;
      continue;
    }
    if (at < log.size() && log[at] == '\r') ++at;
    // Without its line's end a record is still being written.
    if (at < log.size() && log[at] == '\n') {
      ++at;
      out.is_record = out.fields.size() >= fields_at_least;
    }
    break;
  }
  out.end = at;
  return out;
}

Entry entry_of(std::vector<std::string>& fields) {
  Entry entry;
  entry.message = std::move(fields[message]);
  entry.detail = std::move(fields[detail]);
  entry.severity = std::move(fields[severity]);
  entry.pid = std::move(fields[pid]);
  entry.database = std::move(fields[database]);
  entry.role = std::move(fields[role]);
  entry.application = std::move(fields[application]);
  if (fields.size() > query_id) entry.query_id = std::move(fields[query_id]);
  return entry;
}

}  // namespace

std::vector<Entry> read_csv(std::string_view log) {
  std::vector<Entry> entries;
  // What was read in vain: bounded, so that damaged files do not cost the square of their length.
  std::size_t wasted = 0;
  const std::size_t wasted_at_most = 4 * log.size() + 1024;
  while (!log.empty() && wasted <= wasted_at_most) {
    if (begins_with_time(log)) {
      Parsed parsed = parse(log);
      if (parsed.is_record) {
        entries.push_back(entry_of(parsed.fields));
        log.remove_prefix(parsed.end);
        continue;
      }
      wasted += parsed.end;
    }
    const auto end = log.find('\n');
    if (end == std::string_view::npos) break;
    log.remove_prefix(end + 1);
  }
  return entries;
}

}  // namespace whet::logs
