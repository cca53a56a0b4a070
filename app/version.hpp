#pragma once

#include <string_view>

namespace meshtrace {

/// `0.1.0`, or `0.1.0 (bfc3259-dirty)` if built inside a git repository.
std::string_view version();

} // namespace meshtrace
