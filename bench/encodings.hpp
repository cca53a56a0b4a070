#pragma once

#include "bench/plan.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace meshtrace::bench {

/// One stream entry: names and values in the order in which they are sent.
struct event {
  std::vector<std::pair<std::string_view, std::string>> fields;
  /// When the writer sends it, nanoseconds; what natural order goes by.
  std::int64_t sent_ns = 0;
};

/// Every event of the trace in the order in which real agents send them: a
/// span when it ends, children first, the root last. `dice` only decides what
/// is not content: the order of fields and the stamp of publication.
std::vector<event> encode(const trace_plan& trace, random& dice);

/// Decimal seconds with `decimals` digits, trailing zeros dropped down to
/// `least` of them: 1753576434.5.
std::string seconds_text(std::int64_t ns, int decimals, int least);

/// Seconds as Java's Double.toString writes them: 1.7535764345E9.
std::string java_seconds(std::int64_t ns);

/// A canonical id of 32 hex digits with the dashes of a UUID.
std::string dashed(std::string_view id);

} // namespace meshtrace::bench
