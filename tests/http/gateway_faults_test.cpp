#include "tests/http/gateway_fixture.hpp"

using namespace meshtrace;
using namespace meshtrace::test;
using namespace std::chrono_literals;

TEST_SUITE_BEGIN("gateway in trouble");

TEST_CASE_FIXTURE(gateway_fixture, "requests that make no sense are refused") {
  CHECK(get("/nowhere").status() == 404);
  CHECK(get("/trace/list?limit=5000").status() == 400);
  CHECK(get("/trace/list?limt=5").status() == 400);
  CHECK(answers_counted("none", 404) == 1);
  CHECK(answers_counted("none", 400) == 2);
  auto options = usual_options();
  options.token = "secret";
  start(options);
  CHECK(get("/trace/list").status() == 401);
  CHECK(get("/trace/list", "Bearer secret").status() == 200);
  CHECK(get("/readyz").status() == 200);
}

TEST_CASE_FIXTURE(gateway_fixture, "whoever waits too long is told so, and "
                                   "late answers hurt nobody") {
  for (const auto* target : {"/trace/t", "/trace/list", "/trace/search"}) {
    CAPTURE(target);
    correlators[0].silent = correlators[1].silent = true;
    const auto x = get(target);
    advance(timeout - 1ms, timeout - 1ms);
    CHECK_FALSE(x.answered());
    advance(1ms, 1ms);
    CHECK(x.status() == 504);
    CHECK(x.error_code() == "timeout");
    advance(timeout, timeout);
    correlators[0].silent = correlators[1].silent = false;
    CHECK(get("/trace/list").status() == 200);
  }
  CHECK(counters.http_timeouts.Value() == 3);
}

TEST_CASE_FIXTURE(gateway_fixture, "each request has a deadline of its own") {
  analytics.silent = true;
  const auto first = get("/trace/stats");
  advance(1s, 1s);
  const auto second = get("/trace/stats");
  advance(timeout - 1s, 100ms);
  CHECK(first.answered());
  CHECK_FALSE(second.answered());
  advance(1s, 100ms);
  CHECK(second.status() == 504);
  // Also a request that comes when nobody waits any more, or still while the
  // tick of an earlier one is on its way.
  analytics.silent = false;
  CHECK(get("/trace/stats").answered());
  analytics.silent = true;
  advance(1s, 100ms);
  const auto third = get("/trace/stats");
  advance(timeout - 100ms, 100ms);
  CHECK_FALSE(third.answered());
  advance(100ms, 100ms);
  CHECK(third.status() == 504);
}

TEST_CASE_FIXTURE(gateway_fixture, "a store asked late does not prolong the "
                                   "wait") {
  // The test poses as both: the correlator answers late, the store never.
  correlator_handles = {me<correlator_actor>()};
  stores = {me<trace_store_actor>()};
  start(usual_options());
  const auto x = get("/trace/t");
  advance(timeout / 2, timeout / 2);
  self->receive([](const active_lookup&) { return active_found{}; });
  sched.run();
  advance(timeout / 2 - 1ms, 1s);
  CHECK_FALSE(x.answered());
  advance(1ms, 1ms);
  CHECK(x.status() == 504);
  CHECK(next<trace_find>());
}

TEST_CASE_FIXTURE(gateway_fixture,
                  "too many who wait are turned away at once") {
  analytics.silent = true;
  std::vector<asked> waiting;
  for (int i = 0; i < 3; ++i)
    waiting.push_back(get("/trace/stats"));
  const auto x = get("/trace/list");
  CHECK(x.status() == 503);
  CHECK(x.error_code() == "unavailable");
  CHECK(x.error_message().find("TRACE_HTTP_MAX_PENDING") != std::string::npos);
  CHECK(x.header("Retry-After") == "1");
  CHECK(counters.http_rejected.Value() == 1);
  CHECK(correlators[0].asked == 0);
  CHECK(get("/healthz").status() == 200);
  advance(timeout, timeout);
  for (auto& each : waiting)
    CHECK(each.status() == 504);
  CHECK(get("/trace/list").status() == 200);
}

TEST_CASE_FIXTURE(gateway_fixture, "whoever cannot answer says why") {
  keep->broken = "disk on fire";
  for (const auto* target : {"/trace/t", "/trace/list", "/trace/search"}) {
    CAPTURE(target);
    const auto x = get(target);
    CHECK(x.status() == 503);
    CHECK(x.error_message() == "disk on fire");
  }
  correlators[0].failure = correlators[1].failure = "no memory";
  CHECK(get("/trace/list").error_message() == "no memory");
  CHECK(get("/trace/t").error_message() == "no memory");
}

TEST_CASE_FIXTURE(gateway_fixture, "a part that has ended is a 503") {
  caf::anon_send_exit(analytics_handle, caf::exit_reason::kill);
  sched.run();
  const auto x = get("/trace/stats");
  CHECK(x.status() == 503);
  CHECK(x.error_message().find("has ended") != std::string::npos);
}

TEST_CASE_FIXTURE(gateway_fixture, "draining answers who waits and who comes") {
  analytics.silent = true;
  const auto waiting = get("/trace/stats");
  deliver(front, drain_atom_v);
  CHECK(next<caf::ok_atom>());
  CHECK(waiting.status() == 503);
  CHECK(waiting.error_message() == "the service is stopping");
  CHECK(get("/trace/list").status() == 503);
  CHECK(get("/healthz").status() == 200);
  advance(timeout, timeout);
  CHECK(counters.http_timeouts.Value() == 0);
}

TEST_CASE_FIXTURE(gateway_fixture,
                  "ten quick answers start one tick, not ten") {
  const auto of_others = sched.clock().schedule().size();
  for (int i = 0; i < 10; ++i)
    CHECK(get("/trace/stats").answered());
  // CAF keeps the timeout of each request until it is due.
  CHECK(sched.clock().schedule().size() == of_others + 10 + 1);
  advance(timeout, timeout);
  CHECK(sched.clock().schedule().size() == of_others);
}

TEST_SUITE_END();
