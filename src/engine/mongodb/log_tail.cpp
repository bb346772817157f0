#include "engine/mongodb/log_tail.h"

#include <fstream>
#include <iterator>

namespace whet::engine::mongodb {

Result<std::string> log_tail(const std::string& path, std::int64_t bytes) {
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  const auto size = in ? static_cast<std::int64_t>(in.tellg()) : -1;
  if (size < 0) {
    return Error{ErrorKind::usage, "Cannot read the log '" + path + "'.",
                 "Check its name, and that you may read it.", ""};
  }
  const bool cut = bytes > 0 && size > bytes;
  in.seekg(cut ? size - bytes : 0);
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (cut) {
    const std::size_t line = text.find('\n');
    text.erase(0, line == std::string::npos ? text.size() : line + 1);
  }
  return text;
}

}  // namespace whet::engine::mongodb
