// Recorded conversations with a real server, played back.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mql/value.h"

namespace whet::testing::mongo {

class Conversations {
 public:
  /// The lines of a file (format: /work/shared/data/mongod-4.4/README.md) that are of that member,
  /// as answers of the scripted server's member `on`.
  void add(const std::string& file, std::string_view member, std::size_t on);
  /// The next recorded reply to the command; the last one again and again.
  [[nodiscard]] std::optional<mql::Value> answer(std::size_t member, const std::string& database,
                                                 const mql::Value& command);

 private:
  struct Replies {
    std::vector<mql::Value> list;
    std::size_t next = 0;
  };
  std::map<std::string, Replies> replies_;
};

}  // namespace whet::testing::mongo
