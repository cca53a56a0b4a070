#pragma once

#include "actors/log_cursors.hpp"
#include "messages/handles.hpp"
#include "metrics/metrics.hpp"
#include "trace/statistics.hpp"

#include <chrono>
#include <cstdint>

namespace meshtrace {

struct analytics_options {
  /// Most log entries at a time.
  std::uint32_t page = 1000;
  /// How long the store may take for an answer.
  std::chrono::milliseconds store_timeout{10'000};
  /// How often the log's ends are looked at, news or not. Also the pause after
  /// the store refused.
  std::chrono::milliseconds period{500};
};

/// Sums of the log, and how far they have come.
struct analytics_state {
  static constexpr const char* name = "analytics";

  analytics_state() = default; // not an aggregate, see docs/pitfalls.md

  /// Takes over the answer to `asked`. `now` is nanoseconds since 1970.
  void take_page(const log_read& asked, const log_page& page, std::int64_t now);

  log_cursors cursors;
  statistics sums;
};

/// Sums the whole log up, and what comes. Follows `store` by itself. A
/// `log_advanced` without partitions, which it also sends to itself, makes it
/// look at the log's ends.
analytics_actor::behavior_type
analytics(analytics_actor::stateful_pointer<analytics_state> self,
          const trace_store_actor& store, metrics* counters,
          const analytics_options& options);

} // namespace meshtrace
