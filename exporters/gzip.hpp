#pragma once

#include <string>
#include <string_view>

namespace meshtrace {

/// `bytes` in the format of gzip (RFC 1952), empty if there is no memory.
std::string gzip(std::string_view bytes);

} // namespace meshtrace
