#pragma once

#include "app/settings_load.hpp"

#include <optional>
#include <string>
#include <vector>

namespace meshtrace {

/// What a command line asks for: to serve, or to print something and end.
struct command {
  std::optional<settings> serve;     ///< Set if the service is to run.
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
