#pragma once

#include "messages/handles.hpp"
#include "metrics/metrics.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace meshtrace {

/// Who gets which event, and what time the streams say it is.
struct shard_router_state {
  static constexpr const char* name = "shard-router";

  shard_router_state() = default; // not an aggregate, see docs/pitfalls.md

  void configure(std::uint32_t partitions, std::size_t correlators,
                 std::size_t readers);

  /// The part of each correlator, by its index; empty parts included.
  std::vector<span_batch> split(const event_batch_ptr& batch) const;

  /// Notes one reader's clock.
  void set_clock(const stream_clock& clock);

  /// The least of the readers' clocks; absent while one of them cannot tell.
  std::optional<stream_ms> now() const;

private:
  std::uint32_t partitions_ = 1;
  std::size_t correlators_ = 1;
  std::vector<std::optional<stream_ms>> clocks_;
};

/// Splits batches over `correlators` by partition; answers when all have
/// answered.
shard_router_actor::behavior_type
shard_router(shard_router_actor::stateful_pointer<shard_router_state> self,
             std::uint32_t partitions, std::size_t readers,
             const std::vector<correlator_actor>& correlators,
             metrics* counters);

} // namespace meshtrace
