#pragma once

#include "http/exchange.hpp"

#include <string_view>

namespace meshtrace {

/// The answer to `GET /`: every route with a line, its parameters and their
/// legal values, as `application/json` or `text/html`.
http_response
index_response(std::string_view content_type, std::string_view version);

} // namespace meshtrace
