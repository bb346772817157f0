#include "engine/mongodb/location.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>

#include "base/files.h"
#include "base/text.h"

namespace whet::engine::mongodb {

namespace {

constexpr std::string_view form =
    "Write mongodb://user@host:port/database?authSource=admin, or "
    "mongodb+srv://user@name/database; "
    "special characters in a password must be percent-encoded.";

Error usage(std::string message) {
  return Error{ErrorKind::usage, std::move(message), std::string(form), ""};
}

/// Options that drivers know (MongoDB manual, "Connection String Options"; those of pools and of
/// other drivers have no effect here).
constexpr std::array<std::string_view, 58> known{
    "appname",
    "authmechanism",
    "authmechanismproperties",
    "authsource",
    "autoselectfamily",
    "canonicalizehostname",
    "compressors",
    "connecttimeoutms",
    "directconnection",
    "enableutf8validation",
    "gssapiservicename",
    "heartbeatfrequencyms",
    "j",
    "journal",
    "loadbalanced",
    "localthresholdms",
    "maxconnecting",
    "maxidletimems",
    "maxpoolsize",
    "maxstalenessseconds",
    "minpoolsize",
    "proxyhost",
    "readconcernlevel",
    "readpreference",
    "readpreferencetags",
    "replicaset",
    "retryreads",
    "retrywrites",
    "safe",
    "servermonitoringmode",
    "serverselectiontimeoutms",
    "serverselectiontryonce",
    "slaveok",
    "socketcheckintervalms",
    "sockettimeoutms",
    "srvmaxhosts",
    "srvservicename",
    "ssl",
    "sslallowinvalidcertificates",
    "sslallowinvalidhostnames",
    "sslcertificateauthorityfile",
    "sslclientcertificatekeyfile",
    "sslclientcertificatekeypassword",
    "timeoutms",
    "tls",
    "tlsallowinvalidcertificates",
    "tlsallowinvalidhostnames",
    "tlscafile",
    "tlscertificatekeyfile",
    "tlscertificatekeyfilepassword",
    "tlsdisablecertificaterevocationcheck",
    "tlsdisableocspendpointcheck",
    "tlsinsecure",
    "uuidrepresentation",
    "w",
    "waitqueuetimeoutms",
    "wtimeoutms",
    "zlibcompressionlevel",
};

/// Older names of the same.
constexpr std::array<std::pair<std::string_view, std::string_view>, 8> renamed{{
    {"ssl", "tls"},
    {"sslallowinvalidcertificates", "tlsallowinvalidcertificates"},
    {"sslallowinvalidhostnames", "tlsallowinvalidhostnames"},
    {"sslcertificateauthorityfile", "tlscafile"},
    {"sslclientcertificatekeyfile", "tlscertificatekeyfile"},
    {"sslclientcertificatekeypassword", "tlscertificatekeyfilepassword"},
    {"j", "journal"},
    {"wtimeout", "wtimeoutms"},
}};

constexpr std::array<std::string_view, 9> flags{"tls",
                                                "tlsinsecure",
                                                "tlsallowinvalidcertificates",
                                                "tlsallowinvalidhostnames",
                                                "tlsdisablecertificaterevocationcheck",
                                                "tlsdisableocspendpointcheck",
                                                "directconnection",
                                                "loadbalanced",
                                                "journal"};

template <std::size_t n>
bool contains(const std::array<std::string_view, n>& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
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

std::string encoded(std::string_view text) {
  constexpr std::string_view plain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (plain.find(c) != std::string_view::npos) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += digits[byte / 16U];
    out += digits[byte % 16U];
  }
  return out;
}

std::string current_name(std::string name) {
  for (const auto& [old, current] : renamed) {
    if (name == old) return std::string(current);
  }
  return name;
}

Status add_option(Location& place, std::string_view pair) {
  const std::size_t equal = std::min(pair.find('='), pair.size());
  const std::string name = current_name(text::lower(pair.substr(0, equal)));
  if (name == "password") return usage("A password is not taken from the query part of a URL.");
  if (!contains(known, name)) return usage("The URL has an option that Whet does not know.");
  auto value = equal < pair.size() ? decoded(pair.substr(equal + 1)) : std::nullopt;
  const bool empty = !value || (value->empty() && name != "readpreferencetags");
  const bool no_flag = value && contains(flags, name) && *value != "true" && *value != "false";
  if (empty || no_flag)
    return usage("The value of the URL's option '" + name + "' cannot be understood.");
  place.options.emplace_back(name, *std::move(value));
  return {};
}

bool good_port(std::string_view text) {
  const auto number = text::to_int(text);
  return number && *number >= 1 && *number <= 65535;
}

Status add_host(Location& place, std::string_view raw) {
  auto text = decoded(raw);
  if (!text || text->empty()) return usage("One of the URL's hosts cannot be understood.");
  if (text->find('/') != std::string::npos) {  // a socket
    place.hosts.push_back(*std::move(text));
    return {};
  }
  const std::size_t bracket = text->starts_with('[') ? text->find(']') : 0;
  if (bracket == std::string::npos) return usage("The URL's IPv6 address has no ].");
  const std::size_t colon = text->find(':', bracket);
  if (colon != std::string::npos && !good_port(std::string_view(*text).substr(colon + 1)))
    return usage("The URL's port is no number from 1 to 65535.");
  if (colon == 0) return usage("The URL has a port without a host.");
  if (place.srv) {
    if (colon != std::string::npos) return usage("A mongodb+srv:// URL has no port.");
  } else if (colon == std::string::npos) {
    *text += ":27017";
  }
  place.hosts.push_back(text::lower(*text));
  return {};
}

/// RFC 2782's records are asked for below a name of three parts or more.
Status check_srv(const Location& place) {
  if (!place.srv) return {};
  if (place.hosts.size() != 1) return usage("A mongodb+srv:// URL has one host.");
  const std::string& host = place.hosts[0];
  if (std::count(host.begin(), host.end(), '.') >= 2) return {};
  return usage("The host of a mongodb+srv:// URL has three parts or more: cluster.example.com.");
}

Status add_login(Location& place, std::string_view login) {
  const std::size_t colon = login.find(':');
  auto user = decoded(login.substr(0, colon));
  if (!user || user->empty()) return usage("The URL's user cannot be decoded.");
  place.user = *std::move(user);
  if (colon == std::string_view::npos) return {};
  auto password = decoded(login.substr(colon + 1));
  if (!password) return usage("The URL's password cannot be decoded.");
  place.password = *std::move(password);
  place.has_password = true;
  return {};
}

std::string environment(const char* name) {
  // Read once, before any thread. NOLINTNEXTLINE(concurrency-mt-unsafe)
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool without_a_password(std::string_view mechanism) {
  return mechanism == "MONGODB-X509" || mechanism == "GSSAPI" || mechanism == "MONGODB-AWS";
}

/// libmongoc only says that TLS did not work.
Status files_can_be_read(const Location& place) {
  for (const std::string_view name : {"tlscafile", "tlscertificatekeyfile"}) {
    const std::string path(place.option(name));
    if (path.empty()) continue;
    const auto content = files::read(path);
    if (!content)
      return Error{ErrorKind::usage,
                   "The file of the URL's option '" + std::string(name) +
                       "' cannot be read: " + content.error().message,
                   content.error().hint, ""};
  }
  return {};
}

}  // namespace

std::string Location::describe() const { return text::join(hosts, ",") + "/" + database; }

std::string_view Location::option(std::string_view name) const {
  std::string_view out;
  for (const auto& [key, value] : options) {
    if (key == name) out = value;
  }
  return out;
}

void Location::set_option(std::string_view name, std::string value) {
  drop_option(name);
  options.emplace_back(std::string(name), std::move(value));
}

void Location::drop_option(std::string_view name) {
  std::erase_if(options, [name](const auto& option) { return option.first == name; });
}

Result<Location> parse_url(std::string_view url) {
  Location place;
  const std::size_t scheme_end = url.find("://");
  const std::string scheme = text::lower(url.substr(0, std::min(scheme_end, url.size())));
  if (scheme_end == std::string_view::npos || (scheme != "mongodb" && scheme != "mongodb+srv"))
    return usage("The target is no mongodb:// or mongodb+srv:// URL.");
  place.srv = scheme == "mongodb+srv";
  std::string_view rest = url.substr(scheme_end + 3);
  std::string_view query;
  // Hosts and databases have no @ and no ?: what comes before the last @ is the login, though
  // somebody forgot to encode an @, a / or a ? in the password.
  std::size_t at = rest.rfind('@');
  const std::size_t mark = rest.find('?', at == std::string_view::npos ? 0 : at);
  if (mark != std::string_view::npos) {
    query = rest.substr(mark + 1);
    rest = rest.substr(0, mark);
  }
  at = rest.rfind('@');
  if (at != std::string_view::npos) {
    WHET_TRY_VOID(add_login(place, rest.substr(0, at)));
    rest = rest.substr(at + 1);
  }
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  for (const std::string& host : text::split(rest.substr(0, slash), ','))
    WHET_TRY_VOID(add_host(place, host));
  WHET_TRY_VOID(check_srv(place));
  if (slash + 1 < rest.size()) {
    auto database = decoded(rest.substr(slash + 1));
    if (!database || database->find_first_of("/\\ \"$.") != std::string::npos)
      return usage("The URL's database cannot be understood.");
    place.database = *std::move(database);
  }
  for (const std::string& pair : text::split(query, '&')) {
    if (!pair.empty()) WHET_TRY_VOID(add_option(place, pair));
  }
  if (place.flag("directconnection") && (place.srv || place.hosts.size() > 1))
    return usage("directConnection is for a URL with one host.");
  return place;
}

Result<Location> find_location(const std::string& url) {
  Location place = WHET_TRY(parse_url(url));
  WHET_TRY_VOID(files_can_be_read(place));
  if (place.user.empty() || place.has_password) return place;
  if (without_a_password(place.option("authmechanism"))) return place;
  place.password = environment("MONGODB_PASSWORD");
  place.has_password = !place.password.empty();
  if (place.has_password) return place;
  return Error{ErrorKind::usage, "The URL has a user, but no password.",
               "Write mongodb://user:password@host, or put the password into the environment as "
               "MONGODB_PASSWORD.",
               ""};
}

std::string url_of(const Location& place) {
  std::string out = place.srv ? "mongodb+srv://" : "mongodb://";
  if (!place.user.empty()) out += encoded(place.user);
  if (place.has_password) out += ":" + encoded(place.password);
  if (!place.user.empty()) out += "@";
  std::vector<std::string> hosts;
  for (const std::string& host : place.hosts)
    hosts.push_back(host.find('/') == std::string::npos ? host : encoded(host));
  out += text::join(hosts, ",") + "/" + encoded(place.database);
  char border = '?';
  for (const auto& [name, value] : place.options) {
    out += border + name + "=" + encoded(value);
    border = '&';
  }
  return out;
}

std::string without_password(std::string text, const Location& place) {
  for (const std::string& secret : {place.password, encoded(place.password),
                                    std::string(place.option("tlscertificatekeyfilepassword"))}) {
    if (!secret.empty()) text = text::replace_all(std::move(text), secret, "***");
  }
  return text;
}

}  // namespace whet::engine::mongodb
