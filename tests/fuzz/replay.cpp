// Feeds files to a fuzzer's entry point without libFuzzer, so that every build and every compiler
// runs the seeds and all that the fuzzers once found:
//   replay_NAME DIRECTORY_OR_FILE...
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "base/files.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace fs = std::filesystem;

std::vector<std::string> files_in(const fs::path& path) {
  if (!fs::is_directory(path)) return {path.string()};
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(path)) {
    if (entry.is_regular_file()) files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  std::size_t replayed = 0;
  for (const std::string& argument : arguments) {
    for (const std::string& file : files_in(argument)) {
      const auto bytes = whet::files::read(file);
      if (!bytes.ok()) {
        std::fprintf(stderr, "%s\n", bytes.error().text().c_str());
        return 1;
      }
      // Named before it runs: the last line of a crash says which file it was.
      std::printf("%s\n", file.c_str());
      std::fflush(stdout);
      // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): libFuzzer's interface
      LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes->data()), bytes->size());
      ++replayed;
    }
  }
  if (replayed == 0) std::fprintf(stderr, "nothing to replay\n");
  return replayed == 0 ? 1 : 0;
}
