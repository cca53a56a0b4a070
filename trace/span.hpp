#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

namespace meshtrace {

/// The text fields of a span, in the order in which records store them: append
/// only. Each joins to the bytewise greatest value (text.hpp).
enum class text_field : std::uint8_t {
  parent_span,
  agent_name,
  agent_id,
  ip_address,
  operation,
  error_message,
  error_type,
  capability,
  target_agent,
  runtime,
  llm_model,
  llm_provider,
};
inline constexpr std::size_t text_fields = 12;

/// The whole numbers of a span, append only. Each joins to the greatest value.
/// Times are nanoseconds since 1970 UTC, durations nanoseconds.
enum class number_field : std::uint8_t {
  end_time,
  duration,
  request_bytes,
  response_bytes,
  llm_input_tokens,
  llm_output_tokens,
  llm_total_tokens,
};
inline constexpr std::size_t number_fields = 7;

/// The name of the field in JSON and records.
std::string_view to_string(text_field field);
std::string_view to_string(number_field field);

/// A whole number that nobody may have said yet. "Absent" is the least value,
/// so that the greater of two is also the better known of two.
struct optional_int {
  static constexpr std::int64_t absent
    = std::numeric_limits<std::int64_t>::min();

  std::int64_t raw = absent;

  constexpr bool has_value() const {
    return raw != absent;
  }
  constexpr std::int64_t operator*() const {
    return raw;
  }
  auto operator<=>(const optional_int&) const = default;
};

/// What is said about success, ordered by what wins in the join.
enum class outcome : std::uint8_t { unknown, success, failure };

/// The operation of an SDK's span around a call to another agent, in every
/// language.
inline constexpr std::string_view proxy_operation = "proxy_call_wrapper";

/// An attribute: a field that has no place of its own in `span_values`.
struct attribute {
  std::string_view name;
  std::string_view value;

  auto operator<=>(const attribute&) const = default;
};

/// Everything that events can say about one span, attributes aside. The views
/// belong to whoever holds the values: a batch's arena, or a trace.
struct span_values {
  /// Canonical span id.
  std::string_view id;
  /// The function of an execution event, empty for the three-event protocol:
  /// Python's first SDK puts several functions under one span id.
  std::string_view function;
  std::array<std::string_view, text_fields> text = {};
  /// Joins to the smallest value.
  optional_int start_time;
  std::array<optional_int, number_fields> number = {};
  outcome success = outcome::unknown;
  /// A span_start or execution event has come.
  bool started = false;
  /// A span_end, error or execution event has come.
  bool ended = false;
  /// Attributes were left out because there were too many.
  bool attributes_cut = false;

  std::string_view& operator[](text_field field) {
    return text[static_cast<std::size_t>(field)];
  }
  const std::string_view& operator[](text_field field) const {
    return text[static_cast<std::size_t>(field)];
  }
  optional_int& operator[](number_field field) {
    return number[static_cast<std::size_t>(field)];
  }
  const optional_int& operator[](number_field field) const {
    return number[static_cast<std::size_t>(field)];
  }

  /// Started and not ended: somebody is still at work.
  bool open() const {
    return started && !ended;
  }
  bool has_parent() const {
    return !(*this)[text_field::parent_span].empty();
  }

  bool operator==(const span_values&) const = default;
};

/// to - from; absent where one of them is, or where the difference is negative
/// or does not fit.
optional_int elapsed(optional_int from, optional_int to);

/// The start that was said, else end - duration, else absent.
optional_int effective_start(const span_values& span);
/// The end that was said, else start + duration, else absent.
optional_int effective_end(const span_values& span);
/// The duration that was said, else end - start where that is not negative,
/// else absent.
optional_int effective_duration(const span_values& span);

} // namespace meshtrace
