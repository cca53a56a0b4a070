#pragma once

#include <functional>
#include <string>

namespace meshtrace {

/// What the defaults of some settings depend on.
struct host_facts {
  std::string name = "localhost"; ///< As gethostname says.
  unsigned cores = 1;             ///< That this process may use, at least 1.
};

host_facts this_host();

/// The text of a file; empty if it cannot be read.
using read_file = std::function<std::string(const std::string& path)>;

/// How many of `cores` the control groups of this process allow, at least 1; a
/// part of a core counts as one. The groups are those of /proc/self/cgroup, in
/// version 2 (cpu.max) and 1 (cpu.cfs_quota_us), with everything above them.
unsigned usable_cores(unsigned cores, const read_file& read);

} // namespace meshtrace
