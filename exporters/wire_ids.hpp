#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace meshtrace {

/// An id of `Size` bytes, as OTLP and Zipkin want it; never all zero.
template <std::size_t Size>
struct wire_id {
  std::array<std::uint8_t, Size> bytes = {};
  /// The original can be read from it. Otherwise it is a hash, the same
  /// wherever and whenever it is made, and the original belongs in an
  /// attribute.
  bool kept = false;

  bool operator==(const wire_id&) const = default;
};

/// The trace id of 32 hex digits, or of 16 with eight zero bytes before them.
/// Whatever is neither, or is all zero, becomes its xxh3_128.
wire_id<16> wire_trace_id(std::string_view id);

/// The span id of 16 hex digits. Whatever is not, or is all zero, becomes its
/// xxh3_64. A parent's id is made the same way, so that it is found again.
wire_id<8> wire_span_id(std::string_view id);

/// `bytes` as lower-case hex digits.
std::string to_hex(std::span<const std::uint8_t> bytes);

} // namespace meshtrace
