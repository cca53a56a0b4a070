#pragma once

#include "actors/trim_plan.hpp"
#include "metrics/metrics.hpp"
#include "redis/connection.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace meshtrace {

/// Trims streams by age and length, as its planners say. Blocks; for the thread
/// of the keeper, which calls it only while the lease is ours.
class stream_trimmer {
public:
  using clock = std::chrono::steady_clock;

  stream_trimmer(const trim_options& options, std::vector<std::string> streams,
                 std::chrono::milliseconds timeout, metrics* counters);

  /// Trims the stream if it is time, or if it is too long. Takes no longer than
  /// a second; the next call goes on.
  expected<void> work(redis::connection& redis, std::size_t index,
                      std::uint64_t length, clock::time_point now);

  /// Groups of the stream whose needs are ignored.
  const std::vector<std::string>& standing(std::size_t index) const {
    return streams_[index].standing;
  }

private:
  struct stream {
    std::string name;
    trim_planner planner;
    clock::time_point due;
    std::vector<std::string> standing;
  };

  expected<std::vector<group_needs>>
  needs(redis::connection& redis, const std::string& name);
  /// Whether nothing is left to do.
  expected<bool> carry_out(redis::connection& redis, const stream& x,
                           const trim_plan& plan, clock::time_point until);

  std::vector<stream> streams_;
  std::chrono::milliseconds timeout_;
  clock::duration period_;
  metrics* counters_;
};

} // namespace meshtrace
