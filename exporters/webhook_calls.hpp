#pragma once

#include "exporters/webhook_filter.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

namespace meshtrace {

/// Decides which calls of a webhook are made: at most so many within any
/// minute, and one for a trace and reason. Time is an argument.
class webhook_calls {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Of so many traces it is known what was said; the oldest are forgotten.
  static constexpr std::size_t most_remembered = 10'000;
  static constexpr std::chrono::minutes window{1};

  enum class verdict : std::uint8_t {
    call,
    /// Everything that there is to say has been said.
    said_before,
    /// The minute is full; counted.
    held_back,
    /// The minute is full, but this trace was called for already and failed.
    later,
  };

  explicit webhook_calls(std::size_t per_minute) : per_minute_(per_minute) {
    // nop
  }

  /// What to do about a trace that matches for `reasons`. `always` calls for
  /// each revision, said before or not. After `call` one of the two below says
  /// what became of it, unless the target will never take it.
  verdict decide(std::string_view trace_id, webhook_reasons reasons,
                 bool always, time_point now);

  /// The target has the call, and with it the count of those held back.
  void delivered(std::string_view trace_id, webhook_reasons reasons);
  /// It is to be tried again: another `decide` for the same trace.
  void failed(std::string_view trace_id);

  /// Calls held back since the last that was delivered.
  std::uint64_t held_back() const {
    return held_back_;
  }

  /// When the minute has room again; `now` if it has.
  time_point free_at(time_point now) const;

private:
  void remember(std::string_view trace_id, webhook_reasons reasons);

  const std::size_t per_minute_;
  /// Of the calls within the last minute, at most `per_minute_`.
  std::deque<time_point> calls_;
  std::uint64_t held_back_ = 0;
  /// The trace whose call failed last; empty if none is to be tried again.
  std::string failed_id_;
  std::unordered_map<std::string, webhook_reasons> said_;
  /// The keys of `said_`, the oldest first.
  std::deque<std::string> said_order_;
};

} // namespace meshtrace
