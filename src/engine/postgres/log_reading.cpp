#include "engine/postgres/log_reading.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <optional>
#include <ranges>
#include <utility>

#include "base/text.h"

namespace whet::engine::postgres {

namespace {

constexpr std::string_view what = "statements, parameters and plans in the server's log";
/// Read through the server in pieces, so that no statement is long.
constexpr std::int64_t chunk_bytes = 1 << 20;

struct File {
  std::string path;  ///< absolute, or within the data directory
  std::int64_t size = 0;
};

struct Place {
  logs::Format format = logs::Format::text;
  std::vector<File> files;  ///< the newest first
};

bool is_on(const std::string& threshold) { return !threshold.empty() && threshold != "-1"; }

std::optional<logs::Format> format_of(const std::string& destination) {
  std::optional<logs::Format> best;
  for (const auto& one : text::split(destination, ',')) {
    const std::string name = text::lower(text::trim(one));
    if (name == "jsonlog") return logs::Format::json;
    if (name == "csvlog") best = logs::Format::csv;
    if (name == "stderr" && !best) best = logs::Format::text;
  }
  return best;
}

/// log_filename as a pattern of LIKE: "postgresql-%Y.log" is "postgresql-%.log"; the structured
/// forms have an ending of their own in the place of ".log".
std::string name_pattern(std::string_view file_name, logs::Format format) {
  if (file_name.empty()) file_name = "%a";
  std::string pattern;
  for (std::size_t i = 0; i < file_name.size(); ++i) {
    const char c = file_name[i];
    if (c == '%') {
      ++i;
      pattern += '%';
    } else {
      if (c == '_' || c == '\\') pattern += '\\';
      pattern += c;
    }
  }
  if (format == logs::Format::text) return pattern;
  if (pattern.ends_with(".log")) pattern.resize(pattern.size() - 4);
  return pattern + (format == logs::Format::csv ? ".csv" : ".json");
}

/// Those of the format that hold something, the newest first.
std::vector<File> files_of(Collector& c, logs::Format format) {
  const auto& server = c.snapshot.server;
  std::vector<File> files;
  // A privilege of pg_monitor; asked first, so that a refusal leaves no error in the log.
  const auto allowed =
      c.read(std::string(what), "SELECT has_function_privilege('pg_ls_logdir()', 'EXECUTE')");
  if (!allowed || allowed->empty()) return files;
  const std::string directory = server.text("log_directory");
  if (!Row(*allowed, 0).flag() || directory.empty()) {
    c.note(std::string(what), "The role may not see where the log is.",
           "GRANT pg_monitor TO " + c.role + ";");
    return files;
  }
  const auto rows =
      c.read(std::string(what), R"(
    SELECT name, size FROM pg_ls_logdir()
    WHERE name LIKE $1 AND size > 0 AND name !~ $2 ORDER BY modification DESC, name DESC LIMIT 100)",
             {name_pattern(server.text("log_filename"), format),
              format == logs::Format::text ? R"(\.(csv|json|gz|bz2|xz|zst|zip)$)" : "^$"});
  if (!rows) return files;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    File file;
    file.path = directory + "/" + row.text();
    file.size = row.integer();
    files.push_back(std::move(file));
  }
  if (files.empty())
    c.note(std::string(what), "There is no log file in " + directory + " yet.", "");
  return files;
}

std::optional<Place> place_of(Collector& c) {
  const auto& server = c.snapshot.server;
  const auto format = format_of(server.text("log_destination"));
  if (!format) {
    c.note(std::string(what),
           "The server sends its log to " + server.text("log_destination") +
               ", which cannot be read through it.",
           "ALTER SYSTEM SET log_destination = 'stderr,csvlog'; SELECT pg_reload_conf();");
    return std::nullopt;
  }
  if (!server.on("logging_collector")) {
    c.note(std::string(what),
           "The server writes its log to stderr and does not keep it itself (logging_collector is "
           "off).",
           "ALTER SYSTEM SET logging_collector = on; and restart the server when it suits.");
    return std::nullopt;
  }
  Place place{*format, files_of(c, *format)};
  if (place.files.empty()) return std::nullopt;
  return place;
}

/// From the file system of this machine.
std::optional<std::string> tail_here(const std::string& path, std::int64_t from) {
  std::ifstream in(path, std::ios::binary);
  if (!in.seekg(from)) return std::nullopt;
  std::string out{std::istreambuf_iterator<char>(in), {}};
  return out;
}

std::optional<std::string> decode_base64(std::string_view text) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::array<int, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < digits.size(); ++i)
    values.at(static_cast<unsigned char>(digits[i])) = static_cast<int>(i);
  std::string out;
  out.reserve(text.size() / 4 * 3);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    if (c == '\n' || c == '=') continue;
    const int value = values.at(static_cast<unsigned char>(c));
    if (value < 0) return std::nullopt;
    bits = (bits << 6U) | static_cast<std::uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>((bits >> static_cast<unsigned>(count)) & 0xFFU);
  }
  return out;
}

bool may_read_files(Collector& c) {
  const std::string function = "pg_read_binary_file(text, bigint, bigint, boolean)";
  const auto allowed =
      c.read(std::string(what), "SELECT has_function_privilege('" + function + "', 'EXECUTE')");
  if (!allowed || allowed->empty()) return false;
  if (Row(*allowed, 0).flag()) return true;
  c.note(std::string(what), "The role may not read the log's files.",
         "GRANT EXECUTE ON FUNCTION pg_catalog." + function + " TO " + c.role +
             "; or run whet on the server as a user who may read them.");
  return false;
}

std::optional<std::string> tail_through_server(Collector& c, const File& file, std::int64_t from) {
  std::string out;
  while (from < file.size) {
    const auto length = std::min(chunk_bytes, file.size - from);
    // Missing files, which were rotated away meanwhile, read as NULL. Bytes, not text: it may be in
    // any encoding.
    const auto rows =
        c.read(std::string(what),
               "SELECT encode(pg_read_binary_file($1, $2::bigint, $3::bigint, true), 'base64')",
               {file.path, std::to_string(from), std::to_string(length)});
    if (!rows) return std::nullopt;
    if (rows->empty() || rows->null(0, 0)) break;
    const auto bytes = decode_base64(rows->text(0, 0));
    if (!bytes || bytes->empty()) break;
    out += *bytes;
    from += static_cast<std::int64_t>(bytes->size());
  }
  return out;
}

std::string local_path(const Collector& c, const std::string& path) {
  if (path.starts_with('/')) return path;
  return c.snapshot.server.data_directory + "/" + path;
}

}  // namespace

bool logs_statements(const model::Server& server) {
  for (const char* threshold :
       {"auto_explain.log_min_duration", "log_min_duration_statement", "log_min_duration_sample"}) {
    if (is_on(server.text(threshold))) return true;
  }
  const std::string all = server.text("log_statement");
  if (all == "all" || all == "mod") return true;
  return std::any_of(server.overrides.begin(), server.overrides.end(), [](const auto& one) {
    return one.name.starts_with("auto_explain.") || one.name.starts_with("log_min_duration_") ||
           one.name == "log_statement" || text::contains(one.value, "auto_explain");
  });
}

std::vector<logs::Entry> read_server_log(Collector& c, bool here) {
  std::vector<logs::Entry> entries;
  if (c.stopped() || c.options.log_bytes <= 0 || !logs_statements(c.snapshot.server))
    return entries;
  c.progress.report("reading the server's log", -1);
  const auto place = place_of(c);
  if (!place) return entries;
  std::vector<std::string> parts;
  std::int64_t left = c.options.log_bytes;
  bool asked = false;
  for (const File& file : place->files) {
    if (left <= 0) break;
    const std::int64_t from = std::max<std::int64_t>(0, file.size - left);
    auto part = here && !c.snapshot.server.data_directory.empty()
                    ? tail_here(local_path(c, file.path), from)
                    : std::nullopt;
    if (!part) {
      if (!asked && !may_read_files(c)) return entries;
      asked = true;
      part = tail_through_server(c, file, from);
    }
    if (!part) break;
    // The rest of a line says nothing.
    if (from > 0) part->erase(0, std::min(part->find('\n'), part->size() - 1) + 1);
    left -= file.size - from;
    parts.push_back(*std::move(part));
  }
  const std::string prefix = c.snapshot.server.text("log_line_prefix");
  for (std::string& part : parts | std::views::reverse) {
    auto more = logs::read(part, place->format, prefix);
    std::move(more.begin(), more.end(), std::back_inserter(entries));
    part.clear();
  }
  return entries;
}

}  // namespace whet::engine::postgres
