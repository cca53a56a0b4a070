#pragma once

#include "trace/view.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace meshtrace {

/// What one revision of a trace adds to statistics. The next revision's
/// contribution replaces it: counts are subtracted in the minute of `end`.
struct contribution {
  /// All spans of one operation.
  struct operation_part {
    std::string operation;
    std::uint32_t count = 0;
    std::uint32_t errors = 0;
    /// Nanoseconds, of the spans that have a duration.
    std::vector<std::int64_t> durations;

    bool operator==(const operation_part&) const = default;
  };

  optional_int start;
  optional_int end;
  optional_int duration;
  outcome success = outcome::unknown;
  bool incomplete = false;
  std::uint32_t span_count = 0;
  /// Sorted, each once.
  std::vector<std::string> agents;
  /// Sorted by operation.
  std::vector<operation_part> operations;

  bool operator==(const contribution&) const = default;
};

contribution contribution_of(const trace_view& view);

} // namespace meshtrace
