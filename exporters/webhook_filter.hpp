#pragma once

#include "trace/error.hpp"
#include "trace/view.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace meshtrace {

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

  bool matches(const trace_view& trace) const;

  bool operator==(const webhook_filter&) const = default;
};

expected<webhook_filter> parse_webhook_filter(std::string_view text);

/// As `parse_webhook_filter` reads it.
std::string to_string(const webhook_filter& filter);

} // namespace meshtrace
