#include "tests/trace/entries.hpp"
#include "trace/trace_json.hpp"

#include <rapidjson/document.h>

using namespace meshtrace;
using namespace meshtrace::test;

namespace {

std::string
written(const trace& content, const envelope& head = {},
        bool uncommitted = false, json_detail detail = json_detail::full) {
  std::string result;
  append_trace_json(result, trace_view{content}, head, uncommitted, detail);
  return result;
}

/// A document that is parsed strictly: also the encoding must be right.
rapidjson::Document parsed(const std::string& text) {
  rapidjson::Document result;
  result.Parse<rapidjson::kParseValidateEncodingFlag>(text.data(), text.size());
  REQUIRE_MESSAGE(!result.HasParseError(), text);
  REQUIRE(result.IsObject());
  return result;
}

std::string keys(const rapidjson::Value& object) {
  std::string result;
  for (auto& x : object.GetObject())
    result += (result.empty() ? "" : " ") + std::string{x.name.GetString()};
  return result;
}

std::string text(const rapidjson::Value& value) {
  REQUIRE(value.IsString());
  return {value.GetString(), value.GetStringLength()};
}

/// The attribute `note` that comes out where an agent sent `sent`.
std::string shown(std::string_view sent) {
  const auto t = joined({with(execution("s1"), {{"note", std::string{sent}}})});
  const auto document = parsed(written(*t));
  return text(document["spans"][0]["attributes"]["note"]);
}

const std::string trace_keys
  = "trace_id state completion_reason revision truncated start_time end_time "
    "duration duration_ms success span_count error_count orphan_span_count "
    "agent_count agents root_agent root_operation";

const std::string span_keys
  = "trace_id span_id parent_span agent_name agent_id ip_address operation "
    "start_time end_time duration_ms success error_message error_type "
    "capability target_agent runtime request_bytes response_bytes llm_model "
    "llm_provider llm_input_tokens llm_output_tokens llm_total_tokens "
    "attributes";

} // namespace

TEST_CASE("a trace is written as the API says") {
  const auto t = joined(
    {with(execution("r", {}, "tool:report"),
          {{"start_time", "1753576434.000000195"},
           {"end_time", "1753576434.01513"},
           {"agent_name", "zoo"},
           {"agent_id", "zoo-1"},
           {"agent_ip", "10.0.0.7"},
           {"success", "False"},
           {"error", "broken"},
           {"error_type", "ValueError"},
           {"capability", "reports"},
           {"target_agent", "calc"},
           {"runtime", "python"},
           {"request_bytes", "1"},
           {"response_bytes", "2"},
           {"llm_model", "big"},
           {"llm_provider", "house"},
           {"llm_input_tokens", "3"},
           {"llm_output_tokens", "4"},
           {"llm_total_tokens", "7"},
           {"zone", "eu"}}),
     with(execution("c", "r"),
          {{"start_time", "1753576434.001"}, {"end_time", "1753576434.002"}}),
     with(execution("x", "gone"),
          {{"start_time", "1753576434.003"}, {"end_time", "1753576434.004"}}),
     with(execution("y", "lost"),
          {{"start_time", "1753576434.004"}, {"end_time", "1753576434.005"}})});
  const auto line = written(*t, {2, completion_reason::parent_missing, 1, 2});
  CHECK(line.find('\n') == std::string::npos);
  const auto document = parsed(line);
  CHECK(keys(document) == trace_keys + " spans");
  CHECK(text(document["trace_id"]) == "t1");
  CHECK(text(document["state"]) == "incomplete");
  CHECK(text(document["completion_reason"]) == "parent_missing");
  CHECK(document["revision"].GetInt() == 2);
  CHECK_FALSE(document["truncated"].GetBool());
  CHECK(text(document["start_time"]) == "2025-07-27T00:33:54.000000195Z");
  CHECK(text(document["end_time"]) == "2025-07-27T00:33:54.015130000Z");
  CHECK(text(document["duration"]) == "15.129805ms");
  CHECK(line.find(R"("duration_ms":15.129,)") != std::string::npos);
  CHECK_FALSE(document["success"].GetBool());
  CHECK(document["span_count"].GetInt() == 4);
  CHECK(document["error_count"].GetInt() == 1);
  CHECK(document["orphan_span_count"].GetInt() == 2);
  CHECK(document["agent_count"].GetInt() == 2);
  CHECK(text(document["agents"][0]) == "agent");
  CHECK(text(document["agents"][1]) == "zoo");
  CHECK(text(document["root_agent"]) == "zoo");
  CHECK(text(document["root_operation"]) == "tool:report");

  REQUIRE(document["spans"].Size() == 4);
  const auto& root = document["spans"][0];
  CHECK(keys(root) == span_keys);
  CHECK(text(root["trace_id"]) == "t1");
  CHECK(text(root["span_id"]) == "r");
  CHECK(root["parent_span"].IsNull());
  CHECK(text(root["agent_name"]) == "zoo");
  CHECK(text(root["agent_id"]) == "zoo-1");
  CHECK(text(root["ip_address"]) == "10.0.0.7");
  CHECK(text(root["operation"]) == "tool:report");
  CHECK(text(root["start_time"]) == "2025-07-27T00:33:54.000000195Z");
  CHECK(text(root["end_time"]) == "2025-07-27T00:33:54.015130000Z");
  CHECK(root["duration_ms"].GetDouble() == doctest::Approx(15.129));
  CHECK_FALSE(root["success"].GetBool());
  CHECK(text(root["error_message"]) == "broken");
  CHECK(text(root["error_type"]) == "ValueError");
  CHECK(text(root["capability"]) == "reports");
  CHECK(text(root["target_agent"]) == "calc");
  CHECK(text(root["runtime"]) == "python");
  CHECK(root["request_bytes"].GetInt() == 1);
  CHECK(root["response_bytes"].GetInt() == 2);
  CHECK(text(root["llm_model"]) == "big");
  CHECK(text(root["llm_provider"]) == "house");
  CHECK(root["llm_input_tokens"].GetInt() == 3);
  CHECK(root["llm_output_tokens"].GetInt() == 4);
  CHECK(root["llm_total_tokens"].GetInt() == 7);
  CHECK(keys(root["attributes"]) == "zone");
  CHECK(text(document["spans"][1]["parent_span"]) == "r");
}

TEST_CASE("what nobody said is null, lists and attributes are not") {
  const auto t = joined({{{"trace_id", "t1"}, {"span_id", "s1"}}});
  const auto document = parsed(written(*t));
  CHECK(keys(document) == trace_keys + " spans");
  for (const auto* key :
       {"completion_reason", "start_time", "end_time", "duration",
        "duration_ms", "success", "root_agent", "root_operation"})
    CHECK_MESSAGE(document[key].IsNull(), key);
  CHECK(document["revision"].GetInt() == 0);
  CHECK(document["agents"].IsArray());
  CHECK(document["agents"].Empty());
  const auto& s = document["spans"][0];
  CHECK(keys(s) == span_keys);
  for (auto& x : s.GetObject()) {
    const auto key = text(x.name);
    if (key == "attributes")
      CHECK((x.value.IsObject() && x.value.ObjectEmpty()));
    else if (key != "trace_id" && key != "span_id")
      CHECK_MESSAGE(x.value.IsNull(), key);
  }
}

TEST_CASE("a trace without spans has an empty list of them") {
  const auto document = parsed(written(trace{"t1"}));
  CHECK(keys(document) == trace_keys + " spans");
  CHECK(document["spans"].Empty());
  CHECK(document["span_count"].GetInt() == 0);
}

TEST_CASE("a summary leaves the spans out, an omission says so") {
  const auto t = joined({execution("s1")});
  const auto summary = parsed(written(*t, {}, false, json_detail::summary));
  CHECK(keys(summary) == trace_keys);
  CHECK(summary["span_count"].GetInt() == 1);
  const auto omitted
    = parsed(written(*t, {}, false, json_detail::spans_omitted));
  CHECK(keys(omitted) == trace_keys + " spans_omitted");
  CHECK(omitted["spans_omitted"].GetBool());
}

TEST_CASE("state, success and truncation are shown") {
  const auto t = joined({execution("s1")});
  CHECK(text(parsed(written(*t))["state"]) == "complete");
  CHECK(text(parsed(written(*t, {}, true))["state"]) == "active");
  CHECK(parsed(written(*t))["success"].GetBool());
  t->set_truncated(true);
  CHECK(parsed(written(*t))["truncated"].GetBool());
}

TEST_CASE("durations below a millisecond keep their microseconds") {
  const auto t = joined({with(execution("s1"), {{"duration_ms", "0.87"}})});
  CHECK(written(*t).find(R"("duration_ms":0.870,"success")")
        != std::string::npos);
}

TEST_CASE("nasty text comes out as it went in") {
  for (const std::string& nasty :
       {std::string{R"("quoted" \back\ /slash/ </script>)"},
        std::string{"line\nline\r\ttab"}, std::string("nul\0nul", 7),
        std::string{"\x01\x1b[31m\x1f\x7f"},
        std::string{"\xE2\x80\xA8\xE2\x80\xA9"},
        std::string{"caf\xC3\xA9 \xF0\x9F\x98\x80"},
        std::string{"{\"a\":[1,2]}"}, std::string{"\\u0000"}})
    CHECK(shown(nasty) == nasty);
}

TEST_CASE("no control character stands in the text itself") {
  std::string all;
  for (char c = 0; c < 0x20; ++c)
    all += c;
  const auto t = joined({with(execution("s1"), {{"note", "x" + all}})});
  const auto line = written(*t);
  CHECK(std::all_of(line.begin(), line.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x20;
  }));
}

TEST_CASE("text that is no UTF-8 is mended, in names and values") {
  const std::string mark = "\xEF\xBF\xBD";
  CHECK(shown("a\xFFz") == "a" + mark + "z");
  CHECK(shown("cut \xE2\x82") == "cut " + mark + mark);
  CHECK(shown("\xED\xA0\x80") == mark + mark + mark); // half a surrogate pair
  const auto t = joined({with(
    execution("s1"),
    {{"na\xC0me", "v"}, {"agent_name", "\xFE"}, {"function_name", "\xFE"}})});
  const auto document = parsed(written(*t));
  CHECK(keys(document["spans"][0]["attributes"]) == "na" + mark + "me");
  CHECK(text(document["agents"][0]) == mark);
  CHECK(text(document["root_operation"]) == mark);
}

TEST_CASE("a value that was cut to nothing is written as empty text") {
  const trace_limits tiny{{64, 2}};
  const auto t = joined(
    {{{"trace_id", "t1"}, {"span_id", "s1"}, {"n", "\xE2\x82\xAC"}}}, tiny);
  const auto document = parsed(written(*t));
  CHECK(text(document["spans"][0]["attributes"]["n"]) == "");
}

TEST_CASE("JSON is appended to what is there") {
  std::string out = "[";
  append_trace_json(out, trace_view{*joined({execution("s1")})}, {}, false);
  CHECK(out.substr(0, 2) == "[{");
  CHECK(out.back() == '}');
}
