#include "logs/entry.h"

#include "base/text.h"
#include "logs/formats.h"

namespace whet::logs {

namespace {

/// Each database writes in its own encoding; what is no UTF-8 may be shown, but holds no values.
void make_valid(Entry& entry) {
  for (std::string* part : {&entry.message, &entry.detail, &entry.severity, &entry.database,
                            &entry.role, &entry.application}) {
    std::string valid = text::valid_utf8(*part);
    if (valid == *part) continue;
    *part = std::move(valid);
    entry.intact = false;
  }
}

std::vector<Entry> read_as(std::string_view log, Format format, std::string_view prefix) {
  switch (format) {
    case Format::csv:
      return read_csv(log);
    case Format::json:
      return read_json(log);
    case Format::text:
      break;
  }
  return read_text(log, prefix);
}

}  // namespace

std::vector<Entry> read(std::string_view log, Format format, std::string_view prefix) {
  if (log.starts_with("\xEF\xBB\xBF")) log.remove_prefix(3);
  auto entries = read_as(log, format, prefix);
  for (Entry& entry : entries) {
    make_valid(entry);
    if (entry.query_id == "0") entry.query_id.clear();
  }
  return entries;
}

}  // namespace whet::logs
