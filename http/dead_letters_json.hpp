#pragma once

#include "messages/dead_letters.hpp"

#include <cstddef>
#include <string>

namespace meshtrace {

/// The answer of /dead-letters, about `max_bytes` long at most: letters beyond
/// are left out, and it says `"complete": false`. Names and values are written
/// as in logs (`escaped`), because they may be any bytes.
std::string dead_letters_json(bool enabled, const dead_letters_page& page,
                              std::size_t max_bytes);

} // namespace meshtrace
