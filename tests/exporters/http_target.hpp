#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/read_until.hpp>
#include <asio/write.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <utility>
#include <vector>

namespace meshtrace::test {

/// One request as a target has it.
struct http_request {
  std::string head;
  std::string body;

  /// The value of a field, empty if there is none. `name` in lower case.
  std::string field(std::string_view name) const {
    auto lower = head;
    std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    });
    const auto at = lower.find(fmt::format("\r\n{}:", name));
    if (at == std::string::npos)
      return {};
    auto from = at + name.size() + 3;
    while (from < head.size() && head[from] == ' ')
      ++from;
    return head.substr(from, head.find('\r', from) - from);
  }
};

/// A server on 127.0.0.1 that does for each request what its script says, on
/// a thread of its own. After the script every request is answered with 200.
class http_target {
public:
  using socket = asio::ip::tcp::socket;
  /// False closes the connection.
  using step = std::function<bool(socket&)>;

  explicit http_target(std::vector<step> script = {})
    : script_(std::move(script)),
      acceptor_(io_, {asio::ip::address_v4::loopback(), 0}),
      thread_([this] { run(); }) {
    // nop
  }

  ~http_target() {
    {
      const std::lock_guard lock{mutex_};
      ended_ = true;
      // Wakes a thread that still waits for a connection or a request.
      ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
      if (peer_ >= 0)
        ::shutdown(peer_, SHUT_RDWR);
    }
    thread_.join();
  }

  std::string url(std::string_view path = "/") const {
    return fmt::format("http://127.0.0.1:{}{}",
                       acceptor_.local_endpoint().port(), path);
  }

  std::vector<http_request> requests() const {
    const std::lock_guard lock{mutex_};
    return requests_;
  }

  std::size_t connections() const {
    const std::lock_guard lock{mutex_};
    return connections_;
  }

  /// Blocks until so many requests are here.
  void wait_for(std::size_t count) {
    std::unique_lock lock{mutex_};
    came_.wait(lock, [&] { return requests_.size() >= count; });
  }

  static bool send(socket& to, std::string_view bytes) {
    std::error_code ec;
    asio::write(to, asio::buffer(bytes.data(), bytes.size()), ec);
    return !ec;
  }

  /// Answers as a whole. `fields` end with CR LF each.
  static step
  answer(int status, std::string fields = {}, std::string body = {}) {
    return [=](socket& to) {
      return send(to, fmt::format("HTTP/1.1 {} Text\r\nContent-Length: {}\r\n"
                                  "{}\r\n{}",
                                  status, body.size(), fields, body));
    };
  }

  /// Never answers: waits until the client goes away.
  static step hang() {
    return [](socket& to) {
      std::string rest;
      std::error_code ec;
      asio::read(to, asio::dynamic_buffer(rest), ec);
      return false;
    };
  }

  /// Begins an answer and goes away.
  static step half_answer() {
    return [](socket& to) {
      send(to, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
      return false;
    };
  }

private:
  void run() {
    for (;;) {
      std::error_code ec;
      socket peer{io_};
      acceptor_.accept(peer, ec);
      if (ec)
        return;
      {
        const std::lock_guard lock{mutex_};
        if (ended_)
          return;
        peer_ = peer.native_handle();
        ++connections_;
      }
      while (serve(peer)) {
        // Until one side closes.
      }
      const std::lock_guard lock{mutex_};
      peer_ = -1;
      if (ended_)
        return;
      peer.close(ec);
    }
  }

  bool serve(socket& peer) {
    std::error_code ec;
    http_request request;
    const auto head = asio::read_until(peer, asio::dynamic_buffer(rest_),
                                       std::string{"\r\n\r\n"}, ec);
    if (ec) {
      rest_.clear();
      return false;
    }
    request.head = rest_.substr(0, head);
    rest_.erase(0, head);
    const auto size
      = std::strtoull(request.field("content-length").c_str(), nullptr, 10);
    if (rest_.size() < size)
      asio::read(peer, asio::dynamic_buffer(rest_),
                 asio::transfer_exactly(size - rest_.size()), ec);
    request.body = rest_.substr(0, size);
    rest_.erase(0, size);
    step next = answer(200);
    {
      const std::lock_guard lock{mutex_};
      if (requests_.size() < script_.size())
        next = script_[requests_.size()];
      requests_.push_back(std::move(request));
    }
    came_.notify_all();
    return next(peer);
  }

  const std::vector<step> script_;
  asio::io_context io_;
  asio::ip::tcp::acceptor acceptor_;
  mutable std::mutex mutex_;
  std::condition_variable came_;
  std::vector<http_request> requests_;
  std::size_t connections_ = 0;
  bool ended_ = false;
  int peer_ = -1;
  std::string rest_;
  std::thread thread_;
};

} // namespace meshtrace::test
