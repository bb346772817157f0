// A MongoDB URL in its parts, for tests that need another one of the same server.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace whet::testing {

struct MongoUrl {
  explicit MongoUrl(const std::string& url);

  [[nodiscard]] std::string text() const;
  /// Option names are compared without regard to case.
  [[nodiscard]] bool has(std::string_view option) const;
  MongoUrl& drop(std::string_view option);
  MongoUrl& set(std::string_view option, std::string_view value);
  /// Percent-encoded already; accounts are admin's unless the URL says otherwise.
  MongoUrl& log_in(const std::string& user, const std::string& password);
  MongoUrl& log_out();

  std::string scheme;  ///< "mongodb", "mongodb+srv"
  std::string login;   ///< "user:password", empty: none
  std::vector<std::string> hosts;
  std::string database;
  std::vector<std::string> options;  ///< "tls=true"
};

}  // namespace whet::testing
