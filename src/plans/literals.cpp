#include "plans/literals.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace whet::plans {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool starts_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         (static_cast<unsigned char>(c) & 0x80U) != 0;
}
bool in_word(char c) { return starts_word(c) || is_digit(c) || c == '$'; }

/// Where the quoted thing that opens at `at` is over. Doubled quotes are part of it.
std::size_t end_of_quoted(std::string_view text, std::size_t at, bool backslashes) {
  const char quote = text[at++];
  while (at < text.size()) {
    const char c = text[at++];
    if (backslashes && c == '\\') {
      ++at;
    } else if (c == quote) {
      if (at >= text.size() || text[at] != quote) return at;
      ++at;
    }
  }
  return text.size();
}

bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

std::size_t end_of_number(std::string_view text, std::size_t at) {
  if (text.substr(at, 2) == "0x" || text.substr(at, 2) == "0b") {
    at += 2;
    while (at < text.size() && is_hex(text[at])) ++at;
    return at;
  }
  while (at < text.size() && (is_digit(text[at]) || text[at] == '.')) ++at;
  if (at >= text.size() || (text[at] != 'e' && text[at] != 'E')) return at;
  std::size_t exponent = at + 1;
  if (exponent < text.size() && (text[exponent] == '+' || text[exponent] == '-')) ++exponent;
  if (exponent >= text.size() || !is_digit(text[exponent])) return at;
  while (exponent < text.size() && is_digit(text[exponent])) ++exponent;
  return exponent;
}

/// Goes over an expression from left to right and writes it anew.
class Scanner {
 public:
  Scanner(std::string_view text, std::int64_t& last) : text_(text), last_(last) {}

  std::string run() {
    while (at_ < text_.size()) step();
    return std::move(out_);
  }

 private:
  void step() {
    const char c = text_[at_];
    if (c == '\'') {
      literal(end_of_quoted(text_, at_, false));
    } else if (c == '"') {
      copy(end_of_quoted(text_, at_, false));
    } else if (is_digit(c)) {
      number();
    } else if (starts_word(c) || c == '$') {
      word();
    } else if (c == ':' && next_is(':')) {
      copy(at_ + 2);
      type();
    } else {
      copy(at_ + 1);
    }
  }

  [[nodiscard]] bool next_is(char c) const { return at_ + 1 < text_.size() && text_[at_ + 1] == c; }

  void copy(std::size_t end) {
    end = std::min(end, text_.size());
    out_ += text_.substr(at_, end - at_);
    at_ = end;
  }

  void literal(std::size_t end) {
    out_ += '$' + std::to_string(++last_);
    at_ = std::min(end, text_.size());
  }

  void number() {
    const std::size_t end = end_of_number(text_, at_);
    // "(hashed SubPlan 1)", "(InitPlan 2).col1".
    if (out_.ends_with("SubPlan ") || out_.ends_with("InitPlan ")) {
      copy(end);
    } else {
      literal(end);
    }
  }

  void word() {
    const std::size_t from = at_;
    std::size_t end = at_ + 1;
    while (end < text_.size() && in_word(text_[end])) ++end;
    const bool string = end == from + 1 && end < text_.size() && text_[end] == '\'' &&
                        std::string_view("EBXN").find(text_[from]) != std::string_view::npos;
    if (string) {
      literal(end_of_quoted(text_, end, text_[from] == 'E'));
    } else {
      copy(end);
    }
  }

  /// Behind "::": numeric(12,2), character varying(20)[], timestamp(3) without time zone. A type
  /// has words, and figures only in brackets right behind one.
  void type() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        copy(end_of_quoted(text_, at_, false));
      } else if (starts_word(c)) {
        std::size_t end = at_;
        while (end < text_.size() && in_word(text_[end])) ++end;
        copy(end);
      } else if (c == '(') {
        if (!modifier()) return;
      } else if (c == '.' || (c == ' ' && at_ + 1 < text_.size() && is_part_of_type())) {
        copy(at_ + 1);
      } else {
        return;
      }
    }
  }

  /// "(12,2)": nothing but figures.
  bool modifier() {
    std::size_t end = at_ + 1;
    while (end < text_.size() && (is_digit(text_[end]) || text_[end] == ',')) ++end;
    if (end == at_ + 1 || end >= text_.size() || text_[end] != ')') return false;
    copy(end + 1);
    return true;
  }

  /// A blank within the names of types with more than one word.
  [[nodiscard]] bool is_part_of_type() const {
    constexpr std::array<std::string_view, 6> words{"varying",   "precision", "with time",
                                                    "without t", "time zone", "zone"};
    const std::string_view rest = text_.substr(at_ + 1);
    return std::any_of(words.begin(), words.end(),
                       [&](std::string_view one) { return rest.starts_with(one); });
  }

  std::string_view text_;
  std::int64_t& last_;
  std::size_t at_ = 0;
  std::string out_;
};

/// "4", "17kB", "0.5 %": what the server measured.
bool is_figure(std::string_view value) {
  std::size_t at = 0;
  while (at < value.size() && (is_digit(value[at]) || value[at] == '.')) ++at;
  if (at == 0) return value.empty();
  if (at < value.size() && value[at] == ' ') ++at;
  while (at < value.size() && (starts_word(value[at]) || value[at] == '%')) ++at;
  return at == value.size();
}

bool holds_values(std::string_view property, std::string_view value) {
  return property == "Sampling Parameters" || property == "Repeatable Seed" || !is_figure(value);
}

template <class Visit>
void each_expression(model::PlanNode& node, const Visit& visit) {
  for (auto* one : {&node.filter, &node.join_filter, &node.index_condition, &node.recheck_condition,
                    &node.hash_condition, &node.merge_condition, &node.one_time_filter,
                    &node.order_by, &node.cache_key})
    visit(*one);
  for (auto* list : {&node.sort_keys, &node.presorted_keys, &node.group_keys, &node.output}) {
    for (auto& one : *list) visit(one);
  }
  for (auto& [property, value] : node.other) {
    if (holds_values(property, value)) visit(value);
  }
  for (auto& child : node.children) each_expression(child, visit);
}

std::int64_t highest_parameter(std::string_view text) {
  std::int64_t highest = 0;
  for (std::size_t at = text.find('$'); at != std::string_view::npos; at = text.find('$', at + 1)) {
    std::size_t end = at + 1;
    while (end < text.size() && is_digit(text[end])) ++end;
    const auto number = text::to_int(text.substr(at + 1, end - at - 1)).value_or(0);
    if (number <= 65535) highest = std::max(highest, number);
  }
  return highest;
}

}  // namespace

std::string without_literals(std::string_view expression, std::int64_t& last) {
  return Scanner(expression, last).run();
}

void remove_literals(model::Plan& plan) {
  std::int64_t last = 0;
  each_expression(plan.root,
                  [&](std::string& text) { last = std::max(last, highest_parameter(text)); });
  each_expression(plan.root, [&](std::string& text) { text = without_literals(text, last); });
}

}  // namespace whet::plans
