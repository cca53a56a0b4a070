#pragma once

#include "bench/url.hpp"
#include "trace/error.hpp"

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <system_error>

namespace meshtrace::bench {

struct http_response {
  unsigned status = 0;
  std::string body;
};

/// One keep-alive connection for one thread. It is opened by the first request
/// and again after the service has closed it.
class http_client {
public:
  http_client(http_url to, std::chrono::milliseconds limit);

  /// Asks for `path`; the whole exchange takes at most the limit.
  expected<http_response> get(std::string_view path);

private:
  using clock = std::chrono::steady_clock;

  std::error_code connect(clock::time_point deadline);
  std::error_code exchange(const std::string& request, http_response& answer,
                           clock::time_point deadline);

  /// Runs what was started until it is done or the deadline has come; then
  /// closes the socket.
  void run(clock::time_point deadline);

  http_url to_;
  std::chrono::milliseconds limit_;
  asio::io_context context_;
  asio::ip::tcp::socket socket_;
};

} // namespace meshtrace::bench
