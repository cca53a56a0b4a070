#include "app/settings_load.hpp"

#include "app/settings_names.hpp"
#include "app/settings_rows.hpp"
#include "app/settings_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unistd.h>

namespace meshtrace {

namespace {

// The last source that knows the name.
const given_value*
find_value(const std::vector<given_values>& sources, std::string_view name) {
  for (auto i = sources.rbegin(); i != sources.rend(); ++i)
    if (const auto at = i->find(name); at != i->end())
      return &at->second;
  return nullptr;
}

/// A URL may have a password before its @.
bool may_be_secret(const setting& entry, std::string_view text) {
  return entry.secret || text.find('@') != std::string_view::npos;
}

std::string wrong_value(const setting& entry, const given_value& value,
                        const std::string& reason) {
  return fmt::format(
    "{} = {} ({}) is wrong: it must be {}{}{}", entry.name,
    in_quotes(may_be_secret(entry, value.text) ? rows::mask : value.text),
    value.source, entry.legal, reason.empty() ? "" : "; ", reason);
}

void apply(const setting& entry, const given_value& value,
           merged_settings& result) {
  const auto text = trimmed(value.text);
  const auto done = entry.assign(result.config, text);
  if (!done)
    result.errors.push_back(wrong_value(entry, value, done.error().reason));
  else if (entry.secret && text == rows::mask)
    result.warnings.push_back(fmt::format(
      "{} ({}) is {}, what --print-config writes for a secret: put the real "
      "one in its place",
      entry.name, value.source, rows::mask));
  result.config.sources[std::string{entry.name}] = value.source;
}

bool is_known(std::string_view name) {
  const auto& table = settings_table();
  return std::any_of(table.begin(), table.end(),
                     [&](const setting& entry) { return entry.name == name; });
}

/// Null where it is not set; an empty one is not.
const std::string*
find_variable(const environment& variables, std::string_view name) {
  const auto at = variables.find(name);
  return at == variables.end() || at->second.empty() ? nullptr : &at->second;
}

} // namespace

environment this_environment() {
  environment result;
  for (auto** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text{*variable};
    const auto equals = text.find('=');
    if (equals != std::string_view::npos)
      result.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return result;
}

given_values read_environment(const environment& variables) {
  given_values result;
  for (const auto& entry : settings_table()) {
    if (const auto* text = find_variable(variables, entry.name)) {
      result[std::string{entry.name}] = {*text, "environment"};
      continue;
    }
    for (const auto& alias : entry.aliases)
      if (const auto* text = find_variable(variables, alias.name)) {
        result[std::string{entry.name}]
          = {alias.rewrite == nullptr ? *text : alias.rewrite(*text),
             fmt::format("environment, {}", alias.name)};
        break;
      }
  }
  return result;
}

std::vector<std::string> unknown_variables(const environment& variables) {
  std::vector<std::string> names;
  for (const auto& entry : settings_table())
    names.emplace_back(entry.name);
  std::vector<std::string> result;
  for (const auto& [name, value] : variables)
    if ((name.starts_with("TRACE_") || name.starts_with("MCP_MESH_TRACE_"))
        && !is_known(name))
      result.push_back(fmt::format("the variable {} is set, but there is no "
                                   "such setting{}",
                                   in_quotes(name), suggestion(name, names)));
  return result;
}

merged_settings merge_settings(const std::vector<given_values>& sources,
                               const host_facts& host) {
  merged_settings result;
  for (const auto& entry : settings_table())
    if (const auto* value = find_value(sources, entry.name); value != nullptr)
      apply(entry, *value, result);
  for (const auto& entry : settings_table())
    if (entry.compute && !result.config.given(entry.name))
      entry.compute(result.config, host);
  resolve_exporters(result.config);
  // A wrong value left its default, which would contradict by accident.
  if (result.errors.empty())
    result.errors = contradictions(result.config);
  return result;
}

} // namespace meshtrace
