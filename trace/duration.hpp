#pragma once

#include "trace/error.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace meshtrace {

/// A duration as Go's time.ParseDuration reads it, with an optional sign:
///
///   duration = "0" | 1*( number unit )
///   number   = digits [ "." [ digits ] ] | "." digits
///   unit     = "ns" | "us" | "µs" | "ms" | "s" | "m" | "h"
///
/// Exact: no floating point is involved, and what is below a nanosecond is cut.
expected<std::chrono::nanoseconds> parse_go_duration(std::string_view text);

/// As Go's Duration.String prints it: `15.129805ms`, `1m30s`, `1h0m0s`, `0s`.
std::string format_go_duration(std::chrono::nanoseconds duration);

} // namespace meshtrace
