#pragma once

#include "messages/handles.hpp"
#include "metrics/metrics.hpp"
#include "storage/engine.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace meshtrace {

struct trace_store_state {
  static constexpr const char* name = "trace-store";

  trace_store_state() = default; // not an aggregate, see docs/pitfalls.md

  /// What to do once everything written so far is durable; with a problem
  /// where that went wrong. Bounded by what the correlators may have unanswered
  /// (TRACE_COMMIT_WINDOW) and one note of each part of the service.
  using afterwards = std::function<void(const error* problem)>;

  /// Written, and not asked to be synced yet.
  std::vector<afterwards> written;
  /// The sync that was asked for will make these durable.
  std::vector<afterwards> syncing;
  /// Actors to tell that the log has grown.
  std::vector<log_follower_actor> followers;
  /// The last thing said about the engine's health.
  bool healthy = true;
};

/// Writes to `keep` and answers from it. Several may share one engine. A write
/// is answered when `syncer` has made it durable, which holds up no later one.
trace_store_actor::behavior_type
trace_store(trace_store_actor::stateful_pointer<trace_store_state> self,
            std::shared_ptr<engine> keep, const store_syncer_actor& syncer,
            const status_board_actor& board, metrics* counters);

} // namespace meshtrace
