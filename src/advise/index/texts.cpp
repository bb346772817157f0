#include "advise/index/texts.h"

#include <algorithm>

#include "advise/index/common.h"
#include "base/text.h"

namespace whet::advise {

namespace {

bool name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// Where the first of the words begins at depth 0; npos when none does.
std::size_t find_outside(std::string_view text, const std::vector<std::string_view>& words) {
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(') ++depth;
    if (text[i] == ')') --depth;
    if (depth != 0 || text[i] != ' ') continue;
    for (const std::string_view word : words) {
      if (text.substr(i, word.size()) == word) return i;
    }
  }
  return std::string_view::npos;
}

std::vector<std::string_view> split_outside(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  int depth = 0;
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(') ++depth;
    if (text[i] == ')') --depth;
    if (depth == 0 && text[i] == separator) {
      parts.push_back(text.substr(start, i - start));
      start = i + 1;
    }
  }
  parts.push_back(text.substr(start));
  return parts;
}

std::string bare(std::string_view name) {
  return text::replace_all(text::replace_all(std::string(text::trim(name)), "\"", ""), "`", "");
}

// The bare name in lower case of the table that follows the verb; "" when the text begins
// otherwise.
std::string target_name(std::string_view statement, std::string_view verb) {
  const std::string head = text::lower(text::squeeze(statement.substr(0, 300)));
  if (!head.starts_with(verb)) return "";
  std::string_view rest = std::string_view(head).substr(verb.size());
  if (rest.starts_with("only ")) rest.remove_prefix(5);
  const std::string name = bare(rest.substr(0, rest.find_first_of(" ;*")));
  return name.substr(name.rfind('.') + 1);
}

// The start of the function's name when `open` is the parenthesis of a call; else `open`.
std::size_t call_start(std::string_view text, std::size_t open) {
  std::size_t start = open;
  while (start > 0 && name_character(text[start - 1])) --start;
  return start;
}

// The parenthesis that opens around the argument that begins at `begin`; npos when what lies
// between is more than earlier arguments.
std::size_t enclosing_open(std::string_view text, std::size_t begin) {
  if (begin > 0 && text[begin - 1] == '(') return begin - 1;
  if (begin < 2 || text.substr(begin - 2, 2) != ", ") return std::string_view::npos;
  int depth = 0;
  for (std::size_t i = begin; i-- > 0;) {
    if (text[i] == ')') ++depth;
    if (text[i] == '(' && depth-- == 0) return i;
  }
  return std::string_view::npos;
}

std::size_t matching_close(std::string_view text, std::size_t open) {
  int depth = 0;
  for (std::size_t i = open; i < text.size(); ++i) {
    if (text[i] == '(') ++depth;
    if (text[i] == ')' && --depth == 0) return i;
  }
  return std::string_view::npos;
}

bool changes_nothing(std::string_view base_type, std::string_view target) {
  return base_type == "varchar" && (target == "text" || target == "character varying");
}

std::size_t type_end(std::string_view text, std::size_t start) {
  for (const std::string_view words :
       {"timestamp without time zone", "timestamp with time zone", "character varying",
        "double precision", "time without time zone", "time with time zone"}) {
    if (text.substr(start, words.size()) == words) return start + words.size();
  }
  std::size_t end = start;
  while (end < text.size() && name_character(text[end])) ++end;
  return end;
}

// What is wrapped around text[begin, end), a column; empty when nothing is.
std::string wrapper(std::string_view text, std::size_t begin, std::size_t end,
                    std::string_view base_type) {
  while (true) {
    if (text.substr(end, 2) == "::") {
      const std::size_t type = end + 2;
      const std::size_t after = type_end(text, type);
      if (!changes_nothing(base_type, text.substr(type, after - type)))
        return std::string(text.substr(begin, after - begin));
      end = after;
      continue;
    }
    const bool ends = end < text.size() && (text[end] == ')' || text[end] == ',');
    const std::size_t open = ends ? enclosing_open(text, begin) : std::string_view::npos;
    if (open == std::string_view::npos) return "";
    const std::size_t close = matching_close(text, open);
    if (close == std::string_view::npos) return "";
    const std::size_t start = call_start(text, open);
    if (start != open) return std::string(text.substr(start, close + 1 - start));
    if (open + 1 != begin || close != end) return "";
    begin = open;
    end = close + 1;
  }
}

}  // namespace

std::vector<std::string> assigned_columns(const model::Statement& statement,
                                          const model::Table& table) {
  std::vector<std::string> columns;
  if (statement.kind != model::StatementKind::update) return columns;
  const std::string text = text::lower(text::squeeze(statement.text));
  if (!text::starts_with_nocase(text, "update ")) return columns;
  const std::size_t set = text.find(" set ");
  if (set == std::string::npos || !mentions(text.substr(0, set), text::lower(table.name)))
    return columns;
  const std::string_view rest = std::string_view(text).substr(set + 5);
  const std::string_view list =
      rest.substr(0, find_outside(rest, {" from ", " where ", " returning "}));
  for (const std::string_view assignment : split_outside(list, ',')) {
    const std::size_t equals = assignment.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string left = normalized_expression(assignment.substr(0, equals));
    for (const std::string_view name : split_outside(left, ',')) columns.push_back(bare(name));
  }
  return columns;
}

Writers::Writers(const Facts& facts) : facts_(&facts) {
  for (const model::Statement* statement : top_statements(facts)) {
    if (statement->kind == model::StatementKind::update)
      updates_[target_name(statement->text, "update ")].push_back(statement);
    if (statement->kind == model::StatementKind::remove)
      deletes_[target_name(statement->text, "delete from ")].push_back(statement);
  }
}

UpdatedColumns Writers::updates_of(const model::Table& table) const {
  UpdatedColumns updated;
  const auto at = updates_.find(text::lower(table.name));
  if (at == updates_.end()) return updated;
  for (const model::Statement* statement : at->second) {
    const std::vector<std::string> columns = assigned_columns(*statement, table);
    if (columns.empty()) continue;
    updated.total_calls += statement->total.calls;
    updated.seconds_per_hour += facts_->seconds_per_hour(*statement);
    updated.share += facts_->share(*statement);
    for (const std::string& column : columns) updated.calls[column] += statement->total.calls;
  }
  return updated;
}

const std::vector<const model::Statement*>& Writers::deletes_from(const model::Table& table) const {
  static const std::vector<const model::Statement*> none;
  const auto at = deletes_.find(text::lower(table.name));
  return at == deletes_.end() ? none : at->second;
}

std::string updated_part(const model::Index& index, const UpdatedColumns& updated) {
  for (const auto& [column, calls] : updated.calls) {
    if (calls * 10 < updated.total_calls) continue;
    for (const model::IndexPart& part : index.parts) {
      if (text::lower(part.column) == column || mentions(part.expression, column)) return column;
    }
    const bool included = std::any_of(
        index.includes.begin(), index.includes.end(),
        [&, &name = column](const std::string& other) { return text::lower(other) == name; });
    if (included || mentions(index.predicate, column)) return column;
  }
  return "";
}

std::string wrapped_column(std::string_view condition, std::string_view column,
                           std::string_view base_type) {
  std::string found;
  for (std::size_t at = condition.find(column); at != std::string_view::npos;
       at = condition.find(column, at + 1)) {
    const std::size_t end = at + column.size();
    const bool whole = (at == 0 || !name_character(condition[at - 1])) &&
                       (end == condition.size() || !name_character(condition[end]));
    if (!whole) continue;
    std::string around = wrapper(condition, at, end, base_type);
    if (around.empty()) return "";
    if (found.empty()) found = std::move(around);
  }
  return found;
}

Comparison comparison_of(std::string_view condition, std::string_view column) {
  Comparison found = Comparison::none;
  std::string rest(normalized_expression(condition));
  while (!rest.empty()) {
    const std::size_t at = find_outside(rest, {" AND "});
    const std::string clause = normalized_expression(std::string_view(rest).substr(0, at));
    rest = at == std::string::npos ? "" : rest.substr(at + 5);
    if (!mentions(clause.substr(0, clause.find(' ')), column)) continue;
    if (text::contains(clause, " = ")) return Comparison::equality;
    for (const std::string_view sign : {" >= ", " <= ", " > ", " < "}) {
      if (text::contains(clause, sign)) found = Comparison::range;
    }
  }
  return found;
}

}  // namespace whet::advise
