#include "sql/immutable_builtins.h"

#include <algorithm>
#include <array>

namespace whet::sql {

namespace {

// What an argument must be: t text, i integer, n number, p timestamp without time zone, z with it,
// d date, v interval, j json, a array, r range, y bytea, c a literal (a text search configuration),
// x anything. A literal fits everywhere.
struct Builtin {
  std::string_view name, arguments, result;  ///< result "=": the type of the first argument
};

// pg_proc.provolatile = 'i' in 15 for exactly these argument types.
constexpr auto builtins = std::to_array<Builtin>({
    {"lower", "t", "text"},
    {"lower", "r", "?"},
    {"upper", "t", "text"},
    {"upper", "r", "?"},
    {"initcap", "t", "text"},
    {"length", "t", "int4"},
    {"length", "y", "int4"},
    {"char_length", "t", "int4"},
    {"octet_length", "t", "int4"},
    {"md5", "t", "text"},
    {"md5", "y", "text"},
    {"sha256", "y", "bytea"},
    {"encode", "yt", "text"},
    {"decode", "tt", "bytea"},
    {"btrim", "t", "text"},
    {"btrim", "tt", "text"},
    {"ltrim", "t", "text"},
    {"ltrim", "tt", "text"},
    {"rtrim", "t", "text"},
    {"rtrim", "tt", "text"},
    {"lpad", "ti", "text"},
    {"lpad", "tit", "text"},
    {"rpad", "ti", "text"},
    {"rpad", "tit", "text"},
    {"substr", "ti", "text"},
    {"substr", "tii", "text"},
    {"substring", "ti", "text"},
    {"substring", "tii", "text"},
    {"substring", "tt", "text"},
    {"left", "ti", "text"},
    {"right", "ti", "text"},
    {"reverse", "t", "text"},
    {"replace", "ttt", "text"},
    {"translate", "ttt", "text"},
    {"regexp_replace", "ttt", "text"},
    {"regexp_replace", "tttt", "text"},
    {"strpos", "tt", "int4"},
    {"position", "tt", "int4"},
    {"starts_with", "tt", "bool"},
    {"split_part", "tti", "text"},
    {"ascii", "t", "int4"},
    {"abs", "n", "="},
    {"sign", "n", "="},
    {"round", "n", "="},
    {"round", "ni", "numeric"},
    {"trunc", "n", "="},
    {"trunc", "ni", "numeric"},
    {"ceil", "n", "="},
    {"ceiling", "n", "="},
    {"floor", "n", "="},
    {"mod", "nn", "="},
    {"sqrt", "n", "="},
    {"power", "nn", "="},
    {"date", "p", "date"},
    {"date_trunc", "tp", "timestamp"},
    {"date_trunc", "tv", "interval"},
    {"date_part", "tp", "float8"},
    {"date_part", "td", "float8"},
    {"date_part", "tv", "float8"},
    {"extract", "tp", "numeric"},
    {"extract", "td", "numeric"},
    {"extract", "tv", "numeric"},
    {"timezone", "tz", "timestamp"},
    {"timezone", "tp", "timestamptz"},
    {"to_timestamp", "n", "timestamptz"},
    {"make_date", "iii", "date"},
    {"age", "pp", "interval"},
    {"jsonb_array_length", "j", "int4"},
    {"json_array_length", "j", "int4"},
    {"jsonb_typeof", "j", "text"},
    {"jsonb_extract_path_text", "jt", "text"},
    {"json_extract_path_text", "jt", "text"},
    {"cardinality", "a", "int4"},
    {"array_length", "ai", "int4"},
    {"to_tsvector", "ct", "tsvector"},
    {"to_tsvector", "cj", "tsvector"},
    {"isempty", "r", "bool"},
    {"int4range", "ii", "int4range"},
    {"int4range", "iit", "int4range"},
    {"int8range", "ii", "int8range"},
    {"int8range", "iit", "int8range"},
    {"numrange", "nn", "numrange"},
    {"numrange", "nnt", "numrange"},
    {"daterange", "dd", "daterange"},
    {"daterange", "ddt", "daterange"},
    {"tsrange", "pp", "tsrange"},
    {"tsrange", "ppt", "tsrange"},
    {"tstzrange", "zz", "tstzrange"},
    {"tstzrange", "zzt", "tstzrange"},
});

bool fits(char wanted, std::string_view type) {
  if (type == "unknown" || wanted == 'x') return true;
  switch (wanted) {
    case 't':
      return type_family(type) == "text";
    case 'i':
      return type_family(type) == "integer";
    case 'n':
      return is_number(type);
    case 'p':
      return type == "timestamp";
    case 'z':
      return type == "timestamptz";
    case 'd':
      return type == "date";
    case 'v':
      return type == "interval";
    case 'j':
      return type == "jsonb" || type == "json";
    case 'a':
      return type_family(type) == "array";
    case 'r':
      return type_family(type) == "range";
    case 'y':
      return type == "bytea";
    case 'c':
      return type == "regconfig";
    default:
      return false;
  }
}

bool fits(const Builtin& builtin, const std::vector<std::string>& types) {
  if (builtin.arguments.size() != types.size()) return false;
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (!fits(builtin.arguments[i], types[i])) return false;
  }
  // A literal alone would leave open which form of an overloaded function is meant.
  return types.back() != "unknown" || types.size() > 1;
}

// The wider of two number types.
std::string wider(std::string_view a, std::string_view b) {
  static constexpr auto order =
      std::to_array<std::string_view>({"int2", "int4", "int8", "numeric", "float4", "float8"});
  const auto rank = [](std::string_view type) {
    return std::find(order.begin(), order.end(), type) - order.begin();
  };
  if (!is_number(a)) return std::string(b);
  if (!is_number(b)) return std::string(a);
  return std::string(rank(a) > rank(b) ? a : b);
}

std::optional<std::string> arithmetic(std::string_view op, std::string_view left,
                                      std::string_view right) {
  const bool number = (left.empty() || left == "unknown" || is_number(left)) &&
                      (right == "unknown" || is_number(right)) &&
                      (is_number(left) || is_number(right));
  if (number) return wider(left, right);
  if (left == "date" && type_family(right) == "integer" && (op == "+" || op == "-")) return "date";
  if (left == "date" && right == "date" && op == "-") return "int4";
  if ((left == "date" || left == "timestamp") && right == "interval" && (op == "+" || op == "-"))
    return "timestamp";
  if (left == right && (left == "timestamp" || left == "timestamptz") && op == "-")
    return "interval";
  if (left == "interval" && right == "interval" && (op == "+" || op == "-")) return "interval";
  if (left == "interval" && is_number(right) && (op == "*" || op == "/")) return "interval";
  return std::nullopt;
}

bool is_one_of(std::string_view op, std::initializer_list<std::string_view> all) {
  return std::find(all.begin(), all.end(), op) != all.end();
}

// A comparison of two types does not depend on the time zone.
bool same_kind(std::string_view left, std::string_view right) {
  if (left == "unknown" || right == "unknown" || left == right) return true;
  if (is_number(left) && is_number(right)) return true;
  return type_family(left) == type_family(right);
}

}  // namespace

std::string_view type_family(std::string_view type) {
  if (type == "int2" || type == "int4" || type == "int8") return "integer";
  if (type == "text" || type == "varchar" || type == "bpchar" || type == "name") return "text";
  if (type == "timestamp" || type == "date") return "local time";
  if (type.ends_with("[]")) return "array";
  if (type.ends_with("multirange")) return "multirange";
  if (type.ends_with("range")) return "range";
  return type;
}

bool is_number(std::string_view type) {
  return type_family(type) == "integer" || type == "numeric" || type == "float4" ||
         type == "float8";
}

std::optional<std::string> builtin_result(std::string_view name,
                                          const std::vector<std::string>& arguments) {
  if (arguments.empty()) return std::nullopt;
  for (const Builtin& builtin : builtins) {
    if (builtin.name == name && fits(builtin, arguments))
      return builtin.result == "=" ? arguments[0] : std::string(builtin.result);
  }
  return std::nullopt;
}

std::optional<std::string> operator_result(std::string_view op, std::string_view left,
                                           std::string_view right) {
  if (is_one_of(op, {"=", "<>", "!=", "<", "<=", ">", ">="}))
    return !left.empty() && same_kind(left, right) ? std::optional<std::string>("bool")
                                                   : std::nullopt;
  if (is_one_of(op, {"+", "-", "*", "/", "%", "^"})) return arithmetic(op, left, right);
  const bool json = left == "jsonb" || left == "json";
  const bool key = right == "unknown" || type_family(right) == "text" || right == "int4";
  if (json && key && (op == "->" || op == "#>")) return std::string(left);
  if (json && (op == "->>" || op == "#>>") && (key || type_family(right) == "array")) return "text";
  const auto text = [](std::string_view type) {
    return type == "unknown" || type_family(type) == "text";
  };
  if (op == "||" && text(left) && text(right)) return "text";
  if (is_one_of(op, {"~~", "!~~", "~~*", "!~~*", "~", "!~", "~*", "!~*"}) && text(left) &&
      text(right))
    return "bool";
  const std::string_view family = type_family(left);
  if (is_one_of(op, {"@>", "<@", "&&", "?", "?|", "?&"}) &&
      (family == "array" || family == "range" || left == "jsonb"))
    return "bool";
  return std::nullopt;
}

bool is_immutable_cast(std::string_view from, std::string_view to) {
  if (from == to || from == "unknown") return true;
  const std::string_view a = type_family(from);
  const std::string_view b = type_family(to);
  if (is_number(from) && is_number(to)) return true;
  if (a == "text" && b == "text") return true;
  if (a == "local time" && b == "local time") return true;
  if (b == "text")
    return is_number(from) || is_one_of(from, {"uuid", "bool", "json", "jsonb", "inet", "cidr"});
  if (a == "text") return is_number(to) || is_one_of(to, {"uuid", "bool", "json", "jsonb", "inet"});
  if (from == "jsonb") return is_number(to) || to == "bool" || to == "json";
  return from == "bool" && to == "int4";
}

}  // namespace whet::sql
