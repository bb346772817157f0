// A set of small numbers: which indexes are there. Only words with members are kept, because the
// sets of one statement have a few of ten thousand indexes, those of a table side by side.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace whet::advise {

class Bits {
 public:
  Bits() = default;
  /// The empty set; `size` says only what is meant.
  explicit Bits(std::size_t /*size*/) {}

  [[nodiscard]] bool test(std::size_t i) const { return (bits_at(i / 64) & bit(i)) != 0; }
  void set(std::size_t i) {
    const auto at = place(i / 64);
    if (at != words_.end() && at->at == i / 64) {
      at->bits |= bit(i);
    } else {
      words_.insert(at, {i / 64, bit(i)});
    }
  }
  void reset(std::size_t i) {
    const auto at = place(i / 64);
    if (at == words_.end() || at->at != i / 64) return;
    at->bits &= ~bit(i);
    if (at->bits == 0) words_.erase(at);
  }

  [[nodiscard]] bool empty() const { return words_.empty(); }
  [[nodiscard]] std::size_t count() const {
    std::size_t n = 0;
    for (const Word& word : words_) n += static_cast<std::size_t>(std::popcount(word.bits));
    return n;
  }
  [[nodiscard]] bool subset_of(const Bits& other) const {
    return std::all_of(words_.begin(), words_.end(), [&](const Word& word) {
      return (word.bits & ~other.bits_at(word.at)) == 0;
    });
  }
  [[nodiscard]] bool meets(const Bits& other) const {
    if (words_.size() > other.words_.size()) return other.meets(*this);
    return std::any_of(words_.begin(), words_.end(),
                       [&](const Word& word) { return (word.bits & other.bits_at(word.at)) != 0; });
  }
  Bits& operator|=(const Bits& other) {
    std::vector<Word> merged;
    merged.reserve(words_.size() + other.words_.size());
    auto a = words_.begin();
    auto b = other.words_.begin();
    while (a != words_.end() || b != other.words_.end()) {
      if (b == other.words_.end() || (a != words_.end() && a->at < b->at)) {
        merged.push_back(*a++);
      } else if (a == words_.end() || b->at < a->at) {
        merged.push_back(*b++);
      } else {
        merged.push_back({a->at, a->bits | b->bits});
        ++a, ++b;
      }
    }
    words_ = std::move(merged);
    return *this;
  }
  Bits& operator&=(const Bits& other) {
    return keep([&](const Word& word) { return word.bits & other.bits_at(word.at); });
  }
  /// Takes the others out.
  Bits& operator-=(const Bits& other) {
    return keep([&](const Word& word) { return word.bits & ~other.bits_at(word.at); });
  }
  friend Bits operator|(Bits a, const Bits& b) { return a |= b; }
  friend Bits operator&(Bits a, const Bits& b) { return a &= b; }
  friend Bits operator-(Bits a, const Bits& b) { return a -= b; }
  friend bool operator==(const Bits&, const Bits&) = default;

  /// Calls `visit` for each member, rising.
  template <class Visit>
  void each(Visit&& visit) const {
    for (const Word& word : words_) {
      for (std::uint64_t rest = word.bits; rest != 0; rest &= rest - 1)
        visit(word.at * 64 + static_cast<std::size_t>(std::countr_zero(rest)));
    }
  }

 private:
  struct Word {
    std::size_t at = 0;
    std::uint64_t bits = 0;  ///< never 0
    friend bool operator==(const Word&, const Word&) = default;
  };

  static std::uint64_t bit(std::size_t i) { return std::uint64_t{1} << (i % 64); }
  static bool before(const Word& word, std::size_t at) { return word.at < at; }
  [[nodiscard]] std::vector<Word>::iterator place(std::size_t at) {
    return std::lower_bound(words_.begin(), words_.end(), at, before);
  }
  [[nodiscard]] std::uint64_t bits_at(std::size_t at) const {
    const auto found = std::lower_bound(words_.begin(), words_.end(), at, before);
    return found == words_.end() || found->at != at ? 0 : found->bits;
  }
  template <class Rest>
  Bits& keep(Rest&& rest) {
    std::size_t kept = 0;
    for (const Word& word : words_) {
      const std::uint64_t left = rest(word);
      if (left != 0) words_[kept++] = {word.at, left};
    }
    words_.resize(kept);
    return *this;
  }

  std::vector<Word> words_;  ///< rising
};

}  // namespace whet::advise
