#pragma once

#include "trace/span.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace meshtrace {

/// What part of the past statistics cover, by the end time of the traces.
enum class statistics_window : std::uint8_t { five_minutes, hour, day, all };

struct operation_statistics {
  std::string operation;
  std::uint64_t count = 0;
  std::uint64_t error_count = 0;
  /// Milliseconds; 0 where no span has a duration.
  double avg_duration_ms = 0;
  double p99_duration_ms = 0;
};

/// Sums over completed traces. Durations are milliseconds.
struct statistics_report {
  std::uint64_t total_traces = 0;
  /// Traces of unknown success count as successful.
  std::uint64_t success_traces = 0;
  std::uint64_t failed_traces = 0;
  /// Counted within the two above.
  std::uint64_t incomplete_traces = 0;
  std::uint64_t total_spans = 0;
  double avg_duration_ms = 0;
  double p50_duration_ms = 0;
  double p90_duration_ms = 0;
  double p99_duration_ms = 0;
  std::vector<std::string> agents_involved;
  /// The most frequent first.
  std::vector<operation_statistics> top_operations;
  /// Start of the first and end of the last trace.
  optional_int first_trace;
  optional_int last_trace;
};

} // namespace meshtrace
