#include "engine/mysql/gtid.h"

#include <algorithm>

#include "base/text.h"

namespace whet::engine::mysql {

namespace {

std::optional<GtidRange> range_of(std::string_view text) {
  const std::size_t dash = text.find('-');
  const auto first = text::to_int(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : text::to_int(text.substr(dash + 1));
  if (!first || !last || *first < 1 || *last < *first) return std::nullopt;
  return GtidRange{*first, *last};
}

bool is_uuid(std::string_view text) {
  return text.size() == 36 &&
         text.find_first_not_of("0123456789abcdefABCDEF-") == std::string_view::npos;
}

void merge(std::vector<GtidRange>& ranges) {
  std::sort(ranges.begin(), ranges.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<GtidRange> out;
  for (const auto& range : ranges) {
    if (!out.empty() && range.first <= out.back().last + 1) {
      out.back().last = std::max(out.back().last, range.last);
    } else {
      out.push_back(range);
    }
  }
  ranges = std::move(out);
}

/// What is left of a range when all of `taken` are taken off. Both lists sorted.
void subtract(GtidRange range, const std::vector<GtidRange>& taken, std::vector<GtidRange>& out) {
  for (const auto& one : taken) {
    if (one.last < range.first) continue;
    if (one.first > range.last) break;
    if (one.first > range.first) out.push_back({range.first, one.first - 1});
    range.first = one.last + 1;
    if (range.first > range.last) return;
  }
  out.push_back(range);
}

}  // namespace

std::optional<GtidSet> GtidSet::parse(std::string_view text) {
  GtidSet out;
  for (const auto& part : text::split(text, ',')) {
    const std::string_view entry = text::trim(part);
    if (entry.empty()) continue;
    const auto pieces = text::split(entry, ':');
    const std::string uuid = text::lower(text::trim(pieces[0]));
    if (!is_uuid(uuid)) return std::nullopt;
    std::string key = uuid;
    for (std::size_t i = 1; i < pieces.size(); ++i) {
      const std::string_view piece = text::trim(pieces[i]);
      if (piece.empty()) return std::nullopt;
      if (piece[0] < '0' || piece[0] > '9') {  // a tag: what follows is its
        key = uuid + ":" + text::lower(piece);
        continue;
      }
      const auto range = range_of(piece);
      if (!range) return std::nullopt;
      out.ranges_[key].push_back(*range);
    }
  }
  for (auto& [key, ranges] : out.ranges_) merge(ranges);
  return out;
}

std::int64_t GtidSet::count() const {
  std::int64_t count = 0;
  for (const auto& [key, ranges] : ranges_) {
    for (const auto& range : ranges) count += range.last - range.first + 1;
  }
  return count;
}

GtidSet GtidSet::without(const GtidSet& other) const {
  GtidSet out;
  for (const auto& [key, ranges] : ranges_) {
    const auto at = other.ranges_.find(key);
    std::vector<GtidRange> left;
    for (const auto& range : ranges) {
      if (at == other.ranges_.end()) {
        left.push_back(range);
      } else {
        subtract(range, at->second, left);
      }
    }
    if (!left.empty()) out.ranges_[key] = std::move(left);
  }
  return out;
}

GtidSet GtidSet::of(std::string_view uuid) const {
  GtidSet out;
  const std::string wanted = text::lower(uuid);
  for (const auto& [key, ranges] : ranges_) {
    if (key == wanted || key.starts_with(wanted + ":")) out.ranges_[key] = ranges;
  }
  return out;
}

std::string GtidSet::text() const {
  std::vector<std::string> parts;
  for (const auto& [key, ranges] : ranges_) {
    std::string part = key;
    for (const auto& range : ranges) {
      part += ":" + std::to_string(range.first);
      if (range.last > range.first) part += "-" + std::to_string(range.last);
    }
    parts.push_back(std::move(part));
  }
  return text::join(parts, ",");
}

std::optional<GtidPosition> GtidPosition::parse(std::string_view text) {
  GtidPosition out;
  for (const auto& part : text::split(text, ',')) {
    const std::string_view entry = text::trim(part);
    if (entry.empty()) continue;
    const auto numbers = text::split(entry, '-');
    if (numbers.size() != 3) return std::nullopt;
    const auto domain = text::to_int(numbers[0]), server = text::to_int(numbers[1]),
               sequence = text::to_int(numbers[2]);
    if (!domain || !server || !sequence) return std::nullopt;
    Last& last = out.domains[*domain];
    if (*sequence >= last.sequence) last = {*server, *sequence};
  }
  return out;
}

std::int64_t transactions_between(const GtidPosition& behind, const GtidPosition& ahead) {
  std::int64_t count = 0;
  for (const auto& [domain, last] : ahead.domains) {
    const auto at = behind.domains.find(domain);
    const std::int64_t reached = at == behind.domains.end() ? 0 : at->second.sequence;
    count += std::max<std::int64_t>(0, last.sequence - reached);
  }
  return count;
}

}  // namespace whet::engine::mysql
