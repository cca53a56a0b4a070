#include "bench/compare.hpp"
#include "bench/redis_writer.hpp"
#include "bench/schedule.hpp"
#include "bench/url.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

using namespace meshtrace;
using namespace meshtrace::bench;

namespace {

/// Everything that would be sent, as the bytes that Redis would get.
std::string all_bytes(const plan_options& plan, const schedule_options& order) {
  std::string result;
  schedule events{plan, order};
  std::vector<placed_event> window;
  while (events.next(window))
    for (const auto& event : window)
      append_xadd(result, std::to_string(event.stream), event.content, 0);
  return result;
}

std::string value_of(const event& entry, std::string_view name) {
  for (const auto& [field, value] : entry.fields)
    if (field == name)
      return value;
  return "(absent)";
}

schedule_options shuffled(std::uint64_t traces) {
  schedule_options result;
  result.traces = traces;
  result.streams = 2;
  result.shuffle = true;
  result.duplicates = 0.2;
  return result;
}

} // namespace

TEST_SUITE_BEGIN("publish");

TEST_CASE("the same seed gives the same bytes, another one others") {
  plan_options plan;
  const auto first = all_bytes(plan, shuffled(200));
  CHECK(first.size() > 100'000);
  CHECK(first == all_bytes(plan, shuffled(200)));
  plan.seed = 2;
  CHECK(first != all_bytes(plan, shuffled(200)));
}

TEST_CASE("content does not depend on how many traces there are or how they "
          "are sent") {
  const plan_options plan;
  const auto ids = [&](const schedule_options& order) {
    std::multiset<std::string> result;
    schedule events{plan, order};
    std::vector<placed_event> window;
    while (events.next(window))
      for (const auto& event : window)
        result.insert(value_of(event.content, "trace_id")
                      + value_of(event.content, "span_id")
                      + value_of(event.content, "event_type"));
    return result;
  };
  auto plain = shuffled(100);
  plain.duplicates = 0;
  auto ordered = plain;
  ordered.shuffle = false;
  ordered.interleave = 1;
  CHECK(ids(plain) == ids(ordered));
  const auto fewer = ids(plain);
  plain.traces = 200;
  const auto more = ids(plain);
  CHECK(std::includes(more.begin(), more.end(), fewer.begin(), fewer.end()));
}

TEST_CASE("no two traces and no two spans have one id") {
  const plan_options plan;
  std::set<std::string> ids;
  std::size_t made = 0;
  for (std::uint64_t index = 0; index < 1'000; ++index) {
    const auto trace = make_trace(plan, index);
    ids.insert(trace.id);
    for (const auto& span : trace.spans)
      ids.insert(span.id);
    made += 1 + trace.spans.size();
  }
  CHECK(ids.size() == made);
}

TEST_CASE("agents send the root's end last") {
  plan_options plan;
  plan.max_spans = 12;
  for (std::uint64_t index = 0; index < 200; ++index) {
    const auto trace = make_trace(plan, index);
    bench::random dice{index};
    const auto events = encode(trace, dice);
    const auto root = value_of(events.back(), "span_id");
    CHECK((root == trace.spans[0].id || root == dashed(trace.spans[0].id)));
    CHECK(value_of(events.back(), "event_type") != "span_start");
  }
}

TEST_CASE("the part of traces with a repeated event is as asked") {
  const plan_options plan;
  const auto count = [&](double part) {
    auto order = shuffled(1'000);
    order.duplicates = part;
    schedule events{plan, order};
    std::vector<placed_event> window;
    std::size_t result = 0;
    while (events.next(window))
      result += window.size();
    return result;
  };
  const auto repeated = count(0.2) - count(0);
  CHECK(repeated > 150);
  CHECK(repeated < 250);
}

TEST_CASE("protocol A events have the 16 fields of the benchmark's event") {
  plan_options plan;
  plan.speaks = protocol::a;
  plan.failures = 0;
  plan.llm = 0;
  bench::random dice{1};
  for (const auto& event : encode(make_trace(plan, 7), dice))
    CHECK(event.fields.size() == 16);
}

TEST_CASE("times are spelled as each language spells them") {
  constexpr std::int64_t ns = 1'753'576'434'120'000'000;
  CHECK(seconds_text(ns, 7, 1) == "1753576434.12");
  CHECK(seconds_text(ns - 120'000'000, 7, 1) == "1753576434.0");
  CHECK(seconds_text(ns - 120'000'000, 3, 0) == "1753576434");
  CHECK(seconds_text(ns + 1, 9, 0) == "1753576434.120000001");
  CHECK(java_seconds(ns + 3'000'000) == "1.753576434123E9");
  CHECK(java_seconds(2'000'000'000'000'000'000) == "2.0E9");
  CHECK(rfc3339(ns + 1) == "2025-07-27T00:33:54.120000001Z");
}

TEST_CASE("an XADD is what Redis expects") {
  event entry;
  entry.fields = {{"a", "1"}, {"b", ""}};
  std::string bytes;
  append_xadd(bytes, "s", entry, 10);
  CHECK(
    bytes
    == "*10\r\n$4\r\nXADD\r\n$1\r\ns\r\n$6\r\nMAXLEN\r\n$1\r\n~\r\n"
       "$2\r\n10\r\n$1\r\n*\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\nb\r\n$0\r\n\r\n");
}

TEST_CASE("addresses of Redis and of the service") {
  const auto full = parse_redis_url("redis://me:a@b@[::1]:7000/3");
  REQUIRE(full);
  CHECK(full->host == "::1");
  CHECK(full->port == 7000);
  CHECK(full->user == "me");
  CHECK(full->password == "a@b");
  CHECK(full->database == 3);
  CHECK(parse_redis_url("unix:///tmp/r.sock")->path == "/tmp/r.sock");
  CHECK(parse_redis_url("redis://h")->port == 6379);
  CHECK(parse_redis_url("redis://[::1]")->host == "::1");
  CHECK_FALSE(parse_redis_url("redis://h:99999"));
  CHECK_FALSE(parse_redis_url("http://h"));
  const auto service = parse_http_url("http://localhost:8000/mesh/");
  REQUIRE(service);
  CHECK(service->port == "8000");
  CHECK(service->prefix == "/mesh");
  CHECK_FALSE(parse_http_url("https://h"));
}

TEST_CASE("the comparison sees what is wrong") {
  plan_options options;
  options.max_spans = 1;
  options.speaks = protocol::a;
  options.llm = 0;
  options.failures = 0;
  const auto plan = make_trace(options, 1);
  const auto& span = plan.spans[0];
  const std::string times
    = R"("start_time":")" + rfc3339(span.start_ns) + R"(","end_time":")"
      + rfc3339(span.end_ns) + R"(","duration_ms":)"
      + std::to_string(static_cast<double>(span.end_ns - span.start_ns) / 1e6);
  const auto quoted = [](const std::string& text) {
    return text.empty() ? "null" : '"' + text + '"';
  };
  const std::string json
    = R"({"trace_id":")" + plan.id + R"(","state":"complete",)" + times
      + R"(,"success":true,"truncated":false,"span_count":1,"error_count":0,)"
        R"("orphan_span_count":0,"agent_count":1,"agents":[")"
      + span.agent_name + R"("],"root_agent":")" + span.agent_name
      + R"(","root_operation":")" + span.operation
      + R"(","spans":[{"trace_id":")" + plan.id + R"(","span_id":")" + span.id
      + R"(","parent_span":null,"agent_name":")" + span.agent_name
      + R"(","agent_id":")" + span.agent_id + R"(","ip_address":")"
      + span.ip_address + R"(","operation":")" + span.operation + R"(",)"
      + times
      + R"(,"success":true,"error_message":null,"error_type":null,)"
        R"("capability":)"
      + quoted(span.capability) + R"(,"target_agent":)"
      + quoted(span.target_agent) + R"(,"runtime":"go","request_bytes":)"
      + std::to_string(*span.request_bytes) + R"(,"response_bytes":)"
      + std::to_string(*span.response_bytes)
      + R"(,"llm_model":null,"llm_provider":null,"llm_input_tokens":null,)"
        R"("llm_output_tokens":null,"llm_total_tokens":null}]})";
  const auto problems = [&](const std::string& answer) {
    return compare(plan, answer, true);
  };
  for (const auto& problem : problems(json))
    MESSAGE(problem);
  CHECK(problems(json).empty());
  const auto changed = [&](const std::string& from, const std::string& to) {
    auto copy = json;
    const auto at = copy.find(from);
    REQUIRE(at != std::string::npos);
    return problems(copy.replace(at, from.size(), to)).size();
  };
  CHECK(changed("\"complete\"", "\"active\"") == 1);
  CHECK(changed(R"("runtime":"go")", R"("runtime":null)") == 1);
  CHECK(changed(R"("request_bytes":)", R"("request_bytes":1)") == 1);
  CHECK(changed(R"("success":true)", R"("success":null)") == 1);
  CHECK(changed("[{", "[{\"span_id\":\"ff\"},{") > 0);
  CHECK(changed(span.id, "0123456789abcdef") == 2);
  CHECK(compare(plan, "<html>", true).size() == 1);
}

TEST_SUITE_END();
