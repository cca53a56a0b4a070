#pragma once

#include "actors/log_limiter.hpp"
#include "messages/handles.hpp"
#include "metrics/metrics.hpp"

namespace meshtrace {

struct dead_letter_state {
  static constexpr const char* name = "dead-letter";

  dead_letter_state() = default; // not an aggregate, see docs/pitfalls.md

  log_limiter limiter{10, std::chrono::seconds{10}};
};

/// Counts and logs entries that can never become part of a trace, then lets
/// them be acknowledged.
dead_letter_actor::behavior_type
dead_letter(dead_letter_actor::stateful_pointer<dead_letter_state> self,
            const std::vector<std::string>& streams,
            const acknowledger_actor& acknowledger, metrics* counters);

} // namespace meshtrace
