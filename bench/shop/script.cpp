#include "shop/script.h"

#include <charconv>
#include <cmath>
#include <numeric>

#include "base/files.h"
#include "base/text.h"

namespace whet::bench {

namespace {

// std's distributions differ between libraries; the same seed must draw the same workload anywhere.
double unit(std::mt19937_64& random) { return static_cast<double>(random() >> 11U) * 0x1p-53; }

std::int64_t draw(std::string_view kind, std::int64_t low, std::int64_t high,
                  std::mt19937_64& random) {
  const double size = static_cast<double>(high - low) + 1;
  // Of 1/rank the distribution function is about log(rank) / log(size).
  const double offset = kind == "zipf" ? std::pow(size + 1, unit(random)) - 1 : unit(random) * size;
  return std::min(high, low + static_cast<std::int64_t>(offset));
}

bool number(std::string_view text, std::int64_t& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

/// The value of a placeholder without its braces; false when it is none.
bool value_of_placeholder(std::string_view inside, std::mt19937_64& random, std::string& out) {
  const auto words = text::split(inside, ' ');
  std::int64_t low = 0, high = 0;
  if (words.size() != 3 || (words[0] != "uniform" && words[0] != "zipf") ||
      !number(words[1], low) || !number(words[2], high) || high < low)
    return false;
  out += std::to_string(draw(words[0], low, high, random));
  return true;
}

}  // namespace

std::vector<std::string> statements_of(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::size_t end = text.find(";\n");
    const std::string_view one = text::trim(text.substr(0, end));
    if (!one.empty()) out.emplace_back(one.ends_with(';') ? one.substr(0, one.size() - 1) : one);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 2);
  }
  return out;
}

Result<std::vector<Script>> scripts_of(const std::string& folder, const std::string& extension) {
  std::vector<Script> out;
  const std::string weights = WHET_TRY(files::read(folder + "/weights.tsv"));
  for (const auto& line : text::split(weights, '\n')) {
    if (line.empty()) continue;
    const auto words = text::split(line, '\t');
    Script script;
    std::int64_t weight = 0;
    if (words.size() != 2 || !number(words[1], weight)) {
      return Error{ErrorKind::invalid, "weights.tsv has a line that is no name and weight.",
                   "Write: name<tab>weight.", ""};
    }
    script.name = std::string(words[0]);
    script.weight = static_cast<double>(weight);
    script.statements =
        statements_of(WHET_TRY(files::read(folder + "/workload/" + script.name + extension)));
    out.push_back(std::move(script));
  }
  return out;
}

std::string drawn(std::string_view statement, std::mt19937_64& random) {
  std::string out;
  while (!statement.empty()) {
    const std::size_t open = statement.find('{');
    out += statement.substr(0, open);
    if (open == std::string_view::npos) break;
    statement.remove_prefix(open);
    const std::size_t close = statement.find('}');
    if (close == std::string_view::npos ||
        !value_of_placeholder(statement.substr(1, close - 1), random, out)) {
      out += '{';
      statement.remove_prefix(1);
    } else {
      statement.remove_prefix(close + 1);
    }
  }
  return out;
}

std::size_t next_script(const std::vector<Script>& scripts, std::mt19937_64& random) {
  const double all = std::accumulate(scripts.begin(), scripts.end(), 0.0,
                                     [](double sum, const Script& s) { return sum + s.weight; });
  double at = unit(random) * all;
  for (std::size_t i = 0; i + 1 < scripts.size(); ++i) {
    at -= scripts[i].weight;
    if (at < 0) return i;
  }
  return scripts.size() - 1;
}

}  // namespace whet::bench
