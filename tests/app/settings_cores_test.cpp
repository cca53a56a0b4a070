#include "app/settings_cores.hpp"

#include <doctest/doctest.h>

#include <map>

using namespace meshtrace;

namespace {

using files = std::map<std::string, std::string>;

unsigned cores_with(unsigned cores, const files& there) {
  return usable_cores(cores, [&](const std::string& path) {
    const auto at = there.find(path);
    return at == there.end() ? std::string{} : at->second;
  });
}

} // namespace

TEST_CASE("without control groups all cores are ours") {
  CHECK(cores_with(8, {}) == 8);
  CHECK(cores_with(8, {{"/proc/self/cgroup", "nonsense\n:\n"}}) == 8);
}

TEST_CASE("version 2 limits by cpu.max") {
  const auto limited = [](const std::string& text) {
    return cores_with(
      8, {{"/proc/self/cgroup", "0::/\n"}, {"/sys/fs/cgroup/cpu.max", text}});
  };
  CHECK(limited("max 100000\n") == 8);
  CHECK(limited("200000 100000\n") == 2);
  CHECK(limited("250000 100000\n") == 3);
  CHECK(limited("5000 100000\n") == 1);
  CHECK(limited("1600000 100000\n") == 8);
  CHECK(limited("0 100000\n") == 8);
  CHECK(limited("200000\n") == 8);
  CHECK(limited("200000 0\n") == 8);
}

TEST_CASE("a group is limited by every group above it") {
  const files tree{
    {"/proc/self/cgroup", "0::/system.slice/meshtrace.service\n"},
    {"/sys/fs/cgroup/system.slice/meshtrace.service/cpu.max", "max 100000\n"},
    {"/sys/fs/cgroup/system.slice/cpu.max", "300000 100000\n"}};
  CHECK(cores_with(8, tree) == 3);
}

TEST_CASE("a container that sees the host's path is limited by its own mount") {
  CHECK(cores_with(8, {{"/proc/self/cgroup", "0::/kubepods/pod1/abc\n"},
                       {"/sys/fs/cgroup/cpu.max", "400000 100000\n"}})
        == 4);
}

TEST_CASE("version 1 limits by quota and period of the cpu controller") {
  const auto limited = [](const std::string& quota) {
    return cores_with(
      8, {{"/proc/self/cgroup", "9:cpuset:/other\n4:cpu,cpuacct:/job\n"},
          {"/sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us", quota},
          {"/sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us", "50000\n"}});
  };
  CHECK(limited("-1\n") == 8);
  CHECK(limited("100000\n") == 2);
  CHECK(limited("100001\n") == 3);
  CHECK(cores_with(8, {{"/proc/self/cgroup", "9:cpuset:/job\n"},
                       {"/sys/fs/cgroup/cpu/job/cpu.cfs_quota_us", "50000"},
                       {"/sys/fs/cgroup/cpu/job/cpu.cfs_period_us", "50000"}})
        == 8);
}

TEST_CASE("there is always a core") {
  CHECK(cores_with(0, {}) == 1);
  CHECK(this_host().cores >= 1);
  CHECK_FALSE(this_host().name.empty());
}
