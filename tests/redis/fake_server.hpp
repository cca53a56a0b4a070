#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/read_until.hpp>
#include <asio/streambuf.hpp>
#include <asio/write.hpp>
#include <fmt/format.h>

#include <functional>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>

namespace meshtrace::test {

/// A server on 127.0.0.1 that accepts one connection, lets it log in and then
/// does what its script says, on a thread of its own.
class fake_server {
public:
  using socket = asio::ip::tcp::socket;

  explicit fake_server(std::function<void(socket&)> script)
    : acceptor_(io_, {asio::ip::address_v4::loopback(), 0}),
      thread_([this, script] { run(script); }) {
    // nop
  }

  ~fake_server() {
    // Wakes a thread that still waits for its connection.
    ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
    thread_.join();
  }

  std::string url() const {
    return fmt::format("redis://127.0.0.1:{}",
                       acceptor_.local_endpoint().port());
  }

  /// Reads until `end` has come, for scripts.
  static void read_until(socket& from, std::string_view end) {
    asio::streambuf buffer;
    std::error_code ec;
    asio::read_until(from, buffer, std::string{end}, ec);
  }

  /// Sends `bytes`, for scripts.
  static void send(socket& to, std::string_view bytes) {
    std::error_code ec;
    asio::write(to, asio::buffer(bytes.data(), bytes.size()), ec);
  }

  /// Waits until the client closes its side, for scripts.
  static void read_to_end(socket& from) {
    asio::streambuf buffer;
    std::error_code ec;
    asio::read(from, buffer, ec);
  }

private:
  void run(const std::function<void(socket&)>& script) {
    std::error_code ec;
    socket peer{io_};
    acceptor_.accept(peer, ec);
    if (ec)
      return;
    peer.set_option(asio::ip::tcp::no_delay{true}, ec);
    read_until(peer, "SETNAME\r\n$9\r\nmeshtrace\r\n");
    send(peer, "+OK\r\n");
    script(peer);
  }

  asio::io_context io_;
  asio::ip::tcp::acceptor acceptor_;
  std::thread thread_;
};

} // namespace meshtrace::test
