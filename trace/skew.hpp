#pragma once

#include "trace/view.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace meshtrace {

/// Differences between clocks beyond this are not believed: 5 minutes, in
/// nanoseconds. Work that was started and not waited for looks the same.
inline constexpr std::int64_t max_clock_skew = 300'000'000'000;

/// How far the clock of each span's host is off against that of its parent, in
/// the order of the view, as Jaeger has it. Hosts are told apart by
/// `ip_address`, else `agent_id`, else `agent_name`.
///
/// A span on another host than its parent is compared with the parent, which
/// has been moved before. What fits into the parent stays. What does not is
/// put into its middle, as if both ways through the network took the same
/// time; what is longer than the parent, or of unknown length, only where it
/// begins before the parent. Spans further down on the same host go with it.
/// Roots and orphans stay. A span without start stays, and those below it are
/// compared with the next span above it that has one.
std::vector<trace_view::move>
find_skew(const trace_view& view, std::int64_t most = max_clock_skew);

/// Moves the spans of the view by what `find_skew` says. Doing so a second time
/// changes nothing.
void correct_skew(trace_view& view, std::int64_t most = max_clock_skew);

/// One sentence about the span's note; empty for `none`.
std::string skew_warning(const span_view& x);

} // namespace meshtrace
