#pragma once

#include "app/settings_load.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace meshtrace {

/// `meshtrace redrive`.
struct redrive_order {
  settings config;
  std::string reason; ///< Empty for every reason.
  std::optional<std::uint64_t> limit;
};

/// `meshtrace backup DIR`.
struct backup_order {
  settings config;
  std::string directory; ///< Absolute.
};

/// What a command line asks for: to serve, to do something once, or to print
/// something and end. At most one of the first three is set.
struct command {
  std::optional<settings> serve; ///< Set if the service is to run.
  std::optional<redrive_order> redrive;
  std::optional<backup_order> backup;
  std::vector<std::string> warnings; ///< For the log, or stderr.
  std::string output;                ///< For stdout.
  std::string errors;                ///< For stderr.
  int exit_code = 0;                 ///< 2 if anything is wrong.
};

/// Settings from flags, the variables, the file that `--config` names and the
/// defaults, in this order of weight. `arguments` are those after the
/// program's name. Reads no other file and no environment but the one given.
command load(const std::vector<std::string>& arguments,
             const environment& variables, const host_facts& host);

/// The same for this process.
command load(int argc, const char* const* argv);

} // namespace meshtrace
