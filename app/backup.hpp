#pragma once

#include "trace/error.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace meshtrace {

struct backup_options {
  /// HOST and PORT of the process that is asked.
  std::string host = "127.0.0.1";
  std::uint16_t port = 8000;
  std::string token;     ///< TRACE_HTTP_TOKEN.
  std::string directory; ///< Absolute.
  std::chrono::seconds timeout{660};
};

/// Has the running process copy its store into a new folder on its machine.
/// Returns when the copy is whole, else why there is none, in the words of the
/// process where it said any.
expected<void> backup(const backup_options& options);

/// Where to ask a process that listens at `host`: one that listens everywhere
/// is here too.
std::string backup_url(std::string host, std::uint16_t port);

} // namespace meshtrace
