#include "bench/http_client.hpp"

#include <asio/buffer.hpp>
#include <asio/connect.hpp>
#include <asio/write.hpp>
#include <fmt/format.h>

#include <array>
#include <http_parser.h>
#include <utility>

namespace meshtrace::bench {

namespace {

/// Collects one answer from bytes as they come.
class answer_parser {
public:
  explicit answer_parser(http_response& answer) : answer_(answer) {
    http_parser_init(&parser_, HTTP_RESPONSE);
    parser_.data = this;
    http_parser_settings_init(&settings_);
    settings_.on_body = [](http_parser* p, const char* at, std::size_t size) {
      self(p).answer_.body.append(at, size);
      return 0;
    };
    settings_.on_message_complete = [](http_parser* p) {
      self(p).done_ = true;
      return 0;
    };
  }

  /// False if the bytes are no HTTP. No bytes mean the end of the connection.
  bool feed(const char* bytes, std::size_t size) {
    const auto used = http_parser_execute(&parser_, &settings_, bytes, size);
    answer_.status = parser_.status_code;
    return used == size;
  }

  bool done() const {
    return done_;
  }

  bool keeps_alive() const {
    return http_should_keep_alive(&parser_) != 0;
  }

private:
  static answer_parser& self(http_parser* parser) {
    return *static_cast<answer_parser*>(parser->data);
  }

  http_parser parser_{};
  http_parser_settings settings_{};
  http_response& answer_;
  bool done_ = false;
};

} // namespace

http_client::http_client(http_url to, std::chrono::milliseconds limit)
  : to_(std::move(to)), limit_(limit), socket_(context_) {}

expected<http_response> http_client::get(std::string_view path) {
  const auto deadline = clock::now() + limit_;
  const auto request = fmt::format("GET {}{} HTTP/1.1\r\nHost: {}:{}\r\n"
                                   "Accept: application/json\r\n\r\n",
                                   to_.prefix, path, to_.host, to_.port);
  std::error_code problem;
  const bool reused = socket_.is_open();
  // A service may close an idle connection at any moment: asked twice then.
  for (int tries = reused ? 2 : 1; tries > 0; --tries) {
    http_response answer;
    problem = socket_.is_open() ? std::error_code{} : connect(deadline);
    if (!problem)
      problem = exchange(request, answer, deadline);
    if (!problem)
      return answer;
    socket_ = asio::ip::tcp::socket{context_};
    if (clock::now() >= deadline)
      break;
  }
  return failure(fmt::format("http://{}:{}{}{}: {}", to_.host, to_.port,
                             to_.prefix, path, problem.message()));
}

std::error_code http_client::connect(clock::time_point deadline) {
  std::error_code result;
  asio::ip::tcp::resolver resolver{context_};
  const auto addresses = resolver.resolve(to_.host, to_.port, result);
  if (result)
    return result;
  result = asio::error::timed_out;
  asio::async_connect(
    socket_, addresses,
    [&](std::error_code ec, const asio::ip::tcp::endpoint&) { result = ec; });
  run(deadline);
  if (!result)
    socket_.set_option(asio::ip::tcp::no_delay{true}, result);
  return result;
}

std::error_code
http_client::exchange(const std::string& request, http_response& answer,
                      clock::time_point deadline) {
  std::error_code result = asio::error::timed_out;
  asio::async_write(socket_, asio::buffer(request),
                    [&](std::error_code ec, std::size_t) { result = ec; });
  run(deadline);
  answer_parser parser{answer};
  std::array<char, 16'384> bytes;
  while (!result && !parser.done()) {
    std::size_t size = 0;
    result = asio::error::timed_out;
    socket_.async_read_some(asio::buffer(bytes),
                            [&](std::error_code ec, std::size_t got) {
                              result = ec;
                              size = got;
                            });
    run(deadline);
    if (!result && !parser.feed(bytes.data(), size))
      result = std::make_error_code(std::errc::protocol_error);
  }
  if (!result && !parser.keeps_alive())
    socket_ = asio::ip::tcp::socket{context_};
  return result;
}

void http_client::run(clock::time_point deadline) {
  context_.restart();
  context_.run_until(deadline);
  if (!context_.stopped()) {
    socket_.close();
    context_.run(); // the cancelled operation's handler
  }
}

} // namespace meshtrace::bench
