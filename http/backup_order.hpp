#pragma once

#include "http/error_json.hpp"
#include "http/exchange.hpp"

#include <string>
#include <string_view>

namespace meshtrace {

/// The folder that a `POST /admin/backup` asks for, or why there is no backup.
/// Where no `token` is set (one that is has been checked before), only programs
/// on this machine may ask, and no page in a browser on it: those send an
/// `Origin`, or a type of body that needs no leave.
api_expected<std::string>
read_backup_order(const http_request& request, std::string_view token);

/// The answer once the backup is there.
http_response backup_response(std::string_view directory);

} // namespace meshtrace
