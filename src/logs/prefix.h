// log_line_prefix: what stands before each message of a text log.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace whet::logs {

/// What a line's prefix says.
struct PrefixFields {
  std::string pid, database, role, application, query_id;
};

/// The pattern of a log_line_prefix, made once for many lines.
class Prefix {
 public:
  explicit Prefix(std::string_view pattern);

  /// The fields of the text before "LOG:  ". Where it does not follow the pattern, only the pid,
  /// when there is a number in square brackets.
  [[nodiscard]] PrefixFields read(std::string_view text) const;

 private:
  /// A literal text, or an escape: 'd' for %d.
  struct Part {
    char escape = '\0';
    std::string literal;
  };
  [[nodiscard]] static std::optional<std::size_t> value_from(char escape, std::string_view text,
                                                             std::size_t at);
  [[nodiscard]] bool match(std::string_view text, PrefixFields& out) const;

  std::vector<Part> parts_;
};

}  // namespace whet::logs
