// What a planner said, by statement and set, kept in a file: another run asks only what is new.
#pragma once

#include <cstdint>
#include <fstream>
#include <string>
#include <unordered_map>
#include <vector>

namespace whet::bench {

/// Answers by statement and set, kept in a file: another run asks only what is new.
class Memory {
 public:
  struct Said {
    double cost = 0;
    std::vector<std::uint64_t> used;
  };

  explicit Memory(std::string path) : path_(std::move(path)) {
    std::ifstream in(path_);
    std::uint64_t key = 0;
    std::size_t count = 0;
    for (Said said; in >> key >> said.cost >> count; said.used.clear()) {
      for (std::uint64_t one = 0; count > 0 && in >> one; --count) said.used.push_back(one);
      known_[key] = said;
    }
    if (!path_.empty()) out_.open(path_, std::ios::app);
    out_.precision(17);
  }
  const Said* find(std::uint64_t key) const {
    const auto at = known_.find(key);
    return at == known_.end() ? nullptr : &at->second;
  }
  const Said& put(std::uint64_t key, Said said) {
    if (out_.is_open()) {
      out_ << key << ' ' << said.cost << ' ' << said.used.size();
      for (const std::uint64_t one : said.used) out_ << ' ' << one;
      out_ << '\n';
    }
    return known_[key] = std::move(said);
  }

 private:
  std::string path_;
  std::ofstream out_;
  std::unordered_map<std::uint64_t, Said> known_;
};

std::uint64_t mixed(std::uint64_t x);
std::uint64_t hash_of(const std::string& text);

}  // namespace whet::bench
