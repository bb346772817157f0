#include "engine/mysql/location.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"

namespace whet::engine::mysql {

namespace {

constexpr std::string_view form =
    "Write mysql://user@host:port/database or mysql://user@localhost/database?socket=/path; "
    "special "
    "characters in a password must be percent-encoded.";

Error usage(std::string message) {
  return Error{ErrorKind::usage, std::move(message), std::string(form), ""};
}

std::optional<int> hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

/// Nothing for a % without two hexadecimal digits, and for a NUL, which no name can hold.
std::optional<std::string> decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const auto high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
    if (!high || !low || *high + *low == 0) return std::nullopt;
    out += static_cast<char>(*high * 16 + *low);
    i += 2;
  }
  return out;
}

/// Options that a URL's query may have; option files may have any.
constexpr std::array<std::string_view, 12> known{
    "socket", "ssl-mode", "ssl-ca", "ssl-capath", "ssl-cert", "ssl-key",
    "user",   "host",     "port",   "database",   "protocol", "defaults-file"};

std::string option_name(std::string_view text) {
  std::string name = text::replace_all(text::lower(text::trim(text)), "_", "-");
  if (name.starts_with("loose-")) name.erase(0, 6);
  return name;
}

/// Adds a decoded part; false when it cannot be decoded.
bool add(Options& out, const std::string& name, std::string_view value) {
  auto text = decoded(value);
  if (!text) return false;
  out.emplace_back(name, *std::move(text));
  return true;
}

Status add_query(Options& out, std::string_view query) {
  for (const std::string& pair : text::split(query, '&')) {
    if (pair.empty()) continue;
    const std::size_t equal = std::min(pair.find('='), pair.size());
    const std::string name = option_name(pair.substr(0, equal));
    if (name == "password")
      return usage("A password is not taken from the query part of a URL, which ends in logs.");
    if (std::find(known.begin(), known.end(), name) == known.end())
      return usage("The URL has an option that Whet does not know.");
    if (equal == pair.size() || !add(out, name, std::string_view(pair).substr(equal + 1)))
      return usage("The value of the URL's option '" + name + "' cannot be understood.");
  }
  return {};
}

Status add_address(Options& out, std::string_view address) {
  std::string_view host = address, port;
  if (address.starts_with('[')) {  // IPv6
    const std::size_t end = address.find(']');
    if (end == std::string_view::npos) return usage("The URL's IPv6 address has no ].");
    host = address.substr(1, end - 1);
    port = address.substr(end + 1);
    if (!port.empty() && !port.starts_with(':')) return usage("The URL's port cannot be read.");
    if (!port.empty()) port.remove_prefix(1);
  } else if (const std::size_t colon = address.find(':'); colon != std::string_view::npos) {
    host = address.substr(0, colon);
    port = address.substr(colon + 1);
    if (port.empty()) return usage("The URL has no port after the host's colon.");
  }
  if (!host.empty() && !add(out, "host", host)) return usage("The URL's host cannot be decoded.");
  if (!port.empty()) out.emplace_back("port", std::string(port));
  return {};
}

}  // namespace

std::string Location::describe() const {
  if (host.empty()) return (socket.empty() ? "localhost" : socket) + "/" + database;
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port == 0 ? 3306 : port) + "/" +
         database;
}

Result<Options> parse_url(std::string_view url) {
  Options out;
  const std::size_t scheme_end = url.find("://");
  const std::string scheme = text::lower(url.substr(0, std::min(scheme_end, url.size())));
  if (scheme_end == std::string_view::npos || (scheme != "mysql" && scheme != "mariadb"))
    return usage("The target is no mysql:// or mariadb:// URL.");
  out.emplace_back("fork", scheme);
  std::string_view rest = url.substr(scheme_end + 3);
  // Only an encoded # or ? can be part of what comes before.
  if (rest.find('#') != std::string_view::npos)
    return usage("A # in a URL must be written as %23.");
  std::string_view query;
  if (const std::size_t mark = rest.find('?'); mark != std::string_view::npos) {
    query = rest.substr(mark + 1);
    rest = rest.substr(0, mark);
  }
  // A password may hold an @ or a / that somebody forgot to encode: the last @ is the border.
  std::string_view login;
  bool has_login = false;
  if (const std::size_t at = rest.rfind('@'); at != std::string_view::npos) {
    login = rest.substr(0, at);
    rest = rest.substr(at + 1);
    has_login = true;
  }
  if (has_login) {
    const std::size_t colon = login.find(':');
    const std::string_view user = login.substr(0, std::min(colon, login.size()));
    if (!user.empty() && !add(out, "user", user)) return usage("The URL's user cannot be decoded.");
    if (colon != std::string_view::npos && !add(out, "password", login.substr(colon + 1)))
      return usage("The URL's password cannot be decoded.");
  }
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  WHET_TRY_VOID(add_address(out, rest.substr(0, slash)));
  if (slash + 1 < rest.size() && !add(out, "database", rest.substr(slash + 1)))
    return usage("The URL's database cannot be decoded.");
  WHET_TRY_VOID(add_query(out, query));
  return out;
}

namespace {

/// A value as option files write it: quotes, escapes, and no comment at the end.
std::string option_value(std::string_view raw) {
  std::string_view text = text::trim(raw);
  const char quote = text.empty() ? '\0' : text.front();
  const bool quoted = quote == '"' || quote == '\'';
  if (quoted) text.remove_prefix(1);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == quote) return out;
    if (!quoted && c == '#' && i > 0 && (text[i - 1] == ' ' || text[i - 1] == '\t')) break;
    if (c != '\\' || i + 1 == text.size()) {
      out += c;
      continue;
    }
    constexpr std::string_view from = "btnrs\\", to = "\b\t\n\r \\";
    const std::size_t at = from.find(text[i + 1]);
    if (at == std::string_view::npos) {
      out += c;
    } else {
      out += to[at];
      ++i;
    }
  }
  return quoted ? out : std::string(text::trim(out));
}

}  // namespace

Options parse_option_file(std::string_view text, const std::vector<std::string>& groups,
                          const Include& include) {
  Options out;
  bool wanted = false;
  for (const std::string& whole : text::split(text, '\n')) {
    const std::string_view line = text::trim(whole);
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    if (line.front() == '!') {
      const bool folder = line.starts_with("!includedir");
      const std::size_t blank = std::min(line.find_first_of(" \t"), line.size());
      for (const std::string& content : include(text::trim(line.substr(blank)), folder)) {
        for (auto& option : parse_option_file(content, groups, include))
          out.push_back(std::move(option));
      }
      continue;
    }
    if (line.front() == '[') {
      const std::size_t end = std::min(line.find(']'), line.size());
      const std::string group = text::lower(text::trim(line.substr(1, end - 1)));
      wanted = std::find(groups.begin(), groups.end(), group) != groups.end();
      continue;
    }
    if (!wanted) continue;
    const std::size_t equal = std::min(line.find('='), line.size());
    std::string name = option_name(line.substr(0, equal));
    // A name alone: "ssl" switches it on, "password" asks for one, which Whet cannot.
    std::string value = equal < line.size() ? option_value(line.substr(equal + 1)) : "1";
    if (equal == line.size() && name == "password") continue;
    out.emplace_back(std::move(name), std::move(value));
  }
  return out;
}

namespace {

Result<Tls> tls_mode(const std::string& text) {
  const std::string mode = text::replace_all(text::lower(text), "-", "_");
  constexpr std::array<std::pair<std::string_view, Tls>, 5> modes{{
      {"disabled", Tls::disabled},
      {"preferred", Tls::preferred},
      {"required", Tls::required},
      {"verify_ca", Tls::verify_ca},
      {"verify_identity", Tls::verify_identity},
  }};
  for (const auto& [name, value] : modes) {
    if (name == mode) return value;
  }
  return Error{ErrorKind::usage, "'" + text + "' is no ssl-mode.",
               "Write disabled, preferred, required, verify_ca or verify_identity.", ""};
}

bool switched_on(const std::string& value) {
  const std::string text = text::lower(value);
  return text != "0" && text != "off" && text != "false";
}

/// MariaDB's clients say it with these instead of ssl-mode.
struct TlsSwitches {
  bool on = false, off = false, verify = false, mode = false;

  void apply(Location& place) const {
    if (mode) return;
    if (off) place.tls = Tls::disabled;
    if (on) place.tls = Tls::required;
    // As MySQL's clients do: an authority that is named is asked.
    if (!off && (!place.ssl_ca.empty() || !place.ssl_capath.empty())) place.tls = Tls::verify_ca;
    if (verify) place.tls = Tls::verify_identity;
  }
};

std::string* text_option(Location& place, const std::string& name) {
  if (name == "user") return &place.user;
  if (name == "socket") return &place.socket;
  if (name == "host") return &place.host;
  if (name == "database") return &place.database;
  if (name == "ssl-ca") return &place.ssl_ca;
  if (name == "ssl-capath") return &place.ssl_capath;
  if (name == "ssl-cert") return &place.ssl_cert;
  if (name == "ssl-key") return &place.ssl_key;
  return nullptr;
}

Status take(Location& place, TlsSwitches& tls, std::string& protocol, const std::string& name,
            const std::string& value) {
  if (name == "fork") {
    place.fork = value == "mariadb" ? model::EngineKind::mariadb : model::EngineKind::mysql;
  } else if (name == "password") {
    place.password = value;
    place.has_password = true;
  } else if (name == "port") {
    const auto number = text::to_int(value);
    if (!number || *number < 1 || *number > 65535)
      return usage("The port '" + value + "' is no number from 1 to 65535.");
    place.port = static_cast<int>(*number);
  } else if (name == "ssl-mode") {
    place.tls = WHET_TRY(tls_mode(value));
    tls.mode = true;
  } else if (name == "ssl") {
    tls.on = switched_on(value);
    tls.off = !tls.on;
  } else if (name == "skip-ssl") {
    tls.off = true;
    tls.on = false;
  } else if (name == "ssl-verify-server-cert") {
    tls.verify = switched_on(value);
  } else if (name == "protocol") {
    protocol = text::lower(value);
  } else if (std::string* text = text_option(place, name)) {
    *text = value;
  }
  return {};
}

bool has(const Options& options, std::string_view name) {
  return std::any_of(options.begin(), options.end(),
                     [&](const auto& option) { return option.first == name; });
}

}  // namespace

Result<Location> locate(const Options& url, const Surroundings& around) {
  Location place;
  TlsSwitches tls;
  std::string protocol;
  for (const auto& [name, value] : around.files)
    WHET_TRY_VOID(take(place, tls, protocol, name, value));
  // Another server than the files name: their port and socket are not its.
  const bool names_host = has(url, "host") || has(url, "socket");
  if (names_host) {
    place.port = 0;
    place.host.clear();
    place.socket = has(url, "port") ? "" : place.socket;
    protocol.clear();
  }
  for (const auto& [name, value] : url) WHET_TRY_VOID(take(place, tls, protocol, name, value));
  tls.apply(place);
  if (place.user.empty()) place.user = around.user;
  if (!place.has_password && !around.password.empty()) {
    place.password = around.password;
    place.has_password = true;
  }
  const bool local = place.host.empty() || place.host == "localhost";
  const bool by_tcp = protocol == "tcp" || (has(url, "port") && !has(url, "socket"));
  if (!local && !has(url, "socket")) return place;
  if (by_tcp) {
    place.host = place.host.empty() ? "127.0.0.1" : place.host;
    place.socket.clear();
    return place;
  }
  place.host.clear();
  if (place.socket.empty() && !around.sockets.empty()) place.socket = around.sockets.front();
  // No socket at the usual places: perhaps the server only listens on its port.
  if (place.socket.empty() && protocol != "socket") place.host = "127.0.0.1";
  return place;
}

}  // namespace whet::engine::mysql
