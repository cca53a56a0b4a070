#pragma once

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdint>
#include <map>
#include <netdb.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace meshtrace::test {

/// An answer as it came over the wire; names of headers in lower case.
struct reply {
  int status = 0; ///< 0: the connection was closed or silent for 10 s.
  std::map<std::string, std::string> headers = {};
  std::string body = {};
};

/// A request with these lines between its first and its empty one.
inline std::string
request_text(std::string_view method, std::string_view target,
             std::string_view lines = "", std::string_view body = "") {
  std::string result{method};
  result.append(" ").append(target).append(" HTTP/1.1\r\nHost: test\r\n");
  result.append(lines);
  if (!body.empty())
    result += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return result.append("\r\n").append(body);
}

/// A plain HTTP client that sends exactly what it is told. Every wait ends
/// after 10 s.
class client {
public:
  explicit client(std::uint16_t port, const char* host = "127.0.0.1") {
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    wanted.ai_flags = AI_NUMERICHOST;
    addrinfo* found = nullptr;
    const auto service = std::to_string(port);
    if (getaddrinfo(host, service.c_str(), &wanted, &found) != 0)
      return;
    file_ = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const timeval limit{.tv_sec = 10, .tv_usec = 0};
    setsockopt(file_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    setsockopt(file_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    connected_ = ::connect(file_, found->ai_addr, found->ai_addrlen) == 0;
    freeaddrinfo(found);
  }

  ~client() {
    if (file_ >= 0)
      ::close(file_);
  }

  client(const client&) = delete;
  client& operator=(const client&) = delete;

  bool connected() const {
    return connected_;
  }

  void send(std::string_view text) {
    while (!text.empty()) {
      const auto sent = ::send(file_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0)
        return; // the next read tells
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  /// The next answer; `head` says that it has no body.
  reply read(bool head = false) {
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
      if (!fill())
        return {};
    auto result = parsed(take(end + 4));
    if (head)
      return result;
    const auto size = std::stoul("0" + result.headers["content-length"]);
    while (buffer_.size() < size)
      if (!fill())
        return {};
    result.body = take(size);
    return result;
  }

  reply get(std::string_view path) {
    send(request_text("GET", path));
    return read();
  }

  /// Waits for the other side to close; false if it says something instead.
  bool is_closed() {
    if (!buffer_.empty())
      return false;
    char byte = 0;
    const auto size = ::recv(file_, &byte, 1, 0);
    return size == 0 || (size < 0 && errno == ECONNRESET);
  }

private:
  bool fill() {
    std::array<char, 4096> part;
    const auto size = ::recv(file_, part.data(), part.size(), 0);
    if (size <= 0)
      return false;
    buffer_.append(part.data(), static_cast<std::size_t>(size));
    return true;
  }

  std::string take(std::size_t size) {
    auto result = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return result;
  }

  /// Status and headers of `text`, which ends with an empty line.
  static reply parsed(std::string text) {
    reply result{.status = std::stoi(text.substr(text.find(' ')))};
    for (text.erase(0, text.find('\n') + 1); text != "\r\n";
         text.erase(0, text.find('\n') + 1)) {
      auto name = text.substr(0, text.find(':'));
      std::ranges::transform(name, name.begin(), [](unsigned char c) {
        return static_cast<char>(std::tolower(c));
      });
      const auto value = text.find(':') + 2;
      result.headers[name] = text.substr(value, text.find('\r') - value);
    }
    return result;
  }

  int file_ = -1;
  bool connected_ = false;
  std::string buffer_;
};

} // namespace meshtrace::test
