#pragma once

#include "app/settings_load.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace meshtrace {

/// The values of a TOML document, whose keys are the names of settings in lower
/// case at top level. Native integers, booleans and arrays of strings are
/// taken as well as strings. `path` is only for messages: each value's source
/// is `path:line`. What is wrong is added to `errors`.
given_values read_settings_text(std::string_view text, std::string_view path,
                                std::vector<std::string>& errors);

/// The same for a file, of at most 1 MiB.
given_values
read_settings_file(const std::string& path, std::vector<std::string>& errors);

/// `text` as a TOML string with its quotes.
std::string toml_string(std::string_view text);

} // namespace meshtrace
