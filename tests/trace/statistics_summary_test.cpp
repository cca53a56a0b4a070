#include "trace/statistics_summary.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace meshtrace;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t ms = 1'000'000;
constexpr std::int64_t noon = 1'790'000'000'000 * ms;

contribution lasting(std::int64_t duration, std::uint32_t spans = 2) {
  contribution result;
  result.start = {noon};
  result.end = {noon + duration};
  result.duration = {duration};
  result.success = outcome::success;
  result.span_count = spans;
  result.agents = {"data", "weather"};
  return result;
}

contribution failed(contribution x) {
  x.success = outcome::failure;
  return x;
}

struct fixture {
  void complete(const std::string& id, const contribution& x) {
    summary.apply(id, 1, &x, nullptr, now);
  }

  std::string line() {
    return summary.take(now).value_or("");
  }

  statistics_summary::time_point now{1h};
  statistics_summary summary;
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

} // namespace

TEST_SUITE_BEGIN("statistics summary");

TEST_CASE_FIXTURE(fixture, "a line says what came within ten seconds") {
  complete("a", lasting(100 * ms));
  auto open = lasting(300 * ms, 3);
  open.incomplete = true;
  now += 4s;
  complete("b", failed(open));
  now += 5s + 999ms;
  CHECK(line().empty());
  now += 1ms;
  CHECK(line()
        == "2 traces (50.0% success, 1 failed, 1 incomplete), 5 spans, "
           "duration avg 200.0ms p95 299.9ms, 2 agents (data, weather), "
           "2026-09-21T14:13:20.000000000Z to 2026-09-21T14:13:20.300000000Z");
}

TEST_CASE_FIXTURE(fixture, "without traffic there is no line") {
  now += 1h;
  CHECK(line().empty());
  complete("a", lasting(ms));
  now += 10s;
  CHECK(has(line(), "1 trace ("));
  now += 1h;
  CHECK(line().empty());
}

TEST_CASE_FIXTURE(fixture, "a thousand traces do not wait") {
  for (int i = 0; i < 999; ++i)
    complete(std::to_string(i), lasting(ms));
  CHECK(line().empty());
  complete("last", lasting(ms));
  CHECK(has(line(), "1000 traces (100.0% success, 0 failed"));
  complete("next", lasting(ms));
  CHECK(line().empty());
}

TEST_CASE_FIXTURE(fixture, "a revision takes the place of what it replaces") {
  const auto first = failed(lasting(100 * ms));
  const auto second = lasting(500 * ms, 7);
  complete("a", first);
  summary.apply("a", 2, &second, &first, now);
  now += 10s;
  const auto text = line();
  CHECK(has(text, "1 trace (100.0% success, 0 failed"));
  CHECK(has(text, "7 spans"));
  CHECK(has(text, "avg 500.0ms"));
  CHECK_FALSE(has(text, "revisions"));
}

TEST_CASE_FIXTURE(fixture, "revisions of traces of earlier lines are apart") {
  const auto first = lasting(100 * ms);
  const auto second = lasting(500 * ms);
  complete("a", first);
  now += 10s;
  CHECK(has(line(), "1 trace ("));
  summary.apply("a", 2, &second, &first, now);
  now += 10s;
  CHECK(line() == "0 traces; 1 revisions of earlier traces");
  complete("b", first);
  summary.apply("a", 3, &second, &second, now);
  now += 10s;
  const auto text = line();
  CHECK(has(text, "1 trace (100.0% success"));
  CHECK(has(text, "avg 100.0ms"));
  CHECK(has(text, "; 1 revisions of earlier traces"));
}

TEST_CASE_FIXTURE(fixture, "names of agents are few, short and harmless") {
  auto x = lasting(ms);
  x.agents = {"\x1b[31mred", std::string(5000, 'z')};
  complete("a", x);
  for (int i = 0; i < 600; ++i) {
    x.agents = {"agent-" + std::to_string(1000 + i)};
    complete("t" + std::to_string(i), x);
  }
  now += 10s;
  const auto text = line();
  CHECK(has(text, "500+ agents (\\x1b[31mred, agent-1000, "));
  CHECK(has(text, "agent-1008, ...)"));
  CHECK(text.size() < 1000);
}

TEST_CASE_FIXTURE(fixture, "traces without times have none in the line") {
  complete("a", {});
  now += 10s;
  CHECK(line()
        == "1 trace (100.0% success, 0 failed, 0 incomplete), 0 spans, "
           "duration avg 0.0ms p95 0.0ms, 0 agents, ? to ?");
}

TEST_SUITE_END();
