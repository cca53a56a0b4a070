#pragma once

#include "trace/trace.hpp"
#include "trace/view.hpp"

#include <chrono>

namespace meshtrace {

/// Stream time: milliseconds since 1970 by the clock of Redis (design 2.3).
using stream_ms = std::int64_t;

/// How long a trace must get nothing new before it is called complete
/// (TRACE_ROOT_QUIET, TRACE_PARENT_WAIT, TRACE_TIMEOUT).
struct completion_waits {
  std::chrono::milliseconds root_quiet{500};
  std::chrono::milliseconds parent_wait{60'000};
  std::chrono::milliseconds timeout{300'000};
};

/// Which rule a trace waits for. Real agents publish a span when it ends,
/// children first: a named parent that has not come is an open span.
completion_reason pending_reason(const trace& content);

/// How long the rule `reason` waits after the last change.
std::chrono::milliseconds
wait_for(completion_reason reason, const completion_waits& waits);

} // namespace meshtrace
