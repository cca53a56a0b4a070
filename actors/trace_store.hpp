#pragma once

#include "messages/handles.hpp"
#include "metrics/metrics.hpp"
#include "storage/engine.hpp"

#include <memory>
#include <string>
#include <vector>

namespace meshtrace {

struct trace_store_state {
  static constexpr const char* name = "trace-store";

  trace_store_state() = default; // not an aggregate, see docs/pitfalls.md

  /// Actors to tell that the log has grown.
  std::vector<log_follower_actor> followers;
  /// The last thing said about the engine's health.
  bool healthy = true;
};

/// Writes to `keep` and answers from it. Several may share one engine.
trace_store_actor::behavior_type
trace_store(trace_store_actor::stateful_pointer<trace_store_state> self,
            std::shared_ptr<engine> keep, const status_board_actor& board,
            metrics* counters);

} // namespace meshtrace
