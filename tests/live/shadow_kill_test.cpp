// However the parent of a shadow ends, nothing of the shadow is left.
#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/postgres/shadow/shadow.h"
#include "support/tpch.h"

namespace whet::live {
namespace {

namespace fs = std::filesystem;

std::string folder_in(const std::string& url) {
  std::string path = url.substr(url.find("host=") + 5);
  for (auto at = path.find("%2F"); at != std::string::npos; at = path.find("%2F"))
    path.replace(at, 3, "/");
  return path;
}

/// Processes whose command line names the folder.
int processes_of(const std::string& folder) {
  int count = 0;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator("/proc", failed)) {
    std::ifstream file(entry.path() / "cmdline");
    std::stringstream text;
    text << file.rdbuf();
    if (text.str().find(folder) != std::string::npos) ++count;
  }
  return count;
}

bool gone(const std::string& folder) {
  constexpr double at_most_seconds = 20;
  const double deadline = clock::monotonic() + at_most_seconds;
  while (clock::monotonic() < deadline) {
    if (!fs::exists(folder) && processes_of(folder) == 0) return true;
    clock::pause(0.02);
  }
  return false;
}

/// A process that holds a shadow, tells its URL, and waits for its end.
[[noreturn]] void hold_a_shadow(int tell) {
  NoProgress progress;
  auto shadow = engine::postgres::Shadow::start(testing::tpch_snapshot(), {}, progress);
  const std::string url = shadow.ok() ? shadow->url() : std::string("failed");
  (void)!::write(tell, url.data(), url.size());
  (void)::close(tell);
  while (true) ::pause();
}

TEST(ShadowLife, AKilledParentLeavesNothing) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const pid_t child = ::fork();
  if (child == 0) hold_a_shadow(ends[1]);
  (void)::close(ends[1]);
  std::string url(1000, '\0');
  const auto told = ::read(ends[0], url.data(), url.size());
  (void)::close(ends[0]);
  ASSERT_GT(told, 0);
  url.resize(static_cast<std::size_t>(told));
  const std::string folder = folder_in(url);
  ASSERT_TRUE(fs::exists(folder)) << url;
  EXPECT_EQ(fs::status(folder).permissions(), fs::perms::owner_all);
  EXPECT_GT(processes_of(folder), 0);
  ASSERT_EQ(::kill(child, SIGKILL), 0);
  (void)::waitpid(child, nullptr, 0);
  EXPECT_TRUE(gone(folder)) << folder << " is still there, or a process of it";
}

TEST(ShadowLife, TheObjectTakesItAllAlong) {
  NoProgress progress;
  std::string first, second;
  {
    auto one = engine::postgres::Shadow::start(testing::tpch_snapshot(), {}, progress);
    ASSERT_TRUE(one.ok()) << one.error().text();
    auto other = engine::postgres::Shadow::start(testing::tpch_snapshot(), {}, progress);
    ASSERT_TRUE(other.ok()) << other.error().text();
    first = folder_in(one->url());
    second = folder_in(other->url());
    // The older one ends while the younger lives: its lifeline was not inherited.
    *one = std::move(*other);
    EXPECT_TRUE(gone(first));
    EXPECT_TRUE(fs::exists(second));
  }
  EXPECT_TRUE(gone(second));
}

TEST(ShadowLife, ASnapshotWithoutPlannerFactsIsRefused) {
  NoProgress progress;
  const auto shadow = engine::postgres::Shadow::start({}, {}, progress);
  ASSERT_FALSE(shadow.ok());
  EXPECT_NE(shadow.error().text().find("--with-samples"), std::string::npos);
}

}  // namespace
}  // namespace whet::live
