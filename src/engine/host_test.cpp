#include "engine/host.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

namespace whet::engine {
namespace {

/// A made-up /proc and /sys.
class HostTest : public testing::Test {
 protected:
  void SetUp() override {
    root_ = std::filesystem::temp_directory_path() /
            ("whet_host_" + std::to_string(::getpid()) + "_" +
             testing::UnitTest::GetInstance()->current_test_info()->name());
    put("/proc/meminfo",
        "MemTotal:       16384000 kB\nMemAvailable:    8192000 kB\nSwapTotal: 1024 kB\n"
        "SwapFree: 256 kB\nHugePages_Total:     4\nHugepagesize:       2048 kB\n");
    put("/proc/stat",
        "cpu  100 0 50 800 50 0 0 0 0 0\ncpu0 1 0 0 0 0 0 0 0\ncpu1 1 0 0 0 0 0 0 0\n"
        "cpu2 1 0 0 0 0 0 0 0\ncpu3 1 0 0 0 0 0 0 0\nintr 5\n");
    put("/proc/loadavg", "1.50 1.00 0.50 1/100 4\n");
    put("/proc/sys/vm/swappiness", "60\n");
    put("/proc/sys/vm/overcommit_memory", "2\n");
    put("/proc/sys/vm/dirty_background_bytes", "0\n");
    put("/proc/sys/vm/dirty_background_ratio", "10\n");
    put("/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n");
    put("/proc/77/comm", "postgres\n");
    put("/proc/77/limits",
        "Limit                     Soft Limit           Hard Limit           Units\n"
        "Max open files            1024                 524288               files\n");
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  void put(const std::string& path, const std::string& text) {
    const std::filesystem::path file = root_.string() + path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }

  [[nodiscard]] HostRequest request() const {
    HostRequest asked;
    asked.root = root_.string();
    asked.server_pid = 77;
    return asked;
  }

  std::filesystem::path root_;
};

TEST_F(HostTest, ReadsTheMachine) {
  const auto host = read_host(request());
  EXPECT_EQ(host.cpus, 4);
  EXPECT_EQ(host.memory_bytes, 16384000LL * 1024);
  EXPECT_EQ(host.available_bytes, 8192000LL * 1024);
  EXPECT_EQ(host.swap_used_bytes, 768 * 1024);
  EXPECT_EQ(host.huge_pages_total, 4);
  EXPECT_EQ(host.huge_page_bytes, 2048 * 1024);
  EXPECT_DOUBLE_EQ(host.load_1, 1.5);
  EXPECT_EQ(host.swappiness, 60);
  EXPECT_EQ(host.overcommit, 2);
  EXPECT_EQ(host.transparent_huge_pages, "madvise");
  EXPECT_EQ(host.dirty_background_bytes, 8192000LL * 1024 / 10);
  EXPECT_EQ(host.open_files_limit, 1024);
  EXPECT_FALSE(host.container);
  EXPECT_FALSE(host.cpu_pressure.has_value());
  EXPECT_TRUE(host.disks.empty());
}

TEST_F(HostTest, TheTightestControlGroupCounts) {
  put("/proc/77/cgroup", "0::/system.slice/docker-1.scope\n");
  put("/sys/fs/cgroup/system.slice/memory.max", "4294967296\n");
  put("/sys/fs/cgroup/system.slice/cpu.max", "max 100000\n");
  put("/sys/fs/cgroup/system.slice/docker-1.scope/memory.max", "max\n");
  put("/sys/fs/cgroup/system.slice/docker-1.scope/cpu.max", "150000 100000\n");
  const auto host = read_host(request());
  EXPECT_EQ(host.memory_bytes, 4294967296LL);
  EXPECT_EQ(host.available_bytes, 4294967296LL);
  EXPECT_EQ(host.cpus, 2);  // one and a half, rounded up
  EXPECT_TRUE(host.container);
}

TEST_F(HostTest, VersionOneControlGroups) {
  put("/proc/77/cgroup", "5:cpu,cpuacct:/pg\n3:memory:/pg\n");
  put("/sys/fs/cgroup/memory/pg/memory.limit_in_bytes", "1073741824\n");
  put("/sys/fs/cgroup/cpu/pg/cpu.cfs_quota_us", "-1\n");
  put("/sys/fs/cgroup/cpu/pg/cpu.cfs_period_us", "100000\n");
  const auto host = read_host(request());
  EXPECT_EQ(host.memory_bytes, 1073741824LL);
  EXPECT_EQ(host.cpus, 4);
}

TEST_F(HostTest, CpuAndPressureOfTheWindow) {
  put("/proc/pressure/io",
      "some avg10=9.00 avg60=12.50 avg300=1.00 total=5\nfull avg10=0.00 avg60=2.00 avg300=0.00 "
      "total=1\n");
  auto asked = request();
  asked.earlier = cpu_times(root_.string());
  ASSERT_TRUE(asked.earlier.has_value());
  put("/proc/stat", "cpu  160 0 60 820 60 0 0 0 0 0\n");  // 70 busy, 20 idle, 10 waiting
  const auto host = read_host(asked);
  EXPECT_DOUBLE_EQ(host.cpu_busy, 0.7);
  EXPECT_DOUBLE_EQ(host.io_wait, 0.1);
  ASSERT_TRUE(host.io_pressure.has_value());
  EXPECT_DOUBLE_EQ(host.io_pressure->some, 0.125);
  EXPECT_DOUBLE_EQ(host.io_pressure->full, 0.02);
}

TEST_F(HostTest, DisksByTheirMounts) {
  put("/proc/self/mountinfo",
      "20 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
      "30 20 8:17 / /srv/my\\040data rw,noatime shared:1 - xfs /dev/sdb1 rw\n");
  put("/sys/dev/block/8:1/queue/rotational", "0\n");
  put("/srv/my data/pg/file", "x");
  auto asked = request();
  asked.places = {{"data", "/srv/my data/pg"}, {"wal", "/srv/my data/pg"}, {"log", "/var/log/pg"}};
  const auto host = read_host(asked);
  ASSERT_EQ(host.disks.size(), 2U);
  EXPECT_EQ(host.disks[0].mount, "/srv/my data");
  EXPECT_EQ(host.disks[0].filesystem, "xfs");
  EXPECT_EQ(host.disks[0].holds, (std::vector<std::string>{"data", "wal"}));
  EXPECT_FALSE(host.disks[0].rotational.has_value());
  EXPECT_GT(host.disks[0].size_bytes, 0);
  EXPECT_EQ(host.disks[1].mount, "/");
  EXPECT_EQ(host.disks[1].rotational, std::optional(false));
}

TEST_F(HostTest, KnowsAProcessOfTheServer) {
  EXPECT_TRUE(runs_here(root_.string(), 77, "postgres"));
  EXPECT_FALSE(runs_here(root_.string(), 78, "postgres"));
  EXPECT_FALSE(runs_here(root_.string(), 0, "postgres"));
}

}  // namespace
}  // namespace whet::engine
