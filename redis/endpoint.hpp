#pragma once

#include "trace/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace meshtrace::redis {

/// Where a Redis server is and who we are to it.
struct endpoint {
  enum class transport_kind : std::uint8_t { tcp, tls, unix_socket };

  transport_kind scheme = transport_kind::tcp;
  std::string host = "localhost"; ///< Name or address, without brackets.
  std::uint16_t port = 6379;
  std::string path; ///< Of the unix socket, empty otherwise.
  std::string user;
  std::string password;
  std::uint32_t database = 0;

  bool operator==(const endpoint&) const = default;
};

/// Reads `redis://[user][:password]@host:port/db`, the same with `rediss://`
/// (TLS), or `unix:///path/to.sock?db=1`. User and password are
/// percent-decoded. The reason of a failure names the wrong part and quotes
/// nothing of the text, because any part of it may belong to a password.
expected<endpoint> parse_url(std::string_view url);

/// The URL of `where` for people: `***` stands for the password.
std::string to_display(const endpoint& where);

} // namespace meshtrace::redis
