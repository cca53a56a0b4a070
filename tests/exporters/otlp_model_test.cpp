#include "exporters/wire_ids.hpp"
#include "tests/exporters/otlp_samples.hpp"

#include <doctest/doctest.h>

#include <map>
#include <set>
#include <tuple>

using namespace meshtrace;
using namespace meshtrace::test;

namespace {

entry call(std::string_view id, std::string_view parent,
           std::string_view operation, std::string_view agent) {
  return with(execution(id, parent, operation),
              {{"agent_name", std::string{agent}}});
}

constexpr std::uint64_t second = 1'000'000'000;

} // namespace

TEST_SUITE_BEGIN("otlp model");

TEST_CASE("an execution event says ids, name, times and status") {
  const auto x = one_span(execution("00000000000000a1", "00000000000000a0"));
  CHECK(to_hex(x.span_id) == "00000000000000a1");
  REQUIRE(x.parent_id.has_value());
  CHECK(to_hex(*x.parent_id) == "00000000000000a0");
  CHECK(x.name == "work");
  CHECK(x.start == 1'753'576'434'500'000'000U);
  CHECK(x.end == x.start + second);
  CHECK(x.status == otlp_status::ok);
  CHECK(x.status_message.empty());
  CHECK(text(x.attributes, "mcp_mesh.trace_id") == "t1");
  CHECK(find(x.attributes, "mcp_mesh.span_id") == nullptr);
  CHECK(find(x.attributes, "mcp_mesh.duration_ns") == nullptr);
}

TEST_CASE("trees hold when ids have to be hashed") {
  const auto x = one_resource({execution("one"), execution("two", "one")});
  REQUIRE(x.spans.size() == 2);
  const auto& [root, child] = std::tie(x.spans[0], x.spans[1]);
  CHECK_FALSE(root.parent_id.has_value());
  CHECK(child.parent_id == root.span_id);
  CHECK(child.trace_id == root.trace_id);
  CHECK(text(root.attributes, "mcp_mesh.span_id") == "one");
  CHECK(text(child.attributes, "mcp_mesh.parent_span_id") == "one");
}

TEST_CASE("functions that share a span id are different spans") {
  const auto x = one_resource({execution("00000000000000a1", "", "first"),
                               with(execution("00000000000000a1", "", "second"),
                                    {{"start_time", "1753576434.6"}})});
  REQUIRE(x.spans.size() == 2);
  CHECK(to_hex(x.spans[0].span_id) == "00000000000000a1");
  CHECK(x.spans[1].span_id != x.spans[0].span_id);
  CHECK(text(x.spans[1].attributes, "mcp_mesh.span_id")
          .starts_with("00000000000000a1~"));
}

TEST_CASE("who calls is a client, who is called a server") {
  const outgoing from{{stored(
    {call("a", "", "root", "one"), call("b", "a", "proxy_call_wrapper", "one"),
     call("c", "b", "callee", "two"), call("d", "c", "inner", "two"),
     call("e", "d", "direct", "three")})}};
  std::map<std::string, span_kind> kinds;
  for (const auto& group : to_otlp(from.spans))
    for (const auto& x : group.spans)
      kinds[x.name] = x.kind;
  CHECK(kinds["root"] == span_kind::server);
  CHECK(kinds["proxy_call_wrapper"] == span_kind::client);
  CHECK(kinds["callee"] == span_kind::server);
  CHECK(kinds["inner"] == span_kind::internal);
  CHECK(kinds["direct"] == span_kind::server);
}

TEST_CASE("spans of one agent are in one resource, also of two traces") {
  const auto other = with(call("z", "", "more", "one"), {{"trace_id", "t2"}});
  const outgoing from{
    {stored({call("a", "", "root", "one"), call("b", "a", "callee", "two"),
             call("c", "a", "own", "one")}),
     stored({other})}};
  const auto groups = to_otlp(from.spans);
  REQUIRE(groups.size() == 2);
  CHECK(text(groups[0].attributes, "service.name") == "one");
  CHECK(groups[0].spans.size() == 3);
  CHECK(text(groups[1].attributes, "service.name") == "two");
  CHECK(groups[1].spans.size() == 1);
}

TEST_CASE("the resource says who and where") {
  const auto x
    = one_resource({with(execution("a"), {{"agent_id", "agent-1"},
                                          {"agent_ip", "10.0.0.1"},
                                          {"runtime", "python"},
                                          {"agent_hostname", "box"},
                                          {"agent_namespace", "default"}})});
  CHECK(text(x.attributes, "service.name") == "agent");
  CHECK(text(x.attributes, "service.instance.id") == "agent-1");
  CHECK(text(x.attributes, "process.runtime.name") == "python");
  CHECK(text(x.attributes, "host.name") == "box");
  CHECK(text(x.attributes, "service.namespace") == "default");
  const auto* ip = find(x.attributes, "host.ip");
  REQUIRE(ip != nullptr);
  CHECK(std::get<std::vector<std::string>>(*ip)
        == std::vector<std::string>{"10.0.0.1"});
  const auto& span = x.spans.front().attributes;
  CHECK(find(span, "mcp_mesh.attribute.agent_hostname") == nullptr);
}

TEST_CASE(
  "without a name the service is unknown; a host's name is no address") {
  const auto x = one_resource(
    {with(without(execution("a"), "agent_name"), {{"agent_ip", "a-host"}})});
  CHECK(text(x.attributes, "service.name") == "unknown_service");
  CHECK(find(x.attributes, "host.ip") == nullptr);
  CHECK(text(x.attributes, "mcp_mesh.ip_address") == "a-host");
}

TEST_CASE("failures are errors with their text and type") {
  const auto bad
    = with(execution("a"), {{"success", "False"}, {"error", "it broke"}});
  auto x = one_span(bad);
  CHECK(x.status == otlp_status::error);
  CHECK(x.status_message == "it broke");
  CHECK(text(x.attributes, "error.type") == "_OTHER");
  x = one_span(with(bad, {{"error_type", "IOError"}}));
  CHECK(text(x.attributes, "error.type") == "IOError");
}

TEST_CASE("error text alone is no error, and is not lost") {
  const auto x = one_span(with(without(execution("a"), "success"),
                               {{"error", "hm"}, {"error_type", "Odd"}}));
  CHECK(x.status == otlp_status::unset);
  CHECK(x.status_message.empty());
  CHECK(text(x.attributes, "mcp_mesh.error_message") == "hm");
  CHECK(text(x.attributes, "mcp_mesh.error_type") == "Odd");
  CHECK(find(x.attributes, "error.type") == nullptr);
}

TEST_CASE("calls of models follow the GenAI conventions") {
  const auto x = one_span(with(execution("a"), {{"llm_model", "gpt-4o"},
                                                {"llm_provider", "Azure"},
                                                {"llm_input_tokens", "12"},
                                                {"llm_output_tokens", "30"},
                                                {"llm_total_tokens", "42"}}));
  const auto& a = x.attributes;
  CHECK(text(a, "gen_ai.operation.name") == "chat");
  CHECK(text(a, "gen_ai.request.model") == "gpt-4o");
  CHECK(text(a, "gen_ai.provider.name") == "azure.ai.openai");
  CHECK(text(a, "mcp_mesh.llm_provider") == "Azure");
  CHECK(number(a, "gen_ai.usage.input_tokens") == 12);
  CHECK(number(a, "gen_ai.usage.output_tokens") == 30);
  CHECK(number(a, "mcp_mesh.llm_total_tokens") == 42);
}

TEST_CASE("calls of tools follow the GenAI and MCP conventions") {
  auto x = one_span(with(execution("a"), {{"capability", "weather"},
                                          {"target_agent", "other"},
                                          {"request_bytes", "10"},
                                          {"response_bytes", "20"}}));
  CHECK(text(x.attributes, "gen_ai.operation.name") == "execute_tool");
  CHECK(text(x.attributes, "gen_ai.tool.name") == "weather");
  CHECK(text(x.attributes, "mcp_mesh.capability") == "weather");
  CHECK(text(x.attributes, "peer.service") == "other");
  CHECK(number(x.attributes, "mcp_mesh.request_bytes") == 10);
  CHECK(number(x.attributes, "mcp_mesh.response_bytes") == 20);
  CHECK(find(x.attributes, "mcp.method.name") == nullptr);
  x = one_span(execution("a", "", "proxy_call_wrapper"));
  CHECK(text(x.attributes, "mcp.method.name") == "tools/call");
  CHECK(text(x.attributes, "gen_ai.operation.name") == "execute_tool");
}

TEST_CASE("unknown fields are kept under a name of their own") {
  const auto x = one_span(with(execution("a"), {{"args_count", "2"},
                                                {"http_method", "POST"},
                                                {"request_method", "PUT"},
                                                {"status_code", "404"},
                                                {"request_bytes", "many"},
                                                {"tool_name", "hammer"},
                                                {"bad\xFFname", "bad\xFF"}}));
  const auto& a = x.attributes;
  CHECK(text(a, "mcp_mesh.attribute.args_count") == "2");
  CHECK(text(a, "http.request.method") == "POST");
  CHECK(text(a, "mcp_mesh.attribute.request_method") == "PUT");
  CHECK(number(a, "http.response.status_code") == 404);
  CHECK(text(a, "mcp_mesh.attribute.request_bytes") == "many");
  CHECK(text(a, "gen_ai.tool.name") == "hammer");
  CHECK(text(a, "mcp_mesh.attribute.bad\uFFFDname") == "bad\uFFFD");
  std::set<std::string> keys;
  for (const auto& [key, value] : a)
    CHECK(keys.insert(key).second);
}

TEST_CASE("an open span ends where it starts") {
  const auto x = one_span(event("span_start", "a", "1753576434"));
  CHECK(x.start == 1'753'576'434 * second);
  CHECK(x.end == x.start);
  CHECK(x.status == otlp_status::unset);
  CHECK(yes(x.attributes, "mcp_mesh.open"));
}

TEST_CASE("a span without times is where its trace starts") {
  const auto timeless = without(
    without(execution("b", "a", "timeless"), "start_time"), "end_time");
  auto x = one_resource({execution("a"), timeless}).spans.at(1);
  CHECK(x.name == "timeless");
  CHECK(x.start == 1'753'576'434'500'000'000U);
  CHECK(x.end == x.start);
  CHECK(yes(x.attributes, "mcp_mesh.time_unknown"));

  auto lonely = stored({timeless});
  lonely.head.first_commit_time = 77;
  const outgoing from{{lonely}};
  x = to_otlp(from.spans).at(0).spans.at(0);
  CHECK(x.start == 77);
  CHECK(yes(x.attributes, "mcp_mesh.orphan"));
}

TEST_CASE("a span never ends before its start; what was measured is said") {
  auto x = one_span(
    with(execution("a"), {{"end_time", "1753576430"}, {"duration_ms", "1.5"}}));
  CHECK(x.end == x.start);
  CHECK(number(x.attributes, "mcp_mesh.duration_ns") == 1'500'000);
}

TEST_SUITE_END();
