#include "base/json.h"

#include <bit>
#include <cmath>
#include <type_traits>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/text.h"

namespace whet::json {

std::string quote(std::string_view text) {
  std::string out = "\"";
  for (const char c : text::valid_utf8(text)) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += fmt::format("\\u{:04x}", static_cast<int>(c));
        } else {
          out += c;
        }
    }
  }
  return out + "\"";
}

std::string format(double value) {
  if (!std::isfinite(value)) return "null";
  // Whole numbers without ".0": integers and doubles then read alike.
  if (value == std::floor(value) && std::fabs(value) < 1e15)
    return fmt::format("{:.0f}", value == 0 ? 0.0 : value);
  return fmt::format("{}", value);
}

void Writer::newline() {
  if (indent_ == 0) return;
  out_ += '\n';
  out_.append(static_cast<std::size_t>(indent_) * static_cast<std::size_t>(depth_), ' ');
}

void Writer::separate() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (depth_ == 0) return;
  if (!first_) out_ += ',';
  newline();
  first_ = false;
}

void Writer::begin_object() {
  separate();
  out_ += '{';
  ++depth_;
  first_ = true;
}

void Writer::end_object() {
  --depth_;
  if (!first_) newline();
  out_ += '}';
  first_ = false;
}

void Writer::begin_array() {
  separate();
  out_ += '[';
  ++depth_;
  first_ = true;
}

void Writer::end_array() {
  --depth_;
  if (!first_) newline();
  out_ += ']';
  first_ = false;
}

void Writer::key(std::string_view name) {
  separate();
  out_ += quote(name);
  out_ += indent_ == 0 ? ":" : ": ";
  after_key_ = true;
}

void Writer::value(std::string_view text) {
  separate();
  out_ += quote(text);
}

void Writer::value(double number) {
  separate();
  out_ += format(number);
}

void Writer::value(std::int64_t number) {
  separate();
  out_ += fmt::format("{}", number);
}

void Writer::value(bool flag) {
  separate();
  out_ += flag ? "true" : "false";
}

void Writer::null() {
  separate();
  out_ += "null";
}

void Writer::raw(std::string_view text) {
  separate();
  out_ += text;
}

using simdjson::dom::element;
using simdjson::dom::element_type;

static_assert(sizeof(element) == sizeof(std::array<std::size_t, 2>) &&
              std::is_trivially_copyable_v<element>);

/// Turns Views into simdjson's elements and back.
struct ViewAccess {
  static View wrap(element from) {
    View view;
    view.element_ = std::bit_cast<std::array<std::size_t, 2>>(from);
    view.present_ = true;
    return view;
  }
  static element unwrap(const View& view) { return std::bit_cast<element>(view.element_); }
  static bool is(const View& view, element_type type) {
    return view.present_ && unwrap(view).type() == type;
  }
};

bool View::is_null() const { return ViewAccess::is(*this, element_type::NULL_VALUE); }
bool View::is_object() const { return ViewAccess::is(*this, element_type::OBJECT); }
bool View::is_array() const { return ViewAccess::is(*this, element_type::ARRAY); }
bool View::is_string() const { return ViewAccess::is(*this, element_type::STRING); }
bool View::is_bool() const { return ViewAccess::is(*this, element_type::BOOL); }
bool View::is_integer() const { return ViewAccess::is(*this, element_type::INT64); }
bool View::is_number() const {
  return is_integer() || ViewAccess::is(*this, element_type::DOUBLE) ||
         ViewAccess::is(*this, element_type::UINT64);
}

View View::operator[](std::string_view name) const {
  if (!is_object()) return {};
  element found;
  if (ViewAccess::unwrap(*this).at_key(name).get(found) != simdjson::SUCCESS) return {};
  return ViewAccess::wrap(found);
}

std::vector<View> View::elements() const {
  std::vector<View> out;
  if (!is_array()) return out;
  const auto array = simdjson::dom::array(ViewAccess::unwrap(*this));
  out.reserve(array.size());
  for (const element item : array) out.push_back(ViewAccess::wrap(item));
  return out;
}

std::vector<std::pair<std::string_view, View>> View::members() const {
  std::vector<std::pair<std::string_view, View>> out;
  if (!is_object()) return out;
  for (const auto& [name, item] : simdjson::dom::object(ViewAccess::unwrap(*this)))
    out.emplace_back(name, ViewAccess::wrap(item));
  return out;
}

std::optional<std::string_view> View::string() const {
  if (!is_string()) return std::nullopt;
  return std::string_view(ViewAccess::unwrap(*this));
}

std::optional<double> View::number() const {
  if (!is_number()) return std::nullopt;
  return double(ViewAccess::unwrap(*this));
}

std::optional<std::int64_t> View::integer() const {
  if (is_integer()) return std::int64_t(ViewAccess::unwrap(*this));
  const auto value = number();
  // 2^63 is the first double that does not fit.
  if (value && *value == std::floor(*value) && std::fabs(*value) < 9223372036854775808.0)
    return static_cast<std::int64_t>(*value);
  return std::nullopt;
}

std::optional<bool> View::boolean() const {
  if (!is_bool()) return std::nullopt;
  return bool(ViewAccess::unwrap(*this));
}

std::string View::string_or(std::string_view otherwise) const {
  return std::string(string().value_or(otherwise));
}
double View::number_or(double otherwise) const { return number().value_or(otherwise); }
std::int64_t View::integer_or(std::int64_t otherwise) const {
  return integer().value_or(otherwise);
}
bool View::boolean_or(bool otherwise) const { return boolean().value_or(otherwise); }

struct Document::Impl {
  simdjson::dom::parser parser;
  element root;
};

Document::Document(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

View Document::root() const { return ViewAccess::wrap(impl_->root); }

Result<Document> Document::parse(std::string_view text) {
  auto impl = std::make_unique<Impl>();
  if (text.data() == nullptr) text = "";  // the parser copies from it, however little there is
  if (const auto error = impl->parser.parse(text.data(), text.size()).get(impl->root);
      error != simdjson::SUCCESS) {
    return Error{ErrorKind::invalid,
                 fmt::format("This is not valid JSON: {}.", simdjson::error_message(error)),
                 "Check that the file is complete and was not edited.", ""};
  }
  return Document(std::move(impl));
}

}  // namespace whet::json
