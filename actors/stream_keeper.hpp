#pragma once

#include "actors/backoff.hpp"
#include "actors/log_limiter.hpp"
#include "actors/stream_trimmer.hpp"
#include "messages/handles.hpp"
#include "metrics/metrics.hpp"
#include "redis/connection.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace meshtrace {

struct stream_keeper_options {
  redis::endpoint redis;
  std::string group;
  std::string consumer;
  /// TRACE_STREAMS.
  std::vector<std::string> streams;
  /// TRACE_REDIS_TIMEOUT.
  std::chrono::milliseconds timeout{2000};
  trim_options trim;
};

/// The token in a lease: who holds it, and which of his lives.
std::string
make_lease_token(std::string_view consumer, std::string_view random);
/// The consumer in a lease token.
std::string_view lease_consumer(std::string_view token);

struct stream_keeper_state {
  using time_point = std::chrono::steady_clock::time_point;

  static constexpr const char* name = "stream-keeper";

  /// Life of the lease and of the alive key; both are renewed at a third.
  static constexpr std::chrono::milliseconds life{10'000};

  stream_keeper_state() = default; // not an aggregate, see docs/pitfalls.md

  std::optional<redis::connection> connection;
  std::string token;
  lease_news lease;
  keeper_status status;
  time_point renewed_at;
  time_point looked_at;
  /// The lease was ours once in this process; whoever took it by our name is
  /// our successor, so we do not take it back.
  bool held_before = false;
  /// Whom we stand by for, and have said so.
  std::optional<std::string> stands_by_for;
  backoff pause;
  log_limiter failures{1, std::chrono::minutes{1}};
  log_limiter trim_failures{1, std::chrono::minutes{1}};
};

/// Holds the group's lease, keeps our alive key, takes over what dead consumers
/// left pending, looks at the figures of the streams and trims them. Spawned
/// detached.
stream_keeper_actor::behavior_type
stream_keeper(stream_keeper_actor::stateful_pointer<stream_keeper_state> self,
              const stream_keeper_options& options,
              const std::vector<stream_reader_actor>& readers,
              const status_board_actor& board, metrics* counters);

} // namespace meshtrace
