#include "app/settings_cores.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdint>
#include <fstream>
#include <sched.h>
#include <sstream>
#include <string_view>
#include <thread>
#include <unistd.h>

namespace meshtrace {

namespace {

// Where distributions mount the cpu controller of version 1.
constexpr std::array<const char*, 3> v1_mounts{"/sys/fs/cgroup/cpu,cpuacct",
                                               "/sys/fs/cgroup/cpu",
                                               "/sys/fs/cgroup/cpuacct,cpu"};
constexpr std::array<const char*, 2> v2_mounts{"/sys/fs/cgroup",
                                               "/sys/fs/cgroup/unified"};

// A quota is "max" or -1 where there is no limit; neither reads as a number
// above zero.
unsigned at_most(unsigned cores, const std::string& quota_and_period) {
  std::istringstream in{quota_and_period};
  std::int64_t quota = 0;
  std::int64_t period = 0;
  if (!(in >> quota >> period) || quota <= 0 || period <= 0)
    return cores;
  const auto allowed = (quota - 1) / period + 1;
  return allowed < cores ? static_cast<unsigned>(allowed) : cores;
}

// Calls `look` for the folder of the group and every folder above it. Inside a
// container the path may be one of the host that is not there; the mount itself
// is then the container's own group.
template <class Look>
void for_each_folder(const std::string& mount, std::string path, Look look) {
  for (;;) {
    while (path.ends_with('/'))
      path.pop_back();
    look(mount + path);
    const auto slash = path.rfind('/');
    if (slash == std::string::npos)
      return;
    path.resize(slash);
  }
}

bool names_cpu(std::string_view controllers) {
  return fmt::format(",{},", controllers).find(",cpu,") != std::string::npos;
}

unsigned affinity() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) == 0)
    return static_cast<unsigned>(std::max(CPU_COUNT(&set), 1));
  return std::max(std::thread::hardware_concurrency(), 1U);
}

std::string text_of(const std::string& path) {
  std::ifstream in{path};
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

} // namespace

unsigned usable_cores(unsigned cores, const read_file& read) {
  std::istringstream groups{read("/proc/self/cgroup")};
  // One group a line: number ":" controllers ":" path
  for (std::string line; std::getline(groups, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos)
      continue;
    const auto controllers = line.substr(first + 1, second - first - 1);
    const auto path = line.substr(second + 1);
    if (controllers.empty())
      for (const auto* mount : v2_mounts)
        for_each_folder(mount, path, [&](const std::string& folder) {
          cores = at_most(cores, read(folder + "/cpu.max"));
        });
    else if (names_cpu(controllers))
      for (const auto* mount : v1_mounts)
        for_each_folder(mount, path, [&](const std::string& folder) {
          cores = at_most(cores, read(folder + "/cpu.cfs_quota_us") + ' '
                                   + read(folder + "/cpu.cfs_period_us"));
        });
  }
  return std::max(cores, 1U);
}

host_facts this_host() {
  host_facts result;
  std::array<char, HOST_NAME_MAX + 1> name{};
  if (gethostname(name.data(), name.size() - 1) == 0 && name.front() != '\0')
    result.name = name.data();
  result.cores = usable_cores(affinity(), text_of);
  return result;
}

} // namespace meshtrace
