#pragma once

#include "trace/statistics_report.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace meshtrace {

/// What is summed up by which names:
///
/// - edges: caller, callee, function;
/// - agents: agent;
/// - models: model, provider;
/// - operations: agent, operation.
enum class analytics_kind : std::uint8_t { edges, agents, models, operations };
inline constexpr std::size_t analytics_kinds = 4;

/// `edges`, `agents`, `models`, `operations`.
std::string_view to_string(analytics_kind kind);

/// What a row counts beside calls and errors. Of edges the first one is the
/// calls that never reached their callee.
enum class analytics_amount : std::uint8_t {
  unreached_calls = 0,
  input_tokens = 0,
  output_tokens,
  total_tokens,
  request_bytes,
  response_bytes,
};
using analytics_amounts = std::array<std::uint64_t, 5>;

/// What rows are sorted by, the greatest first.
enum class analytics_sort : std::uint8_t {
  calls,
  errors,
  error_rate,
  avg,
  p50,
  p90,
  p99,
  max,
  total_tokens,
};

struct analytics_query {
  analytics_kind kind = analytics_kind::edges;
  statistics_window window = statistics_window::all;
  analytics_sort sort = analytics_sort::calls;
  /// Most rows.
  std::size_t limit = 100;
  /// Nanoseconds since 1970: where the window ends.
  std::int64_t now = 0;
};

struct analytics_row {
  /// As many as the kind has.
  std::vector<std::string> names;
  /// Of an agent its spans.
  std::uint64_t calls = 0;
  std::uint64_t errors = 0;
  analytics_amounts amounts = {};
  /// 0..100.
  double error_rate = 0;
  /// Milliseconds; 0 where no span has a duration.
  double avg_ms = 0;
  double min_ms = 0;
  double p50_ms = 0;
  double p90_ms = 0;
  double p99_ms = 0;
  double max_ms = 0;

  std::uint64_t amount(analytics_amount which) const {
    return amounts[static_cast<std::size_t>(which)];
  }
};

struct analytics_report {
  std::vector<analytics_row> rows;
  /// There are more than were asked for.
  bool truncated = false;
};

} // namespace meshtrace
