#include "support/mongo_url.h"

#include <algorithm>
#include <cctype>

namespace whet::testing {

namespace {

std::vector<std::string> parts_of(const std::string& text, char border) {
  std::vector<std::string> out;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = std::min(text.find(border, from), text.size());
    if (end > from) out.push_back(text.substr(from, end - from));
    from = end + 1;
  }
  return out;
}

std::string joined(const std::vector<std::string>& parts, char border) {
  std::string out;
  for (const std::string& one : parts) out += (out.empty() ? "" : std::string(1, border)) + one;
  return out;
}

bool names(const std::string& option, std::string_view name) {
  const std::size_t end = std::min(option.find('='), option.size());
  return std::equal(
      option.begin(), option.begin() + static_cast<std::ptrdiff_t>(end), name.begin(), name.end(),
      [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
}

}  // namespace

MongoUrl::MongoUrl(const std::string& url) {
  const std::size_t start = std::min(url.find("://"), url.size());
  scheme = url.substr(0, start);
  std::string rest = start < url.size() ? url.substr(start + 3) : "";
  const std::size_t question = rest.find('?');
  if (question != std::string::npos) {
    options = parts_of(rest.substr(question + 1), '&');
    rest.erase(question);
  }
  const std::size_t slash = rest.find('/');
  if (slash != std::string::npos) {
    database = rest.substr(slash + 1);
    rest.erase(slash);
  }
  const std::size_t at = rest.rfind('@');
  if (at != std::string::npos) {
    login = rest.substr(0, at);
    rest.erase(0, at + 1);
  }
  hosts = parts_of(rest, ',');
}

std::string MongoUrl::text() const {
  return scheme + "://" + login + (login.empty() ? "" : "@") + joined(hosts, ',') + "/" + database +
         (options.empty() ? "" : "?") + joined(options, '&');
}

bool MongoUrl::has(std::string_view option) const {
  return std::any_of(options.begin(), options.end(),
                     [&](const std::string& one) { return names(one, option); });
}

MongoUrl& MongoUrl::drop(std::string_view option) {
  std::erase_if(options, [&](const std::string& one) { return names(one, option); });
  return *this;
}

MongoUrl& MongoUrl::set(std::string_view option, std::string_view value) {
  drop(option);
  options.push_back(std::string(option) + "=" + std::string(value));
  return *this;
}

MongoUrl& MongoUrl::log_in(const std::string& user, const std::string& password) {
  drop("authMechanism").drop("authMechanismProperties").set("authSource", "admin");
  login = user + ":" + password;
  return *this;
}

MongoUrl& MongoUrl::log_out() {
  login.clear();
  return drop("authMechanism").drop("authMechanismProperties").drop("authSource");
}

}  // namespace whet::testing
