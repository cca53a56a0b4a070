#include "http/stats_json.hpp"

#include <doctest/doctest.h>
#include <rapidjson/document.h>

#include <limits>

using namespace meshtrace;

namespace {

rapidjson::Document stats(bool stats_enabled, const statistics_report& report,
                          statistics_window window = statistics_window::all) {
  rapidjson::Document result;
  const auto text = stats_json(true, stats_enabled, report, window);
  REQUIRE_FALSE(result.Parse(text.c_str()).HasParseError());
  return result;
}

} // namespace

TEST_CASE("statistics are shown with their rates") {
  statistics_report report;
  report.total_traces = 3;
  report.success_traces = 2;
  report.failed_traces = 1;
  report.incomplete_traces = 1;
  report.total_spans = 10;
  report.avg_duration_ms = 1.23456;
  report.p50_duration_ms = 2;
  report.p90_duration_ms = 3;
  report.p99_duration_ms = 4;
  report.agents_involved = {"a", "b\xff"};
  report.top_operations = {{"op", 5, 2, 6.5, 7.25}};
  report.first_trace = {0};
  const auto x = stats(true, report);
  CHECK(x["enabled"].GetBool());
  CHECK(x["stats_enabled"].GetBool());
  CHECK(x["total_traces"].GetInt() == 3);
  CHECK(x["success_traces"].GetInt() == 2);
  CHECK(x["failed_traces"].GetInt() == 1);
  CHECK(x["incomplete_traces"].GetInt() == 1);
  CHECK(x["success_rate"].GetDouble() == 66.667);
  CHECK(x["total_spans"].GetInt() == 10);
  CHECK(x["avg_duration_ms"].GetDouble() == 1.235);
  CHECK(x["p50_duration_ms"].GetDouble() == 2.0);
  CHECK(x["p90_duration_ms"].GetDouble() == 3.0);
  CHECK(x["p99_duration_ms"].GetDouble() == 4.0);
  CHECK(x["avg_spans_per_trace"].GetDouble() == 3.333);
  CHECK(x["agents_involved"].Size() == 2);
  const auto& operation = x["top_operations"][0];
  CHECK(operation["operation"] == "op");
  CHECK(operation["count"].GetInt() == 5);
  CHECK(operation["error_count"].GetInt() == 2);
  CHECK(operation["avg_duration_ms"].GetDouble() == 6.5);
  CHECK(operation["p99_duration_ms"].GetDouble() == 7.25);
  CHECK(x["first_trace"] == "1970-01-01T00:00:00.000000000Z");
  CHECK(x["last_trace"].IsNull());
  CHECK(x["window"] == "all");
}

TEST_CASE("no traces mean zeros, and nothing that is no number") {
  statistics_report report;
  report.avg_duration_ms = std::numeric_limits<double>::quiet_NaN();
  const auto x = stats(false, report, statistics_window::hour);
  CHECK_FALSE(x["stats_enabled"].GetBool());
  CHECK(x["success_rate"].GetDouble() == 0.0);
  CHECK(x["avg_spans_per_trace"].GetDouble() == 0.0);
  CHECK(x["avg_duration_ms"].GetDouble() == 0.0);
  CHECK(x["agents_involved"].Empty());
  CHECK(x["top_operations"].Empty());
  CHECK(x["window"] == "1h");
}

TEST_CASE("windows are read as they are written") {
  for (const auto* text : {"1h", "24h", "all"})
    CHECK(stats(true, {}, window_of(text))["window"] == text);
}
