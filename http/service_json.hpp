#pragma once

#include "http/exchange.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace meshtrace {

/// The answer of /healthz: the process lives.
http_response health_response();

/// The answer of /readyz: 200 if there are no reasons against, else 503 with
/// all of them, also in one line as the usual error object.
http_response ready_response(const std::vector<std::string>& reasons);

/// The answer of /version.
http_response version_response(std::string_view version);

} // namespace meshtrace
