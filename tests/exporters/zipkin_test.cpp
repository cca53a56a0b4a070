#include "exporters/zipkin.hpp"
#include "exporters/zipkin_json.hpp"
#include "tests/exporters/gunzip.hpp"
#include "tests/exporters/http_target.hpp"
#include "tests/exporters/samples.hpp"

#include <doctest/doctest.h>
#include <rapidjson/document.h>

#include <deque>
#include <string>
#include <vector>

using namespace meshtrace;
using namespace meshtrace::test;

namespace {

/// Its own comparisons never end in C++20.
std::string text(const rapidjson::Value& value) {
  return value.GetString();
}

rapidjson::Document parsed(const std::string& from) {
  rapidjson::Document result;
  result.Parse<rapidjson::kParseValidateEncodingFlag>(from.data(), from.size());
  REQUIRE_MESSAGE(!result.HasParseError(), from);
  return result;
}

/// The text of all spans of these traces.
std::string json_of(const std::vector<exported_trace>& traces) {
  std::deque<trace_view> views;
  std::vector<outgoing_span> spans;
  for (const auto& x : traces) {
    const auto& view = views.emplace_back(*x.trace.content);
    for (const auto& s : view.spans())
      spans.push_back({&x, &view, &s});
  }
  return zipkin_json(spans);
}

std::string json_of(const std::vector<entry>& entries) {
  return json_of(std::vector<exported_trace>{{stored(entries), 1}});
}

/// The text of one span, without the brackets of the list.
std::string one(const entry& x) {
  const auto text = json_of({x});
  return text.substr(1, text.size() - 2);
}

const entry plain{{"trace_id", "a1b2c3d4e5f6a7b8a1b2c3d4e5f6a7b8"},
                  {"span_id", "00000000000000a1"},
                  {"event_type", "span_start"}};

/// The tags of one span that ended well.
rapidjson::Document tags_of(const entry& extra) {
  auto all = parsed(one(with(
    done("00000000000000a1", "agent", "work", "1753576434.5", "1753576435"),
    extra)));
  rapidjson::Document tags;
  tags.CopyFrom(all["tags"], tags.GetAllocator());
  return tags;
}

zipkin_options options_for(std::string url) {
  zipkin_options result;
  result.target.url = std::move(url);
  return result;
}

} // namespace

TEST_SUITE_BEGIN("zipkin");

TEST_CASE("a span is written as the grammar says") {
  CHECK(one({{"trace_id", "A1B2C3D4-E5F6-A7B8-A1B2-C3D4E5F6A7B8"},
             {"span_id", "00000000000000A1"},
             {"parent_span", "00000000000000ff"},
             {"function_name", "Write It"},
             {"agent_name", "writer"},
             {"agent_ip", "10.0.0.1"},
             {"start_time", "1753576434.123456789"},
             {"end_time", "1753576434.125"},
             {"duration_ms", "1.5"},
             {"success", "True"}})
        == R"({"traceId":"a1b2c3d4e5f6a7b8a1b2c3d4e5f6a7b8",)"
           R"("id":"00000000000000a1","parentId":"00000000000000ff",)"
           R"("name":"Write It","kind":"SERVER","timestamp":1753576434123456,)"
           R"("duration":1500,)"
           R"("localEndpoint":{"serviceName":"writer","ipv4":"10.0.0.1"},)"
           R"("tags":{"otel.status_code":"OK","gen_ai.agent.name":"writer"}})");
}

TEST_CASE("what is not known is absent and not null") {
  CHECK(one(plain)
        == R"({"traceId":"a1b2c3d4e5f6a7b8a1b2c3d4e5f6a7b8",)"
           R"("id":"00000000000000a1","kind":"SERVER",)"
           R"("tags":{"mcp_mesh.open":"true"}})");
  CHECK(json_of(std::vector<exported_trace>{}) == "[]");
}

TEST_CASE("a duration is at least a microsecond where there is one") {
  const auto duration = [](const std::string& end) {
    return parsed(
             one(done("a1", "agent", "work", "1753576434", end)))["duration"]
      .GetInt64();
  };
  CHECK(duration("1753576434") == 1);
  CHECK(duration("1753576434.0000009") == 1);
  CHECK(duration("1753576434.0000029") == 2);
}

TEST_CASE("ids that Zipkin cannot have are hashed, and a tag has them") {
  const auto json = parsed(json_of({
    {{"trace_id", "order-66"},
     {"span_id", "root"},
     {"event_type", "span_start"},
     {"timestamp", "1753576434"}},
    {{"trace_id", "order-66"},
     {"span_id", "step"},
     {"parent_span", "root"},
     {"event_type", "span_start"},
     {"timestamp", "1753576435"}},
  }));
  const auto& root = json[0];
  const auto& step = json[1];
  CHECK(text(root["traceId"]).size() == 32);
  CHECK(text(root["traceId"]) == text(step["traceId"]));
  CHECK(text(root["id"]).size() == 16);
  CHECK(text(step["parentId"]) == text(root["id"]));
  CHECK(text(step["tags"]["mcp_mesh.trace_id"]) == "order-66");
  CHECK(text(step["tags"]["mcp_mesh.span_id"]) == "step");
  CHECK(text(step["tags"]["mcp_mesh.parent_span_id"]) == "root");
  CHECK_FALSE(root["tags"].HasMember("mcp_mesh.parent_span_id"));
}

TEST_CASE("a trace id of 16 digits stays one") {
  const auto shown = [](const std::string& id) {
    return text(parsed(one(with(plain, {{"trace_id", id}})))["traceId"]);
  };
  CHECK(shown("a1b2c3d4e5f6a7b8") == "a1b2c3d4e5f6a7b8");
  // But no id of zeros is one.
  CHECK(shown("0000000000000000").size() == 32);
}

TEST_CASE("kinds are those of the whole trace, also in a part of it") {
  const stored_trace trace = stored({
    done("00000000000000a1", "one", "plan", "1753576434.1", "1753576435"),
    with(done("00000000000000a2", "one", "proxy_call_wrapper", "1753576434.2",
              "1753576435"),
         {{"parent_span", "00000000000000a1"}, {"target_agent", "two"}}),
    with(done("00000000000000a3", "two", "do", "1753576434.3", "1753576435"),
         {{"parent_span", "00000000000000a2"}, {"target_agent", "one"}}),
    with(done("00000000000000a4", "two", "in", "1753576434.4", "1753576435"),
         {{"parent_span", "00000000000000a3"}}),
  });
  const exported_trace entry{trace, 1};
  const trace_view view{*trace.content};
  std::vector<outgoing_span> rest;
  for (std::size_t i = 1; i < 4; ++i)
    rest.push_back({&entry, &view, &view.spans()[i]});
  const auto json = parsed(zipkin_json(rest));
  CHECK(text(json[0]["kind"]) == "CLIENT");
  CHECK(text(json[0]["remoteEndpoint"]["serviceName"]) == "two");
  CHECK(text(json[1]["kind"]) == "SERVER");
  // There Zipkin would take it for the caller.
  CHECK_FALSE(json[1].HasMember("remoteEndpoint"));
  CHECK(text(json[1]["tags"]["peer.service"]) == "one");
  CHECK_FALSE(json[2].HasMember("kind"));
}

TEST_CASE("an address is one of the endpoint if it is one at all") {
  const auto endpoint = [](const std::string& ip) {
    return one(with(plain, {{"agent_ip", ip}}));
  };
  CHECK(endpoint("10.1.2.3").find(R"("localEndpoint":{"ipv4":"10.1.2.3"})")
        != std::string::npos);
  CHECK(
    endpoint("2001:db8::1").find(R"("localEndpoint":{"ipv6":"2001:db8::1"})")
    != std::string::npos);
  for (const auto* name : {"pod-7", "10.1.2", "10.1.2.3:80", "fe80::1%eth0"})
    CHECK(endpoint(name).find("localEndpoint") == std::string::npos);
}

TEST_CASE("there is an error tag on failure alone, with the best text") {
  CHECK_FALSE(tags_of({{"error_message", "almost"}}).HasMember("error"));
  CHECK(text(tags_of({{"success", "false"}})["error"]) == "");
  CHECK(
    text(tags_of({{"success", "false"}, {"error_type", "IOError"}})["error"])
    == "IOError");
  const auto tags = tags_of({{"success", "false"},
                             {"error_type", "IOError"},
                             {"error_message", "disk \"full\"\n"}});
  CHECK(text(tags["error"]) == "disk \"full\"\n");
  CHECK(text(tags["error.type"]) == "IOError");
  CHECK(text(tags["otel.status_code"]) == "ERROR");
}

TEST_CASE("an agent's own field is never taken for a tag of ours") {
  const auto tags
    = tags_of({{"otel.status_code", "ERROR"}, {"mcp_mesh.trace_id", "x"}});
  CHECK(text(tags["otel.status_code"]) == "OK");
  CHECK(text(tags["mcp_mesh.attribute.otel.status_code"]) == "ERROR");
  CHECK_FALSE(tags.HasMember("mcp_mesh.trace_id"));
  CHECK(text(tags["mcp_mesh.attribute.mcp_mesh.trace_id"]) == "x");
}

TEST_CASE("numbers in tags are text, and text is always UTF-8") {
  const auto tags = tags_of(
    {{"llm_input_tokens", "12"}, {"note", "\xff\xfe\x01 \xE2\x82\xAC"}});
  CHECK(text(tags["gen_ai.usage.input_tokens"]) == "12");
  CHECK(text(tags["mcp_mesh.attribute.note"])
        == "\xEF\xBF\xBD\xEF\xBF\xBD\x01 \xE2\x82\xAC");
}

TEST_CASE("spans are posted as JSON, compressed where it is worth it") {
  http_target target;
  auto options = options_for(target.url("/api/v2/spans"));
  options.target.headers = {{"X-Key", "value"}};
  zipkin out{options};
  const std::vector<exported_trace> batch{
    {stored({done("a1", "agent", "work", "1753576434", "1753576435")}, 0), 0}};
  REQUIRE(std::holds_alternative<export_ok>(out.export_batch(batch)));
  const auto request = target.requests().at(0);
  CHECK(request.head.starts_with("POST /api/v2/spans "));
  CHECK(request.field("content-type") == "application/json");
  CHECK(request.field("x-key") == "value");
  CHECK(request.field("content-encoding").empty());
  CHECK(request.body == json_of(batch));
  CHECK(out.name() == "zipkin");
}

TEST_CASE("a large request is compressed") {
  http_target target;
  zipkin out{options_for(target.url())};
  std::vector<entry> entries;
  for (int i = 0; i < 100; ++i)
    entries.push_back(done("s" + std::to_string(i), "agent", "work",
                           "1753576434", "1753576435"));
  const std::vector<exported_trace> batch{{stored(entries, 0), 0}};
  REQUIRE(std::holds_alternative<export_ok>(out.export_batch(batch)));
  const auto request = target.requests().at(0);
  CHECK(request.field("content-encoding") == "gzip");
  CHECK((gunzip(request.body) == json_of(batch)));
}

TEST_CASE("a server that is down or does not know the path is tried again") {
  http_target target{
    {http_target::answer(503, "Retry-After: 9\r\n"), http_target::answer(404)}};
  zipkin out{options_for(target.url())};
  const std::vector<exported_trace> batch{{report_trace(0), 0}};
  auto result = out.export_batch(batch);
  REQUIRE(std::holds_alternative<retry_after>(result));
  CHECK(std::get<retry_after>(result).pause == std::chrono::seconds{9});
  CHECK(std::holds_alternative<retry_after>(out.export_batch(batch)));
  CHECK(std::holds_alternative<export_ok>(out.export_batch(batch)));
}

TEST_CASE("an interrupted exporter gives up at once") {
  http_target target{{http_target::hang()}};
  zipkin out{options_for(target.url())};
  out.interrupt();
  const std::vector<exported_trace> batch{{report_trace(0), 0}};
  CHECK(std::holds_alternative<retry_after>(out.export_batch(batch)));
  CHECK(target.requests().empty());
}

TEST_SUITE_END();
