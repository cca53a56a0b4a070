#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace meshtrace::redis {

/// The id of a stream entry, `ms-seq`. Ordered as Redis orders them.
struct entry_id {
  std::uint64_t ms = 0; ///< Since the epoch, by the clock of Redis.
  std::uint64_t seq = 0;

  auto operator<=>(const entry_id&) const = default;
};

/// The longest text of an id: two numbers of 20 digits and a dash.
inline constexpr std::size_t longest_entry_id = 41;

/// Reads `ms-seq`, or `ms` alone for `ms-0`.
std::optional<entry_id> parse_entry_id(std::string_view text);

/// Writes `id` into `buffer`, which the result points into.
std::string_view
format_entry_id(entry_id id, std::span<char, longest_entry_id> buffer);

std::string to_string(entry_id id);

} // namespace meshtrace::redis
