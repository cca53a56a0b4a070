#pragma once

#include "trace/interval.hpp"
#include "trace/span_forest.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace meshtrace {

/// The chain of spans that decided when a trace was done: making any of them
/// faster makes the trace shorter, making another one faster does not.
///
/// The walk begins at the end of the root and goes back in time. The time
/// before the current point belongs to the child that ended last before it; the
/// walk goes on within that child, and then from the child's start. Where no
/// child is left, the time is the span's own. A child counts only as far as it
/// lies within its parent: one that outlives it (nobody waited for its end) is
/// cut at the parent's end, one that ran while a later one did is not on the
/// path.
struct critical_path {
  struct step {
    /// Index in `trace_view::spans()`.
    std::size_t span = 0;
    /// Nanoseconds of the path that no child of the span explains.
    std::int64_t self = 0;
  };

  /// The view's root; with a trace of cycles alone, the first span that counts
  /// as one. `span_forest::none` where that has no times.
  std::size_t root = span_forest::none;
  /// The root's length, which is also the sum of all `self`.
  std::int64_t length = 0;
  /// In the order in which the path enters them, parents first.
  std::vector<step> steps;
};

/// `extents` has one entry a span, as `extent` says.
critical_path
find_critical_path(const trace_view& view, const span_forest& forest,
                   const std::vector<std::optional<interval>>& extents);

} // namespace meshtrace
