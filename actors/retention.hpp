#pragma once

#include "messages/handles.hpp"
#include "metrics/metrics.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace meshtrace {

struct retention_state {
  using time_point = std::chrono::steady_clock::time_point;

  static constexpr const char* name = "retention";

  /// How often the store is swept, and how often that is said where nothing
  /// was dropped.
  static constexpr std::chrono::seconds period{60};
  static constexpr std::chrono::minutes quiet_period{10};

  retention_state() = default; // not an aggregate, see docs/pitfalls.md

  /// The line to log after a sweep; nothing where there is nothing to say.
  std::optional<std::string>
  cleanup_line(const retention_report& report, std::uint64_t active_traces,
               time_point now);

private:
  std::optional<time_point> last_line_;
};

/// Sweeps `store` once a minute and logs what was dropped.
retention_actor::behavior_type
retention(retention_actor::stateful_pointer<retention_state> self,
          const trace_store_actor& store,
          const std::vector<correlator_actor>& correlators, metrics* counters);

} // namespace meshtrace
