#pragma once

#include "actors/exporter_cursor.hpp"
#include "actors/exporter_feed_state.hpp"
#include "exporters/exporter.hpp"
#include "messages/handles.hpp"
#include "metrics/metrics.hpp"

#include <chrono>
#include <cstdint>
#include <memory>

namespace meshtrace {

struct exporter_feed_options {
  /// Most log entries that are read at once.
  std::uint32_t page = 100;
  /// Most traces in hand, of several pages, and their bytes, about: one trace
  /// may have more.
  std::uint32_t most_in_hand = 500;
  std::size_t most_bytes_in_hand = std::size_t{16} << 20;
  /// Pauses after a refused batch: the first, and what they grow to.
  std::chrono::milliseconds first_pause{1000};
  std::chrono::milliseconds longest_pause{30'000};
  /// Most that a target may ask for.
  std::chrono::milliseconds longest_asked_pause{300'000};
  /// How often the board hears of changes, and the log's ends are looked at.
  std::chrono::milliseconds period{1000};
  /// How long a drain may take; what is not exported by then stays.
  std::chrono::milliseconds drain_limit{3000};
  /// How far the exporter has come is saved once a `period`.
  exporter_cursor_options cursor;
};

/// Hands the traces that the log tells of since the last process, or else from
/// now on or from the oldest, to `target`, some pages at a time, and tries
/// again what it refused. To be spawned detached: `target` may block. Follows
/// `store` by itself.
exporter_feed_actor::behavior_type
exporter_feed(exporter_feed_actor::stateful_pointer<exporter_feed_state> self,
              const std::shared_ptr<exporter>& target,
              const trace_store_actor& store, const status_board_actor& board,
              metrics* counters, const exporter_feed_options& options);

} // namespace meshtrace
