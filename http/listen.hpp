#pragma once

#include "http/server.hpp"
#include "trace/error.hpp"

#include <asio/ip/address.hpp>

#include <cstddef>
#include <string>
#include <system_error>

namespace meshtrace {

/// The address to listen on: `host` itself, also as `[::1]`, or the first one
/// that its name resolves to. May ask the name service, so only at start.
expected<asio::ip::address> listen_address(std::string host);

/// Why a server could not start, and which setting to change.
std::string
why_not_listening(const server_options& options, const std::error_code& reason);

/// `wanted`, but at most half of the files that the process may open: each
/// connection is one, and the other half is for Redis and the store.
/// RESTinio stops accepting for good when it once finds none left.
std::size_t affordable_connections(std::size_t wanted);

} // namespace meshtrace
