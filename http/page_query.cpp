#include "http/page_query.hpp"

#include "http/cursor.hpp"

#include <algorithm>

namespace meshtrace {

namespace {

std::optional<std::string>
text_of(const arguments& given, std::string_view name) {
  const auto found = given.text(name);
  return found ? std::optional{std::string{*found}} : std::nullopt;
}

std::size_t
size_of(const arguments& given, std::string_view name, std::size_t otherwise) {
  const auto found = given.number(name);
  return found ? static_cast<std::size_t>(std::max<std::int64_t>(*found, 0))
               : otherwise;
}

page_query::states state_of(std::string_view text) {
  using enum page_query::states;
  if (text == "complete")
    return complete;
  if (text == "incomplete")
    return incomplete;
  if (text == "active")
    return active;
  return text == "all" ? all : completed;
}

trace_filter read_filter(const arguments& given) {
  trace_filter result;
  result.trace_id = text_of(given, "trace_id");
  result.parent_span_id = text_of(given, "parent_span_id");
  result.agent_name = text_of(given, "agent_name");
  result.operation = text_of(given, "operation");
  result.root_operation = text_of(given, "root_operation");
  result.llm_model = text_of(given, "llm_model");
  result.error_message = text_of(given, "error_message");
  for (const auto pair : given.texts("attribute")) {
    const auto colon = std::min(pair.find(':'), pair.size() - 1);
    result.attributes.emplace_back(pair.substr(0, colon),
                                   pair.substr(colon + 1));
  }
  result.success = given.flag("success");
  result.start_time = given.number("start_time");
  result.end_time = given.number("end_time");
  result.min_duration = given.number("min_duration_ms");
  result.max_duration = given.number("max_duration_ms");
  result.min_spans = size_of(given, "min_spans", 0);
  return result;
}

} // namespace

api_expected<page_query> read_page_query(const routed_request& request) {
  const auto& given = request.given;
  page_query result;
  result.filter = read_filter(given);
  result.state = state_of(given.text("state").value_or("completed"));
  if (given.text("sort") == "duration")
    result.order = trace_order::duration;
  if (request.matched->target == endpoint::search)
    result.by = page_query::paging::cursor;
  result.offset = size_of(given, "offset", 0);
  result.limit = size_of(given, "limit", result.limit);
  result.summary = given.text("fields") == "summary";
  if (const auto cursor = given.text("cursor")) {
    result.after = parse_cursor(*cursor, result.order);
    if (!result.after)
      return tl::unexpected{invalid_parameter(
        "cursor", "next_cursor of an answer with the same sort", *cursor)};
  }
  return result;
}

} // namespace meshtrace
