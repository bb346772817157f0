// Any bytes, read as MySQL and MariaDB would in several modes: no literal survives normalize(), a
// second pass changes nothing, the tokens are the whole text, fingerprints do not hang on white
// space, case and comments; and any statement has a shape or an error.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "sql/dialect/dialect.h"
#include "sql/mysql/expression.h"
#include "sql/mysql/fingerprint.h"
#include "sql/mysql/kind.h"
#include "sql/mysql/normalize.h"
#include "sql/mysql/quote.h"
#include "sql/mysql/shape.h"
#include "sql/mysql/tokens.h"

namespace {

namespace mysql = whet::sql::mysql;
using mysql::TokenKind;

void require(bool holds) {
  if (!holds) std::abort();
}

const whet::model::Schema& schema() {
  static const whet::model::Schema made = [] {
    whet::model::Schema out;
    for (const char* name : {"t", "u"}) {
      out.tables.push_back({});
      out.tables.back().schema = "s";
      out.tables.back().name = name;
      for (const char* column : {"a", "b", "c", "d"}) {
        out.tables.back().columns.push_back({});
        out.tables.back().columns.back().name = column;
      }
    }
    whet::model::View view;
    view.schema = "s";
    view.name = "v";
    view.definition =
        "select `s`.`t`.`a` AS `a`,`s`.`t`.`b` AS `b` from `s`.`t` union all select "
        "`s`.`u`.`a`,`s`.`u`.`b` from `s`.`u` where (`s`.`u`.`c` = 5)";
    out.views.push_back(view);
    return out;
  }();
  return made;
}

const whet::sql::Catalog& catalog() {
  static const whet::sql::Catalog made(schema(), {"s"});
  return made;
}

// The statement with other white space between its tokens, with comments, and in capitals.
std::string disguised(std::string_view text, const mysql::Mode& mode) {
  std::string out = "/* x */";
  for (const auto& token : mysql::tokens(text, mode)) {
    if (token.kind == TokenKind::space) {
      out += " /* ' */\n\t";
    } else if (token.kind == TokenKind::word) {
      for (const char c : token.text) out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    } else if (token.kind != TokenKind::hint) {
      out += token.text;
    } else {
      out += ' ';
    }
  }
  return out;
}

// References in a shape point into it.
void check(const whet::model::Shape& shape) {
  const auto count = static_cast<std::int64_t>(shape.relations.size());
  for (const auto& relation : shape.relations) {
    for (const auto& join : relation.joins)
      require(!join.other || (*join.other >= 0 && *join.other < count));
  }
}

void examine(const std::string& text, const mysql::Mode& mode) {
  std::string together;
  for (const auto& token : mysql::tokens(text, mode)) {
    require(!token.text.empty());
    together += token.text;
  }
  require(together == text);
  const std::string normal = mysql::normalize(text, mode);
  for (const auto& token : mysql::tokens(normal, mode))
    require(token.kind != TokenKind::string && token.kind != TokenKind::number);
  require(mysql::normalize(normal, mode) == normal);
  const std::string masked = mysql::mask(text, mode);
  require(mysql::mask(masked, mode) == masked);
  require(mysql::fingerprint(text, mode).size() == 16);
  (void)mysql::classify(text, mode);
  (void)mysql::split(text, mode);
  (void)mysql::truncated(text, mode);
  (void)mysql::canonical_expression(text, mode);
  for (const std::string& one : {text, normal, masked}) {
    const auto shape = mysql::shape(one, catalog(), mode);
    if (shape.ok()) check(*shape);
    (void)mysql::parameter_columns(one, catalog(), mode);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): libFuzzer's interface
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string text = mysql::clean(bytes);
  mysql::Mode plain;
  examine(text, plain);
  const bool whole = !mysql::truncated(text, plain);
  if (whole && text.find("/*") == std::string::npos && text.find('#') == std::string::npos &&
      text.find("--") == std::string::npos)
    require(mysql::fingerprint(disguised(text, plain), plain) == mysql::fingerprint(text, plain));
  mysql::Mode other;
  other.ansi_quotes = other.no_backslash_escapes = other.pipes_as_concat = true;
  other.mariadb = true;
  other.version = 101106;
  other.database = "s";
  examine(text, other);
  // A quoted name is one token that means the name.
  const std::string quoted = mysql::quote_identifier(text);
  const auto tokens = mysql::tokens(quoted, plain);
  require(tokens.size() == 1 && mysql::unquoted(tokens[0]) == text);
  const auto literal = mysql::tokens(mysql::quote_literal(text), plain);
  require(literal.size() == 1 && literal[0].kind == TokenKind::string);
  return 0;
}
