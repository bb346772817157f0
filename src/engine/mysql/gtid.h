// Sets of global transaction identifiers, of MySQL and of MariaDB. Pure functions.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace whet::engine::mysql {

/// Numbers from `first` to `last`, both in it.
struct GtidRange {
  std::int64_t first = 0, last = 0;
  friend bool operator==(const GtidRange&, const GtidRange&) = default;
};

/// MySQL's: ranges of numbers for each source's UUID, with a tag (8.3+) as "uuid:tag". The ranges
/// are sorted and do not touch.
class GtidSet {
 public:
  /// "uuid:1-5:7, uuid2:tag:1-3:tag2:4". Nothing for text that is no such set. Empty text is the
  /// empty set.
  static std::optional<GtidSet> parse(std::string_view text);

  [[nodiscard]] std::int64_t count() const;
  [[nodiscard]] bool empty() const { return ranges_.empty(); }
  /// What is in this set and not in the other.
  [[nodiscard]] GtidSet without(const GtidSet& other) const;
  /// Only those of one server, whatever their tag.
  [[nodiscard]] GtidSet of(std::string_view uuid) const;
  [[nodiscard]] std::string text() const;

 private:
  std::map<std::string, std::vector<GtidRange>> ranges_;
};

/// MariaDB's position "0-1-24,1-2-7": domain, server, sequence number; the last of each domain.
struct GtidPosition {
  struct Last {
    std::int64_t server = 0, sequence = 0;
  };
  std::map<std::int64_t, Last> domains;

  static std::optional<GtidPosition> parse(std::string_view text);
};

/// How many transactions `behind` has to catch up to `ahead`. Sequence numbers of a domain count
/// all its transactions.
[[nodiscard]] std::int64_t transactions_between(const GtidPosition& behind,
                                                const GtidPosition& ahead);

}  // namespace whet::engine::mysql
