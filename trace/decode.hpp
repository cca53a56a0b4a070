#pragma once

#include "trace/arena.hpp"
#include "trace/span.hpp"

#include <tl/expected.hpp>

#include <cstdint>
#include <span>
#include <string_view>

namespace meshtrace {

/// One name and value of a stream entry, as the publisher wrote it.
struct field {
  std::string_view name;
  std::string_view value;
};

/// What one stream entry says: values for one span of one trace.
struct span_event {
  /// Canonical.
  std::string_view trace_id;
  span_values values;
  /// Sorted by name, no name twice.
  std::span<const attribute> attributes;
};

/// Why an entry can never become part of a trace. The names are metric labels
/// and the `reason` of dead letters.
enum class dead_reason : std::uint8_t {
  no_fields,
  no_trace_id,
  bad_trace_id,
  unknown_event_type,
};
inline constexpr std::size_t dead_reasons = 4;

std::string_view to_string(dead_reason reason);

/// Limits of one span (TRACE_MAX_ATTRIBUTES, TRACE_MAX_VALUE_BYTES).
struct span_limits {
  std::size_t max_attributes = 64;
  std::size_t max_value_bytes = 8192;
};

/// What the decoder noticed and mended, summed over entries.
struct decode_counts {
  /// Values that are no number, time or bool where one belongs. They are kept
  /// as attributes.
  std::uint64_t bad_fields = 0;
  /// Parents that can be no id. They are absent.
  std::uint64_t bad_parents = 0;
  /// Values cut at `max_value_bytes`.
  std::uint64_t cut_values = 0;
  /// Attributes left out beyond `max_attributes`.
  std::uint64_t cut_attributes = 0;
};

/// Understands one entry of any publisher (shared/reference/wire-format.md):
///
///   entry     = *( name value )            ; any order, a later name wins
///   execution = no event_type              ; one entry, the whole span
///   others    = event_type span_start | span_end | error
///
/// The result points into the entry's own bytes and into `memory`.
tl::expected<span_event, dead_reason>
decode(std::span<const field> entry, const span_limits& limits, arena& memory,
       decode_counts& counts);

} // namespace meshtrace
