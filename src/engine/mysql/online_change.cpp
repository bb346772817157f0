#include "engine/mysql/online_change.h"

#include <array>
#include <utility>

#include "base/text.h"

namespace whet::engine::mysql {
namespace {

bool blank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  return text;
}

/// Takes a keyword off the front.
bool take_word(std::string_view& text, std::string_view word) {
  text = without_blanks(text);
  if (!text::starts_with_nocase(text, word)) return false;
  if (text.size() > word.size() && !blank(text[word.size()])) return false;
  text.remove_prefix(word.size());
  return true;
}

/// Takes a name, quoted or not, off the front.
std::string take_name(std::string_view& text) {
  text = without_blanks(text);
  std::string name;
  if (!text.empty() && text.front() == '`') {
    std::size_t at = 1;
    for (; at < text.size(); ++at) {
      if (text[at] == '`') {
        if (at + 1 >= text.size() || text[at + 1] != '`') break;
        ++at;
      }
      name += text[at];
    }
    text.remove_prefix(std::min(at + 1, text.size()));
    return name;
  }
  while (!text.empty() && !blank(text.front()) && text.front() != '.' && text.front() != ',') {
    name += text.front();
    text.remove_prefix(1);
  }
  return name;
}

/// As one argument of a shell.
std::string shell(std::string_view text) {
  return "'" + text::replace_all(std::string(text), "'", "'\\''") + "'";
}

std::string gh_ost(const AlterTable& change) {
  return "gh-ost --host=HOST --user=USER --ask-pass --allow-on-master --database=" +
         shell(change.schema) + " --table=" + shell(change.table) +
         " --alter=" + shell(change.clauses) +
         " --chunk-size=1000 --max-load=Threads_running=25 --critical-load=Threads_running=100 "
         "--max-lag-millis=1500 --cut-over-lock-timeout-seconds=3";
}

std::string pt_osc(const AlterTable& change) {
  return "pt-online-schema-change --alter=" + shell(change.clauses) +
         " --ask-pass --charset=utf8mb4 --max-lag=1s --max-load=Threads_running=25 "
         "--critical-load=Threads_running=100 --set-vars=lock_wait_timeout=3 "
         "--alter-foreign-keys-method=auto --dry-run " +
         shell("h=HOST,u=USER,D=" + change.schema + ",t=" + change.table);
}

}  // namespace

std::optional<AlterTable> parse_alter_table(std::string_view statement) {
  std::string_view rest = statement;
  if (!take_word(rest, "ALTER")) return std::nullopt;
  static_cast<void>(take_word(rest, "ONLINE"));
  if (!take_word(rest, "TABLE")) return std::nullopt;
  AlterTable parsed;
  parsed.table = take_name(rest);
  if (!rest.empty() && rest.front() == '.') {
    rest.remove_prefix(1);
    parsed.schema = std::exchange(parsed.table, take_name(rest));
  }
  // Only the first statement of a text.
  const std::size_t end = rest.find(";\n");
  rest = text::trim(rest.substr(0, end));
  while (!rest.empty() && rest.back() == ';') rest.remove_suffix(1);
  parsed.clauses = std::string(text::trim(rest));
  if (parsed.table.empty() || parsed.clauses.empty()) return std::nullopt;
  return parsed;
}

std::optional<Operation> heaviest_operation(std::string_view clauses) {
  using enum Operation;
  // The first that is found is the heaviest.
  constexpr std::array<std::pair<std::string_view, Operation>, 19> words = {{
      {"convert to character set", convert_charset},
      {"convert to charset", convert_charset},
      {"partition by", partition_table},
      {"remove partitioning", remove_partitioning},
      {"foreign key (", add_foreign_key},
      {"modify ", change_column_type},
      {"change ", change_column_type},
      {" stored", add_stored_column},
      {"drop primary key, add primary key", replace_primary_key},
      {"add primary key", add_primary_key},
      {"drop primary key", drop_primary_key},
      {"row_format", set_row_format},
      {"key_block_size", set_row_format},
      {"add fulltext", create_first_fulltext_index},
      {"add spatial", create_spatial_index},
      {"add index", create_index},
      {"add key", create_index},
      {"add unique", create_index},
      {"drop index", drop_index},
  }};
  // A new engine is a new table: the same copy as a changed type.
  const std::string lowered = text::lower(text::squeeze(clauses));
  if (text::contains(lowered, "engine=") || text::contains(lowered, "engine ="))
    return change_column_type;
  for (const auto& [word, operation] : words) {
    if (text::contains(lowered, word)) return operation;
  }
  return std::nullopt;
}

std::string online_change_command(const AlterTable& change, model::EngineKind fork) {
  return fork == model::EngineKind::mariadb ? pt_osc(change) : gh_ost(change);
}

}  // namespace whet::engine::mysql
