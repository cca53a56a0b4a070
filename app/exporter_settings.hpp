#pragma once

#include "app/settings.hpp"
#include "exporters/registry.hpp"

namespace meshtrace {

/// What the settings say to the exporters.
exporter_options exporter_options_of(const settings& config);

} // namespace meshtrace
