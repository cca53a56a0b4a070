#pragma once

#include <span>
#include <string_view>

namespace meshtrace {

/// Which of the `offered` media types (`application/json`) the header `Accept`
/// likes best; the first of equals. Everything is fine for an empty header.
/// Empty if the client takes none of them.
std::string_view preferred_type(std::string_view accept,
                                std::span<const std::string_view> offered);

} // namespace meshtrace
