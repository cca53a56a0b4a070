#pragma once

#include "messages/handles.hpp"
#include "metrics/metrics.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <string>

namespace meshtrace {

/// The last word of every part of the service.
struct status_board_state {
  using time_point = std::chrono::steady_clock::time_point;

  static constexpr const char* name = "status-board";

  status_board_state() = default; // not an aggregate, see docs/pitfalls.md

  void note(const reader_status& status, time_point now);
  void note(const exporter_status& status);

  service_status report(time_point now);

  keeper_status keeper;
  acknowledger_status acknowledger;
  dead_letter_status dead_letter;
  store_health store;

  /// How far back `events_per_second` looks.
  std::chrono::seconds rate_window{10};

private:
  struct sample {
    time_point at;
    std::uint64_t events_read;
  };

  std::map<std::uint32_t, reader_status> readers_;
  std::map<std::string, exporter_status> exporters_;
  std::deque<sample> samples_;
};

/// Says `events_per_second` over the last `rate_window`, and the levels of
/// streams and windows in the metrics.
status_board_actor::behavior_type
status_board(status_board_actor::stateful_pointer<status_board_state> self,
             std::chrono::seconds rate_window, metrics* counters);

} // namespace meshtrace
