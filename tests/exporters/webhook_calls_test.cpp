#include "exporters/webhook_calls.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace meshtrace;
using namespace std::chrono_literals;
using verdict = webhook_calls::verdict;

namespace {

constexpr webhook_calls::time_point begin{1h};
const webhook_reasons failed{1};
const webhook_reasons slow{4};

/// Asks for a trace, and delivers the call that is to be made.
verdict try_call(webhook_calls& calls, const std::string& id,
                 webhook_calls::time_point now,
                 webhook_reasons reasons = failed, bool always = false) {
  const auto result = calls.decide(id, reasons, always, now);
  if (result == verdict::call)
    calls.delivered(id, reasons);
  return result;
}

} // namespace

TEST_SUITE_BEGIN("webhook calls");

TEST_CASE("no minute has more calls than are allowed") {
  webhook_calls calls{3};
  for (int i = 0; i < 3; ++i)
    CHECK(try_call(calls, "a" + std::to_string(i), begin + i * 20s)
          == verdict::call);
  CHECK(try_call(calls, "b", begin + 59'999ms) == verdict::held_back);
  CHECK(try_call(calls, "c", begin + 60s) == verdict::call);
  CHECK(try_call(calls, "d", begin + 79'999ms) == verdict::held_back);
  CHECK(try_call(calls, "e", begin + 80s) == verdict::call);
}

TEST_CASE("what was held back is counted until a call has said so") {
  webhook_calls calls{1};
  CHECK(try_call(calls, "a", begin) == verdict::call);
  CHECK(try_call(calls, "b", begin) == verdict::held_back);
  CHECK(try_call(calls, "c", begin) == verdict::held_back);
  CHECK(calls.held_back() == 2);
  CHECK(calls.decide("d", failed, false, begin + 1min) == verdict::call);
  calls.failed("d");
  CHECK(calls.held_back() == 2);
  CHECK(try_call(calls, "d", begin + 2min) == verdict::call);
  CHECK(calls.held_back() == 0);
}

TEST_CASE("a trace is called for once a reason") {
  webhook_calls calls{10};
  CHECK(try_call(calls, "a", begin) == verdict::call);
  CHECK(try_call(calls, "a", begin) == verdict::said_before);
  CHECK(try_call(calls, "a", begin, failed | slow) == verdict::call);
  CHECK(try_call(calls, "a", begin, slow) == verdict::said_before);
  CHECK(try_call(calls, "b", begin) == verdict::call);
}

TEST_CASE("what was said before takes no room and is not held back") {
  webhook_calls calls{1};
  CHECK(try_call(calls, "a", begin) == verdict::call);
  CHECK(try_call(calls, "a", begin) == verdict::said_before);
  CHECK(calls.held_back() == 0);
}

TEST_CASE("who wants every revision gets every revision") {
  webhook_calls calls{10};
  CHECK(try_call(calls, "a", begin, {}, true) == verdict::call);
  CHECK(try_call(calls, "a", begin, {}, true) == verdict::call);
}

TEST_CASE("a trace that was held back may match again") {
  webhook_calls calls{1};
  CHECK(try_call(calls, "a", begin) == verdict::call);
  CHECK(try_call(calls, "b", begin) == verdict::held_back);
  CHECK(try_call(calls, "b", begin + 1min) == verdict::call);
}

TEST_CASE("a call that failed waits for room and is not held back") {
  webhook_calls calls{2};
  for (int i = 0; i < 2; ++i) {
    CHECK(calls.decide("a", failed, false, begin + i * 1s) == verdict::call);
    calls.failed("a");
  }
  CHECK(calls.decide("a", failed, false, begin + 2s) == verdict::later);
  CHECK(calls.decide("a", failed, false, begin + 3s) == verdict::later);
  CHECK(calls.free_at(begin + 3s) == begin + 60s);
  CHECK(calls.held_back() == 0);
  CHECK(try_call(calls, "a", begin + 60s) == verdict::call);
  CHECK(try_call(calls, "b", begin + 60'500ms) == verdict::held_back);
}

TEST_CASE("room is there at once where there is room") {
  webhook_calls calls{1};
  CHECK(calls.free_at(begin) == begin);
}

TEST_CASE("a call that failed and never comes again leaves nothing behind") {
  webhook_calls calls{1};
  CHECK(calls.decide("a", failed, false, begin) == verdict::call);
  calls.failed("a");
  CHECK(calls.decide("b", failed, false, begin) == verdict::held_back);
  CHECK(calls.decide("a", failed, false, begin) == verdict::held_back);
}

TEST_CASE("of very many traces the oldest are forgotten") {
  webhook_calls calls{1'000'000};
  for (std::size_t i = 0; i <= webhook_calls::most_remembered; ++i)
    CHECK(try_call(calls, std::to_string(i), begin) == verdict::call);
  CHECK(try_call(calls, "1", begin) == verdict::said_before);
  CHECK(try_call(calls, "0", begin) == verdict::call);
}

TEST_SUITE_END();
