// One realistic entry of every publisher of wire-format.md 1.4, by its column.
#include "tests/trace/entries.hpp"

using namespace meshtrace;
using namespace meshtrace::test;

TEST_CASE("P0: the first Python SDK") {
  const decoding x{{{"trace_id", "0AF76519-16cd-43dd-8448-eb211c80319c"},
                    {"span_id", "6f1c8a52-93f7-4f0e-9a55-0d0b7f3a6c21"},
                    {"parent_span", "null"},
                    {"function_name", "get_current_time"},
                    {"start_time", "1753576434.1234567"},
                    {"end_time", "1753576434.1258267"},
                    {"duration_ms", "2.37"},
                    {"success", "True"},
                    {"error", "null"},
                    {"result_type", "None"},
                    {"args_count", "1"},
                    {"kwargs_count", "0"},
                    {"dependencies", R"(["dep_a", "dep_b"])"},
                    {"injected_dependencies", "2"},
                    {"mesh_positions", "[0, 1]"},
                    {"agent_id", "fastmcp-service-1a2b"},
                    {"agent_name", "fastmcp-service"},
                    {"agent_hostname", "laptop"},
                    {"agent_ip", "laptop"},
                    {"agent_port", "8080"},
                    {"agent_namespace", "default"},
                    {"agent_endpoint", "http://laptop:8080"},
                    {"published_at", "1753576434.1301"}}};
  CHECK(x.event().trace_id == "0af7651916cd43dd8448eb211c80319c");
  CHECK(x.values().id == "6f1c8a5293f74f0e9a550d0b7f3a6c21");
  CHECK(x.values().function == "get_current_time");
  CHECK(x.values().started);
  CHECK(x.values().ended);
  CHECK(x.values().success == outcome::success);
  CHECK_FALSE(x.values().has_parent());
  CHECK(x[text_field::operation] == "get_current_time");
  CHECK(x[text_field::agent_name] == "fastmcp-service");
  CHECK(x[text_field::agent_id] == "fastmcp-service-1a2b");
  CHECK(x[text_field::ip_address] == "laptop");
  CHECK(x[text_field::error_message].empty());
  CHECK(x[text_field::runtime].empty());
  CHECK(*x.values().start_time == 1'753'576'434'123'456'700);
  CHECK(x[number_field::end_time] == 1'753'576'434'125'826'700);
  CHECK(x[number_field::duration] == 2'370'000);
  CHECK(x[number_field::llm_total_tokens] == absent);
  CHECK(x.attribute_of("dependencies") == R"(["dep_a", "dep_b"])");
  CHECK(x.attribute_of("mesh_positions") == "[0, 1]");
  CHECK(x.attribute_of("agent_port") == "8080");
  CHECK_FALSE(x.attribute_of("result_type"));
  CHECK_FALSE(x.attribute_of("published_at"));
  CHECK_FALSE(x.attribute_of("error"));
  CHECK(x.event().attributes.size() == 9);
  CHECK(x.counts.bad_fields == 0);
}

TEST_CASE("P0: a call without a context has no trace and is a dead letter") {
  const decoding x{{{"span_id", "6f1c8a52-93f7-4f0e-9a55-0d0b7f3a6c21"},
                    {"function_name", "get_current_time"},
                    {"start_time", "1753576434.1234567"},
                    {"success", "True"}}};
  REQUIRE_FALSE(x.result);
  CHECK(x.result.error() == dead_reason::no_trace_id);
}

TEST_CASE("P: a Python function that asked a model and failed") {
  const decoding x{{{"trace_id", "0af7651916cd43dd8448eb211c80319c"},
                    {"span_id", "b7ad6b7169203331"},
                    {"parent_span", "00f067aa0ba902b7"},
                    {"function_name", "summarize"},
                    {"start_time", "1753576434.5"},
                    {"end_time", "1753576477.25"},
                    {"duration_ms", "42750.0"},
                    {"success", "False"},
                    {"error", "rate limit: try again"},
                    {"result_type", "dict"},
                    {"call_type", "self_dependency"},
                    {"runtime", "python"},
                    {"request_bytes", "512"},
                    {"response_bytes", "20480"},
                    {"llm_model", "claude-sonnet-4"},
                    {"llm_provider", "anthropic"},
                    {"llm_input_tokens", "1200"},
                    {"llm_output_tokens", "345"},
                    {"llm_total_tokens", "1545"},
                    {"agent_id", "unknown"},
                    {"agent_name", "unknown-agent"},
                    {"published_at", "1753576477.3"}}};
  CHECK(x[text_field::parent_span] == "00f067aa0ba902b7");
  CHECK(x.values().success == outcome::failure);
  CHECK(x[text_field::error_message] == "rate limit: try again");
  CHECK(x[text_field::runtime] == "python");
  CHECK(x[text_field::agent_name] == "unknown-agent");
  CHECK(x[text_field::llm_model] == "claude-sonnet-4");
  CHECK(x[text_field::llm_provider] == "anthropic");
  CHECK(x[number_field::duration] == 42'750'000'000);
  CHECK(x[number_field::request_bytes] == 512);
  CHECK(x[number_field::response_bytes] == 20'480);
  CHECK(x[number_field::llm_input_tokens] == 1200);
  CHECK(x[number_field::llm_output_tokens] == 345);
  CHECK(x[number_field::llm_total_tokens] == 1545);
  CHECK(x.attribute_of("call_type") == "self_dependency");
}

TEST_CASE("P: a model written empty is no model") {
  const decoding x{
    with(execution("s1"),
         {{"llm_model", ""}, {"llm_provider", ""}, {"llm_input_tokens", "0"}})};
  CHECK(x[text_field::llm_model].empty());
  CHECK(x[text_field::llm_provider].empty());
  CHECK(x[number_field::llm_input_tokens] == 0);
  CHECK(x.counts.bad_fields == 0);
}

TEST_CASE("PR: a Python route") {
  const decoding x{{{"trace_id", "0af7651916cd43dd8448eb211c80319c"},
                    {"span_id", "b7ad6b7169203332"},
                    {"parent_span", "null"},
                    {"function_name", "POST /chat"},
                    {"route_name", "chat"},
                    {"request_method", "POST"},
                    {"request_path", "/chat"},
                    {"status_code", "null"},
                    {"call_context", "fastapi_route_execution"},
                    {"agent_type", "fastapi_app"},
                    {"agent_id", "fastapi_app"},
                    {"start_time", "1753576434.25"},
                    {"end_time", "1753576434.26237"},
                    {"duration_ms", "12.37"},
                    {"success", "True"},
                    {"error", "null"},
                    {"runtime", "python"}}};
  CHECK(x[text_field::operation] == "POST /chat");
  CHECK(x[text_field::agent_id] == "fastapi_app");
  CHECK(x.attribute_of("route_name") == "chat");
  CHECK(x.attribute_of("request_method") == "POST");
  CHECK(x.attribute_of("call_context") == "fastapi_route_execution");
  CHECK_FALSE(x.attribute_of("status_code"));
}

TEST_CASE("T: the TypeScript SDK") {
  const decoding x{{{"trace_id", "0af7651916cd43dd8448eb211c80319c"},
                    {"span_id", "b7ad6b7169203333"},
                    {"parent_span", "b7ad6b7169203332"},
                    {"function_name", "proxy_call_wrapper"},
                    {"start_time", "1753576434"},
                    {"end_time", "1753576434.012"},
                    {"duration_ms", "12.00"},
                    {"success", "true"},
                    {"error", "null"},
                    {"result_type", "object"},
                    {"args_count", "0"},
                    {"dependencies", R"(["dep_a","dep_b"])"},
                    {"mesh_positions", "[]"},
                    {"runtime", "typescript"},
                    {"call_attempts", "2"}}};
  CHECK(*x.values().start_time == 1'753'576'434'000'000'000);
  CHECK(x[number_field::end_time] == 1'753'576'434'012'000'000);
  CHECK(x[number_field::duration] == 12'000'000);
  CHECK(x.values().success == outcome::success);
  CHECK(x.attribute_of("mesh_positions") == "[]");
  CHECK(x.attribute_of("call_attempts") == "2");
  CHECK(x.attribute_of("result_type") == "object");
}

TEST_CASE("J: the Java starter") {
  const decoding x{{{"trace_id", "0af7651916cd43dd8448eb211c80319c"},
                    {"span_id", "b7ad6b7169203334"},
                    {"parent_span", "b7ad6b7169203333"},
                    {"function_name", "createReport"},
                    {"start_time", "1.753576434123E9"},
                    {"end_time", "1.753576434135E9"},
                    {"duration_ms", "12"},
                    {"success", "false"},
                    {"error", "null"},
                    {"error_type", "java.lang.NullPointerException"},
                    {"result_type", "null"},
                    {"capability", "reporting"},
                    {"provider", "llm"},
                    {"llm_model", "null"},
                    {"llm_total_tokens", "77"},
                    {"agent_ip", "10.0.0.7"},
                    {"agent_runtime", "java"},
                    {"java_version", "21.0.2"},
                    {"pod_name", "reports-0"},
                    {"runtime", "java"},
                    {"published_at", "1.753576434140E9"}}};
  CHECK(*x.values().start_time == 1'753'576'434'123'000'000);
  CHECK(x[number_field::end_time] == 1'753'576'434'135'000'000);
  CHECK(x[number_field::duration] == 12'000'000);
  CHECK(x.values().success == outcome::failure);
  CHECK(x[text_field::error_message].empty());
  CHECK(x[text_field::error_type] == "java.lang.NullPointerException");
  CHECK(x[text_field::capability] == "reporting");
  CHECK(x[text_field::llm_model].empty());
  CHECK(x[text_field::ip_address] == "10.0.0.7");
  CHECK(x[number_field::llm_total_tokens] == 77);
  CHECK(x.attribute_of("provider") == "llm");
  CHECK(x.attribute_of("java_version") == "21.0.2");
}

namespace {

const entry go_event = {{"trace_id", "0af7651916cd43dd8448eb211c80319c"},
                        {"span_id", "b7ad6b7169203335"},
                        {"timestamp", "1753576434.1234567"},
                        {"operation", "tool:validate_data"},
                        {"agent_name", "fastmcp-service"},
                        {"agent_id", "fastmcp-1"},
                        {"ip_address", "10.0.0.5"},
                        {"runtime", "go"}};

} // namespace

TEST_CASE("G: span_start says who began what, and when") {
  const decoding x{with(go_event, {{"event_type", "span_start"},
                                   {"parent_span", "b7ad6b7169203334"},
                                   {"capability", "validation"},
                                   {"target_agent", "checker"}})};
  CHECK(x.values().started);
  CHECK_FALSE(x.values().ended);
  CHECK(x.values().open());
  CHECK(x.values().function.empty());
  CHECK(x.values().success == outcome::unknown);
  CHECK(*x.values().start_time == 1'753'576'434'123'456'700);
  CHECK(x[number_field::end_time] == absent);
  CHECK(x[text_field::operation] == "tool:validate_data");
  CHECK(x[text_field::ip_address] == "10.0.0.5");
  CHECK(x[text_field::parent_span] == "b7ad6b7169203334");
  CHECK(x[text_field::capability] == "validation");
  CHECK(x[text_field::target_agent] == "checker");
  CHECK(x.event().attributes.empty());
}

TEST_CASE("G: span_end offers an end and no start") {
  const decoding x{with(go_event, {{"event_type", "span_end"},
                                   {"duration_ms", "8"},
                                   {"success", "true"},
                                   {"llm_input_tokens", "12"}})};
  CHECK_FALSE(x.values().started);
  CHECK(x.values().ended);
  CHECK(x.values().success == outcome::success);
  CHECK_FALSE(x.values().start_time.has_value());
  CHECK(x[number_field::end_time] == 1'753'576'434'123'456'700);
  CHECK(x[number_field::duration] == 8'000'000);
  CHECK(x[number_field::llm_input_tokens] == 12);
}

TEST_CASE("G: error is a failed end, whatever success says") {
  for (const auto* success : {"true", "false", "null", "odd"}) {
    const decoding x{with(go_event, {{"event_type", "error"},
                                     {"error_message", "validation failed"},
                                     {"success", success}})};
    CHECK_FALSE(x.values().started);
    CHECK(x.values().ended);
    CHECK(x.values().success == outcome::failure);
    CHECK(x[number_field::end_time] == 1'753'576'434'123'456'700);
    CHECK(x[text_field::error_message] == "validation failed");
  }
}
