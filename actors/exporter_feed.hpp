#pragma once

#include "actors/exporter_feed_state.hpp"
#include "exporters/exporter.hpp"
#include "messages/handles.hpp"
#include "metrics/metrics.hpp"

#include <chrono>
#include <cstdint>
#include <memory>

namespace meshtrace {

struct exporter_feed_options {
  /// Most log entries, and so traces, in hand at a time.
  std::uint32_t page = 100;
  /// Pauses after a refused batch: the first, and what they grow to.
  std::chrono::milliseconds first_pause{1000};
  std::chrono::milliseconds longest_pause{30'000};
  /// Most that a target may ask for.
  std::chrono::milliseconds longest_asked_pause{300'000};
  /// How long the store may take for an answer.
  std::chrono::milliseconds store_timeout{10'000};
  /// How often the board hears of changes, and the log's ends are looked at.
  std::chrono::milliseconds period{1000};
  /// How long a drain may take; what is not exported by then stays.
  std::chrono::milliseconds drain_limit{3000};
  /// The store outlives the process: how far the exporter has come is saved
  /// there, once a `period`, and a new process goes on from there.
  bool durable = true;
  /// A cursor that was not saved for so long is of an exporter that was not
  /// configured, and dropped.
  std::chrono::hours cursor_life{24};
};

/// Hands the traces that the log tells of since the last process, or else from
/// now on, to `target`, one page at a time, and tries again what it refused. To
/// be spawned detached: `target` may block. Follows `store` by itself.
exporter_feed_actor::behavior_type
exporter_feed(exporter_feed_actor::stateful_pointer<exporter_feed_state> self,
              const std::shared_ptr<exporter>& target,
              const trace_store_actor& store, const status_board_actor& board,
              metrics* counters, const exporter_feed_options& options);

} // namespace meshtrace
