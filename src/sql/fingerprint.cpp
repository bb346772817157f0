#include "sql/fingerprint.h"

#include <pg_query.h>

#include "base/text.h"
#include "sql/parse.h"
#include "sql/tokens.h"

namespace whet::sql {

namespace {

// For text that the grammar does not know: tokens with literals as ?, and lists of them as one.
std::string by_tokens(const std::string& text) {
  std::string out;
  for (const Token& token : tokens(text)) {
    switch (token.kind) {
      case TokenKind::space:
        break;
      case TokenKind::word:
        out += text::lower(token.text) + ' ';
        break;
      case TokenKind::quoted:
      case TokenKind::symbol:
        out += std::string(token.text) + ' ';
        break;
      case TokenKind::string:
      case TokenKind::integer:
      case TokenKind::number:
      case TokenKind::param:
        if (out.ends_with("? , ")) {
          out.resize(out.size() - 2);
        } else {
          out += "? ";
        }
        break;
    }
  }
  return text::hash_hex(out);
}

}  // namespace

std::string fingerprint(std::string_view text) {
  const std::string cleaned = clean(text);
  const PgQueryFingerprintResult result = pg_query_fingerprint(cleaned.c_str());
  std::string out;
  if (result.error == nullptr && result.fingerprint_str != nullptr) out = result.fingerprint_str;
  pg_query_free_fingerprint_result(result);
  return out.empty() ? by_tokens(cleaned) : out;
}

}  // namespace whet::sql
