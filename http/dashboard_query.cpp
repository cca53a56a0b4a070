#include "http/dashboard_query.hpp"

#include "http/json_writer.hpp"

#include <algorithm>
#include <limits>

namespace meshtrace {

namespace {

constexpr std::int64_t ns_per_ms = 1'000'000;

std::optional<std::string>
text_of(const arguments& given, std::string_view name) {
  const auto found = given.text(name);
  return found ? std::optional{std::string{*found}} : std::nullopt;
}

/// The least nanoseconds that are so many whole milliseconds; beyond what 64
/// bits hold, the last of which all nanoseconds fit.
std::int64_t nanoseconds(std::int64_t ms) {
  constexpr auto most
    = std::numeric_limits<std::int64_t>::max() / ns_per_ms - 1;
  return std::clamp(ms, -most, most) * ns_per_ms;
}

/// Durations count in whole milliseconds here, cut off: what shows as 285 is
/// within 285.
void read_durations(const arguments& given, trace_filter& into) {
  if (const auto least = given.number("min_duration_ms"); least && *least > 0)
    into.min_duration = nanoseconds(*least);
  if (const auto most = given.number("max_duration_ms"))
    into.max_duration = nanoseconds(*most) + (ns_per_ms - 1);
}

trace_filter read_filter(const arguments& given) {
  trace_filter result;
  result.agent_name = text_of(given, "agent_name");
  result.root_operation = text_of(given, "operation");
  if (const auto success = given.flag("success"); success && *success)
    result.not_failed = true;
  else
    result.success = success;
  result.start_time = given.number("start_time");
  result.end_time = given.number("end_time");
  read_durations(given, result);
  return result;
}

std::size_t
size_of(const arguments& given, std::string_view name, std::size_t otherwise) {
  const auto found = given.number(name);
  return found ? static_cast<std::size_t>(*found) : otherwise;
}

} // namespace

api_expected<page_query> read_dashboard_query(const routed_request& request) {
  const auto& given = request.given;
  page_query result;
  result.summary = true;
  result.limit = size_of(given, "limit", result.limit);
  result.offset = size_of(given, "offset", 0);
  if (request.matched->target != endpoint::dashboard_search)
    return result;
  result.filter = read_filter(given);
  if (given.text("parent_span_id"))
    result.limit = 0;
  return result;
}

std::string dashboard_criteria_json(const routed_request& request) {
  json_writer out;
  out.open();
  for (const auto& known : request.matched->parameters) {
    if (const auto text = request.given.text(known.name))
      out.put(known.name, *text);
    else if (const auto flag = request.given.flag(known.name))
      out.put(known.name, *flag);
    else if (const auto number = request.given.number(known.name)) {
      if (known.kind == value_kind::time)
        out.put_time(known.name, *number);
      else
        out.put(known.name, *number);
    }
  }
  out.close();
  return out.text();
}

} // namespace meshtrace
