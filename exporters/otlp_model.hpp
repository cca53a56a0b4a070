#pragma once

#include "exporters/span_attributes.hpp"
#include "exporters/span_exporter.hpp"
#include "trace/span_kind.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace meshtrace {

/// The numbers of OTLP.
enum class otlp_status : std::uint8_t { unset = 0, ok = 1, error = 2 };

/// A span as OTLP says it, whatever the encoding.
struct otlp_span {
  std::array<std::uint8_t, 16> trace_id = {};
  std::array<std::uint8_t, 8> span_id = {};
  std::optional<std::array<std::uint8_t, 8>> parent_id;
  std::string name;
  span_kind kind = span_kind::internal;
  /// Nanoseconds since 1970 UTC; the end is never before the start.
  std::uint64_t start = 0;
  std::uint64_t end = 0;
  wire_attributes attributes;
  otlp_status status = otlp_status::unset;
  std::string status_message;
};

/// Who made spans, an agent, and the spans of one request that it made.
struct otlp_resource {
  wire_attributes attributes;
  std::vector<otlp_span> spans;
};

/// The scope of all spans.
inline constexpr std::string_view otlp_scope_name = "mcp-mesh";

/// `spans` by who made them, in the order of the first span of each.
std::vector<otlp_resource> to_otlp(std::span<const outgoing_span> spans);

} // namespace meshtrace
