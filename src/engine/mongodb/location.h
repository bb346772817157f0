// Where servers are and how to log in: what a mongodb:// URL says, taken apart. Pure functions;
// only find_location() reads the environment.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace whet::engine::mongodb {

struct Location {
  bool srv = false;  ///< `hosts` holds the one name that the DNS is asked for
  /// "host:port", "[::1]:27017", or the path of a socket; in the URL's order.
  std::vector<std::string> hosts;
  std::string user, password, database;
  bool has_password = false;
  /// Names in lower case, values decoded; in the URL's order, some names more than once.
  std::vector<std::pair<std::string, std::string>> options;

  /// "host:port,host:port/database", without login and options.
  [[nodiscard]] std::string describe() const;
  /// The last value of an option; "" when the URL has none.
  [[nodiscard]] std::string_view option(std::string_view name) const;
  [[nodiscard]] bool flag(std::string_view name) const { return option(name) == "true"; }
  void set_option(std::string_view name, std::string value);
  void drop_option(std::string_view name);
};

/// mongodb:// or mongodb+srv://, user:password@host:port,host:port/database?option=value, percent-
/// encoded. Fails with ErrorKind::usage for what drivers do not know either; the text of the Error
/// never quotes the URL, which may hold a password.
[[nodiscard]] Result<Location> parse_url(std::string_view url);

/// parse_url(), and where the URL has a user without a password, that of the environment
/// (MONGODB_PASSWORD). Fails for files that cannot be read.
[[nodiscard]] Result<Location> find_location(const std::string& url);

/// A URL for a driver: with the password, to be handed to libmongoc only.
[[nodiscard]] std::string url_of(const Location& place);

/// The text without a password that it quotes, plain or encoded.
[[nodiscard]] std::string without_password(std::string text, const Location& place);

}  // namespace whet::engine::mongodb
