#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace meshtrace {

/// `text` times ten to the power of `shift`, cut (not rounded) to an integer.
/// Accepts decimal text with an optional sign, fraction and exponent
/// (`1753576434`, `1753576434.1234567`, `1.753576434123E9`) and blanks around
/// it. Exact: no floating point is involved. Nothing for other text (NaN, Inf,
/// hex) and for what does not fit 64 bits.
std::optional<std::int64_t> parse_decimal(std::string_view text, int shift);

/// A point in time, in nanoseconds since 1970 in UTC, from a publisher's
/// number. Seconds, milliseconds, microseconds and nanoseconds are told apart
/// by magnitude; nothing outside the years 2000 to 2100.
std::optional<std::int64_t> parse_timestamp(std::string_view text);

/// A duration in nanoseconds from a number of milliseconds; not negative.
std::optional<std::int64_t> parse_duration_ms(std::string_view text);

/// A count (bytes, tokens) that is a whole number and not negative; `12.0` and
/// `1e3` are whole numbers.
std::optional<std::int64_t> parse_count(std::string_view text);

/// `true`, `1`, `yes`, `on`, `t`, `y` and their opposites, in any case.
std::optional<bool> parse_bool(std::string_view text);

} // namespace meshtrace
