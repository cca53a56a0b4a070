#include "exporters/zipkin_tags.hpp"
#include "tests/exporters/samples.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>

using namespace meshtrace;
using namespace meshtrace::test;

namespace {

/// The tags of one span; no name may come twice.
std::map<std::string, std::string> tags_of(const entry& from) {
  const auto trace = joined({from});
  std::map<std::string, std::string> result;
  for (const auto& [name, text] : zipkin_tags(trace->spans().front()))
    CHECK_MESSAGE(result.emplace(name, text).second, name);
  return result;
}

const entry call = done("a1", "writer", "write", "1753576434.5", "1753576435");

} // namespace

TEST_SUITE_BEGIN("zipkin tags");

TEST_CASE("fields have the names of the conventions, others our own") {
  const auto got = tags_of(with(call, {{"agent_id", "writer-1"},
                                       {"agent_ip", "10.0.0.1"},
                                       {"runtime", "python"},
                                       {"capability", "text"},
                                       {"target_agent", "reader"},
                                       {"error_type", "IOError"},
                                       {"llm_model", "m-1"},
                                       {"llm_provider", "p"},
                                       {"llm_input_tokens", "1"},
                                       {"llm_output_tokens", "2"},
                                       {"llm_total_tokens", "3"},
                                       {"request_bytes", "4"},
                                       {"response_bytes", "5"}}));
  const std::map<std::string, std::string> expected{
    {"gen_ai.operation.name", "chat"},  {"gen_ai.agent.name", "writer"},
    {"gen_ai.agent.id", "writer-1"},    {"service.instance.id", "writer-1"},
    {"process.runtime.name", "python"}, {"mcp_mesh.capability", "text"},
    {"peer.service", "reader"},         {"mcp_mesh.error_type", "IOError"},
    {"gen_ai.request.model", "m-1"},    {"gen_ai.provider.name", "p"},
    {"gen_ai.usage.input_tokens", "1"}, {"gen_ai.usage.output_tokens", "2"},
    {"mcp_mesh.llm_total_tokens", "3"}, {"mcp_mesh.request_bytes", "4"},
    {"mcp_mesh.response_bytes", "5"}};
  CHECK(got == expected);
}

TEST_CASE("other fields of agents are never taken for one of ours") {
  const auto got
    = tags_of(with(call, {{"agent_port", "80"}, {"gen_ai.agent.name", "x"}}));
  CHECK(got.at("mcp_mesh.attribute.agent_port") == "80");
  CHECK(got.at("mcp_mesh.attribute.gen_ai.agent.name") == "x");
  CHECK(got.at("gen_ai.agent.name") == "writer");
}

TEST_CASE("an open span says that it is") {
  const auto got = tags_of({{"trace_id", "t1"},
                            {"span_id", "a"},
                            {"event_type", "span_start"},
                            {"timestamp", "1753576434"}});
  CHECK(got.at("mcp_mesh.open") == "true");
}

TEST_CASE("the type of an error is the conventions' where it is one") {
  const auto got
    = tags_of(with(call, {{"error_type", "IOError"}, {"success", "false"}}));
  CHECK(got.at("error.type") == "IOError");
  CHECK(got.count("mcp_mesh.error_type") == 0);
}

TEST_CASE("an error text is a tag of its own where nothing failed") {
  const auto text = entry{{"error_message", "almost"}};
  CHECK(tags_of(with(call, text)).at("mcp_mesh.error_message") == "almost");
  CHECK(tags_of(with(with(call, text), {{"success", "false"}}))
          .count("mcp_mesh.error_message")
        == 0);
}

TEST_SUITE_END();
