#include "http/listen.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <asio.hpp>
#include <sys/resource.h>

namespace meshtrace {

expected<asio::ip::address> listen_address(std::string host) {
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  std::error_code failed;
  const auto address = asio::ip::make_address(host, failed);
  if (!failed)
    return address;
  asio::io_context context;
  asio::ip::tcp::resolver resolver{context};
  const auto found = resolver.resolve(host, "", failed);
  if (failed || found.empty())
    return failure(fmt::format("HOST {} is no address and no name that "
                               "resolves to one: {}",
                               host, failed.message()));
  return found.begin()->endpoint().address();
}

std::string why_not_listening(const server_options& options,
                              const std::error_code& reason) {
  const auto port = options.port;
  if (reason == asio::error::address_in_use)
    return fmt::format("port {0} of {1} is taken by another program (`ss -ltnp "
                       "'sport = :{0}'` shows which); set PORT to another one",
                       port, options.host);
  if (reason == asio::error::access_denied)
    return fmt::format("port {} may not be opened by this user; set PORT to "
                       "one above 1023",
                       port);
  return fmt::format("cannot listen on port {} of {}: {}; check HOST and PORT",
                     port, options.host, reason.message());
}

std::size_t affordable_connections(std::size_t wanted) {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == RLIM_INFINITY)
    return wanted;
  return std::clamp<std::size_t>(wanted, 1,
                                 std::max<std::size_t>(files.rlim_cur / 2, 1));
}

} // namespace meshtrace
