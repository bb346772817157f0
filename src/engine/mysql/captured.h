// Texts of statements with their literals, as they are seen. They stay in memory, and get into the
// snapshot only when samples are wanted.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "engine/mysql/collector.h"
#include "sql/mysql/mode.h"

namespace whet::engine::mysql {

/// Can it be run as it stands? Not when it was cut off or still has ? for a value.
[[nodiscard]] bool is_complete(std::string_view text, std::size_t limit,
                               const sql::mysql::Mode& mode);

class Texts {
 public:
  /// Knows the snapshot's statements, and what was captured before.
  explicit Texts(Collector& collector);

  /// A statement in the schema that has the text's shape, for servers that do not say whose it
  /// is; "" when there is none.
  [[nodiscard]] std::string id_of_text(std::string_view schema, std::string_view text);
  /// Keeps a complete text of a statement of the workload, up to so many of one.
  void keep(const std::string& id, std::string_view schema, const std::string& text);
  /// Hands them over, sorted.
  void store();

 private:
  Collector& c_;
  sql::mysql::Mode mode_;
  std::size_t limit_;
  std::set<std::string> known_;
  std::map<std::string, std::set<std::string>> texts_;
  std::unordered_map<std::string, std::string> by_fingerprint_;
};

}  // namespace whet::engine::mysql
