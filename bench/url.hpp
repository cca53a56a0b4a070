#pragma once

#include "trace/error.hpp"

#include <string>
#include <string_view>

namespace meshtrace::bench {

/// Where a Redis is. Either `path` (a unix socket) or host and port.
struct redis_url {
  std::string host = "localhost";
  int port = 6379;
  std::string user;
  std::string password;
  int database = 0;
  std::string path;
};

/// `redis://[[user:]password@]host[:port][/db]`, `unix:///path` or `/path`.
expected<redis_url> parse_redis_url(std::string_view text);

/// Where a service answers HTTP: host, port and what stands before each path.
struct http_url {
  std::string host;
  std::string port = "80";
  std::string prefix;
};

/// `http://host[:port][/prefix]`.
expected<http_url> parse_http_url(std::string_view text);

} // namespace meshtrace::bench
