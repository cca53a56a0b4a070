#include "exporters/zipkin_tags.hpp"

#include <array>
#include <string_view>

namespace meshtrace {

namespace {

template <class Field>
struct known_name {
  Field field;
  std::string_view name;
};

/// In the order in which they are shown.
constexpr std::array text_names{
  known_name{text_field::agent_name, "gen_ai.agent.name"},
  known_name{text_field::agent_id, "gen_ai.agent.id"},
  known_name{text_field::ip_address, "mcp_mesh.ip_address"},
  known_name{text_field::runtime, "process.runtime.name"},
  known_name{text_field::capability, "mcp_mesh.capability"},
  known_name{text_field::target_agent, "peer.service"},
  known_name{text_field::llm_model, "gen_ai.request.model"},
  known_name{text_field::llm_provider, "gen_ai.provider.name"},
};

constexpr std::array number_names{
  known_name{number_field::llm_input_tokens, "gen_ai.usage.input_tokens"},
  known_name{number_field::llm_output_tokens, "gen_ai.usage.output_tokens"},
  known_name{number_field::llm_total_tokens, "mcp_mesh.llm_total_tokens"},
  known_name{number_field::request_bytes, "mcp_mesh.request_bytes"},
  known_name{number_field::response_bytes, "mcp_mesh.response_bytes"},
};

} // namespace

tag_list zipkin_tags(const span& x) {
  tag_list result;
  const auto add = [&](std::string_view name, std::string_view value) {
    if (!value.empty())
      result.emplace_back(name, value);
  };
  for (const auto& [field, name] : text_names)
    add(name, x[field]);
  for (const auto& [field, name] : number_names)
    if (x[field].has_value())
      add(name, std::to_string(*x[field]));
  const bool failed = x.success == outcome::failure;
  add(failed ? "error.type" : "mcp_mesh.error_type", x[text_field::error_type]);
  if (!failed) // of a failure it is the tag `error`
    add("mcp_mesh.error_message", x[text_field::error_message]);
  if (x.open())
    add("mcp_mesh.open", "true");
  if (x.attributes_cut)
    add("mcp_mesh.attributes_cut", "true");
  for (const auto& [name, value] : x.attributes)
    result.emplace_back(std::string{"mcp_mesh.attribute."}.append(name), value);
  return result;
}

} // namespace meshtrace
