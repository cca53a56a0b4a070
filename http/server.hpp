#pragma once

#include "http/exchange.hpp"
#include "trace/error.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace meshtrace {

/// Where the server listens and what it takes from clients. RESTinio's own
/// defaults are "no limit".
struct server_options {
  /// An address (`127.0.0.1`, `::`, `[::1]`) or a name that resolves to one.
  std::string host = "127.0.0.1";
  std::uint16_t port = 8000; ///< 0 takes any free port.
  unsigned threads = 1;

  /// Connections beyond wait in the kernel's queue until one closes. Never more
  /// than half of the files that the process may open.
  std::size_t max_connections = 1024;

  /// Beyond these: 414, 431, 413. Much beyond (64 KiB of URL or headers, twice
  /// the body) the connection is closed without reading on.
  std::size_t max_url_bytes = 8 * 1024;
  std::size_t max_header_bytes = 32 * 1024; ///< Names and values together.
  std::size_t max_headers = 100;
  std::size_t max_body_bytes = 64 * 1024;

  /// The connection of a request without an answer is closed after this. Longer
  /// than TRACE_HTTP_TIMEOUT, after which the gateway answers 504.
  std::chrono::milliseconds handle_timeout{15'000};
  /// For a whole request to come in, and for a connection to stay idle.
  std::chrono::milliseconds read_timeout{30'000};
  /// For a whole answer to go out.
  std::chrono::milliseconds write_timeout{60'000};
};

/// The HTTP server: reads requests, hands each as an exchange to the handler
/// and writes its answer. Keeps connections alive; one request of a connection
/// is handled at a time; HEAD gets the headers of the answer that GET would
/// get. Every answer says `nosniff` and `no-store`.
class server {
public:
  /// Runs on a thread of the server: it must not block. An exception out of it
  /// is a 500.
  using handler = std::function<void(exchange_ptr)>;

  /// Listens and serves when it returns. The error says what to change.
  static expected<server> start(const server_options& options, handler handle);

  /// Waits for nothing: call stop() before.
  ~server();
  server(server&&) noexcept;
  server& operator=(server&&) noexcept;

  /// The bound port, also if 0 was asked for.
  std::uint16_t port() const;

  /// Accepts no more connections, answers new requests on open ones with 503,
  /// waits up to `limit` until all answers are written, then closes everything.
  /// Returns how many requests went without. Exchanges may outlive this.
  std::size_t stop(std::chrono::milliseconds limit);

private:
  class core;

  explicit server(std::shared_ptr<core> started);

  std::shared_ptr<core> core_;
};

} // namespace meshtrace
