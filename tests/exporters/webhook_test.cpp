#include "exporters/console_text.hpp"
#include "exporters/webhook.hpp"
#include "tests/exporters/http_target.hpp"
#include "tests/exporters/samples.hpp"

#include <doctest/doctest.h>
#include <rapidjson/document.h>

#include <string>
#include <vector>

using namespace meshtrace;
using namespace meshtrace::test;
using namespace std::chrono_literals;

namespace {

stored_trace failed_trace(const std::string& id, std::uint32_t revision = 1,
                          const entry& extra = {}) {
  return stored(
    {with(with(done("a1", "agent", "work", "1753576434", "1753576435"),
               {{"trace_id", id}, {"success", "false"}}),
          extra)},
    revision);
}

/// A webhook whose clock stands until it is set.
struct fixture {
  http_target target;
  webhook_calls::time_point now{1h};

  explicit fixture(std::vector<http_target::step> script = {})
    : target(std::move(script)) {
    // nop
  }

  webhook
  make(webhook_filter filter = {.failed = true}, std::size_t per_minute = 60) {
    webhook_options options;
    options.target.url = target.url("/hook/hunter2");
    options.target.gzip = false;
    options.filter = filter;
    options.per_minute = per_minute;
    return webhook{options, [this] {
                     return now;
                   }};
  }

  rapidjson::Document body(std::size_t i) {
    rapidjson::Document result;
    result.Parse(target.requests().at(i).body);
    REQUIRE_FALSE(result.HasParseError());
    return result;
  }
};

/// Its own comparisons never end in C++20.
std::string text(const rapidjson::Value& value) {
  return value.GetString();
}

bool is_ok(const export_result& result) {
  return std::holds_alternative<export_ok>(result);
}

} // namespace

TEST_SUITE_BEGIN("webhook");

TEST_CASE_FIXTURE(fixture, "a trace that matches is posted as REST shows it") {
  auto out = make();
  const auto trace = failed_trace("t1");
  CHECK(is_ok(out.export_trace(trace)));
  const auto got = target.requests().at(0);
  CHECK(got.head.starts_with("POST /hook/hunter2 "));
  CHECK(got.field("content-type") == "application/json");
  auto shown = json_line(trace);
  shown.pop_back(); // the line end
  CHECK(got.body
        == R"({"event":"trace.completed","reasons":["failed"],)"
           R"("held_back":0,"trace":)"
             + shown + '}');
  CHECK(out.name() == "webhook");
  CHECK(out.whole_traces());
}

TEST_CASE_FIXTURE(fixture, "a trace that does not match is done with") {
  auto out = make();
  CHECK(is_ok(out.export_trace(report_trace())));
  CHECK(target.requests().empty());
}

TEST_CASE_FIXTURE(fixture, "a later revision is posted for a new reason") {
  auto out = make({.failed = true, .incomplete = true});
  CHECK(is_ok(out.export_trace(failed_trace("t1"))));
  CHECK(is_ok(out.export_trace(failed_trace("t1", 2))));
  CHECK(target.requests().size() == 1);
  CHECK(
    is_ok(out.export_trace(failed_trace("t1", 3, {{"parent_span", "gone"}}))));
  REQUIRE(target.requests().size() == 2);
  const auto got = body(1);
  CHECK(got["reasons"].Size() == 2);
  CHECK(text(got["reasons"][0]) == "failed");
  CHECK(text(got["reasons"][1]) == "incomplete");
  CHECK(got["trace"]["revision"].GetInt() == 3);
}

TEST_CASE_FIXTURE(fixture, "all posts every revision") {
  auto out = make({.all = true});
  CHECK(is_ok(out.export_trace(report_trace(1))));
  CHECK(is_ok(out.export_trace(report_trace(2))));
  REQUIRE(target.requests().size() == 2);
  CHECK(body(1)["reasons"].Empty());
}

TEST_CASE_FIXTURE(fixture, "what the minute has no room for is told twice") {
  auto out = make({.failed = true}, 1);
  for (int i = 0; i < 4; ++i)
    CHECK(is_ok(out.export_trace(failed_trace("t" + std::to_string(i)))));
  CHECK(target.requests().size() == 1);
  // Once to the operator,
  const auto left = out.take_left_out();
  CHECK(left.held_back == 3);
  CHECK(left.spans == 0);
  CHECK(left.reason.find("TRACE_WEBHOOK_RATE") != std::string::npos);
  CHECK(out.take_left_out().held_back == 0);
  CHECK(out.take_left_out().reason.empty());
  // and once to who is called.
  now += 1min;
  CHECK(is_ok(out.export_trace(failed_trace("t9"))));
  CHECK(body(1)["held_back"].GetInt() == 3);
  now += 1min;
  CHECK(is_ok(out.export_trace(failed_trace("t10"))));
  CHECK(body(2)["held_back"].GetInt() == 0);
}

TEST_CASE("a call that fails is made again, and is the same") {
  fixture f{{http_target::answer(500), http_target::answer(404),
             http_target::answer(200)}};
  auto out = f.make({.failed = true}, 2);
  const auto trace = failed_trace("t1");
  for (int i = 0; i < 2; ++i)
    CHECK(std::holds_alternative<retry_after>(out.export_trace(trace)));
  // The calls of this minute are spent: it waits, and is not held back.
  const auto result = out.export_trace(trace);
  REQUIRE(std::holds_alternative<retry_after>(result));
  CHECK(std::get<retry_after>(result).pause == 1min);
  CHECK(f.target.requests().size() == 2);
  f.now += 1min;
  CHECK(is_ok(out.export_trace(trace)));
  const auto got = f.target.requests();
  REQUIRE(got.size() == 3);
  CHECK(got[2].body == got[0].body);
  CHECK(out.take_left_out().held_back == 0);
}

TEST_CASE("Retry-After of a webhook is honoured") {
  fixture f{{http_target::answer(429, "Retry-After: 3\r\n")}};
  auto out = f.make();
  const auto result = out.export_trace(failed_trace("t1"));
  REQUIRE(std::holds_alternative<retry_after>(result));
  CHECK(std::get<retry_after>(result).pause == 3s);
}

TEST_CASE("what a target never takes is rejected, without its secrets") {
  fixture f{{http_target::answer(400, {}, "bad POST /hook/hunter2")}};
  auto out = f.make();
  const auto result = out.export_trace(failed_trace("t1"));
  REQUIRE(std::holds_alternative<reject>(result));
  CHECK(std::get<reject>(result).trace_ids == std::vector<std::string>{"t1"});
  CHECK(std::get<reject>(result).reason.find("answers 400")
        != std::string::npos);
  CHECK(std::get<reject>(result).reason.find("hunter2") == std::string::npos);
  CHECK(is_ok(out.export_trace(failed_trace("t2"))));
}

TEST_CASE("a trace that is too large comes without its spans") {
  const auto trace = failed_trace("t1");
  const trace_view view{*trace.content};
  const auto whole = webhook_body(trace, view, {}, 0);
  CHECK(webhook_body(trace, view, {}, 0, whole.size()) == whole);
  const auto body = webhook_body(trace, view, {}, 0, whole.size() - 2);
  rapidjson::Document small;
  small.Parse(body);
  REQUIRE_FALSE(small.HasParseError());
  CHECK(small["trace"]["spans_omitted"].GetBool());
  CHECK(small["trace"]["span_count"].GetInt() == 1);
  CHECK_FALSE(small["trace"].HasMember("spans"));
}

TEST_CASE_FIXTURE(fixture, "an interrupted webhook makes no call") {
  auto out = make();
  out.interrupt();
  CHECK(
    std::holds_alternative<retry_after>(out.export_trace(failed_trace("t1"))));
  CHECK(target.requests().empty());
}

TEST_SUITE_END();
