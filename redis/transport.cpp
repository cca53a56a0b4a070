#include "redis/transport.hpp"

#include "redis/resolve.hpp"

#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <netinet/tcp.h>
#include <optional>
#include <sys/socket.h>
#include <system_error>

namespace meshtrace::redis {

namespace {

using kind = endpoint::transport_kind;

// A dead peer is noticed after 15 + 3 * 5 s also while nothing is asked.
constexpr int keep_alive_idle_seconds = 15;
constexpr int keep_alive_interval_seconds = 5;
constexpr int keep_alive_probes = 3;

/// A transport over one of asio's streams. Whatever has read_some, write_some,
/// their async forms and a lowest layer fits, asio::ssl::stream too.
template <class Stream>
class stream_transport : public transport {
public:
  using protocol = typename Stream::lowest_layer_type::protocol_type;

  expected<void> connect(const typename protocol::endpoint& to, deadline end) {
    std::error_code ec;
    auto& socket = stream_.lowest_layer();
    if (socket.is_open())
      socket.close(ec);
    socket.open(to.protocol(), ec);
    if (ec)
      return failure(ec.message());
    ec = await(end, [&](auto done) { socket.async_connect(to, done); });
    if (!ec)
      socket.non_blocking(true, ec);
    if (ec)
      return failure(words(ec));
    if constexpr (std::is_same_v<protocol, asio::ip::tcp>)
      set_tcp_options(socket.native_handle());
    return {};
  }

  expected<std::size_t> read_some(std::span<char> into, deadline end) override {
    std::error_code ec;
    const auto buffer = asio::buffer(into.data(), into.size());
    // Under load the bytes are there already: no way through the reactor.
    auto count = stream_.read_some(buffer, ec);
    if (ec == asio::error::would_block)
      ec = await(end, [&](auto done) {
        stream_.async_read_some(buffer, [&count, done](auto code, auto n) {
          count = n;
          done(code);
        });
      });
    if (ec)
      return failure(words(ec));
    return count;
  }

  expected<void> write(std::string_view bytes, deadline end) override {
    while (!bytes.empty()) {
      std::error_code ec;
      const auto buffer = asio::buffer(bytes.data(), bytes.size());
      auto count = stream_.write_some(buffer, ec);
      if (ec == asio::error::would_block)
        ec = await(end, [&](auto done) {
          stream_.async_write_some(buffer, [&count, done](auto code, auto n) {
            count = n;
            done(code);
          });
        });
      if (ec)
        return failure(words(ec));
      bytes.remove_prefix(count);
    }
    return {};
  }

private:
  /// Runs what `start` starts to its end, or gives it up at the deadline.
  template <class Start>
  std::error_code await(deadline end, Start start) {
    std::optional<std::error_code> result;
    start([&result](std::error_code ec) { result = ec; });
    io_.restart();
    io_.run_until(end);
    if (result)
      return *result;
    std::error_code ignored;
    stream_.lowest_layer().cancel(ignored);
    io_.restart();
    io_.run(); // Only calls the handler, which refers to our stack.
    if (!result || *result == asio::error::operation_aborted)
      return asio::error::timed_out;
    return *result;
  }

  static std::string words(std::error_code ec) {
    if (ec == asio::error::eof)
      return "Redis closed the connection";
    if (ec == asio::error::timed_out)
      return "no answer in time";
    return ec.message();
  }

  static void set_tcp_options(int socket) {
    const auto set = [socket](int level, int name, int value) {
      ::setsockopt(socket, level, name, &value, sizeof value);
    };
    // Best effort: a connection works without any of them.
    set(IPPROTO_TCP, TCP_NODELAY, 1);
    set(SOL_SOCKET, SO_KEEPALIVE, 1);
    set(IPPROTO_TCP, TCP_KEEPIDLE, keep_alive_idle_seconds);
    set(IPPROTO_TCP, TCP_KEEPINTVL, keep_alive_interval_seconds);
    set(IPPROTO_TCP, TCP_KEEPCNT, keep_alive_probes);
  }

  asio::io_context io_{1};
  Stream stream_{io_};
};

expected<std::unique_ptr<transport>>
open_tcp(const endpoint& where, deadline end) {
  const auto addresses = resolve(where.host, where.port, end);
  if (!addresses)
    return tl::unexpected{addresses.error()};
  auto result = std::make_unique<stream_transport<asio::ip::tcp::socket>>();
  expected<void> done;
  auto left = static_cast<int>(addresses->size());
  for (const auto& address : *addresses) {
    // An address that swallows packets must not use up the others' time.
    const auto now = std::chrono::steady_clock::now();
    done = result->connect(address, now + (end - now) / left--);
    if (done)
      return result;
  }
  return tl::unexpected{done.error()};
}

expected<std::unique_ptr<transport>>
open_unix(const endpoint& where, deadline end) {
  using local = asio::local::stream_protocol;
  auto result = std::make_unique<stream_transport<local::socket>>();
  if (auto done = result->connect(local::endpoint{where.path}, end); !done)
    return tl::unexpected{done.error()};
  return result;
}

} // namespace

deadline deadline_in(std::chrono::milliseconds timeout) {
  return std::chrono::steady_clock::now()
         + std::min<std::chrono::milliseconds>(timeout, longest_wait);
}

expected<std::unique_ptr<transport>>
open_transport(const endpoint& where, deadline end) {
  switch (where.scheme) {
  case kind::tcp:
    return open_tcp(where, end);
  case kind::unix_socket:
    return open_unix(where, end);
  case kind::tls:
    break;
  }
  return failure("TLS to Redis is not in this version");
}

} // namespace meshtrace::redis
