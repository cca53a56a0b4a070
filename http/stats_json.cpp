#include "http/stats_json.hpp"

#include "http/json_writer.hpp"

namespace meshtrace {

namespace {

/// 0 where there is nothing to divide by.
double ratio(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0
                    : static_cast<double>(part) / static_cast<double>(whole);
}

void put_time(json_writer& out, std::string_view name, optional_int time) {
  out.put_time(name, time.has_value() ? std::optional{*time} : std::nullopt);
}

void put_operation(json_writer& out, const operation_statistics& x) {
  out.open();
  out.put("operation", x.operation);
  out.put("count", x.count);
  out.put("error_count", x.error_count);
  out.put("avg_duration_ms", x.avg_duration_ms);
  out.put("p99_duration_ms", x.p99_duration_ms);
  out.close();
}

void put_figures(json_writer& out, const statistics_report& x) {
  out.put("total_traces", x.total_traces);
  out.put("success_traces", x.success_traces);
  out.put("failed_traces", x.failed_traces);
  out.put("incomplete_traces", x.incomplete_traces);
  out.put("success_rate", 100 * ratio(x.success_traces, x.total_traces));
  out.put("total_spans", x.total_spans);
  out.put("avg_duration_ms", x.avg_duration_ms);
  out.put("p50_duration_ms", x.p50_duration_ms);
  out.put("p90_duration_ms", x.p90_duration_ms);
  out.put("p99_duration_ms", x.p99_duration_ms);
  out.put("avg_spans_per_trace", ratio(x.total_spans, x.total_traces));
}

} // namespace

std::string_view to_string(statistics_window window) {
  switch (window) {
  case statistics_window::five_minutes:
    return "5m";
  case statistics_window::hour:
    return "1h";
  case statistics_window::day:
    return "24h";
  case statistics_window::all:
    break;
  }
  return "all";
}

statistics_window window_of(std::string_view text) {
  if (text == "5m")
    return statistics_window::five_minutes;
  if (text == "1h")
    return statistics_window::hour;
  return text == "24h" ? statistics_window::day : statistics_window::all;
}

std::string
stats_json(bool enabled, bool stats_enabled, const statistics_report& report,
           statistics_window window) {
  json_writer out;
  out.open();
  out.put("enabled", enabled);
  out.put("stats_enabled", stats_enabled);
  put_figures(out, report);
  out.open_list("agents_involved");
  for (auto& agent : report.agents_involved)
    out.item(agent);
  out.close_list();
  out.open_list("top_operations");
  for (auto& operation : report.top_operations)
    put_operation(out, operation);
  out.close_list();
  put_time(out, "first_trace", report.first_trace);
  put_time(out, "last_trace", report.last_trace);
  out.put("window", to_string(window));
  out.close();
  return out.text();
}

} // namespace meshtrace
