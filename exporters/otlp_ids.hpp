#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace meshtrace {

using otlp_trace_id = std::array<std::uint8_t, 16>;
using otlp_span_id = std::array<std::uint8_t, 8>;

/// An id as OTLP wants it, never all zero.
template <class Bytes>
struct otlp_id {
  Bytes bytes;
  /// The bytes are a hash: the original has to be said elsewhere.
  bool hashed = false;
};

/// 32 hex digits as they are, 16 with zeros before them; a hash of everything
/// else.
otlp_id<otlp_trace_id> otlp_trace_id_of(std::string_view id);

/// 16 hex digits as they are; a hash of everything else. The same for a span
/// and for who names it as its parent.
otlp_id<otlp_span_id> otlp_span_id_of(std::string_view id);

/// Lower-case hex.
std::string to_hex(const otlp_trace_id& id);
std::string to_hex(const otlp_span_id& id);

} // namespace meshtrace
