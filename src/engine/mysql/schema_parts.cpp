#include "engine/mysql/schema_parts.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace whet::engine::mysql {

namespace {

struct Width {
  std::string_view type;
  std::int64_t bytes;
};

constexpr std::array<Width, 11> widths{{{"tinyint", 1},
                                        {"smallint", 2},
                                        {"mediumint", 3},
                                        {"int", 4},
                                        {"bigint", 8},
                                        {"float", 4},
                                        {"double", 8},
                                        {"date", 3},
                                        {"year", 1},
                                        {"uuid", 16},
                                        {"inet6", 16}}};

/// The numbers in the parentheses of "decimal(12,2)".
std::vector<std::int64_t> modifiers(std::string_view type) {
  std::vector<std::int64_t> out;
  const std::size_t open = type.find('('), close = type.find(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return out;
  for (const auto& part : text::split(type.substr(open + 1, close - open - 1), ','))
    out.push_back(text::to_int(text::trim(part)).value_or(0));
  return out;
}

/// Bytes of so many decimal digits: nine in four, the rest in less.
std::int64_t decimal_bytes(std::int64_t digits) {
  constexpr std::array<std::int64_t, 9> rest{0, 1, 1, 2, 2, 3, 3, 4, 4};
  return digits / 9 * 4 + rest.at(static_cast<std::size_t>(digits % 9));
}

std::string hex_bytes(std::string_view digits) {
  // UTF-16 code unit as UTF-8.
  unsigned code = 0;
  for (const char c : digits) {
    unsigned value = 0;
    if (c >= '0' && c <= '9') value = static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') value = static_cast<unsigned>(c - 'a') + 10;
    if (c >= 'A' && c <= 'F') value = static_cast<unsigned>(c - 'A') + 10;
    code = code * 16 + value;
  }
  std::string out;
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0U | (code >> 6U));
    out += static_cast<char>(0x80U | (code & 0x3fU));
  } else {
    out += static_cast<char>(0xe0U | (code >> 12U));
    out += static_cast<char>(0x80U | ((code >> 6U) & 0x3fU));
    out += static_cast<char>(0x80U | (code & 0x3fU));
  }
  return out;
}

bool is_hex(std::string_view text) {
  return text.size() == 4 && text.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
}

/// The file name of a table as its name: "@002d" is "-". The two-letter codes of some accented
/// letters stay as they are.
std::string decoded(std::string_view file) {
  std::string out;
  for (std::size_t i = 0; i < file.size(); ++i) {
    if (file[i] == '@' && i + 4 < file.size() && is_hex(file.substr(i + 1, 4))) {
      out += hex_bytes(file.substr(i + 1, 4));
      i += 4;
    } else {
      out += file[i];
    }
  }
  return out;
}

/// Where "#p#" or "#P#" is.
std::size_t partition_mark(std::string_view table) {
  const std::size_t lower = table.find("#p#"), upper = table.find("#P#");
  return std::min(lower, upper);
}

}  // namespace

std::map<std::string, std::string> options_of(std::string_view create_options) {
  std::map<std::string, std::string> out;
  for (const auto& word : text::split(text::squeeze(create_options), ' ')) {
    const std::size_t equals = word.find('=');
    if (word.empty()) continue;
    if (equals == std::string::npos) {
      out[text::lower(word)] = "1";
      continue;
    }
    std::string value = word.substr(equals + 1);
    for (const char quote : {'\'', '"', '`'}) {
      if (value.size() >= 2 && value.front() == quote && value.back() == quote)
        value = value.substr(1, value.size() - 2);
    }
    std::string name = text::lower(word.substr(0, equals));
    name.erase(std::remove(name.begin(), name.end(), '`'), name.end());
    out[name] = value;
  }
  return out;
}

std::int64_t length_of(std::string_view base_type, std::string_view type, std::int64_t octets,
                       bool one_byte_characters) {
  for (const auto& width : widths) {
    if (width.type == base_type) return width.bytes;
  }
  const auto given = modifiers(type);
  const std::int64_t first = given.empty() ? 0 : given[0];
  if (base_type == "decimal") {
    const std::int64_t scale = given.size() > 1 ? given[1] : 0;
    return decimal_bytes(first - scale) + decimal_bytes(scale);
  }
  const std::int64_t fraction = (first + 1) / 2;
  if (base_type == "datetime") return 5 + fraction;
  if (base_type == "timestamp") return 4 + fraction;
  if (base_type == "time") return 3 + fraction;
  if (base_type == "bit") return (std::max<std::int64_t>(first, 1) + 7) / 8;
  if (base_type == "enum") return labels_of(type).size() > 255 ? 2 : 1;
  if (base_type == "set") {
    const auto bytes = static_cast<std::int64_t>((labels_of(type).size() + 7) / 8);
    return bytes > 4 ? 8 : bytes;
  }
  if (base_type == "binary") return octets;
  // In the usual row formats a CHAR of a set with longer characters varies.
  if (base_type == "char" && one_byte_characters) return octets;
  return -1;
}

std::vector<std::string> labels_of(std::string_view type) {
  std::vector<std::string> out;
  std::string label;
  bool inside = false;
  for (std::size_t i = 0; i < type.size(); ++i) {
    if (type[i] != '\'') {
      if (inside) label += type[i];
    } else if (inside && i + 1 < type.size() && type[i + 1] == '\'') {
      label += '\'';
      ++i;
    } else {
      if (inside) out.push_back(std::move(label));
      label.clear();
      inside = !inside;
    }
  }
  return out;
}

std::string clean_expression(std::string_view expression) {
  return text::replace_all(std::string(expression), "\\'", "'");
}

InnodbName innodb_name(std::string_view name) {
  const std::size_t slash = name.find('/');
  if (slash == std::string_view::npos) return {};
  InnodbName out = stats_name(decoded(name.substr(0, slash)), name.substr(slash + 1));
  out.table = decoded(out.table);
  out.partition = decoded(out.partition);
  return out;
}

InnodbName stats_name(std::string_view schema, std::string_view table) {
  InnodbName out;
  out.schema = schema;
  const std::size_t mark = partition_mark(table);
  out.table = table.substr(0, mark);
  if (mark != std::string_view::npos) out.partition = table.substr(mark + 3);
  // FTS_000000000000042a_...: a full-text index's own tables.
  if (out.table.starts_with("FTS_") || out.table.starts_with("fts_") ||
      out.table.starts_with("#sql"))
    out.table.clear();
  return out;
}

ForeignKeyRules rules_of(std::int64_t type) {
  const auto bits = static_cast<std::uint64_t>(type);
  ForeignKeyRules rules{"restrict", "restrict"};
  if ((bits & 1U) != 0) rules.on_delete = "cascade";
  if ((bits & 2U) != 0) rules.on_delete = "set null";
  if ((bits & 4U) != 0) rules.on_update = "cascade";
  if ((bits & 8U) != 0) rules.on_update = "set null";
  if ((bits & 16U) != 0) rules.on_delete = "no action";
  if ((bits & 32U) != 0) rules.on_update = "no action";
  return rules;
}

std::vector<std::pair<std::string, std::string>> relations_in(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> out;
  // The server writes what it reads as `schema`.`table`, after from, join, a comma or a
  // parenthesis; columns are `alias`.`column`, in other places or with a third name.
  for (const std::string_view word : {"from ", "join ", "(", ","}) {
    for (std::size_t at = query.find(word); at != std::string_view::npos;
         at = query.find(word, at + 1)) {
      std::size_t start = at + word.size();
      while (start < query.size() && (query[start] == '(' || query[start] == ' ')) ++start;
      if (start >= query.size() || query[start] != '`') continue;
      const std::size_t end = query.find('`', start + 1);
      if (end == std::string_view::npos || query.substr(end, 3) != "`.`") continue;
      const std::size_t last = query.find('`', end + 3);
      if (last == std::string_view::npos || query.substr(last, 2) == "`.") continue;
      std::pair<std::string, std::string> found{query.substr(start + 1, end - start - 1),
                                                query.substr(end + 3, last - end - 3)};
      if (std::find(out.begin(), out.end(), found) == out.end()) out.push_back(std::move(found));
    }
  }
  return out;
}

}  // namespace whet::engine::mysql
