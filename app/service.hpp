#pragma once

#include "app/settings.hpp"

namespace meshtrace {

/// Runs the service until SIGTERM or SIGINT; returns the exit code. A second
/// signal ends it at once. Throws what makes starting impossible.
int serve(const settings& config);

} // namespace meshtrace
