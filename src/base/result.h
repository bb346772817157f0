// Failures that a caller is expected to handle: Error, Result<T> and the WHET_TRY macros.
//
// An Error is a sentence for the user: what was tried, on what, what went wrong, and what to do
// next. Bugs are not Errors: they end the program (see the programs' last-resort handler, exit code
// 70).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace whet {

/// What kind of failure it was; the programs turn it into an exit code.
enum class ErrorKind : std::uint8_t {
  usage,        ///< the command line, a URL or an input file is wrong (exit 2)
  unreachable,  ///< the target could not be reached or nothing could be examined (exit 3)
  refused,      ///< the server refused a statement: privilege, syntax, lock, disk full (exit 4)
  timeout,      ///< a statement or lock timeout ended it (exit 4)
  interrupted,  ///< the user stopped it; everything was left consistent (exit 5)
  invalid,      ///< bytes that cannot be understood: a damaged file or reply (exit 2)
  internal,     ///< should not happen (exit 70)
};

struct Error {
  ErrorKind kind = ErrorKind::internal;
  std::string message;   ///< one sentence: what was tried, on what, what the server said
  std::string hint;      ///< what to do next; may be empty
  std::string sqlstate;  ///< the server's own code where it gave one; may be empty

  /// The sentence and, if there is one, the hint.
  [[nodiscard]] std::string text() const { return hint.empty() ? message : message + " " + hint; }
};

/// A value or an Error. Move it, test it, then take what is in it.
template <class T>
class [[nodiscard]] Result {
 public:
  explicit(false) Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  explicit(false) Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  /// REQUIRES: ok().
  [[nodiscard]] T& value() & { return *std::get_if<0>(&state_); }
  [[nodiscard]] const T& value() const& { return *std::get_if<0>(&state_); }
  [[nodiscard]] T&& value() && { return std::move(*std::get_if<0>(&state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return std::get_if<0>(&state_); }
  const T* operator->() const { return std::get_if<0>(&state_); }

  /// REQUIRES: !ok().
  [[nodiscard]] Error& error() & { return *std::get_if<1>(&state_); }
  [[nodiscard]] const Error& error() const& { return *std::get_if<1>(&state_); }
  [[nodiscard]] Error&& error() && { return std::move(*std::get_if<1>(&state_)); }

 private:
  std::variant<T, Error> state_;
};

/// Success without a value, or an Error.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  explicit(false) Result(Error error) : error_(std::move(error)) {}
  [[nodiscard]] bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  /// REQUIRES: !ok().
  [[nodiscard]] Error& error() & { return *error_; }
  [[nodiscard]] const Error& error() const& { return *error_; }
  [[nodiscard]] Error&& error() && { return std::move(*error_); }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

}  // namespace whet

/// Ends the function with the Error of a failed Result; otherwise is the Result's value.
#define WHET_TRY(expression)                                              \
  __extension__({                                                         \
    auto whet_try_result = (expression);                                  \
    if (!whet_try_result.ok()) return std::move(whet_try_result).error(); \
    std::move(whet_try_result).value();                                   \
  })

/// The same for a Status.
#define WHET_TRY_VOID(expression)                                         \
  do {                                                                    \
    auto whet_try_status = (expression);                                  \
    if (!whet_try_status.ok()) return std::move(whet_try_status).error(); \
  } while (false)
