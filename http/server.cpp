#include "http/server.hpp"

#include "http/error_json.hpp"
#include "http/listen.hpp"
#include "http/open_answers.hpp"
#include "http/query.hpp"

#include <restinio/all.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <optional>
#include <thread>
#include <vector>

namespace meshtrace {

namespace {

using restinio::http_field;

/// What RESTinio itself refuses, by closing the connection: far enough above
/// our limits that most of what is too large still gets an answer that says so.
/// http_parser stops at 80 KiB of URL and headers together.
constexpr std::size_t hard_text_bytes = 64 * 1024;
constexpr std::size_t hard_header_count = 1000;

struct traits : restinio::default_traits_t {
  static constexpr bool use_connection_count_limiter = true;
};

/// Lets go of all waiting handlers, and with them of the connections, before
/// the acceptor that counts those goes.
class io_context : public asio::io_context {
public:
  using asio::io_context::io_context;
  ~io_context() {
    shutdown();
  }
  using asio::execution_context::shutdown;
};

using http_server = restinio::http_server_t<traits>;

bool is_loopback(const asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6())
      .is_loopback();
  return address.is_loopback();
}

http_request as_request(const restinio::request_t& from) {
  const auto& header = from.header();
  const auto field = [&](http_field name) {
    return header.get_field_or(name, "");
  };
  const auto target = split_target(header.request_target());
  return {.method = header.method().c_str(),
          .path = std::string{target.path},
          .query = std::string{target.query},
          .accept = field(http_field::accept),
          .authorization = field(http_field::authorization),
          .origin = field(http_field::origin),
          .host = field(http_field::host),
          .content_type = field(http_field::content_type),
          .last_event_id = header.get_field_or("Last-Event-ID", ""),
          .body = from.body(),
          .remote_is_loopback = is_loopback(from.remote_endpoint().address())};
}

/// The status for a request that is too large in some way; 0 for one that is
/// not.
int refusal_of(const restinio::request_t& request,
               const server_options& options) {
  std::size_t count = 0;
  std::size_t bytes = 0;
  request.header().for_each_field([&](const auto& field) {
    ++count;
    bytes += field.name().size() + field.value().size();
  });
  if (request.header().request_target().size() > options.max_url_bytes)
    return 414;
  if (count > options.max_headers || bytes > options.max_header_bytes)
    return 431;
  return request.body().size() > options.max_body_bytes ? 413 : 0;
}

restinio::server_settings_t<traits>
settings_of(const server_options& options, asio::ip::address address) {
  const auto protocol
    = address.is_v6() ? asio::ip::tcp::v6() : asio::ip::tcp::v4();
  return restinio::server_settings_t<traits>{}
    .protocol(protocol)
    .address(address)
    .port(options.port)
    .max_parallel_connections(affordable_connections(options.max_connections))
    .max_pipelined_requests(1)
    .handle_request_timeout(options.handle_timeout)
    .read_next_http_message_timelimit(options.read_timeout)
    .write_http_response_timelimit(options.write_timeout)
    .incoming_http_msg_limits(restinio::incoming_http_msg_limits_t{}
                                .max_url_size(hard_text_bytes)
                                .max_field_name_size(hard_text_bytes)
                                .max_field_value_size(hard_text_bytes)
                                .max_field_count(hard_header_count)
                                .max_body_size(2 * options.max_body_bytes));
}

void write(const restinio::request_handle_t& request, http_response response,
           bool close, open_answers::token token) {
  const bool head = request->header().method() == restinio::http_method_head();
  // A request to upgrade (`Upgrade: h2c`) that is answered and kept alive makes
  // RESTinio 0.6.16 call its handler once more.
  close = close
          || request->header().connection()
               == restinio::http_connection_header_t::upgrade;
  auto out = request->create_response<restinio::user_controlled_output_t>(
    {restinio::http_status_code_t{static_cast<std::uint16_t>(response.status)},
     std::string{status_phrase(response.status)}});
  if (close)
    out.connection_close();
  out.append_header_date_field()
    .append_header(http_field::content_type, std::move(response.content_type))
    .append_header("X-Content-Type-Options", "nosniff")
    .append_header(http_field::cache_control, "no-store");
  for (auto& [name, value] : response.headers)
    out.append_header(std::move(name), std::move(value));
  out.set_content_length(response.body.size());
  if (!head)
    out.set_body(std::move(response.body));
  out.done([token = std::move(token)](const auto&) mutable { token.reset(); });
}

} // namespace

/// Lives as long as the server or any exchange of it does: an answer that comes
/// after stop() still finds the connection's io_context and acceptor.
class server::core : public std::enable_shared_from_this<server::core> {
public:
  core(const server_options& options, handler handle)
    : options_{options}, handle_{std::move(handle)} {}

  ~core() {
    context_.shutdown();
  }

  expected<void> start() {
    const auto address = listen_address(options_.host);
    if (!address)
      return tl::unexpected{address.error()};
    auto settings = settings_of(options_, *address);
    settings
      .acceptor_post_bind_hook([this](asio::ip::tcp::acceptor& acceptor) {
        port_ = acceptor.local_endpoint().port();
      })
      .request_handler(
        [this](restinio::request_handle_t request) { return take(request); });
    try {
      http_.emplace(restinio::external_io_context(context_),
                    std::move(settings));
      http_->open_sync(); // no thread runs yet
      for (unsigned i = 0; i < std::max(options_.threads, 1u); ++i)
        threads_.emplace_back([this] { context_.run(); });
    } catch (const std::system_error& reason) {
      return failure(why_not_listening(options_, reason.code()));
    }
    return {};
  }

  std::size_t stop(std::chrono::milliseconds limit) {
    if (threads_.empty())
      return 0;
    stopping_ = true;
    const auto closed = std::make_shared<std::promise<void>>();
    http_->close_async([closed]() noexcept { closed->set_value(); },
                       [closed](auto) noexcept { closed->set_value(); });
    closed->get_future().wait_for(limit);
    const auto left = open_->wait(limit);
    context_.stop();
    for (auto& thread : threads_)
      thread.join();
    threads_.clear();
    http_->close_sync(); // where the limit was too short for close_async
    context_.shutdown(); // closes the connections
    return left;
  }

  std::uint16_t port() const {
    return port_;
  }

private:
  /// The sink of one exchange. The order of the members is the reverse of the
  /// order in which they must go.
  struct reply {
    std::shared_ptr<core> owner;
    restinio::request_handle_t request;
    open_answers::token token;

    void operator()(http_response response) {
      try {
        write(request, std::move(response), owner->stopping_, std::move(token));
      } catch (const std::exception& reason) {
        spdlog::warn("http: an answer could not be sent: {}", reason.what());
      }
    }
  };

  restinio::request_handling_status_t
  take(const restinio::request_handle_t& request) {
    const auto taken = std::make_shared<exchange>(
      as_request(*request), reply{shared_from_this(), request, open_->open()});
    try {
      if (const auto status = refusal_of(*request, options_))
        taken->answer(error_response(standard_error(status)));
      else if (stopping_)
        taken->answer(error_response(standard_error(503)));
      else
        handle_(taken);
    } catch (const std::exception& reason) {
      spdlog::error("http: handling {} failed: {}", taken->request().path,
                    reason.what());
      taken->answer(error_response(standard_error(500)));
    }
    return restinio::request_accepted();
  }

  const server_options options_;
  const handler handle_;
  const std::shared_ptr<open_answers> open_ = std::make_shared<open_answers>();
  std::atomic<bool> stopping_{false};
  std::uint16_t port_ = 0;
  io_context context_;
  std::optional<http_server> http_; // after its context, so that it goes before
  std::vector<std::thread> threads_;
};

expected<server> server::start(const server_options& options, handler handle) {
  auto started = std::make_shared<core>(options, std::move(handle));
  if (auto result = started->start(); !result)
    return tl::unexpected{std::move(result.error())};
  return server{std::move(started)};
}

server::server(std::shared_ptr<core> started) : core_{std::move(started)} {}

server::server(server&&) noexcept = default;

server& server::operator=(server&&) noexcept = default;

server::~server() {
  if (core_)
    core_->stop(std::chrono::milliseconds{0});
}

std::uint16_t server::port() const {
  return core_->port();
}

std::size_t server::stop(std::chrono::milliseconds limit) {
  return core_->stop(limit);
}

} // namespace meshtrace
