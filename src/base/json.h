// JSON without a vendor's header in sight: a streaming writer, and a parsed tree.
//
// The writer never builds a tree, so a snapshot of 100,000 indexes costs the size of its text. The
// tree is for small documents (plans, cases, ledger entries) and for snapshots; it is read-only.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace whet::json {

/// `text` as a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD.
[[nodiscard]] std::string quote(std::string_view text);

/// The shortest decimal that reads back as the same double; NaN and infinities become null.
[[nodiscard]] std::string format(double value);

/// Writes a document in order. Nesting errors are the caller's bug.
class Writer {
 public:
  /// `indent` 0 writes one line; otherwise that many blanks for each level.
  explicit Writer(int indent = 0) : indent_(indent) {}

  void begin_object();
  void end_object();
  void begin_array();
  void end_array();
  void key(std::string_view name);
  void value(std::string_view text);
  void value(const char* text) { value(std::string_view(text)); }
  void value(double number);
  void value(std::int64_t number);
  void value(int number) { value(static_cast<std::int64_t>(number)); }
  void value(bool flag);
  void null();
  /// `text` is JSON already.
  void raw(std::string_view text);

  /// Room for that many bytes at once: a large text that grows by doubling is held twice over.
  void reserve(std::size_t bytes) { out_.reserve(bytes); }

  [[nodiscard]] const std::string& str() const { return out_; }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  void separate();
  void newline();

  std::string out_;
  int indent_ = 0;
  int depth_ = 0;
  bool first_ = true;  ///< nothing yet in the current object or array
  bool after_key_ = false;
};

class Document;

/// A place in a Document; cheap to copy, valid as long as the Document lives. A default-made View,
/// like a missing member, is absent: every question about it is answered with no, 0 or nothing.
class View {
 public:
  View() = default;

  [[nodiscard]] bool present() const { return present_; }
  [[nodiscard]] bool is_null() const;
  [[nodiscard]] bool is_object() const;
  [[nodiscard]] bool is_array() const;
  [[nodiscard]] bool is_string() const;
  [[nodiscard]] bool is_number() const;
  [[nodiscard]] bool is_integer() const;
  [[nodiscard]] bool is_bool() const;

  /// The member of an object; absent when there is none or this is no object.
  [[nodiscard]] View operator[](std::string_view name) const;
  /// The elements of an array (empty for anything else).
  [[nodiscard]] std::vector<View> elements() const;
  /// The members of an object in the order of the text.
  [[nodiscard]] std::vector<std::pair<std::string_view, View>> members() const;

  [[nodiscard]] std::optional<std::string_view> string() const;
  [[nodiscard]] std::optional<double> number() const;  ///< any number
  [[nodiscard]] std::optional<std::int64_t> integer()
      const;  ///< a number without a fraction that fits
  [[nodiscard]] std::optional<bool> boolean() const;

  [[nodiscard]] std::string string_or(std::string_view otherwise) const;
  [[nodiscard]] double number_or(double otherwise) const;
  [[nodiscard]] std::int64_t integer_or(std::int64_t otherwise) const;
  [[nodiscard]] bool boolean_or(bool otherwise) const;

 private:
  friend class Document;
  friend struct ViewAccess;
  /// A simdjson element in disguise: it is trivially copyable and two words long.
  std::array<std::size_t, 2> element_{};
  bool present_ = false;
};

/// A parsed text. Owns all that its Views show.
class Document {
 public:
  /// Fails with ErrorKind::invalid and the position. Depth is limited to 1024 levels.
  static Result<Document> parse(std::string_view text);

  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;
  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;
  ~Document();

  [[nodiscard]] View root() const;

 private:
  struct Impl;
  explicit Document(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace whet::json
