#include "sql/mysql/tokens.h"

#include <gtest/gtest.h>

namespace whet::sql::mysql {
namespace {

constexpr std::string_view names = "_hwqsinp@.o";  // of the kinds, in their order

// "w:select n:1": the tokens without white space.
std::string shown(std::string_view text, const Mode& mode = {}) {
  std::string out;
  std::string together;
  for (const Token& token : tokens(text, mode)) {
    together += token.text;
    if (token.kind == TokenKind::space) continue;
    if (!out.empty()) out += ' ';
    out += names[static_cast<std::size_t>(token.kind)];
    out += ':';
    out += token.text;
  }
  EXPECT_EQ(together, text);
  return out;
}

TEST(MysqlTokens, Words) {
  EXPECT_EQ(shown("select `a``b`.c, 2024_t.1x from $d"),
            "w:select q:`a``b` o:. w:c o:, w:2024_t o:. w:1x w:from w:$d");
  EXPECT_EQ(shown("t.5 t .5 .5e3"), "w:t o:. w:5 w:t n:.5 n:.5e3");
  EXPECT_EQ(shown("\"a\"\"b\""), "s:\"a\"\"b\"");
  Mode ansi;
  ansi.ansi_quotes = true;
  EXPECT_EQ(shown("\"a\"\"b\"", ansi), "q:\"a\"\"b\"");
}

TEST(MysqlTokens, Strings) {
  EXPECT_EQ(shown(R"('it''s' 'a\'b' "c\"d")"), R"(s:'it''s' s:'a\'b' s:"c\"d")");
  EXPECT_EQ(shown("N'x' x'41' B'01' _utf8mb4'a'"), "s:N'x' s:x'41' s:B'01' w:_utf8mb4 s:'a'");
  Mode plain;
  plain.no_backslash_escapes = true;
  EXPECT_EQ(shown(R"('a\' b)", plain), R"(s:'a\' w:b)");
  EXPECT_EQ(shown(R"('a\)"), R"(s:'a\)");
  EXPECT_EQ(shown("'cut off ` \" -- "), "s:'cut off ` \" -- ");
}

TEST(MysqlTokens, Numbers) {
  EXPECT_EQ(shown("1 1.5 1. 1e9 1.5e-3 0xFF 0b01 0xZZ 1e"),
            "i:1 n:1.5 n:1. n:1e9 n:1.5e-3 n:0xFF n:0b01 w:0xZZ w:1e");
  EXPECT_EQ(shown("1...2"), "i:1 .:... i:2");
}

TEST(MysqlTokens, OperatorsAndVariables) {
  EXPECT_EQ(shown("a<=>b:=c->>'$'->d||e&&f<<g<>h!=i>=j"),
            "w:a o:<=> w:b o::= w:c o:->> s:'$' o:-> w:d o:|| w:e o:&& w:f o:<< w:g o:<> w:h o:!= "
            "w:i o:>= w:j");
  EXPECT_EQ(shown("@a @`b c` @'d' @@e @@global.f ?"),
            "@:@a @:@`b c` @:@'d' @:@@e @:@@global.f p:?");
  EXPECT_EQ(shown("IN (...) , ..."), "w:IN o:( .:... o:) o:, .:...");
}

TEST(MysqlTokens, Comments) {
  EXPECT_EQ(shown("a -- b\nc --d #e\nf/*g*/h"), "w:a w:c o:- o:- w:d w:f w:h");
  EXPECT_EQ(shown("5--3"), "i:5 o:- o:- i:3");
  EXPECT_EQ(shown("select /*+ NO_ICP(t) */ 1"), "w:select h:/*+ NO_ICP(t) */ i:1");
  EXPECT_EQ(shown("a /* cut off"), "w:a");
}

TEST(MysqlTokens, VersionComments) {
  Mode mysql;
  mysql.version = 80403;
  EXPECT_EQ(shown("a /*!80000 b */ c", mysql), "w:a w:b w:c");
  EXPECT_EQ(shown("a /*!080000 b */ c", mysql), "w:a w:b w:c");
  EXPECT_EQ(shown("a /*! b */ c", mysql), "w:a w:b w:c");
  EXPECT_EQ(shown("a /*!90000 b /* x */ y */ c", mysql), "w:a w:c");
  EXPECT_EQ(shown("a /*!80000 b /* x */ y */ c", mysql), "w:a w:b w:y w:c");
  EXPECT_EQ(shown("a /*M!100100 b */ c", mysql), "w:a w:c");
  Mode mariadb;
  mariadb.mariadb = true;
  mariadb.version = 101106;
  EXPECT_EQ(shown("a /*M!100100 b */ c", mariadb), "w:a w:b w:c");
  EXPECT_EQ(shown("a /*!50600 b */ c", mariadb), "w:a w:b w:c");
  EXPECT_EQ(shown("a /*!80000 b */ c", mariadb), "w:a w:c");
  EXPECT_EQ(shown("a /*!110000 b */ c", mariadb), "w:a w:c");
  EXPECT_EQ(shown("a /*!80000 cut 'off"), "w:a w:cut s:'off");
}

TEST(MysqlTokens, Unquoted) {
  EXPECT_EQ(unquoted({TokenKind::quoted, "`a``b`"}), "a`b");
  EXPECT_EQ(unquoted({TokenKind::quoted, "`cut"}), "cut");
  EXPECT_EQ(unquoted({TokenKind::quoted, "`"}), "");
  EXPECT_EQ(unquoted({TokenKind::word, "a"}), "a");
}

TEST(MysqlMode, OfAServer) {
  model::Server server;
  server.engine = model::EngineKind::mariadb;
  server.version_number = 101106;
  const auto set = [&server](const char* name, const char* value) {
    model::Setting setting;
    setting.name = name;
    setting.value = value;
    server.settings.push_back(setting);
  };
  set("lower_case_table_names", "1");
  set("sql_mode", "ANSI_QUOTES,NO_BACKSLASH_ESCAPES");
  const Mode mode = mode_of(server, "shop");
  EXPECT_TRUE(mode.mariadb && mode.ansi_quotes && mode.no_backslash_escapes);
  EXPECT_TRUE(mode.ignore_table_case);
  EXPECT_FALSE(mode.pipes_as_concat);
  EXPECT_EQ(mode.database, "shop");
}

}  // namespace
}  // namespace whet::sql::mysql
