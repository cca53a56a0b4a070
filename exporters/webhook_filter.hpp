#pragma once

#include "trace/error.hpp"
#include "trace/view.hpp"

#include <bitset>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace meshtrace {

/// Why a webhook is called for a trace.
enum class webhook_reason : std::uint8_t { failed, incomplete, slow };
inline constexpr std::size_t webhook_reason_count = 3;

std::string_view to_string(webhook_reason reason);

/// A bit for each of them.
using webhook_reasons = std::bitset<webhook_reason_count>;

/// Which traces a webhook is called for:
///
///   filter = "all" / term *( "," term )
///   term   = "failed" / "incomplete" / "slow:" duration   ; as in Go
///
/// A trace matches if it matches one of the terms.
struct webhook_filter {
  bool all = false;
  bool failed = false;
  bool incomplete = false;
  /// The least duration of a slow trace; zero looks at none.
  std::chrono::nanoseconds slow{0};

  /// Why the trace matches; with `all` a trace matches without a reason too.
  webhook_reasons reasons(const trace_view& trace) const;

  bool matches(const trace_view& trace) const {
    return all || reasons(trace).any();
  }

  bool operator==(const webhook_filter&) const = default;
};

expected<webhook_filter> parse_webhook_filter(std::string_view text);

/// As `parse_webhook_filter` reads it.
std::string to_string(const webhook_filter& filter);

} // namespace meshtrace
