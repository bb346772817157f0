// A parser for the JavaScript literals and calls that people write in mongosh. Internal to mql.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mql/text_tokens.h"
#include "mql/value.h"

namespace whet::mql {

/// Arguments of a call.
using Arguments = std::vector<Value>;

class TextParser {
 public:
  TextParser(std::string_view text, std::vector<Token> tokens)
      : text_(text), tokens_(std::move(tokens)) {}

  /// Any literal, the constructors of BSON's types, simple arithmetic.
  Result<Value> value(int depth = 0);
  /// From behind "(" to behind ")".
  Result<Arguments> arguments(int depth = 0);
  /// The same for calls whose arguments do not matter: forEach(function...).
  Status skip_arguments();

  [[nodiscard]] const Token& peek(std::size_t ahead = 0) const;
  [[nodiscard]] bool is_sign(std::string_view sign, std::size_t ahead = 0) const;
  [[nodiscard]] bool is_name(std::string_view name) const;
  bool accept(std::string_view sign);
  Token take();
  [[nodiscard]] Error wrong(std::string message, std::string hint = "") const;
  [[nodiscard]] Error wrong_at(std::size_t at, std::string message, std::string hint = "") const;

 private:
  Result<Value> product(int depth);
  Result<Value> primary(int depth);
  Result<Value> object(int depth);
  Result<Value> array(int depth);
  Result<Value> number();
  Result<Value> negative(int depth);
  Result<Value> named(int depth);
  Result<Value> called(const Token& name, int depth);
  Result<Value> with_methods(Value value, int depth);
  Result<Value> function();
  Result<std::string> key();
  Status skip_block(std::string_view open, std::string_view close);

  std::string_view text_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
};

/// The value that a constructor makes: ISODate("..."), NumberLong(5). Nothing: none of that name.
/// An Error without a position.
[[nodiscard]] std::optional<Result<Value>> constructed(std::string_view name,
                                                       const Arguments& arguments);

}  // namespace whet::mql
