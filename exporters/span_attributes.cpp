#include "exporters/span_attributes.hpp"

#include <algorithm>
#include <array>

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
  known_name{text_field::runtime, "mcp_mesh.runtime"},
  known_name{text_field::capability, "mcp_mesh.capability"},
  known_name{text_field::target_agent, "peer.service"},
  known_name{text_field::error_type, "error.type"},
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

bool has_name(const std::vector<span_attribute>& in, std::string_view name) {
  return std::any_of(in.begin(), in.end(),
                     [&](const auto& x) { return x.name == name; });
}

} // namespace

std::vector<span_attribute> span_attributes(const span& x) {
  std::vector<span_attribute> result;
  for (const auto& [field, name] : text_names)
    if (!x[field].empty())
      result.push_back({std::string{name}, x[field]});
  for (const auto& [field, name] : number_names)
    if (x[field].has_value())
      result.push_back({std::string{name}, *x[field]});
  // Elsewhere it is what makes an error.
  if (x.success != outcome::failure && !x[text_field::error_message].empty())
    result.push_back({"mcp_mesh.error_message", x[text_field::error_message]});
  if (x.open())
    result.push_back({"mcp_mesh.open", true});
  if (x.attributes_cut)
    result.push_back({"mcp_mesh.attributes_cut", true});
  for (const auto& [own_name, value] : x.attributes) {
    std::string name{own_name};
    if (own_name.find('.') == std::string_view::npos)
      name.insert(0, "mcp_mesh.");
    if (has_name(result, name))
      name = std::string{"mcp_mesh.attribute."}.append(own_name);
    result.push_back({std::move(name), value});
  }
  return result;
}

} // namespace meshtrace
