// Any bytes: no literal survives normalize(), a second pass changes nothing, and the tokens are the
// whole text.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "sql/fingerprint.h"
#include "sql/kind.h"
#include "sql/normalize.h"
#include "sql/parameters.h"
#include "sql/shape.h"
#include "sql/tokens.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

const whet::sql::Catalog& catalog() {
  static const whet::model::Schema schema = [] {
    whet::model::Schema made;
    made.tables.resize(2);
    made.tables[0].name = "t";
    made.tables[1].name = "u";
    for (auto& table : made.tables) {
      table.schema = "s";
      table.columns.resize(3);
      table.columns[0].name = "a";
      table.columns[1].name = "b";
      table.columns[2].name = "c";
    }
    return made;
  }();
  static const whet::sql::Catalog made(schema, {"s"});
  return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): libFuzzer's interface
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string together;
  for (const auto& token : whet::sql::tokens(text)) together += token.text;
  require(together == text);
  const std::string normal = whet::sql::normalize(text);
  for (const auto& token : whet::sql::tokens(normal)) {
    require(token.kind != whet::sql::TokenKind::string &&
            token.kind != whet::sql::TokenKind::number);
  }
  require(whet::sql::normalize(normal) == normal);
  require(whet::sql::fingerprint(text).size() == 16);
  (void)whet::sql::classify(text);
  (void)whet::sql::split(text);
  (void)whet::sql::shape(text, catalog());
  (void)whet::sql::parameter_columns(text, catalog());
  return 0;
}
