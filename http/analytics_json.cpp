#include "http/analytics_json.hpp"

#include "http/json_writer.hpp"
#include "http/stats_json.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace meshtrace {

namespace {

/// In the order of `analytics_sort`; agents call their calls spans.
constexpr std::array<std::string_view, 9> sort_names
  = {"calls",  "errors", "error_rate", "avg_ms",      "p50_ms",
     "p90_ms", "p99_ms", "max_ms",     "total_tokens"};

/// In the order of `analytics_row::names`.
std::span<const std::string_view> name_keys(analytics_kind kind) {
  static constexpr std::array<std::string_view, 3> edges
    = {"caller", "callee", "function"};
  static constexpr std::array<std::string_view, 1> agents = {"agent"};
  static constexpr std::array<std::string_view, 2> models
    = {"model", "provider"};
  static constexpr std::array<std::string_view, 2> operations
    = {"agent", "operation"};
  switch (kind) {
  case analytics_kind::edges:
    return edges;
  case analytics_kind::agents:
    return agents;
  case analytics_kind::models:
    return models;
  case analytics_kind::operations:
    break;
  }
  return operations;
}

void put_tokens(json_writer& out, const analytics_row& row) {
  out.put("input_tokens", row.amount(analytics_amount::input_tokens));
  out.put("output_tokens", row.amount(analytics_amount::output_tokens));
  out.put("total_tokens", row.amount(analytics_amount::total_tokens));
}

void put_amounts(json_writer& out, analytics_kind kind,
                 const analytics_row& row) {
  switch (kind) {
  case analytics_kind::edges:
    return out.put("unreached_calls",
                   row.amount(analytics_amount::unreached_calls));
  case analytics_kind::agents:
    put_tokens(out, row);
    out.put("request_bytes", row.amount(analytics_amount::request_bytes));
    return out.put("response_bytes",
                   row.amount(analytics_amount::response_bytes));
  case analytics_kind::models:
    return put_tokens(out, row);
  case analytics_kind::operations:
    break;
  }
}

void put_row(json_writer& out, analytics_kind kind, const analytics_row& row) {
  out.open();
  const auto keys = name_keys(kind);
  for (std::size_t i = 0; i < keys.size() && i < row.names.size(); ++i)
    out.put(keys[i], row.names[i]);
  out.put(kind == analytics_kind::agents ? "spans" : "calls", row.calls);
  out.put("errors", row.errors);
  out.put("error_rate", row.error_rate);
  put_amounts(out, kind, row);
  out.put("avg_ms", row.avg_ms);
  out.put("min_ms", row.min_ms);
  out.put("p50_ms", row.p50_ms);
  out.put("p90_ms", row.p90_ms);
  out.put("p99_ms", row.p99_ms);
  out.put("max_ms", row.max_ms);
  out.close();
}

analytics_kind kind_of_path(std::string_view path) {
  for (auto kind :
       {analytics_kind::edges, analytics_kind::agents, analytics_kind::models})
    if (path.ends_with(to_string(kind)))
      return kind;
  return analytics_kind::operations;
}

} // namespace

analytics_query read_analytics_query(std::string_view path,
                                     const arguments& given, std::int64_t now) {
  analytics_query result;
  result.kind = kind_of_path(path);
  result.window = window_of(given.text("window").value_or("all"));
  result.limit = static_cast<std::size_t>(given.number("limit").value_or(100));
  result.now = now;
  const auto sort = std::ranges::find(sort_names, given.text("sort"));
  if (sort != sort_names.end())
    result.sort = static_cast<analytics_sort>(sort - sort_names.begin());
  return result;
}

std::string analytics_json(bool enabled, const analytics_query& query,
                           const analytics_report& report) {
  json_writer out;
  out.open();
  out.put("enabled", enabled);
  out.put("window", to_string(query.window));
  out.open_list("rows");
  for (auto& row : report.rows)
    put_row(out, query.kind, row);
  out.close_list();
  out.put("count", report.rows.size());
  out.put("truncated", report.truncated);
  out.close();
  return out.text();
}

} // namespace meshtrace
