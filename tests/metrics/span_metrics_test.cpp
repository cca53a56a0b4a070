#include "metrics/span_metrics.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace meshtrace;

namespace {

constexpr std::int64_t ms = 1'000'000;

contribution::operation_part
spans(const std::string& agent, std::uint32_t count,
      outcome success = outcome::success,
      std::vector<std::int64_t> durations = {}) {
  return {"work",
          count,
          success == outcome::failure ? count : 0,
          std::move(durations),
          agent,
          span_kind::server,
          success};
}

contribution of(std::vector<contribution::operation_part> operations,
                std::vector<contribution::edge_part> edges = {}) {
  contribution result;
  result.detailed = true;
  result.operations = std::move(operations);
  result.edges = std::move(edges);
  return result;
}

struct fixture {
  bool shows(std::string_view line) const {
    return (all.render()).find(std::string{line} + '\n') != std::string::npos;
  }

  metrics all;
  span_metrics rows{all, {2, 2}};
};

std::string calls(std::string_view service, std::string_view status) {
  return "traces_spanmetrics_calls_total{service=\"" + std::string{service}
         + "\",span_kind=\"SPAN_KIND_SERVER\",span_name=\"work\","
           "status_code=\"STATUS_CODE_"
         + std::string{status} + "\"} ";
}

std::string latency_count(std::string_view service) {
  return "traces_spanmetrics_latency_count{service=\"" + std::string{service}
         + "\",span_kind=\"SPAN_KIND_SERVER\",span_name=\"work\","
           "status_code=\"STATUS_CODE_OK\"} ";
}

} // namespace

TEST_SUITE_BEGIN("span metrics");

TEST_CASE_FIXTURE(fixture, "a revision adds what the one before did not have") {
  const auto first = of({spans("a", 2, outcome::success, {3 * ms, 5 * ms})});
  const auto second
    = of({spans("a", 3, outcome::success, {3 * ms, 5 * ms, 100 * ms}),
          spans("a", 1, outcome::failure)});
  rows.apply(&first, nullptr);
  CHECK(shows(calls("a", "OK") + "2"));
  rows.apply(&second, &first);
  CHECK(shows(calls("a", "OK") + "3"));
  CHECK(shows(calls("a", "ERROR") + "1"));
  CHECK(shows(latency_count("a") + "3"));
  CHECK(shows("traces_spanmetrics_latency_sum{service=\"a\",span_kind="
              "\"SPAN_KIND_SERVER\",span_name=\"work\",status_code=\"STATUS_"
              "CODE_OK\"} 0.108"));
  rows.apply(&first, &second); // takes nothing away
  CHECK(shows(calls("a", "OK") + "3"));
  CHECK(shows(latency_count("a") + "3"));
}

TEST_CASE_FIXTURE(fixture, "a duration that changed is no second one") {
  const auto first = of({spans("a", 2, outcome::success, {3 * ms})});
  const auto second = of({spans("a", 2, outcome::success, {4 * ms})});
  const auto third = of({spans("a", 2, outcome::success, {4 * ms, 9 * ms})});
  rows.apply(&first, nullptr);
  rows.apply(&second, &first);
  CHECK(shows(latency_count("a") + "1"));
  rows.apply(&third, &second);
  CHECK(shows(latency_count("a") + "2"));
}

TEST_CASE_FIXTURE(fixture, "calls between agents, those that reached nobody "
                           "apart") {
  const auto x = of({}, {{"a", "b", "f", true, 3, 1, {2 * ms, 2 * ms}},
                         {"a", "b", "g", true, 1, 0, {ms}},
                         {"a", "b", "g", false, 2, 2, {ms}}});
  rows.apply(&x, nullptr);
  const std::string reached
    = "{client=\"a\",connection_type=\"\",server=\"b\"} ";
  const std::string unreached
    = "{client=\"a\",connection_type=\"virtual_node\",server=\"b\"} ";
  CHECK(shows("traces_service_graph_request_total" + reached + "4"));
  CHECK(shows("traces_service_graph_request_failed_total" + reached + "1"));
  CHECK(
    shows("traces_service_graph_request_server_seconds_count" + reached + "3"));
  CHECK(shows("traces_service_graph_request_total" + unreached + "2"));
  CHECK(shows("traces_service_graph_request_failed_total" + unreached + "2"));
  CHECK_FALSE(shows("traces_service_graph_request_server_seconds_count"
                    + unreached + "1"));
}

TEST_CASE_FIXTURE(fixture, "beyond the limit all are one row") {
  for (int i = 0; i < 5; ++i) {
    const auto name = std::to_string(i);
    const auto x = of({spans(name, 1)}, {{name, "b", "f", true, 1, 0, {}}});
    rows.apply(&x, nullptr);
  }
  CHECK(shows(calls("0", "OK") + "1"));
  CHECK(shows(calls("1", "OK") + "1"));
  CHECK_FALSE(shows(calls("2", "OK") + "1"));
  CHECK(shows("traces_spanmetrics_calls_total{service=\"other\",span_kind="
              "\"other\",span_name=\"other\",status_code=\"other\"} 3"));
  CHECK(shows("traces_service_graph_request_total{client=\"other\",connection_"
              "type=\"\",server=\"other\"} 3"));
  CHECK(shows("meshtrace_span_metrics_other_total 6"));
}

TEST_CASE_FIXTURE(fixture, "labels are short and legal whatever names are") {
  const auto x
    = of({spans("a\n\xff" + std::string(1000, 'x'), 1), spans("", 1)});
  rows.apply(&x, nullptr);
  CHECK(shows(calls("unknown", "OK") + "1"));
  const auto text = all.render();
  CHECK(text.find(std::string(200, 'x')) == std::string::npos);
  CHECK(text.find('\xff') == std::string::npos);
}

TEST_CASE_FIXTURE(fixture,
                  "entries of before there were analytics add nothing") {
  auto x = of({spans("a", 1)});
  x.detailed = false;
  rows.apply(&x, nullptr);
  rows.apply(nullptr, &x);
  CHECK(all.render().find("traces_spanmetrics") == std::string::npos);
}

TEST_SUITE_END();
