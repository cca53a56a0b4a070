#pragma once

#include <chrono>
#include <cstdint>

namespace meshtrace {

/// Wall time in nanoseconds since 1970 UTC. For stamps that belong to the data;
/// waits go by stream time or by an actor's own clock.
inline std::int64_t wall_now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
           std::chrono::system_clock::now().time_since_epoch())
    .count();
}

} // namespace meshtrace
