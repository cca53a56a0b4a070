#pragma once

#include "app/settings.hpp"

#include <string>

namespace meshtrace {

/// The text of `--help`.
std::string help_text();

/// The settings as a TOML file that loads again, with the source of each as a
/// comment. Secrets are masked.
std::string config_text(const settings& config);

/// The tables of docs/configuration.md.
std::string markdown_tables();

} // namespace meshtrace
