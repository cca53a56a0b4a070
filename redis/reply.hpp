#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace meshtrace::redis {

/// One value that Redis answered. The texts and the items live in the arena
/// that was given to the read, as long as that arena's content.
struct reply {
  enum class kind : std::uint8_t { nil, string, status, error, integer, array };

  kind type = kind::nil;
  std::int64_t integer = 0;     ///< Of an integer.
  std::string_view text;        ///< Of a string, status or error.
  std::span<const reply> items; ///< Of an array, in one block.

  bool is_nil() const {
    return type == kind::nil;
  }

  bool is_error() const {
    return type == kind::error;
  }

  bool is_array() const {
    return type == kind::array;
  }

  /// Whether there is a text that is not an error.
  bool is_text() const {
    return type == kind::string || type == kind::status;
  }

  /// The number that this is, also when Redis writes it as text.
  std::optional<std::int64_t> number() const {
    if (type == kind::integer)
      return integer;
    std::int64_t value = 0;
    const auto* end = text.data() + text.size();
    if (!is_text() || text.empty())
      return std::nullopt;
    const auto [at, ec] = std::from_chars(text.data(), end, value);
    if (ec != std::errc{} || at != end)
      return std::nullopt;
    return value;
  }
};

} // namespace meshtrace::redis
