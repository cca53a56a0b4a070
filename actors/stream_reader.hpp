#pragma once

#include "actors/backoff.hpp"
#include "actors/log_limiter.hpp"
#include "actors/position_notes.hpp"
#include "actors/stream_session.hpp"
#include "messages/handles.hpp"
#include "metrics/metrics.hpp"

#include <caf/typed_response_promise.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace meshtrace {

struct stream_reader_options {
  /// Index of this reader; readers divide the streams among them.
  std::uint32_t index = 0;
  stream_session_options session;
  /// TRACE_WINDOW: batches that may be unanswered.
  std::size_t window = 4;
  /// TRACE_WATCHDOG.
  std::chrono::milliseconds watchdog{5000};
};

struct stream_reader_state {
  using time_point = std::chrono::steady_clock::time_point;

  static constexpr const char* name = "stream-reader";

  stream_reader_state() = default; // not an aggregate, see docs/pitfalls.md

  bool may_read(time_point now) const {
    return lease.held && now < lease.until;
  }
  bool is_full(std::size_t window) const {
    return unanswered.size() >= window;
  }
  /// Whether a batch has waited for its answer for longer than `limit`.
  bool is_stuck(time_point now, std::chrono::milliseconds limit) const;

  /// Whether to wait for an answer before the next read.
  bool must_wait(std::size_t window) const {
    return renewals > 0 || is_full(window);
  }
  bool is_idle() const {
    return unanswered.empty() && !saving;
  }

  /// `standby`, `connecting`, `replaying`, `parked`, `reading` or `stopped`.
  std::string phase(time_point now, std::size_t window) const;

  std::unique_ptr<stream_session> session;
  lease_news lease;
  /// When the batches that are not answered yet were sent, oldest first.
  std::deque<time_point> unanswered;
  std::optional<time_point> parked_since;
  /// Lost streams that the acknowledger does not know about yet: what it still
  /// sends for them would hit new entries.
  std::size_t renewals = 0;
  /// What the store has of our positions.
  position_notes notes;
  /// The store has told us.
  bool restored = false;
  bool saving = false;
  time_point saved_at;
  std::optional<caf::typed_response_promise<caf::ok_atom>> drained;
  std::uint64_t events_read = 0;
  std::string last_error;
  /// What was last told, and when.
  std::string told_phase;
  time_point told_at;
  bool told_stuck = false;
  std::uint64_t told_events = 0;
  backoff pause;
  /// One line at the first failure and one a minute.
  log_limiter failures{1, std::chrono::minutes{1}};
  log_limiter save_failures{1, std::chrono::minutes{1}};
  log_limiter trimmed{1, std::chrono::seconds{10}};
};

/// Reads the streams of its options and hands the events to `router`. Keeps in
/// `store` up to where each stream is durable, and asks for it before it reads.
/// Spawned detached: it blocks in Redis for up to 250 ms.
stream_reader_actor::behavior_type
stream_reader(stream_reader_actor::stateful_pointer<stream_reader_state> self,
              const stream_reader_options& options,
              const shard_router_actor& router, const dead_letter_actor& dead,
              const acknowledger_actor& acknowledger,
              const trace_store_actor& store, const status_board_actor& board,
              metrics* counters);

} // namespace meshtrace
