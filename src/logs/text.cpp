// The text form. A message begins with the prefix and "LOG:  "; its further lines begin with a tab.
// syslog puts a head of its own before each line, numbers the lines of a message, writes the tab as
// #011 and breaks long lines in two.
#include "base/text.h"

#include <array>
#include <map>
#include <optional>

#include "logs/formats.h"
#include "logs/prefix.h"

namespace whet::logs {

namespace {

constexpr std::string_view after_severity = ":  ";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_severity_char(char c) {
  return (c >= 'A' && c <= 'Z') || is_digit(c) || (static_cast<unsigned char>(c) & 0x80U) != 0;
}

/// A line taken apart: prefix, "LOG", message.
struct Start {
  std::string_view prefix, severity, message;
};

/// The first word in capitals (of any language) with a colon and two blanks behind it.
std::optional<Start> start_of(std::string_view line) {
  for (std::size_t colon = line.find(after_severity); colon != std::string_view::npos;
       colon = line.find(after_severity, colon + 1)) {
    std::size_t from = colon;
    while (from > 0 && is_severity_char(line[from - 1])) --from;
    // "[12760]:LOG:", " LOG:"; "xLOG:" is something else, and so is "12:".
    const bool apart = from == 0 || std::string_view(" \t:]),;|-=>").find(line[from - 1]) !=
                                        std::string_view::npos;
    const bool word = from < colon && !is_digit(line[from]);
    if (colon - from >= 3 && apart && word)
      return Start{line.substr(0, from), line.substr(from, colon - from),
                   line.substr(colon + after_severity.size())};
  }
  return std::nullopt;
}

/// What syslog put before a line: "... postgres[10808]: [7-2] ".
struct SyslogHead {
  std::string_view pid;
  std::int64_t part = 0;  ///< of the message: 1, 2, ...
  std::string_view rest;
};

/// The number at the start of `text`, which is moved behind it and `mark`.
std::optional<std::string_view> take_number(std::string_view& text, std::string_view mark) {
  std::size_t end = 0;
  while (end < text.size() && is_digit(text[end])) ++end;
  if (end == 0 || !text.substr(end).starts_with(mark)) return std::nullopt;
  const auto number = text.substr(0, end);
  text.remove_prefix(end + mark.size());
  return number;
}

std::optional<SyslogHead> syslog_head(std::string_view line) {
  for (std::size_t at = line.find('['); at != std::string_view::npos; at = line.find('[', at + 1)) {
    std::string_view rest = line.substr(at + 1);
    const auto pid = take_number(rest, "]: [");
    if (!pid || !take_number(rest, "-")) continue;
    const auto part = take_number(rest, "]");
    if (!part) continue;
    if (rest.starts_with(' ')) rest.remove_prefix(1);
    return SyslogHead{*pid, text::to_int(*part).value_or(0), rest};
  }
  return std::nullopt;
}

bool take_tab(std::string_view& text) {
  for (const std::string_view tab : {"\t", "#011"}) {
    if (!text.starts_with(tab)) continue;
    text.remove_prefix(tab.size());
    return true;
  }
  return false;
}

/// Lines that say more of the message before them.
bool is_secondary(std::string_view severity) {
  constexpr std::array<std::string_view, 6> kinds{"HINT",      "QUERY",    "CONTEXT",
                                                  "STATEMENT", "LOCATION", "BACKTRACE"};
  for (const auto kind : kinds) {
    if (severity == kind) return true;
  }
  return false;
}

class Reader {
 public:
  explicit Reader(std::string_view pattern) : prefix_(pattern) {}

  void line(std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (take_tab(line)) {
      append(last_, line, true);
      return;
    }
    const auto head = syslog_head(line);
    if (head && head->part > 1 && further_of_syslog(*head)) return;
    if (const auto start = start_of(line)) {
      begin(*start);
    } else {
      // Not the server's: the output of some program that it ran.
      last_ = {};
    }
  }

  std::vector<Entry> take() { return std::move(entries_); }

 private:
  enum class Part : std::uint8_t { none, message, detail, ignored };
  struct Place {
    std::size_t entry = 0;
    Part part = Part::none;
  };

  void append(const Place& place, std::string_view text, bool new_line) {
    if (place.part != Part::message && place.part != Part::detail) return;
    Entry& entry = entries_[place.entry];
    std::string& to = place.part == Part::message ? entry.message : entry.detail;
    if (new_line) to += '\n';
    to += text;
  }

  bool further_of_syslog(const SyslogHead& head) {
    const auto at = of_process_.find(std::string(head.pid));
    std::string_view rest = head.rest;
    if (at != of_process_.end() && take_tab(rest)) {
      append(at->second, rest, true);
      return true;
    }
    // A DETAIL begins like a message. Anything else is the rest of a long line.
    if (start_of(head.rest)) return false;
    if (at != of_process_.end()) append(at->second, head.rest, false);
    return true;
  }

  void begin(const Start& start) {
    PrefixFields fields = prefix_.read(start.prefix);
    const bool detail = start.severity == "DETAIL";
    if (detail || is_secondary(start.severity)) {
      further(fields, detail ? Part::detail : Part::ignored, start.message);
      return;
    }
    Entry entry;
    entry.severity = start.severity;
    entry.message = start.message;
    entry.pid = fields.pid;
    entry.database = std::move(fields.database);
    entry.role = std::move(fields.role);
    entry.application = std::move(fields.application);
    entry.query_id = std::move(fields.query_id);
    last_ = {entries_.size(), Part::message};
    of_process_[fields.pid] = last_;
    entries_.push_back(std::move(entry));
  }

  /// Of the same process's message, which need not be the last one in the file.
  void further(const PrefixFields& fields, Part part, std::string_view text) {
    const auto at = of_process_.find(fields.pid);
    if (at == of_process_.end()) {
      last_ = {};
      return;
    }
    at->second.part = part;
    last_ = at->second;
    if (part == Part::detail) entries_[last_.entry].detail = text;
  }

  Prefix prefix_;
  std::vector<Entry> entries_;
  Place last_;
  std::map<std::string, Place> of_process_;
};

}  // namespace

std::vector<Entry> read_text(std::string_view log, std::string_view prefix) {
  Reader reader(prefix);
  while (!log.empty()) {
    const auto end = log.find('\n');
    const bool whole = end != std::string_view::npos;
    // A line without its end is still being written.
    if (!whole) break;
    reader.line(log.substr(0, end));
    log.remove_prefix(end + 1);
  }
  auto entries = reader.take();
  // The message that it belongs to is not whole.
  if (!log.empty() && !entries.empty() && log.front() == '\t') entries.pop_back();
  return entries;
}

}  // namespace whet::logs
