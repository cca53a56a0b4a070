#include "http/dashboard_json.hpp"
#include "tests/http/traces.hpp"

#include <doctest/doctest.h>
#include <rapidjson/document.h>

#include <string>

using namespace meshtrace;
using namespace meshtrace::test;

namespace {

constexpr std::size_t plenty = std::size_t{32} << 20;

trace_page page_of(const std::vector<trace_ptr>& traces) {
  trace_page result;
  for (auto& x : traces)
    result.traces.push_back({x, {}, false, {}});
  return result;
}

entry span_of(std::string_view id, std::string_view parent, entry more = {}) {
  auto result = whole_span("t", id, 0, 1);
  if (!parent.empty())
    result.emplace_back("parent_span", std::string{parent});
  for (auto& x : more)
    result.push_back(std::move(x));
  return result;
}

rapidjson::Document parsed(const std::string& text) {
  rapidjson::Document result;
  const auto flags = rapidjson::kParseValidateEncodingFlag;
  REQUIRE_FALSE(result.Parse<flags>(text.c_str()).HasParseError());
  return result;
}

} // namespace

TEST_CASE("one trace has exactly the shape that meshctl parses") {
  const auto content = joined({{{"trace_id", "t"},
                                {"span_id", "a"},
                                {"agent_name", "weather"},
                                {"agent_id", "weather-1"},
                                {"ip_address", "10.0.0.1"},
                                {"operation", "get_report"},
                                {"start_time", "1764000000"},
                                {"end_time", "1764000000.285000085"},
                                {"success", "true"},
                                {"capability", "get_weather"},
                                {"runtime", "go"}},
                               {{"trace_id", "t"},
                                {"span_id", "b"},
                                {"parent_span", "a"},
                                {"agent_name", "data"},
                                {"operation", "read"},
                                {"start_time", "1764000000.05"},
                                {"end_time", "1764000000.15"},
                                {"success", "false"},
                                {"error_message", "disk full"},
                                {"target_agent", "disk"}}});
  CHECK(
    dashboard_trace_json(*content, plenty)
    == R"({"TraceID":"t","Spans":[)"
       R"({"TraceID":"t","SpanID":"a","ParentSpan":null,)"
       R"("AgentName":"weather","AgentID":"weather-1","IPAddress":"10.0.0.1",)"
       R"("Operation":"get_report",)"
       R"("StartTime":"2025-11-24T16:00:00.000000000Z",)"
       R"("EndTime":"2025-11-24T16:00:00.285000085Z","DurationMS":285,)"
       R"("Success":true,"ErrorMessage":null,"Capability":"get_weather",)"
       R"("TargetAgent":null,"Runtime":"go"},)"
       R"({"TraceID":"t","SpanID":"b","ParentSpan":"a",)"
       R"("AgentName":"data","AgentID":null,"IPAddress":null,)"
       R"("Operation":"read",)"
       R"("StartTime":"2025-11-24T16:00:00.050000000Z",)"
       R"("EndTime":"2025-11-24T16:00:00.150000000Z","DurationMS":100,)"
       R"("Success":false,"ErrorMessage":"disk full","Capability":null,)"
       R"("TargetAgent":"disk","Runtime":null}],)"
       R"("StartTime":"2025-11-24T16:00:00.000000000Z",)"
       R"("EndTime":"2025-11-24T16:00:00.285000085Z","Duration":285000085,)"
       R"("Success":false,"SpanCount":2,"AgentCount":2,)"
       R"("Agents":["data","weather"]})");
}

TEST_CASE("what nobody said is null, and counts as good") {
  const auto content = joined({{{"trace_id", "t"}, {"span_id", "a"}}});
  CHECK(dashboard_trace_json(*content, plenty)
        == R"({"TraceID":"t","Spans":[{"TraceID":"t","SpanID":"a",)"
           R"("ParentSpan":null,"AgentName":null,"AgentID":null,)"
           R"("IPAddress":null,"Operation":null,"StartTime":null,)"
           R"("EndTime":null,"DurationMS":null,"Success":null,)"
           R"("ErrorMessage":null,"Capability":null,"TargetAgent":null,)"
           R"("Runtime":null}],"StartTime":null,"EndTime":null,)"
           R"("Duration":null,"Success":true,"SpanCount":1,"AgentCount":0,)"
           R"("Agents":[]})");
}

TEST_CASE("cycles are cut where a tree is drawn") {
  const auto content = joined({span_of("a", "b"), span_of("b", "a")});
  const auto shown = parsed(*dashboard_trace_json(*content, plenty));
  CHECK(shown["Spans"][0]["ParentSpan"].IsNull());
  CHECK(shown["Spans"][1]["ParentSpan"] == "a");
}

TEST_CASE("lists have the same traces without their spans") {
  page_query query;
  query.limit = 5;
  query.offset = 3;
  constexpr auto one
    = R"({"TraceID":"x","Spans":null,)"
      R"("StartTime":"2025-11-24T16:00:01.000000000Z",)"
      R"("EndTime":"2025-11-24T16:00:02.000000000Z","Duration":1000000000,)"
      R"("Success":true,"SpanCount":1,"AgentCount":1,"Agents":["agent"]})";
  const auto page = page_of({simple_trace("x", 1, 2)});
  CHECK(dashboard_list_json(query, page, 17, plenty)
        == R"({"count":1,"enabled":true,"limit":5,"offset":3,"total":17,)"
           R"("traces":[)"
             + std::string{one} + "]}");
  CHECK(dashboard_search_json(page, R"({"limit":5})", plenty)
        == R"({"count":1,"criteria":{"limit":5},"enabled":true,"traces":[)"
             + std::string{one} + "]}");
  CHECK(dashboard_list_json(query, {}, 17, plenty)
        == R"({"count":0,"enabled":true,"limit":5,"offset":3,"total":17,)"
           R"("traces":[]})");
}

TEST_CASE("what came last has a shape of its own") {
  auto x = whole_span("x", "s", 1, 2);
  x.emplace_back("duration_ms", "1000.9");
  CHECK(dashboard_recent_json(7, page_of({joined({x})}), plenty)
        == R"({"count":1,"enabled":true,"limit":7,"traces":[)"
           R"({"trace_id":"x","root_agent":"agent","root_operation":"work",)"
           R"("duration_ms":1000,)"
           R"("start_time":"2025-11-24T16:00:01.000000000Z","span_count":1,)"
           R"("agent_count":1,"success":true,"agents":["agent"]}]})");
  const auto bare = joined({{{"trace_id", "t"}, {"span_id", "a"}}});
  CHECK(dashboard_recent_json(20, page_of({bare}), plenty)
        == R"({"count":1,"enabled":true,"limit":20,"traces":[)"
           R"({"trace_id":"t","root_agent":"","root_operation":"",)"
           R"("duration_ms":null,"start_time":null,"span_count":1,)"
           R"("agent_count":0,"success":true,"agents":[]}]})");
}

TEST_CASE("no answer is larger than it may be") {
  std::vector<trace_ptr> traces;
  for (int i = 0; i < 50; ++i)
    traces.push_back(simple_trace("t" + std::to_string(i), 1, 2));
  const auto page = page_of(traces);
  for (const std::size_t most : {1000U, 3000U, 5000U}) {
    for (const auto& text : {dashboard_list_json({}, page, 50, most),
                             dashboard_search_json(page, "{}", most),
                             dashboard_recent_json(50, page, most)}) {
      CHECK(text.size() <= most);
      const auto list = parsed(text);
      CHECK(list["count"].GetUint() == list["traces"].Size());
      CHECK(list["count"].GetUint() > 0);
      CHECK(list["count"].GetUint() < 50);
    }
  }
  CHECK_FALSE(dashboard_trace_json(*traces[0], 400));
  CHECK(dashboard_trace_json(*traces[0], 700));
}

TEST_CASE("no span takes less than is reckoned with") {
  std::vector<entry> entries;
  for (const auto* id : {"1", "2", "3", "4", "5", "6", "7", "8", "9"})
    entries.push_back({{"trace_id", "t"}, {"span_id", id}});
  const auto content = joined(entries);
  const auto size = dashboard_trace_json(*content, plenty)->size();
  CHECK(dashboard_trace_json(*content, size));
  CHECK_FALSE(dashboard_trace_json(*content, size - 1));
}

TEST_CASE("nasty texts make valid JSON") {
  const auto nasty = std::string{"\"\\\n\0\x1b\xff\xc0", 7};
  const auto content = joined(
    {span_of("a", "", {{"error_message", nasty}, {"runtime", nasty}})});
  CHECK(parsed(*dashboard_trace_json(*content, plenty))["Spans"].Size() == 1);
}
