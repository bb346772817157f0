// Extended JSON (MongoDB's specification, version 2) to values and back.
#include <array>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <limits>

#include "base/json.h"
#include "base/text.h"
#include "mql/value.h"

namespace whet::mql {

namespace {

constexpr int deepest = 200;

Value typed(Type type, std::string text) {
  Value out;
  out.type = type;
  out.text = std::move(text);
  return out;
}

Value typed(Type type, std::int64_t integer) {
  Value out;
  out.type = type;
  out.integer = integer;
  return out;
}

// Days since 1970 of a day in the Gregorian calendar (H. Hinnant, "chrono-Compatible Low-Level Date
// Algorithms").
std::int64_t days_of(std::int64_t year, int month, int day) {
  year -= month <= 2 ? 1 : 0;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t of_era = year - era * 400;
  const std::int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const std::int64_t day_of_era = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
  return era * 146097 + day_of_era - 719468;
}

// "2026-10-01T12:30:00.123Z", an offset instead of the Z, fewer parts: milliseconds since 1970.
std::optional<std::int64_t> date_of(const std::string& text) {
  int year = 0, month = 1, day = 1, hour = 0, minute = 0, read = 0;
  double second = 0;
  if (std::sscanf(text.c_str(), "%d-%d-%d%n", &year, &month, &day, &read) < 3) return std::nullopt;
  const char* rest = text.c_str() + read;
  int more = 0;
  if (*rest == 'T' || *rest == ' ') {
    if (std::sscanf(rest + 1, "%d:%d%n", &hour, &minute, &more) < 2) return std::nullopt;
    rest += 1 + more;
    if (*rest == ':' && std::sscanf(rest + 1, "%lf%n", &second, &more) == 1) rest += 1 + more;
  }
  int offset_minutes = 0;
  if (*rest == '+' || *rest == '-') {
    int hours = 0, minutes = 0;
    if (std::sscanf(rest + 1, "%2d:%2d", &hours, &minutes) < 2 &&
        std::sscanf(rest + 1, "%2d%2d", &hours, &minutes) < 1) {
      return std::nullopt;
    }
    offset_minutes = (*rest == '-' ? -1 : 1) * (hours * 60 + minutes);
  } else if (*rest != '\0' && *rest != 'Z') {
    return std::nullopt;
  }
  const std::int64_t minutes = (days_of(year, month, day) * 24 + hour) * 60 + minute;
  return (minutes - offset_minutes) * 60000 + std::llround(second * 1000);
}

std::string text_of_date(std::int64_t ms) {
  std::int64_t seconds = ms / 1000, rest = ms % 1000;
  if (rest < 0) {
    rest += 1000;
    --seconds;
  }
  const std::time_t when = seconds;
  std::tm parts{};
  gmtime_r(&when, &parts);
  std::array<char, 48> out{};
  const int year = parts.tm_year + 1900;
  std::snprintf(out.data(), out.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", year,
                parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                static_cast<int>(rest));
  return out.data();
}

double double_of(std::string_view text) {
  if (text == "Infinity") return std::numeric_limits<double>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  return text::to_double(text).value_or(0);
}

Result<Value> value_of(json::View view, int depth);

std::optional<std::int64_t> integer_of(json::View view) {
  if (const auto text = view["$numberLong"].string()) return text::to_int(*text);
  if (const auto text = view["$numberInt"].string()) return text::to_int(*text);
  return view.integer();
}

// The types with one member that is a text.
std::optional<Value> from_text(std::string_view name, json::View view) {
  const auto text = view.string();
  if (!text) return std::nullopt;
  const std::string owned(*text);
  if (name == "$oid") return typed(Type::object_id, owned);
  if (name == "$symbol") return typed(Type::symbol, owned);
  if (name == "$code") return typed(Type::code, owned);
  if (name == "$numberDecimal") return typed(Type::decimal, owned);
  if (name == "$numberDouble") return Value::of(double_of(owned));
  if (name == "$numberInt") return typed(Type::int32, text::to_int(owned).value_or(0));
  if (name == "$numberLong") return typed(Type::int64, text::to_int(owned).value_or(0));
  if (name == "$uuid") {
    // Kept as binary of subtype 4 with the hex digits for its bytes; nobody computes with them.
    Value out = typed(Type::binary, owned);
    out.options = "04";
    return out;
  }
  return std::nullopt;
}

std::optional<Value> from_member(std::string_view name, json::View view) {
  if (auto value = from_text(name, view)) return value;
  if (name == "$date") {
    const auto ms = view.string() ? date_of(std::string(*view.string())) : integer_of(view);
    if (ms) return typed(Type::date, *ms);
  }
  if (name == "$timestamp" && view.is_object()) {
    const auto seconds = static_cast<std::uint64_t>(view["t"].integer_or(0));
    const auto count = static_cast<std::uint64_t>(view["i"].integer_or(0));
    return typed(Type::timestamp, static_cast<std::int64_t>(seconds << 32U | count));
  }
  if (name == "$binary" && view["base64"].string()) {
    Value out = typed(Type::binary, view["base64"].string_or(""));
    out.options = view["subType"].string_or("00");
    return out;
  }
  if (name == "$regularExpression" && view["pattern"].string()) {
    Value out = typed(Type::regex, view["pattern"].string_or(""));
    out.options = view["options"].string_or("");
    return out;
  }
  // With true, or 1 as some tools write.
  if (name == "$undefined" && view.boolean_or(false)) return typed(Type::undefined, 0);
  if (name == "$placeholder" && view.boolean_or(false)) return Value::placeholder();
  if (name == "$minKey" && (view.is_number() || view.is_bool())) return typed(Type::min_key, 0);
  if (name == "$maxKey" && (view.is_number() || view.is_bool())) return typed(Type::max_key, 0);
  return std::nullopt;
}

using Members = std::vector<std::pair<std::string_view, json::View>>;

// A document that stands for a value of another type. {$regex, $options} is left as it is: the
// query operator looks just like that.
std::optional<Value> special(const Members& members) {
  if (members.empty() || members.size() > 2 || !members[0].first.starts_with('$')) return {};
  if (members.size() == 1) return from_member(members[0].first, members[0].second);
  if (members[0].first == "$code" && members[1].first == "$scope")
    return from_member("$code", members[0].second);
  if (members[0].first == "$binary" && members[1].first == "$type") {  // version 1
    const auto text = members[0].second.string();
    if (!text) return {};
    Value out = typed(Type::binary, std::string(*text));
    out.options = members[1].second.string_or("00");
    return out;
  }
  return {};
}

Result<Value> object_of(json::View view, int depth) {
  const Members members = view.members();
  if (auto value = special(members)) return *std::move(value);
  Value out = Value::object({});
  out.fields.reserve(members.size());
  for (const auto& [name, member] : members) {
    out.fields.push_back({std::string(name), WHET_TRY(value_of(member, depth + 1))});
  }
  return out;
}

Result<Value> value_of(json::View view, int depth) {
  if (depth > deepest) {
    return Error{ErrorKind::invalid, "The document is nested more than 200 levels deep.", "", ""};
  }
  if (view.is_object()) return object_of(view, depth);
  if (view.is_array()) {
    Value out = Value::array({});
    for (const json::View element : view.elements()) {
      out.push(WHET_TRY(value_of(element, depth + 1)));
    }
    return out;
  }
  if (const auto text = view.string()) return Value::of(*text);
  if (const auto flag = view.boolean()) return Value::of(*flag);
  if (view.is_integer()) {
    const std::int64_t number = view.integer_or(0);
    constexpr std::int64_t limit = std::numeric_limits<std::int32_t>::max();
    if (number >= -limit - 1 && number <= limit) return Value::of(static_cast<int>(number));
    return Value::of(number);
  }
  if (const auto number = view.number()) return Value::of(*number);
  return Value::null();
}

/// Prints in one of the two forms.
class Printer {
 public:
  explicit Printer(bool canonical) : canonical_(canonical) {}

  void print(const Value& value) {
    switch (value.type) {
      case Type::object:
        return print_fields(value, '{', '}');
      case Type::array:
        return print_fields(value, '[', ']');
      case Type::null:
        out_ += "null";
        return;
      case Type::boolean:
        out_ += value.integer != 0 ? "true" : "false";
        return;
      case Type::string:
        out_ += json::quote(value.text);
        return;
      default:
        return value.is_number() ? print_number(value) : print_special(value);
    }
  }

  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  void print_fields(const Value& value, char open, char close) {
    out_ += open;
    for (std::size_t i = 0; i < value.fields.size(); ++i) {
      if (i > 0) out_ += ',';
      if (value.is_object()) out_ += json::quote(value.fields[i].name) + ":";
      print(value.fields[i].value);
    }
    out_ += close;
  }

  void member(std::string_view name, std::string_view json_text) {
    out_ += "{\"";
    out_ += name;
    out_ += "\":";
    out_ += json_text;
    out_ += '}';
  }

  void print_number(const Value& value) {
    if (value.type == Type::decimal) return member("$numberDecimal", json::quote(value.text));
    if (value.type == Type::number_double) {
      const bool finite = std::isfinite(value.number);
      std::string text = finite                     ? json::format(value.number)
                         : std::isnan(value.number) ? "NaN"
                         : value.number > 0         ? "Infinity"
                                                    : "-Infinity";
      if (finite && text.find_first_of(".eE") == std::string::npos) text += ".0";
      if (canonical_ || !finite) return member("$numberDouble", json::quote(text));
      out_ += text;
      return;
    }
    const std::string text = std::to_string(value.integer);
    if (!canonical_) {
      out_ += text;
      return;
    }
    member(value.type == Type::int32 ? "$numberInt" : "$numberLong", json::quote(text));
  }

  void print_special(const Value& value) {
    switch (value.type) {
      case Type::object_id:
        return member("$oid", json::quote(value.text));
      case Type::date:
        return print_date(value.integer);
      case Type::timestamp: {
        const auto bits = static_cast<std::uint64_t>(value.integer);
        return member("$timestamp", "{\"t\":" + std::to_string(bits >> 32U) +
                                        ",\"i\":" + std::to_string(bits & 0xffffffffU) + "}");
      }
      case Type::binary:
        return member("$binary", "{\"base64\":" + json::quote(value.text) +
                                     ",\"subType\":" + json::quote(value.options) + "}");
      case Type::regex:
        return member("$regularExpression", "{\"pattern\":" + json::quote(value.text) +
                                                ",\"options\":" + json::quote(value.options) + "}");
      case Type::code:
        return member("$code", json::quote(value.text));
      case Type::symbol:
        return member("$symbol", json::quote(value.text));
      case Type::undefined:
        return member("$undefined", "true");
      case Type::min_key:
        return member("$minKey", "1");
      case Type::max_key:
        return member("$maxKey", "1");
      default:
        return member("$placeholder", "true");
    }
  }

  void print_date(std::int64_t ms) {
    constexpr std::int64_t year_10000 = 253402300800000;
    if (canonical_ || ms < 0 || ms >= year_10000) {
      return member("$date", "{\"$numberLong\":\"" + std::to_string(ms) + "\"}");
    }
    member("$date", json::quote(text_of_date(ms)));
  }

  bool canonical_;
  std::string out_;
};

}  // namespace

Result<Value> parse_json(std::string_view text) {
  const json::Document document = WHET_TRY(json::Document::parse(text));
  return value_of(document.root(), 0);
}

std::string canonical_json(const Value& value) {
  Printer printer(true);
  printer.print(value);
  return printer.take();
}

std::string relaxed_json(const Value& value) {
  Printer printer(false);
  printer.print(value);
  return printer.take();
}

}  // namespace whet::mql
