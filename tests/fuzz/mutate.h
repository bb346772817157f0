// Small changes to any struct that lists its fields: what a fuzzer of values needs, where random
// bytes would hardly ever stay a document.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

#include "base/fields.h"

namespace whet::fuzz {

using Random = std::minstd_rand;

inline std::size_t pick(Random& random, std::size_t count) {
  return std::uniform_int_distribution<std::size_t>(0, count - 1)(random);
}

/// Changes the place with the number `target`, counting all places of a value in order; with a
/// target that is too high it only counts.
class Mutator {
 public:
  Mutator(Random& random, std::size_t target) : random_(random), target_(target) {}

  [[nodiscard]] std::size_t places() const { return next_; }

  template <class T>
  void operator()(const char* /*name*/, T& value) {
    visit(value);
  }

  template <class T>
  void visit(T& value) {
    if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T> || std::is_same_v<T, std::string>) {
      if (chosen()) change(value);
    } else if constexpr (requires { value.has_value(); }) {
      visit_optional(value);
    } else if constexpr (requires { typename T::mapped_type; }) {
      visit_map(value);
    } else if constexpr (requires { value.push_back({}); }) {
      visit_vector(value);
    } else {
      T::fields(value, *this);
    }
  }

 private:
  bool chosen() { return next_++ == target_; }

  template <class T>
  void visit_optional(T& value) {
    if (chosen()) {
      if (value) {
        value.reset();
      } else {
        value.emplace();
      }
    }
    if (value) visit(*value);
  }

  template <class T>
  void visit_map(T& value) {
    if (chosen()) {
      std::string key = "fillfactor";
      change(key);
      value[key];
    }
    for (auto& [key, item] : value) visit(item);
  }

  template <class T>
  void visit_vector(T& value) {
    if (chosen()) change_vector(value);
    for (auto& item : value) visit(item);
  }

  template <class T>
  void change_vector(T& value) {
    const std::size_t choice = pick(random_, 4);
    if (value.empty() || choice == 0) {
      value.emplace_back();
    } else if (choice == 1) {
      value.erase(value.begin() + static_cast<std::ptrdiff_t>(pick(random_, value.size())));
    } else if (choice == 2) {
      auto copy = value[pick(random_, value.size())];
      value.insert(value.begin() + static_cast<std::ptrdiff_t>(pick(random_, value.size())),
                   std::move(copy));
    } else {
      std::swap(value[pick(random_, value.size())], value[pick(random_, value.size())]);
    }
  }

  template <class T>
  void change(T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      value = !value;
    } else if constexpr (std::is_enum_v<T>) {
      value = static_cast<T>(pick(random_, enum_names(T{}).size()));
    } else if constexpr (std::is_floating_point_v<T>) {
      change_number(value, {0, 1, -1, 0.5, 1e-300, 1e300, -1e300, 1e18, -1e18, 3600, 1e7, 99.99});
    } else if constexpr (std::is_arithmetic_v<T>) {
      constexpr auto most = std::numeric_limits<T>::max();
      constexpr auto least = std::numeric_limits<T>::min();
      change_number(value, {0, 1, -1, 2, 3, 90, 127, 32767, 65536, 2147483647, most, least});
    } else {
      change_text(value);
    }
  }

  template <class T>
  void change_number(T& value, const std::array<T, 12>& interesting) {
    value = interesting[pick(random_, interesting.size())];
  }

  void change_text(std::string& value) {
    static constexpr std::array<const char*, 20> words{
        "",     "on",      "off",  "id",  "public", "btree",        "int4",
        "text", "active",  "0",    "-1",  "8kB",    "a\"b'c\\",     "\xff\xfe",
        "(a",   "foo(a))", "NULL", "'%'", "$1",     "a.b.c::text[]"};
    const std::size_t choice = pick(random_, 4);
    if (value.empty() || choice == 0) {
      value = words[pick(random_, words.size())];
    } else if (choice == 1) {
      value.erase(pick(random_, value.size()));
    } else if (choice == 2) {
      value[pick(random_, value.size())] = static_cast<char>(pick(random_, 256));
    } else {
      value.insert(pick(random_, value.size()), words[pick(random_, words.size())]);
    }
  }

  Random& random_;
  std::size_t target_;
  std::size_t next_ = 0;
};

/// One change anywhere in the value.
template <class T>
void mutate(T& value, Random& random) {
  Mutator counter(random, std::numeric_limits<std::size_t>::max());
  counter.visit(value);
  Mutator changer(random, pick(random, counter.places()));
  changer.visit(value);
}

}  // namespace whet::fuzz
