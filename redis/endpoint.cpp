#include "redis/endpoint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace meshtrace::redis {

namespace {

using kind = endpoint::transport_kind;

// sockaddr_un holds 108 bytes with the closing zero.
constexpr std::size_t longest_socket_path = 107;

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
         || (c >= '0' && c <= '9')
         || std::string_view{"-._~"}.find(c) != std::string_view::npos;
}

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value = 0;
  const auto* end = text.data() + text.size();
  const auto [at, ec] = std::from_chars(text.data(), end, value);
  if (text.empty() || ec != std::errc{} || at != end)
    return std::nullopt;
  return value;
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    unsigned char byte = 0;
    const auto digits = text.substr(i + 1, 2);
    const auto* end = digits.data() + digits.size();
    const auto [at, ec] = std::from_chars(digits.data(), end, byte, 16);
    if (digits.size() != 2 || ec != std::errc{} || at != end)
      return std::nullopt;
    result += static_cast<char>(byte);
    i += 2;
  }
  return result;
}

std::string percent_encode(std::string_view text, std::string_view also = {}) {
  std::string result;
  for (const auto c : text)
    if (is_plain(c) || also.find(c) != std::string_view::npos)
      result += c;
    else
      result += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  return result;
}

/// Takes `text` apart at `mark`; the second part is empty without a mark.
std::pair<std::string_view, std::string_view>
cut(std::string_view text, char mark) {
  const auto at = text.find(mark);
  if (at == std::string_view::npos)
    return {text, {}};
  return {text.substr(0, at), text.substr(at + 1)};
}

/// `[user][:password]`
expected<void> read_login(std::string_view text, endpoint& result) {
  const auto [user, password] = cut(text, ':');
  auto plain_user = percent_decode(user);
  if (!plain_user)
    return failure("the user in the URL has a wrong percent-encoding");
  auto plain_password = percent_decode(password);
  if (!plain_password)
    return failure("the password in the URL has a wrong percent-encoding");
  result.user = std::move(*plain_user);
  result.password = std::move(*plain_password);
  return {};
}

/// `host`, `host:port`, `[v6]` or `[v6]:port`
expected<void> read_host(std::string_view text, endpoint& result) {
  auto host = text;
  std::string_view rest;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos)
      return failure("the IPv6 address in the URL has no closing bracket");
    host = text.substr(1, close - 1);
    rest = text.substr(close + 1);
  } else if (const auto colon = text.find(':'); colon != text.npos) {
    host = text.substr(0, colon);
    rest = text.substr(colon);
  }
  if (host.empty())
    return failure("the URL names no host");
  if (!std::all_of(host.begin(), host.end(),
                   [](char c) { return is_plain(c) || c == ':' || c == '%'; }))
    return failure("the host in the URL has characters that no host has");
  result.host = host;
  if (rest.empty())
    return {};
  const auto port = number<std::uint16_t>(rest.substr(1));
  if (rest.front() != ':' || !port || *port == 0)
    return failure("the port in the URL is not a number from 1 to 65535");
  result.port = *port;
  return {};
}

expected<void> read_database(std::string_view text, endpoint& result) {
  const auto value = number<std::uint32_t>(text);
  if (!value || *value > 0x7fffffff)
    return failure("the database in the URL is not a number from 0 on");
  result.database = *value;
  return {};
}

expected<void> read_query(std::string_view text, endpoint& result) {
  if (text.empty())
    return {};
  const auto [name, value] = cut(text, '=');
  if (name != "db")
    return failure("the URL has a parameter other than db");
  return read_database(value, result);
}

expected<void> read_path(std::string_view text, endpoint& result) {
  if (result.scheme != kind::unix_socket)
    return text.size() <= 1 ? expected<void>{}
                            : read_database(text.substr(1), result);
  auto path = percent_decode(text);
  if (!path || path->find('\0') != std::string::npos)
    return failure("the path in the URL has a wrong percent-encoding");
  if (path->size() < 2)
    return failure("the URL names no socket, write unix:///path/to.sock");
  if (path->size() > longest_socket_path)
    return failure(fmt::format("the path of a unix socket has at most {} bytes",
                               longest_socket_path));
  result.path = std::move(*path);
  return {};
}

expected<kind> read_scheme(std::string_view& url) {
  constexpr std::pair<std::string_view, kind> known[]
    = {{"redis://", kind::tcp},
       {"rediss://", kind::tls},
       {"unix://", kind::unix_socket}};
  for (const auto& [prefix, scheme] : known)
    if (url.starts_with(prefix)) {
      url.remove_prefix(prefix.size());
      return scheme;
    }
  return failure("a Redis URL starts with redis://, rediss:// or unix://");
}

} // namespace

expected<endpoint> parse_url(std::string_view url) {
  endpoint result;
  const auto scheme = read_scheme(url);
  if (!scheme)
    return tl::unexpected{scheme.error()};
  result.scheme = *scheme;
  const auto end = std::min(url.find_first_of("/?#"), url.size());
  auto authority = url.substr(0, end);
  const auto tail = url.substr(end);
  if (tail.find_first_of("@#") != tail.npos)
    return failure("write /, ?, # and @ in user, password and path of the "
                   "URL as %2F, %3F, %23 and %40");
  expected<void> done;
  if (const auto at = authority.rfind('@'); at != authority.npos) {
    done = read_login(authority.substr(0, at), result);
    authority.remove_prefix(at + 1);
  }
  if (result.scheme == kind::unix_socket) {
    result.host.clear();
    if (done && !authority.empty())
      return failure("a unix socket has no host, write unix:///path/to.sock");
  } else if (done) {
    done = read_host(authority, result);
  }
  const auto [path, query] = cut(tail, '?');
  if (done)
    done = read_path(path, result);
  if (done)
    done = read_query(query, result);
  if (!done)
    return tl::unexpected{done.error()};
  return result;
}

std::string to_display(const endpoint& where) {
  auto login = percent_encode(where.user);
  if (!where.password.empty())
    login += ":***";
  if (!login.empty())
    login += '@';
  if (where.scheme == kind::unix_socket)
    return fmt::format("unix://{}{}{}", login, percent_encode(where.path, "/"),
                       where.database == 0
                         ? std::string{}
                         : fmt::format("?db={}", where.database));
  const auto v6 = where.host.find(':') != std::string::npos;
  return fmt::format("{}://{}{}{}{}:{}/{}",
                     where.scheme == kind::tls ? "rediss" : "redis", login,
                     v6 ? "[" : "", where.host, v6 ? "]" : "", where.port,
                     where.database);
}

} // namespace meshtrace::redis
