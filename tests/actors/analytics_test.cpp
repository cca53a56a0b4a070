#include "actors/analytics.hpp"
#include "tests/actors/log_fixture.hpp"

#include <doctest/doctest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

using namespace meshtrace;
using namespace std::chrono_literals;

namespace {

struct fixture : test::log_fixture {
  explicit fixture(memory_options options = {}) : log_fixture(options) {
    // nop
  }

  void start(analytics_options options = {}) {
    who = spawn(analytics, store, &counters, options);
  }

  statistics_report report() {
    deliver(who, statistics_query{statistics_window::all, 0});
    const auto result = next<statistics_report>();
    REQUIRE(result);
    return *result;
  }

  /// How many spans the agent of all traces has.
  std::uint64_t spans() {
    deliver(who, analytics_query{.kind = analytics_kind::agents});
    const auto result = next<analytics_report>();
    REQUIRE(result);
    return result->rows.empty() ? 0 : result->rows[0].calls;
  }

  analytics_actor who;
};

struct small_log : fixture {
  small_log() : fixture(options()) {
    // nop
  }
  static memory_options options() {
    memory_options result;
    result.log_limit = 2;
    return result;
  }
};

/// Takes what is logged, instead of stderr.
struct log_capture {
  log_capture() : before(spdlog::default_logger()) {
    spdlog::set_default_logger(std::make_shared<spdlog::logger>(
      "test", std::make_shared<spdlog::sinks::ostream_sink_st>(text)));
  }
  ~log_capture() {
    spdlog::set_default_logger(before);
  }

  std::size_t count(std::string_view part) const {
    const auto all = text.str();
    std::size_t result = 0;
    for (auto at = all.find(part); at != std::string::npos;
         at = all.find(part, at + 1))
      ++result;
    return result;
  }

  std::ostringstream text;
  std::shared_ptr<spdlog::logger> before;
};

contribution failed_at(std::int64_t end) {
  contribution result;
  result.end = {end};
  result.success = outcome::failure;
  return result;
}

} // namespace

TEST_SUITE_BEGIN("analytics");

TEST_CASE_FIXTURE(fixture, "every trace of the log is counted at once") {
  commit({write("t1"), write("odd")});
  start();
  CHECK(report().total_traces == 2);
  commit({write("t2"), write("t3")});
  CHECK(report().total_traces == 4);
  CHECK(report().agents_involved == std::vector<std::string>{"agent"});
  advance(10s, 500ms);
  CHECK(report().total_traces == 4);
}

TEST_CASE_FIXTURE(fixture, "a revision replaces what its trace had added") {
  start();
  commit({write("t1")});
  commit({write("t1", "s2", 1)});
  const auto result = report();
  CHECK(result.total_traces == 1);
  CHECK(result.total_spans == 2);
  REQUIRE(result.top_operations.size() == 1);
  CHECK(result.top_operations[0].count == 2);
  CHECK(spans() == 2);
  CHECK(counters.render().find("traces_spanmetrics_calls_total{service="
                               "\"agent\",span_kind=\"SPAN_KIND_SERVER\","
                               "span_name=\"work\",status_code=\"STATUS_CODE_"
                               "OK\"} 2\n")
        != std::string::npos);
}

TEST_CASE_FIXTURE(fixture, "a long log is read in pages") {
  analytics_options options;
  options.page = 3;
  std::vector<trace_write> batch;
  for (int i = 0; i < 20; ++i)
    batch.push_back(write("t" + std::to_string(i)));
  commit(std::move(batch));
  start(options);
  CHECK(report().total_traces == 20);
  CHECK(engine->reads >= 7);
}

TEST_CASE_FIXTURE(fixture, "news that got lost is found within a second") {
  start();
  REQUIRE(engine->commit(std::vector{write("t1")}, 0)); // tells nobody
  advance(500ms, 100ms);
  CHECK(report().total_traces == 1);
}

TEST_CASE_FIXTURE(fixture, "a store that fails is asked again, not at once") {
  start();
  engine->log_broken = true;
  commit({write("t1")});
  const auto reads = engine->reads;
  commit({write("t2")});
  CHECK(engine->reads == reads);
  CHECK(report().total_traces == 0);
  engine->log_broken = false;
  advance(1s, 100ms);
  CHECK(report().total_traces == 2);
}

TEST_CASE_FIXTURE(small_log, "what the log has lost is counted") {
  commit({write("t1"), write("t2"), write("t3"), write("t4")});
  start();
  const auto lost = counters.statistics_lost.Value();
  CHECK(lost > 0);
  CHECK(static_cast<double>(report().total_traces) + lost == 4);
}

TEST_CASE_FIXTURE(small_log, "sums go on where they were saved") {
  start();
  for (auto* id : {"t1", "t2", "t3", "t4"}) {
    commit({write(id)});
    advance(2s, 100ms);
  }
  commit({write("t1", "s2", 1)}); // a second later than the last save
  kill(who);
  start();
  CHECK(report().total_traces == 4);
  CHECK(report().total_spans == 5);
  CHECK(spans() == 5);
  CHECK(counters.statistics_lost.Value() == 0);
}

TEST_CASE_FIXTURE(fixture, "saved sums that are damaged begin anew") {
  start();
  commit({write("t1")});
  advance(2s, 100ms);
  kill(who);
  const note damaged{"statistics/all", "x"};
  REQUIRE(engine->save_notes({&damaged, 1}));
  start();
  CHECK(report().total_traces == 1); // from the log
}

TEST_CASE_FIXTURE(fixture, "analytics begin anew, and for good, where a "
                           "meshtrace without them ran") {
  const log_capture log;
  start();
  commit({write("t1")});
  advance(2s, 100ms);
  kill(who);
  const note old{"analytics/head", ""}; // as if of another time
  REQUIRE(engine->save_notes({&old, 1}));
  start();
  CHECK(report().total_traces == 1);
  CHECK(spans() == 0);
  CHECK(log.count("analytics begin anew") == 1);
  commit({write("t2")});
  advance(2s, 100ms);
  kill(who);
  start();
  CHECK(report().total_traces == 2);
  CHECK(spans() == 1);
  CHECK(log.count("analytics begin anew") == 1);
}

TEST_CASE_FIXTURE(fixture, "sums that cannot be saved are saved later") {
  start();
  engine->notes_broken = true;
  commit({write("t1")});
  advance(2s, 100ms);
  engine->notes_broken = false;
  advance(2s, 100ms);
  kill(who);
  engine->log_broken = true;
  start();
  CHECK(report().total_traces == 1);
}

TEST_CASE_FIXTURE(fixture, "the log gets a line while there is traffic") {
  const log_capture log;
  start();
  advance(1min, 500ms);
  CHECK(log.count("statistics:") == 0);
  commit({write("t1"), write("t2")});
  advance(5s, 500ms);
  commit({write("t1", "s2", 1)});
  CHECK(log.count("statistics:") == 0);
  advance(5s, 500ms);
  CHECK(log.count("statistics: 2 traces (") == 1);
  CHECK(log.count("3 spans") == 1);
  advance(1min, 500ms);
  CHECK(log.count("statistics:") == 1);
}

TEST_CASE_FIXTURE(fixture, "the log gets a line with a thousand traces") {
  const log_capture log;
  std::vector<trace_write> batch;
  for (int i = 0; i < 2500; ++i)
    batch.push_back(write("t" + std::to_string(i)));
  start();
  commit(std::move(batch));
  CHECK(log.count("statistics: 1000 traces (") == 2);
  advance(10s, 500ms);
  CHECK(log.count("statistics: 500 traces (") == 1);
}

TEST_CASE("a page is counted at the time it is seen") {
  constexpr std::int64_t minute = 60'000'000'000;
  constexpr std::int64_t now = 29'226'240 * minute;
  analytics_state state;
  state.cursors.start({0});
  const auto x = std::make_shared<const contribution>(failed_at(now));
  const log_page page{0, {{3, "t1", 1, x, nullptr}}, 2};
  CHECK(state.take_page({0, 0, 1000}, page, now, {}).empty());
  CHECK(state.sums->report(statistics_window::hour, now).failed_traces == 1);
  const auto later = now + 61 * minute;
  CHECK(state.sums->report(statistics_window::hour, later).failed_traces == 0);
  state.cursors.note_ends({4});
  CHECK(state.cursors.lag() == 1);
}

TEST_SUITE_END();
