#include "support/shell.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include <gtest/gtest.h>

namespace whet::testing {

std::string run(const std::string& command) {
  struct Close {
    void operator()(FILE* pipe) const { ::pclose(pipe); }
  };
  std::unique_ptr<FILE, Close> pipe(::popen(command.c_str(), "r"));
  if (!pipe) {
    ADD_FAILURE() << "cannot run " << command;
    return {};
  }
  std::string out;
  std::array<char, 4096> buffer{};
  while (const std::size_t n = std::fread(buffer.data(), 1, buffer.size(), pipe.get()))
    out.append(buffer.data(), n);
  const int status = ::pclose(pipe.release());
  EXPECT_EQ(status, 0) << command << "\n" << out;
  return out;
}

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

std::string last_line(const std::string& text) {
  const std::string whole = trimmed(text);
  const std::size_t at = whole.rfind('\n');
  return at == std::string::npos ? whole : whole.substr(at + 1);
}

std::string tool(const std::string& name) {
  return std::string(WHET_SOURCE_DIR) + "/tools/" + name;
}

std::string shell_quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string folder_for_server() {
  std::string pattern = "/tmp/whet-test.XXXXXX";
  const char* made = ::mkdtemp(pattern.data());
  if (made == nullptr) {
    ADD_FAILURE() << "cannot make a folder under /tmp";
    return {};
  }
  // Root's servers run as another user, who must be able to pass through.
  run("chmod 755 " + pattern);
  return pattern;
}

}  // namespace whet::testing
