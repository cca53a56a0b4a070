#pragma once

#include "app/settings.hpp"
#include "app/settings_cores.hpp"

#include <map>
#include <string>
#include <vector>

namespace meshtrace {

/// Environment variables by name.
using environment = std::map<std::string, std::string, std::less<>>;

/// The variables of this process.
environment this_environment();

/// The text that somebody gave for a setting, and where.
struct given_value {
  std::string text;
  std::string source; ///< "environment", "--port" or "meshtrace.toml:3".
};

/// By the name of the variable; only names of the table.
using given_values = std::map<std::string, given_value, std::less<>>;

/// The settings in an environment; an empty variable is one not set.
given_values read_environment(const environment& variables);

/// A line for each variable that looks like a setting and is none. Only
/// warnings, because agents' own variables begin with the same words.
std::vector<std::string> unknown_variables(const environment& variables);

struct merged_settings {
  settings config;
  std::vector<std::string> errors;
  std::vector<std::string> warnings;
};

/// Lets each source overrule those before it, and what nobody gave be the
/// default. Every wrong value is named, not only the first.
merged_settings merge_settings(const std::vector<given_values>& sources,
                               const host_facts& host);

} // namespace meshtrace
