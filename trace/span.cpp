#include "trace/span.hpp"

namespace meshtrace {

std::string_view to_string(text_field field) {
  static constexpr std::array<std::string_view, text_fields> names
    = {"parent_span",  "agent_name",    "agent_id",   "ip_address",
       "operation",    "error_message", "error_type", "capability",
       "target_agent", "runtime",       "llm_model",  "llm_provider"};
  return names[static_cast<std::size_t>(field)];
}

std::string_view to_string(number_field field) {
  static constexpr std::array<std::string_view, number_fields> names
    = {"end_time",        "duration",         "request_bytes",
       "response_bytes",  "llm_input_tokens", "llm_output_tokens",
       "llm_total_tokens"};
  return names[static_cast<std::size_t>(field)];
}

namespace {

/// a + b, absent where a term is absent or the sum does not fit.
optional_int sum(optional_int a, std::int64_t b) {
  std::int64_t result;
  if (!a.has_value() || __builtin_add_overflow(*a, b, &result))
    return {};
  return {result};
}

} // namespace

optional_int elapsed(optional_int from, optional_int to) {
  std::int64_t result;
  if (!from.has_value() || !to.has_value() || *to < *from
      || __builtin_sub_overflow(*to, *from, &result))
    return {};
  return {result};
}

optional_int effective_start(const span_values& span) {
  const auto duration = span[number_field::duration];
  if (span.start_time.has_value() || !duration.has_value())
    return span.start_time;
  return sum(span[number_field::end_time], -*duration);
}

optional_int effective_end(const span_values& span) {
  const auto end = span[number_field::end_time];
  const auto duration = span[number_field::duration];
  if (end.has_value() || !duration.has_value())
    return end;
  return sum(span.start_time, *duration);
}

optional_int effective_duration(const span_values& span) {
  const auto said = span[number_field::duration];
  return said.has_value()
           ? said
           : elapsed(span.start_time, span[number_field::end_time]);
}

} // namespace meshtrace
