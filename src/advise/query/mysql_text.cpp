#include "advise/query/mysql_text.h"

#include <algorithm>

#include "sql/mysql/mode.h"
#include "sql/mysql/tokens.h"

namespace whet::advise {
namespace {

std::string upper(std::string_view word) {
  std::string out(word);
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

}  // namespace

std::optional<std::size_t> Words::find(std::string_view keyword, std::size_t from) const {
  for (std::size_t i = from; i < words_.size(); ++i) {
    if (words_[i].depth == 0 && is(i, keyword)) return i;
  }
  return std::nullopt;
}

bool Words::mentions(std::string_view keyword) const {
  for (std::size_t i = 0; i < words_.size(); ++i) {
    if (is(i, keyword)) return true;
  }
  return false;
}

std::string Words::table_at(std::size_t i, std::size_t& end) const {
  end = i;
  if (i >= words_.size()) return "";
  std::string name = words_[i].text;
  end = i + 1;
  if (is(i + 1, ".") && i + 2 < words_.size()) {
    name += "." + words_[i + 2].text;
    end = i + 3;
  }
  return name;
}

bool pages(const Words& words) {
  const auto limit = words.find("LIMIT");
  return limit && (words.find("OFFSET", *limit) || words.is(*limit + 2, ","));
}

Words words_of(const Facts& facts, std::string_view database, std::string_view text) {
  using sql::mysql::TokenKind;
  std::vector<Word> words;
  std::size_t depth = 0;
  const sql::mysql::Mode mode = sql::mysql::mode_of(facts.server(), database);
  for (const sql::mysql::Token& token : sql::mysql::code_tokens(text, mode)) {
    Word word;
    switch (token.kind) {
      case TokenKind::word:
        word.text = upper(token.text);
        break;
      case TokenKind::quoted:
        word.text = sql::mysql::unquoted(token);
        word.name = true;
        break;
      case TokenKind::string:
      case TokenKind::integer:
      case TokenKind::number:
      case TokenKind::param:
        word.text = "?";
        break;
      default:
        word.text = token.text;
    }
    if (word.text == ")" && depth > 0) --depth;
    word.depth = depth;
    if (word.text == "(") ++depth;
    words.push_back(std::move(word));
  }
  return Words(std::move(words));
}

const model::Table* table_of(const Facts& facts, std::string_view database, std::string_view name) {
  const auto dot = name.find('.');
  if (dot != std::string_view::npos) return facts.table(name.substr(0, dot), name.substr(dot + 1));
  if (const model::Table* table = facts.table(database, name)) return table;
  // Unquoted names came in capitals.
  for (const model::Table* table : facts.user_tables()) {
    if (table->schema == database && upper(table->name) == name) return table;
  }
  return nullptr;
}

}  // namespace whet::advise
