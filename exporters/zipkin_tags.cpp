#include "exporters/zipkin_tags.hpp"

#include "exporters/span_attributes.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <variant>

namespace meshtrace {

namespace {

/// What a span says elsewhere: its service, and the address of that.
constexpr std::array<std::string_view, 2> of_endpoint{"service.name",
                                                      "host.ip"};

std::string text_of(const wire_value& value) {
  if (const auto* text = std::get_if<std::string>(&value))
    return *text;
  if (const auto* number = std::get_if<std::int64_t>(&value))
    return std::to_string(*number);
  if (const auto* flag = std::get_if<bool>(&value))
    return *flag ? "true" : "false";
  std::string result;
  for (const auto& x : std::get<std::vector<std::string>>(value))
    result.append(result.empty() ? "" : ",").append(x);
  return result;
}

} // namespace

tag_list zipkin_tags(const span& x) {
  tag_list result;
  for (const auto& [key, value] : resource_attributes(x))
    if (std::ranges::find(of_endpoint, key) == of_endpoint.end())
      result.emplace_back(key, text_of(value));
  for (const auto& [key, value] : span_attributes(x))
    result.emplace_back(key, text_of(value));
  if (x.open())
    result.emplace_back("mcp_mesh.open", "true");
  return result;
}

} // namespace meshtrace
