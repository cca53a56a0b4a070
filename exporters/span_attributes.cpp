#include "exporters/span_attributes.hpp"

#include "trace/numbers.hpp"
#include "trace/span_kind.hpp"
#include "trace/text.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <utility>

namespace meshtrace {

namespace {

using name_pair = std::pair<std::string_view, std::string_view>;

/// Fields without a place of their own that the conventions know, of the
/// process.
constexpr std::array of_process{
  name_pair{"agent_hostname", "host.name"},
  name_pair{"agent_namespace", "service.namespace"},
  name_pair{"pod_ip", "k8s.pod.ip"},
  name_pair{"pod_name", "k8s.pod.name"},
  name_pair{"pod_namespace", "k8s.namespace.name"},
};

/// The same of the span.
constexpr std::array of_span{
  name_pair{"http_method", "http.request.method"},
  name_pair{"path", "url.path"},
  name_pair{"request_method", "http.request.method"},
  name_pair{"request_path", "url.path"},
};
constexpr std::string_view tool_field = "tool_name";
constexpr std::string_view status_field = "status_code";
constexpr std::string_view status_key = "http.response.status_code";

/// What publishers call the providers, and what the conventions do.
constexpr std::array providers{
  name_pair{"aws", "aws.bedrock"},
  name_pair{"aws_bedrock", "aws.bedrock"},
  name_pair{"azure", "azure.ai.openai"},
  name_pair{"azure_ai", "azure.ai.inference"},
  name_pair{"azure_openai", "azure.ai.openai"},
  name_pair{"bedrock", "aws.bedrock"},
  name_pair{"claude", "anthropic"},
  name_pair{"gemini", "gcp.gemini"},
  name_pair{"google", "gcp.gen_ai"},
  name_pair{"google_gemini", "gcp.gemini"},
  name_pair{"google_genai", "gcp.gen_ai"},
  name_pair{"grok", "x_ai"},
  name_pair{"mistral", "mistral_ai"},
  name_pair{"mistralai", "mistral_ai"},
  name_pair{"moonshot", "moonshot_ai"},
  name_pair{"open_ai", "openai"},
  name_pair{"vertex", "gcp.vertex_ai"},
  name_pair{"vertex_ai", "gcp.vertex_ai"},
  name_pair{"vertexai", "gcp.vertex_ai"},
  name_pair{"watsonx", "ibm.watsonx.ai"},
  name_pair{"xai", "x_ai"},
};

template <std::size_t N>
std::string_view
find_in(const std::array<name_pair, N>& table, std::string_view name) {
  const auto i = std::ranges::find(table, name, &name_pair::first);
  return i == table.end() ? std::string_view{} : i->second;
}

std::string utf8(std::string_view text) {
  std::string mended;
  return std::string{valid_utf8(text, mended)};
}

bool is_ip_address(std::string_view text) {
  const std::string address{text};
  in6_addr scratch; // large enough for both
  return inet_pton(AF_INET, address.c_str(), &scratch) == 1
         || inet_pton(AF_INET6, address.c_str(), &scratch) == 1;
}

std::string_view attribute_of(const span& x, std::string_view name) {
  const auto i = std::ranges::find(x.attributes, name, &attribute::name);
  return i == x.attributes.end() ? std::string_view{} : i->value;
}

/// Collects attributes of one span or resource.
class collector {
public:
  explicit collector(const span& from) : from_(from) {
    // nop
  }

  void add(std::string_view key, wire_value value) {
    result.push_back({std::string{key}, std::move(value)});
  }

  void add_text(std::string_view key, std::string_view text) {
    if (!text.empty())
      add(key, utf8(text));
  }

  void add(std::string_view key, text_field field) {
    add_text(key, from_[field]);
  }

  void add(std::string_view key, number_field field) {
    if (from_[field].has_value())
      add(key, *from_[field]);
  }

  bool has(std::string_view key) const {
    return std::ranges::find(result, key, &wire_attribute::key) != result.end();
  }

  wire_attributes result;

private:
  const span& from_;
};

/// Model calls and tool calls, as the GenAI and MCP conventions tell them.
void add_operation(collector& to, const span& x) {
  const auto tool = attribute_of(x, tool_field);
  const bool proxy = x[text_field::operation] == proxy_operation;
  const bool model = !x[text_field::llm_model].empty()
                     || !x[text_field::llm_provider].empty()
                     || x[number_field::llm_total_tokens].has_value()
                     || x[number_field::llm_input_tokens].has_value()
                     || x[number_field::llm_output_tokens].has_value();
  // Between agents every call is a call of an MCP tool.
  if (proxy)
    to.add("mcp.method.name", std::string{"tools/call"});
  if (model)
    to.add("gen_ai.operation.name", std::string{"chat"});
  else if (proxy || !tool.empty() || !x[text_field::capability].empty())
    to.add("gen_ai.operation.name", std::string{"execute_tool"});
  if (!tool.empty())
    to.add_text("gen_ai.tool.name", tool);
  else if (!model)
    to.add("gen_ai.tool.name", text_field::capability);
}

void add_model(collector& to, const span& x) {
  const auto provider = x[text_field::llm_provider];
  if (!provider.empty()) {
    auto name = provider_name(provider);
    if (name != provider)
      to.add("mcp_mesh.llm_provider", text_field::llm_provider);
    to.add("gen_ai.provider.name", std::move(name));
  }
  to.add("gen_ai.request.model", text_field::llm_model);
  to.add("gen_ai.usage.input_tokens", number_field::llm_input_tokens);
  to.add("gen_ai.usage.output_tokens", number_field::llm_output_tokens);
  to.add("mcp_mesh.llm_total_tokens", number_field::llm_total_tokens);
}

void add_error(collector& to, const span& x) {
  if (x.success != outcome::failure) {
    // Backends look at a status' message for errors only.
    to.add("mcp_mesh.error_message", text_field::error_message);
    to.add("mcp_mesh.error_type", text_field::error_type);
  } else if (x[text_field::error_type].empty()) {
    to.add("error.type", std::string{"_OTHER"}); // the conventions' own word
  } else {
    to.add("error.type", text_field::error_type);
  }
}

void add_unknown(collector& to, const span& x) {
  for (const auto& [name, value] : x.attributes) {
    if (!find_in(of_process, name).empty() || name == tool_field)
      continue; // said already
    if (const auto code = parse_count(value);
        name == status_field && code.has_value()) {
      to.add(status_key, *code);
      continue;
    }
    const auto known = find_in(of_span, name);
    std::string key{known};
    if (known.empty() || to.has(key))
      key = "mcp_mesh.attribute." + utf8(name);
    while (to.has(key))
      key += '~'; // two names that only bad UTF-8 told apart
    to.add_text(key, value);
  }
}

} // namespace

std::string provider_name(std::string_view said) {
  std::string lower;
  for (auto c : said)
    lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  auto key = lower;
  std::ranges::replace_if(
    key, [](char c) { return c == '-' || c == ' ' || c == '.'; }, '_');
  const auto known = find_in(providers, key);
  return known.empty() ? utf8(lower) : std::string{known};
}

wire_attributes resource_attributes(const span& x) {
  collector to{x};
  const auto name = x[text_field::agent_name];
  // The specification's word for a service that does not say who it is.
  to.add_text("service.name", name.empty() ? "unknown_service" : name);
  to.add("service.instance.id", text_field::agent_id);
  to.add("process.runtime.name", text_field::runtime);
  // Publishers write a host's name where they do not know its address.
  if (const auto ip = x[text_field::ip_address]; is_ip_address(ip))
    to.add("host.ip", std::vector{std::string{ip}});
  else
    to.add("mcp_mesh.ip_address", text_field::ip_address);
  for (const auto& [field, key] : of_process)
    to.add_text(key, attribute_of(x, field));
  return std::move(to.result);
}

wire_attributes span_attributes(const span& x) {
  collector to{x};
  add_operation(to, x);
  to.add("gen_ai.agent.name", text_field::agent_name);
  to.add("gen_ai.agent.id", text_field::agent_id);
  add_model(to, x);
  add_error(to, x);
  to.add("peer.service", text_field::target_agent);
  to.add("mcp_mesh.capability", text_field::capability);
  to.add("mcp_mesh.request_bytes", number_field::request_bytes);
  to.add("mcp_mesh.response_bytes", number_field::response_bytes);
  add_unknown(to, x);
  if (x.attributes_cut)
    to.add("mcp_mesh.attributes_cut", true);
  return std::move(to.result);
}

} // namespace meshtrace
