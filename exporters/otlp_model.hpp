#pragma once

#include "exporters/otlp_ids.hpp"
#include "exporters/span_exporter.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace meshtrace {

/// What an attribute may say here. All text is valid UTF-8.
using otlp_value
  = std::variant<std::string, std::int64_t, bool, std::vector<std::string>>;

struct otlp_attribute {
  std::string key;
  otlp_value value;

  bool operator==(const otlp_attribute&) const = default;
};

/// No key is in it twice: OTLP forbids that.
using otlp_attributes = std::vector<otlp_attribute>;

/// The numbers of OTLP.
enum class otlp_kind : std::uint8_t { internal = 1, server = 2, client = 3 };
enum class otlp_status : std::uint8_t { unset = 0, ok = 1, error = 2 };

/// A span as OTLP says it, whatever the encoding.
struct otlp_span {
  otlp_trace_id trace_id = {};
  otlp_span_id span_id = {};
  std::optional<otlp_span_id> parent_id;
  std::string name;
  otlp_kind kind = otlp_kind::internal;
  /// Nanoseconds since 1970 UTC; the end is never before the start.
  std::uint64_t start = 0;
  std::uint64_t end = 0;
  otlp_attributes attributes;
  otlp_status status = otlp_status::unset;
  std::string status_message;
};

/// Who made spans, an agent, and the spans of one request that it made.
struct otlp_resource {
  otlp_attributes attributes;
  std::vector<otlp_span> spans;
};

/// The scope of all spans.
inline constexpr std::string_view otlp_scope_name = "mcp-mesh";

/// `spans` by who made them, in the order of the first span of each.
std::vector<otlp_resource> to_otlp(std::span<const outgoing_span> spans);

} // namespace meshtrace
