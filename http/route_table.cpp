#include "http/dashboard_parameters.hpp"
#include "http/routes.hpp"
#include "trace/decode.hpp"

#include <array>

namespace meshtrace {

namespace {

using enum value_kind;
using names = std::span<const std::string_view>;

constexpr auto states = std::to_array<std::string_view>(
  {"completed", "complete", "incomplete", "active", "all"});
constexpr auto sorts
  = std::to_array<std::string_view>({"end_time", "duration"});
constexpr auto windows = std::to_array<std::string_view>({"1h", "24h", "all"});
constexpr auto field_sets = std::to_array<std::string_view>({"summary"});

constexpr auto json = std::to_array<std::string_view>({"application/json"});
constexpr auto json_or_html
  = std::to_array<std::string_view>({"application/json", "text/html"});
constexpr auto plain_text = std::to_array<std::string_view>({"text/plain"});

constexpr parameter state_parameter{
  .name = "state",
  .kind = choice,
  .description = "completed is complete and incomplete; all is active too",
  .fallback = "completed",
  .choices = states};
constexpr parameter limit_parameter{.name = "limit",
                                    .kind = integer,
                                    .description = "most traces to answer with",
                                    .fallback = "20",
                                    .least = 1,
                                    .greatest = 100};
constexpr parameter fields_parameter{.name = "fields",
                                     .kind = choice,
                                     .description
                                     = "summary leaves out the spans",
                                     .choices = field_sets};

constexpr auto list_parameters = std::to_array<parameter>({
  limit_parameter,
  {.name = "offset",
   .kind = integer,
   .description = "how many of the newest traces to skip",
   .fallback = "0",
   .least = 0,
   .greatest = 1'000'000'000},
  state_parameter,
  fields_parameter,
});

constexpr auto search_parameters = std::to_array<parameter>({
  {.name = "trace_id", .kind = id, .description = "this trace"},
  {.name = "parent_span_id",
   .kind = id,
   .description = "a span has this parent"},
  {.name = "agent_name", .kind = text, .description = "this agent took part"},
  {.name = "operation",
   .kind = text,
   .description = "part of the operation of any span"},
  {.name = "root_operation",
   .kind = text,
   .description = "the operation of the root"},
  {.name = "success", .kind = boolean, .description = "how it ended"},
  {.name = "error_message",
   .kind = text,
   .description = "part of the error text of any span"},
  {.name = "llm_model", .kind = text, .description = "a span used this model"},
  {.name = "attribute",
   .kind = key_value,
   .description = "a span has this attribute; may be repeated",
   .repeatable = true},
  {.name = "start_time",
   .kind = time,
   .description = "the trace starts then or later"},
  {.name = "end_time",
   .kind = time,
   .description = "the trace ends then or earlier"},
  {.name = "min_duration_ms",
   .kind = duration_ms,
   .description = "it takes at least so long"},
  {.name = "max_duration_ms",
   .kind = duration_ms,
   .description = "it takes at most so long"},
  {.name = "min_spans",
   .kind = integer,
   .description = "it has at least so many spans",
   .least = 0,
   .greatest = 1'000'000'000},
  state_parameter,
  limit_parameter,
  {.name = "sort",
   .kind = choice,
   .description = "newest or longest first",
   .fallback = "end_time",
   .choices = sorts},
  {.name = "cursor",
   .kind = text,
   .description = "next_cursor of the page before"},
  fields_parameter,
});

constexpr auto trace_parameters = std::to_array<parameter>({
  {.name = "adjust",
   .kind = boolean,
   .description = "corrects the times for clock skew between agents",
   .fallback = "false"},
});

constexpr auto stats_parameters = std::to_array<parameter>({
  {.name = "window",
   .kind = choice,
   .description = "over which time",
   .fallback = "all",
   .choices = windows},
});

constexpr auto analytics_windows
  = std::to_array<std::string_view>({"5m", "1h", "24h", "all"});
constexpr auto call_sorts
  = std::to_array<std::string_view>({"calls", "errors", "error_rate", "avg_ms",
                                     "p50_ms", "p90_ms", "p99_ms", "max_ms"});
constexpr auto agent_sorts = std::to_array<std::string_view>(
  {"spans", "errors", "error_rate", "avg_ms", "p50_ms", "p90_ms", "p99_ms",
   "max_ms", "total_tokens"});
constexpr auto model_sorts = std::to_array<std::string_view>(
  {"calls", "errors", "error_rate", "avg_ms", "p50_ms", "p90_ms", "p99_ms",
   "max_ms", "total_tokens"});

constexpr std::array<parameter, 3> analytics_parameters(names orders) {
  return {{{.name = "window",
            .kind = choice,
            .description = "over which time, by the end of traces",
            .fallback = "all",
            .choices = analytics_windows},
           {.name = "limit",
            .kind = integer,
            .description = "most rows to answer with",
            .fallback = "100",
            .least = 1,
            .greatest = 1000},
           {.name = "sort",
            .kind = choice,
            .description = "the greatest first",
            .fallback = orders.front(),
            .choices = orders}}};
}
constexpr auto call_parameters = analytics_parameters(call_sorts);
constexpr auto agent_parameters = analytics_parameters(agent_sorts);
constexpr auto model_parameters = analytics_parameters(model_sorts);

/// As `to_string(dead_reason)` has them.
constexpr auto dead_reason_names = std::to_array<std::string_view>(
  {"no_fields", "no_trace_id", "bad_trace_id", "unknown_event_type"});
static_assert(dead_reason_names.size() == dead_reasons);

constexpr auto dead_letter_parameters = std::to_array<parameter>({
  {.name = "limit",
   .kind = integer,
   .description = "most dead letters to answer with",
   .fallback = "20",
   .least = 1,
   .greatest = 100},
  {.name = "reason",
   .kind = choice,
   .description = "only those with this reason",
   .choices = dead_reason_names},
});

constexpr std::span<const parameter> none{};

constexpr auto table = std::to_array<route>({
  {endpoint::index, "GET", "/", "this list", none, json_or_html},
  {endpoint::status, "GET", "/trace/status",
   "what is read, joined, kept and exported, and the settings", none, json},
  {endpoint::status, "GET", "/trace/info", "the same as /trace/status", none,
   json},
  {endpoint::list, "GET", "/trace/list", "traces, newest end first",
   list_parameters, json},
  {endpoint::search, "GET", "/trace/search",
   "traces for which all filters hold", search_parameters, json},
  {endpoint::stats, "GET", "/trace/stats",
   "counts, success rate, durations, agents, operations", stats_parameters,
   json},
  {endpoint::trace, "GET", "/trace/{trace_id}",
   "one trace with its spans, active or completed", trace_parameters, json},
  {endpoint::trace_analysis, "GET", "/trace/{trace_id}/analysis",
   "critical path, waiting, tokens, loops and what is missing of one trace",
   trace_parameters, json},
  {endpoint::analytics, "GET", "/analytics/edges",
   "calls from agent to agent by function", call_parameters, json},
  {endpoint::analytics, "GET", "/analytics/agents",
   "spans, errors, durations, tokens and bytes of each agent", agent_parameters,
   json},
  {endpoint::analytics, "GET", "/analytics/models",
   "calls, errors, durations and tokens of each language model",
   model_parameters, json},
  {endpoint::analytics, "GET", "/analytics/operations",
   "spans, errors and durations of each operation of each agent",
   call_parameters, json},
  {endpoint::dead_letters, "GET", "/dead-letters",
   "entries that can be part of no trace, newest first", dead_letter_parameters,
   json},
  {endpoint::backup, "POST", "/admin/backup",
   "copies the store into the new folder that the body names", none, json},
  {endpoint::healthz, "GET", "/healthz", "whether the process lives", none,
   json, false},
  {endpoint::readyz, "GET", "/readyz",
   "whether Redis is connected and the store is open; 503 says why not", none,
   json, false},
  {endpoint::metrics, "GET", "/metrics", "metrics for Prometheus", none,
   plain_text},
  {endpoint::version, "GET", "/version", "the version that runs", none, json},
  {endpoint::dashboard_recent, "GET", "/api/trace/recent",
   "for the dashboard: what traces came last", dashboard_recent_parameters,
   json, true, true},
  {endpoint::dashboard_list, "GET", "/api/trace/list",
   "for the dashboard: traces without spans, newest end first",
   dashboard_list_parameters, json, true, true},
  {endpoint::dashboard_search, "GET", "/api/trace/search",
   "for the dashboard: traces without spans for which all filters hold",
   dashboard_search_parameters, json, true, true},
  {endpoint::dashboard_trace, "GET", "/api/trace/{trace_id}",
   "for meshctl and the dashboard: one completed trace", none, json, true,
   true},
  {endpoint::dashboard_health, "GET", "/api/ui-health",
   "for the dashboard: whether the process lives", none, json, true, true},
  {endpoint::registry_health, "GET", "/api/health",
   "for meshctl: the same as a registry says it", none, json, true, true},
});

} // namespace

std::span<const route> routes() {
  return table;
}

} // namespace meshtrace
