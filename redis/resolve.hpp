#pragma once

#include "redis/transport.hpp"
#include "trace/error.hpp"

#include <asio/ip/tcp.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace meshtrace::redis {

/// The most look-ups that may be under way in this process at a time.
inline constexpr int max_lookups = 16;

/// The addresses of `host`, at least one, by the deadline. A look-up that the
/// system does not answer in time ends later on a thread of its own, because
/// the system's resolver can neither be interrupted nor be given a limit.
expected<std::vector<asio::ip::tcp::endpoint>>
resolve(const std::string& host, std::uint16_t port, deadline end);

} // namespace meshtrace::redis
