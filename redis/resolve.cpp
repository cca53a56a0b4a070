#include "redis/resolve.hpp"

#include <asio/io_context.hpp>
#include <fmt/format.h>

#include <atomic>
#include <future>
#include <memory>
#include <system_error>
#include <thread>

namespace meshtrace::redis {

namespace {

using addresses = std::vector<asio::ip::tcp::endpoint>;

std::atomic<int> lookups_under_way{0};

expected<addresses> look_up(const std::string& host, std::uint16_t port) {
  asio::io_context io;
  asio::ip::tcp::resolver resolver{io};
  std::error_code ec;
  addresses result;
  for (const auto& found : resolver.resolve(host, std::to_string(port), ec))
    result.push_back(found.endpoint());
  if (ec)
    return failure(fmt::format("cannot resolve {}: {}", host, ec.message()));
  if (result.empty())
    return failure(fmt::format("{} has no address", host));
  return result;
}

} // namespace

expected<addresses>
resolve(const std::string& host, std::uint16_t port, deadline end) {
  std::error_code ec;
  if (const auto address = asio::ip::make_address(host, ec); !ec)
    return addresses{{address, port}};
  if (lookups_under_way.fetch_add(1) >= max_lookups) {
    lookups_under_way.fetch_sub(1);
    return failure(fmt::format(
      "cannot resolve {}: {} look-ups are still under way, the name server "
      "does not answer",
      host, max_lookups));
  }
  auto promise = std::make_shared<std::promise<expected<addresses>>>();
  auto answer = promise->get_future();
  try {
    std::thread{[promise, host, port] {
      promise->set_value(look_up(host, port));
      lookups_under_way.fetch_sub(1);
    }}.detach();
  } catch (const std::system_error& failed) {
    lookups_under_way.fetch_sub(1);
    return failure(fmt::format("cannot resolve {}: {}", host, failed.what()));
  }
  if (answer.wait_until(end) != std::future_status::ready)
    return failure(fmt::format(
      "cannot resolve {}: the name server did not answer in time", host));
  return answer.get();
}

} // namespace meshtrace::redis
