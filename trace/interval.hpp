#pragma once

#include "trace/view.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace meshtrace {

/// A time from `from` to `to`, in nanoseconds since 1970. Never backwards, and
/// its length fits 64 bits.
struct interval {
  std::int64_t from = 0;
  std::int64_t to = 0;

  std::int64_t length() const {
    return to - from;
  }
  bool operator==(const interval&) const = default;
};

/// From a span's start to its end. A span that is still open lasts until
/// `trace_end`. Nothing where a time is not known or they run backwards.
std::optional<interval> extent(const span_view& x, optional_int trace_end);

/// What two have in common; nothing where that takes no time.
std::optional<interval> overlap(interval a, interval b);

/// How much time they cover together. Reorders them.
std::int64_t covered(std::vector<interval>& all);

/// a + b, at most what 64 bits hold. Neither is negative.
std::int64_t saturating_sum(std::int64_t a, std::int64_t b);

} // namespace meshtrace
