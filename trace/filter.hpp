#pragma once

#include "trace/view.hpp"

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace meshtrace {

/// What a search asks for. Every part is optional, all that are there must
/// hold. Ids are canonical, times nanoseconds since 1970, durations
/// nanoseconds.
struct trace_filter {
  std::optional<std::string> trace_id;
  /// Some span has this parent.
  std::optional<std::string> parent_span_id;
  /// Some span is of this agent.
  std::optional<std::string> agent_name;
  /// Part of some span's operation.
  std::optional<std::string> operation;
  std::optional<std::string> root_operation;
  std::optional<std::string> llm_model;
  /// Part of some span's error message.
  std::optional<std::string> error_message;
  /// Name and value of some span's attribute; each pair must be found.
  std::vector<std::pair<std::string, std::string>> attributes;
  std::optional<bool> success;
  /// No span failed: what nobody said anything of counts as good. The mesh's
  /// dashboard means this by success.
  bool not_failed = false;
  /// The trace lies within these, both inclusive. A trace without the time in
  /// question does not match.
  std::optional<std::int64_t> start_time;
  std::optional<std::int64_t> end_time;
  std::optional<std::int64_t> min_duration;
  std::optional<std::int64_t> max_duration;
  std::size_t min_spans = 0;

  bool operator==(const trace_filter&) const = default;
};

bool matches(const trace_filter& filter, const trace_view& view);

/// What a list of traces is sorted by, greatest first.
enum class trace_order : std::uint8_t { end_time, duration };

/// The place of a trace in a sorted list. Absent times sort last; ties go by
/// id, so that the order is total and pages neither repeat nor skip.
struct order_key {
  std::int64_t value = optional_int::absent;
  std::string id;

  auto operator<=>(const order_key&) const = default;
};

order_key key_of(const trace_view& view, trace_order order);

} // namespace meshtrace
