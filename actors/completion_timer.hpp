#pragma once

#include "messages/handles.hpp"

#include <cstdint>
#include <optional>
#include <queue>
#include <unordered_map>
#include <vector>

namespace meshtrace {

/// What the completion timer remembers: one due time a trace. Bounded by the
/// correlator's active traces. Time is stream time and comes in as an argument.
struct completion_timer_state {
  static constexpr const char* name = "completion-timer";

  completion_timer_state() = default; // not an aggregate, see docs/pitfalls.md

  void arm(const timer_request& request);
  void disarm(std::uint64_t key);

  /// Removes and returns every trace whose time has come at `now`.
  std::vector<std::uint64_t> take_due(stream_ms now);

private:
  struct later {
    bool operator()(const timer_request& a, const timer_request& b) const {
      return a.due > b.due;
    }
  };

  /// Drops entries that a later request has replaced once they are the most.
  void tidy();

  std::unordered_map<std::uint64_t, stream_ms> due_;
  /// Every request that was not taken yet, replaced ones included.
  std::priority_queue<timer_request, std::vector<timer_request>, later> queue_;
};

/// Tells `listener` when stream time has come to look at a trace again.
completion_timer_actor::behavior_type completion_timer(
  completion_timer_actor::stateful_pointer<completion_timer_state> self,
  const due_listener_actor& listener);

} // namespace meshtrace
