#include "mql/text_parser.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "base/text.h"
#include "mql/arrange.h"

namespace whet::mql {

namespace {

// Beyond what a command may have, so that what is printed is read again.
constexpr int deepest = 230;

// mongosh sends whole numbers of 32 bits as int, all others as double.
Value of_javascript(double number) {
  if (number == 0 && std::signbit(number)) return Value::of(number);
  return smallest(Value::of(number));
}

std::optional<Value> combined(const Value& a, const Value& b, char sign) {
  if (a.type == Type::placeholder || b.type == Type::placeholder) return Value::placeholder();
  if (a.is_string() && b.is_string() && sign == '+') return Value::of(a.text + b.text);
  const auto number_of = [](const Value& v) -> std::optional<double> {
    if (v.type == Type::date) return static_cast<double>(v.integer);
    return v.as_number();
  };
  const auto x = number_of(a), y = number_of(b);
  if (!x || !y) return std::nullopt;
  if (sign == '+') return of_javascript(*x + *y);
  if (sign == '-') return of_javascript(*x - *y);
  if (sign == '*') return of_javascript(*x * *y);
  if (sign == '/') return of_javascript(*x / *y);
  return of_javascript(std::fmod(*x, *y));
}

// Extended JSON within JavaScript, as Compass and exports have it: {"$oid": "..."}.
Value without_extended_json(Value value) {
  constexpr std::array names{
      "$oid",          "$date",   "$numberLong", "$numberInt", "$numberDecimal",
      "$numberDouble", "$binary", "$uuid",       "$timestamp", "$symbol",
      "$code",         "$minKey", "$maxKey",     "$undefined", "$regularExpression",
      "$placeholder"};
  if (value.fields.empty() || value.fields.size() > 2) return value;
  const Field& first = value.fields.front();
  if (std::ranges::find(names, first.name) == names.end()) return value;
  if (first.value.fields.size() > 2) return value;
  auto made = parse_json(canonical_json(value));
  return made.ok() && !made->is_object() ? *std::move(made) : value;
}

}  // namespace

const Token& TextParser::peek(std::size_t ahead) const {
  return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
}

bool TextParser::is_sign(std::string_view sign, std::size_t ahead) const {
  const Token& token = peek(ahead);
  return token.kind == TokenKind::sign && token.text == sign;
}

bool TextParser::is_name(std::string_view name) const {
  return peek().kind == TokenKind::name && peek().text == name;
}

bool TextParser::accept(std::string_view sign) {
  if (!is_sign(sign)) return false;
  ++at_;
  return true;
}

Token TextParser::take() {
  const Token token = peek();
  if (at_ + 1 < tokens_.size()) ++at_;
  return token;
}

Error TextParser::wrong(std::string message, std::string hint) const {
  return wrong_at(peek().begin, std::move(message), std::move(hint));
}

Error TextParser::wrong_at(std::size_t at, std::string message, std::string hint) const {
  return error_at(text_, at, std::move(message), std::move(hint));
}

Result<Value> TextParser::value(int depth) {
  if (depth > deepest)
    return wrong("The document is nested too deeply", "BSON ends at 200 levels.");
  const std::size_t begin = peek().begin;
  Value out = WHET_TRY(product(depth));
  while (is_sign("+") || is_sign("-")) {
    const char sign = take().text.front();
    auto made = combined(out, WHET_TRY(product(depth)), sign);
    if (!made) return wrong_at(begin, "This cannot be computed", "Write the value itself.");
    out = *std::move(made);
  }
  return out;
}

Result<Value> TextParser::product(int depth) {
  const std::size_t begin = peek().begin;
  Value out = WHET_TRY(primary(depth));
  while (is_sign("*") || is_sign("/") || is_sign("%")) {
    const char sign = take().text.front();
    auto made = combined(out, WHET_TRY(primary(depth)), sign);
    if (!made) return wrong_at(begin, "This cannot be computed", "Write the value itself.");
    out = *std::move(made);
  }
  return out;
}

Result<Value> TextParser::primary(int depth) {
  if (depth > deepest) return wrong("The text is nested too deeply", "BSON ends at 200 levels.");
  const Token& token = peek();
  switch (token.kind) {
    case TokenKind::number:
      return number();
    case TokenKind::string:
      return Value::of(take().text);
    case TokenKind::regex: {
      const Token regex = take();
      Value out = Value::of(regex.text);
      out.type = Type::regex;
      out.options = regex.options;
      return out;
    }
    case TokenKind::name:
      return named(depth);
    case TokenKind::end:
      return wrong("The text ends where a value should stand",
                   "A bracket or a quotation mark may be missing.");
    case TokenKind::sign:
      break;
  }
  if (is_sign("{")) return object(depth);
  if (is_sign("[")) return array(depth);
  if (is_sign("-")) return negative(depth);
  if (accept("+")) return primary(depth + 1);
  if (accept("?")) return Value::placeholder();
  if (accept("(")) {
    Value out = WHET_TRY(value(depth + 1));
    if (!accept(")")) return wrong("A ) is missing");
    return with_methods(std::move(out), depth);
  }
  return wrong("A value should stand in place of \"" + token.text + "\"");
}

Result<Value> TextParser::negative(int depth) {
  const std::size_t begin = take().begin;
  Value out = WHET_TRY(primary(depth + 1));
  if (out.type == Type::placeholder) return out;
  if (out.type == Type::int64) {
    // The least number has no positive counterpart; mongosh writes it as a text.
    out.integer =
        out.integer == std::numeric_limits<std::int64_t>::min() ? out.integer : -out.integer;
    return out;
  }
  const auto number = out.as_number();
  if (!number) return wrong_at(begin, "Only numbers can be negative");
  return of_javascript(-*number);
}

Result<Value> TextParser::number() {
  const Token token = take();
  if (token.options == "n") {
    const auto whole = text::to_int(token.text);
    if (!whole) return wrong_at(token.begin, "The number is too large");
    return Value::of(*whole);
  }
  return of_javascript(std::strtod(token.text.c_str(), nullptr));
}

Result<std::string> TextParser::key() {
  const Token& token = peek();
  if (token.kind == TokenKind::name || token.kind == TokenKind::string ||
      token.kind == TokenKind::number) {
    return take().text;
  }
  if (is_sign("...") || is_sign("[")) {
    return wrong("A name of a field is computed", "Write the field itself.");
  }
  return wrong(token.kind == TokenKind::end
                   ? "The document does not end"
                   : "A name of a field should stand in place of \"" + token.text + "\"",
               token.kind == TokenKind::end ? "Close it with }." : "");
}

Result<Value> TextParser::object(int depth) {
  take();
  Value out = Value::object({});
  while (!accept("}")) {
    std::string name = WHET_TRY(key());
    if (!accept(":")) {
      return wrong("A : is missing after \"" + text::shorten(name, 40) + "\"",
                   name.starts_with('$') ? "" : "A name with a dot needs quotes: {\"a.b\": 1}.");
    }
    out.fields.push_back({std::move(name), WHET_TRY(value(depth + 1))});
    if (accept(",")) continue;
    if (!is_sign("}")) return wrong("A , or a } is missing");
  }
  return without_extended_json(std::move(out));
}

Result<Value> TextParser::array(int depth) {
  take();
  Value out = Value::array({});
  while (!accept("]")) {
    out.push(WHET_TRY(value(depth + 1)));
    if (accept(",")) continue;
    if (!is_sign("]")) return wrong("A , or a ] is missing");
  }
  return out;
}

Result<Value> TextParser::named(int depth) {
  if (is_name("function") || is_name("async")) return function();
  if (is_name("new")) take();
  const Token name = take();
  if (name.kind != TokenKind::name) return wrong_at(name.begin, "A name is missing after `new`");
  if (name.text == "true" || name.text == "false") return Value::of(name.text == "true");
  if (name.text == "null") return Value::null();
  if (name.text == "NaN") return Value::of(std::numeric_limits<double>::quiet_NaN());
  if (name.text == "Infinity") return Value::of(std::numeric_limits<double>::infinity());
  if (name.text == "undefined") {
    Value out;
    out.type = Type::undefined;
    return out;
  }
  return called(name, depth);
}

Result<Value> TextParser::called(const Token& name, int depth) {
  std::string constructor = name.text;
  bool stands_for_now = false;
  if (is_sign(".") && peek(1).kind == TokenKind::name) {  // Date.now(), Long.fromString("1")
    take();
    const std::string method = take().text;
    stands_for_now = constructor == "Date";
    if (constructor == "Math") stands_for_now = true;
    if (method == "createFromBase64") constructor = "";
  }
  Arguments list;
  if (accept("(")) {
    list = WHET_TRY(arguments(depth + 1));
  } else if (constructor != "MinKey" && constructor != "MaxKey") {
    return wrong_at(name.begin, "\"" + text::shorten(name.text, 40) + "\" is no value",
                    "Texts need quotes; write ? in place of a variable.");
  }
  if (stands_for_now) return with_methods(Value::placeholder(), depth);
  auto made = constructed(constructor, list);
  if (!made) {
    return wrong_at(name.begin, "Whet does not know " + text::shorten(name.text, 40) + "()",
                    "Write the value itself, or ? in its place.");
  }
  if (!made->ok()) return wrong_at(name.begin, made->error().message, made->error().hint);
  return with_methods(*std::move(*made), depth);
}

// new Date().getTime() is some number, whichever.
Result<Value> TextParser::with_methods(Value value, int depth) {
  while (value.type == Type::placeholder && is_sign(".") && peek(1).kind == TokenKind::name) {
    take();
    take();
    if (accept("(")) WHET_TRY(arguments(depth + 1));
  }
  return value;
}

Result<Value> TextParser::function() {
  const std::size_t begin = peek().begin;
  while (!is_sign("(") && peek().kind != TokenKind::end) take();
  WHET_TRY_VOID(skip_block("(", ")"));
  if (!is_sign("{")) return wrong("A function has no body");
  WHET_TRY_VOID(skip_block("{", "}"));
  Value out;
  out.type = Type::code;
  out.text = std::string(text_.substr(begin, tokens_[at_ - 1].end - begin));
  return out;
}

Status TextParser::skip_block(std::string_view open, std::string_view close) {
  const std::size_t begin = peek().begin;
  int level = 0;
  do {
    if (is_sign(open)) ++level;
    if (is_sign(close)) --level;
    if (peek().kind == TokenKind::end) {
      return wrong_at(begin, "A " + std::string(close) + " is missing");
    }
    take();
  } while (level > 0);
  return {};
}

Status TextParser::skip_arguments() {
  --at_;
  return skip_block("(", ")");
}

Result<Arguments> TextParser::arguments(int depth) {
  Arguments out;
  while (!accept(")")) {
    out.push_back(WHET_TRY(value(depth + 1)));
    if (accept(",")) continue;
    if (!is_sign(")")) return wrong("A , or a ) is missing");
  }
  return out;
}

}  // namespace whet::mql
