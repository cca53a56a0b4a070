#include "http/dashboard_json.hpp"

#include "http/json_writer.hpp"
#include "trace/span_tree.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace meshtrace {

namespace {

constexpr std::int64_t ns_per_ms = 1'000'000;

/// Room for what stands around the traces of a list, criteria aside.
constexpr std::size_t frame_bytes = 256;

/// What a span takes where nothing is said but its ids.
constexpr std::size_t least_span_bytes = 240;

void put_number(json_writer& out, std::string_view name, optional_int number) {
  if (number.has_value())
    out.put(name, *number);
  else
    out.put_null(name);
}

void put_ms(json_writer& out, std::string_view name, optional_int ns) {
  put_number(out, name,
             ns.has_value() ? optional_int{*ns / ns_per_ms} : optional_int{});
}

void put_time(json_writer& out, std::string_view name, optional_int ns) {
  out.put_time(name, ns.has_value() ? std::optional{*ns} : std::nullopt);
}

void put_success(json_writer& out, std::string_view name, outcome success) {
  if (success == outcome::unknown)
    out.put_null(name);
  else
    out.put(name, success == outcome::success);
}

void put_names(json_writer& out, std::string_view name,
               const std::vector<std::string_view>& names) {
  out.open_list(name);
  for (const auto each : names)
    out.item(each);
  out.close_list();
}

void put_span(json_writer& out, std::string_view trace_id,
              const span_view& view, const tree_place& place) {
  const auto& x = *view.content;
  out.open();
  out.put("TraceID", trace_id);
  out.put("SpanID", std::string_view{place.id});
  out.put_or_null("ParentSpan", place.parent);
  out.put_or_null("AgentName", x[text_field::agent_name]);
  out.put_or_null("AgentID", x[text_field::agent_id]);
  out.put_or_null("IPAddress", x[text_field::ip_address]);
  out.put_or_null("Operation", x[text_field::operation]);
  put_time(out, "StartTime", view.start);
  put_time(out, "EndTime", view.end);
  put_ms(out, "DurationMS", view.duration);
  put_success(out, "Success", x.success);
  out.put_or_null("ErrorMessage", x[text_field::error_message]);
  out.put_or_null("Capability", x[text_field::capability]);
  out.put_or_null("TargetAgent", x[text_field::target_agent]);
  out.put_or_null("Runtime", x[text_field::runtime]);
  out.close();
}

void put_spans(json_writer& out, const trace_view& view) {
  const auto places = span_tree(view);
  out.open_list("Spans");
  for (std::size_t i = 0; i < places.size(); ++i)
    put_span(out, view.content().id(), view.spans()[i], places[i]);
  out.close_list();
}

/// Whether the trace went well: unknown counts as good.
bool went_well(const trace_view& view) {
  return view.success != outcome::failure;
}

std::string trace_json(const trace_view& view, bool with_spans) {
  json_writer out;
  out.open();
  out.put("TraceID", std::string_view{view.content().id()});
  if (with_spans)
    put_spans(out, view);
  else
    out.put_null("Spans");
  put_time(out, "StartTime", view.start);
  put_time(out, "EndTime", view.end);
  put_number(out, "Duration", view.duration);
  out.put("Success", went_well(view));
  out.put("SpanCount", view.spans().size());
  out.put("AgentCount", view.agents().size());
  put_names(out, "Agents", view.agents());
  out.close();
  return out.text();
}

std::string listed_json(const trace_view& view) {
  return trace_json(view, false);
}

std::string recent_json(const trace_view& view) {
  const auto of_root = [&](text_field field) {
    return view.root() == nullptr ? std::string_view{}
                                  : (*view.root()->content)[field];
  };
  json_writer out;
  out.open();
  out.put("trace_id", std::string_view{view.content().id()});
  out.put("root_agent", of_root(text_field::agent_name));
  out.put("root_operation", of_root(text_field::operation));
  put_ms(out, "duration_ms", view.duration);
  put_time(out, "start_time", view.start);
  out.put("span_count", view.spans().size());
  out.put("agent_count", view.agents().size());
  out.put("success", went_well(view));
  put_names(out, "agents", view.agents());
  out.close();
  return out.text();
}

/// The traces of a page as JSON values with commas between.
struct written {
  std::string text;
  std::size_t count = 0;
};

template <class ToJson>
written write_all(const trace_page& page, std::size_t most, ToJson to_json) {
  written result;
  for (const auto& x : page.traces) {
    const auto json = to_json(trace_view{*x.content});
    if (result.text.size() + json.size() + 1 > most)
      break;
    result.text += result.count++ > 0 ? "," : "";
    result.text += json;
  }
  return result;
}

std::size_t room(std::size_t most, std::size_t used) {
  return most - std::min(most, used);
}

} // namespace

std::optional<std::string>
dashboard_trace_json(const trace& content, std::size_t most) {
  const trace_view view{content};
  if (view.spans().size() * least_span_bytes > most)
    return std::nullopt;
  auto result = trace_json(view, true);
  return result.size() <= most ? std::optional{std::move(result)}
                               : std::nullopt;
}

std::string dashboard_recent_json(std::size_t limit, const trace_page& page,
                                  std::size_t most) {
  const auto traces = write_all(page, room(most, frame_bytes), recent_json);
  return fmt::format(
    R"({{"count":{},"enabled":true,"limit":{},"traces":[{}]}})", traces.count,
    limit, traces.text);
}

std::string dashboard_list_json(const page_query& query, const trace_page& page,
                                std::uint64_t total, std::size_t most) {
  const auto traces = write_all(page, room(most, frame_bytes), listed_json);
  return fmt::format(
    R"({{"count":{},"enabled":true,"limit":{},"offset":{},"total":{},)"
    R"("traces":[{}]}})",
    traces.count, query.limit, query.offset, total, traces.text);
}

std::string dashboard_search_json(const trace_page& page,
                                  std::string_view criteria, std::size_t most) {
  const auto traces
    = write_all(page, room(most, frame_bytes + criteria.size()), listed_json);
  return fmt::format(
    R"({{"count":{},"criteria":{},"enabled":true,"traces":[{}]}})",
    traces.count, criteria, traces.text);
}

http_response dashboard_off(endpoint target) {
  switch (target) {
  case endpoint::dashboard_trace:
    return {.status = 404,
            .body = R"({"enabled":false,"error":"tracing not enabled"})"};
  case endpoint::dashboard_recent:
    return {.body = R"({"count":0,"enabled":false,"limit":0,"traces":[]})"};
  case endpoint::dashboard_list:
    return {.body = R"({"enabled":false,"total":0,"traces":[]})"};
  default:
    return {.body = R"({"count":0,"enabled":false,"traces":[]})"};
  }
}

std::string
ui_health_json(std::string_view version, std::chrono::seconds uptime) {
  json_writer out;
  out.open();
  out.put("registry_url", "");
  out.put("service", "meshtrace");
  out.put("status", "healthy");
  out.put("uptime_secs", uptime.count());
  out.put("version", version);
  out.close();
  return out.text();
}

std::string
registry_health_json(std::string_view version, std::chrono::seconds uptime,
                     std::int64_t wall_now) {
  json_writer out;
  out.open();
  out.put("service", "meshtrace");
  out.put("status", "healthy");
  out.put_time("timestamp", wall_now);
  out.put("uptime_seconds", uptime.count());
  out.put("version", version);
  out.close();
  return out.text();
}

} // namespace meshtrace
