#pragma once

#include "actors/backoff.hpp"
#include "actors/log_limiter.hpp"
#include "messages/handles.hpp"
#include "metrics/metrics.hpp"
#include "redis/connection.hpp"
#include "redis/entry_id.hpp"

#include <caf/typed_response_promise.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace meshtrace {

struct acknowledger_options {
  redis::endpoint redis;
  std::string group;
  /// TRACE_STREAMS.
  std::vector<std::string> streams;
  /// TRACE_REDIS_TIMEOUT.
  std::chrono::milliseconds timeout{2000};
};

/// What waits for its acknowledgement. Bounded by the entries that are
/// unacknowledged at all (TRACE_MAX_UNACKED).
struct acknowledger_state {
  static constexpr const char* name = "acknowledger";

  /// Most ids of one XACK.
  static constexpr std::size_t most_ids = 1000;

  acknowledger_state() = default; // not an aggregate, see docs/pitfalls.md

  void add(const entries_durable& entries);

  /// Entries of earlier generations of this stream are forgotten.
  void renew(const stream_renewed& news);

  /// The next entries of one stream, at most `most_ids`; they stay until
  /// `confirm`. Empty if nothing waits.
  std::vector<entry_ref> next() const;

  /// Forgets what `next` returned; returns how many of each delivery.
  entries_acknowledged confirm(const std::vector<entry_ref>& sent);

  std::uint64_t waiting() const;

  std::vector<std::vector<entry_ref>> by_stream;
  std::vector<std::uint16_t> generations;
  std::vector<stream_reader_actor> readers;
  std::optional<redis::connection> connection;
  std::optional<caf::typed_response_promise<caf::ok_atom>> drained;
  /// A tick is on its way.
  bool ticking = false;
  std::uint64_t acknowledged = 0;
  std::string last_error;
  backoff pause;
  log_limiter failures{1, std::chrono::minutes{1}};
};

/// Sends XACK for what is durable, in batches, on a connection of its own: one
/// that waits in a blocking read would hold it up. Spawned detached.
acknowledger_actor::behavior_type
acknowledger(acknowledger_actor::stateful_pointer<acknowledger_state> self,
             const acknowledger_options& options,
             const status_board_actor& board, metrics* counters);

} // namespace meshtrace
