// The text of a statement of MySQL or MariaDB as words, for checks that look for a phrase. Internal
// to advise/query.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "advise/facts.h"
#include "advise/mysql_facts.h"

namespace whet::advise {

struct Word {
  std::string text;       ///< keywords in capitals, names as they are, "?" for constants
  bool name = false;      ///< was quoted, so it is no keyword
  std::size_t depth = 0;  ///< of brackets around it
};

class Words {
 public:
  explicit Words(std::vector<Word> words) : words_(std::move(words)) {}

  [[nodiscard]] std::size_t size() const { return words_.size(); }
  [[nodiscard]] const Word& operator[](std::size_t i) const { return words_[i]; }
  [[nodiscard]] bool is(std::size_t i, std::string_view keyword) const {
    return i < words_.size() && !words_[i].name && words_[i].text == keyword;
  }
  /// Where the keyword stands outside of all brackets, from `from` on.
  [[nodiscard]] std::optional<std::size_t> find(std::string_view keyword,
                                                std::size_t from = 0) const;
  [[nodiscard]] bool has(std::string_view keyword) const { return find(keyword).has_value(); }
  /// The same at any depth.
  [[nodiscard]] bool mentions(std::string_view keyword) const;
  /// "schema.name", "`name`" or "name" at `i`: the name, and where it ends.
  [[nodiscard]] std::string table_at(std::size_t i, std::size_t& end) const;

 private:
  std::vector<Word> words_;
};

/// "LIMIT ? OFFSET ?", "LIMIT ?, ?", and the "LIMIT ?, ..." of digests.
[[nodiscard]] bool pages(const Words& words);

[[nodiscard]] Words words_of(const Facts& facts, std::string_view database, std::string_view text);

/// A table of the snapshot by the name in a statement; its own database first. nullptr when
/// unknown.
[[nodiscard]] const model::Table* table_of(const Facts& facts, std::string_view database,
                                           std::string_view name);

}  // namespace whet::advise
