#pragma once

#include <cstdint>
#include <string>

namespace meshtrace {

/// Nanoseconds since 1970 as RFC 3339 in UTC with nine decimals: fixed width
/// for the years 0 to 9999, so that times sort as text.
std::string format_time(std::int64_t ns);

/// Nanoseconds as milliseconds with three decimals: `15.129`.
std::string format_ms(std::int64_t ns);

} // namespace meshtrace
