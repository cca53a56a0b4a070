#include "exporters/otlp_json.hpp"
#include "tests/exporters/otlp_samples.hpp"

#include <doctest/doctest.h>
#include <rapidjson/document.h>

using namespace meshtrace;
using namespace meshtrace::test;

namespace {

/// RapidJSON's own comparison with a text never returns in C++20.
std::string text(const rapidjson::Value& value) {
  return value.IsString() ? value.GetString() : "(no text)";
}

} // namespace

TEST_SUITE_BEGIN("otlp json");

TEST_CASE("ids are hex, enums numbers, 64-bit numbers strings") {
  const auto group
    = one_resource({with(execution("00000000000000a1", "00000000000000a0"),
                         {{"trace_id", "a1b2c3d4e5f6a7b8a1b2c3d4e5f6a7b8"},
                          {"success", "False"},
                          {"error", "broke"},
                          {"request_bytes", "5"},
                          {"agent_ip", "10.0.0.1"}})});
  rapidjson::Document json;
  json.Parse(to_otlp_json(std::span{&group, 1}, "1.2"));
  REQUIRE_FALSE(json.HasParseError());
  const auto& resource_spans = json["resourceSpans"][0];
  const auto& attributes = resource_spans["resource"]["attributes"];
  CHECK(text(attributes[0]["key"]) == "service.name");
  CHECK(text(attributes[0]["value"]["stringValue"]) == "agent");
  CHECK(text(attributes[1]["key"]) == "host.ip");
  CHECK(text(attributes[1]["value"]["arrayValue"]["values"][0]["stringValue"])
        == "10.0.0.1");
  const auto& scope_spans = resource_spans["scopeSpans"][0];
  CHECK(text(scope_spans["scope"]["name"]) == "mcp-mesh");
  CHECK(text(scope_spans["scope"]["version"]) == "1.2");
  const auto& span = scope_spans["spans"][0];
  CHECK(text(span["traceId"]) == "a1b2c3d4e5f6a7b8a1b2c3d4e5f6a7b8");
  CHECK(text(span["spanId"]) == "00000000000000a1");
  CHECK(text(span["parentSpanId"]) == "00000000000000a0");
  CHECK(span["kind"].GetInt() == 2);
  CHECK(text(span["startTimeUnixNano"]) == "1753576434500000000");
  CHECK(text(span["endTimeUnixNano"]) == "1753576435500000000");
  CHECK(span["status"]["code"].GetInt() == 2);
  CHECK(text(span["status"]["message"]) == "broke");
  bool found = false;
  for (const auto& x : span["attributes"].GetArray())
    if (text(x["key"]) == "mcp_mesh.request_bytes") {
      found = true;
      CHECK(text(x["value"]["intValue"]) == "5");
    }
  CHECK(found);
}

TEST_CASE("answers are read") {
  CHECK(read_otlp_json_answer("{}") == otlp_answer{});
  const auto* partial
    = R"({"partialSuccess":{"rejectedSpans":"3","errorMessage":"too old"}})";
  CHECK(read_otlp_json_answer(partial) == otlp_answer{3, "too old"});
  CHECK(read_otlp_json_answer(R"({"partialSuccess":{"rejectedSpans":4}})")
        == otlp_answer{4, ""});
  CHECK(read_otlp_json_answer(R"({"partialSuccess":7})") == otlp_answer{});
  CHECK_FALSE(read_otlp_json_answer("[]").has_value());
  CHECK_FALSE(read_otlp_json_answer("<html>").has_value());
  CHECK_FALSE(read_otlp_json_answer(std::string(60'000, '[')).has_value());
}

TEST_CASE("refusals are read") {
  CHECK(read_otlp_json_refusal(R"({"code":3,"message":"bad"})").message
        == "bad");
  CHECK(read_otlp_json_refusal(R"({"message":5})").message.empty());
  CHECK(read_otlp_json_refusal("bad").message.empty());
}

TEST_SUITE_END();
