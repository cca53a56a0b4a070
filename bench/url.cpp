#include "bench/url.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>

namespace meshtrace::bench {

namespace {

bool drop_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix))
    return false;
  text.remove_prefix(prefix.size());
  return true;
}

/// Cuts `text` at the last `mark` and returns what stood behind it.
std::optional<std::string_view> cut_last(std::string_view& text, char mark) {
  const auto at = text.rfind(mark);
  if (at == std::string_view::npos)
    return std::nullopt;
  const auto rest = text.substr(at + 1);
  text = text.substr(0, at);
  return rest;
}

bool parse_int(std::string_view text, int least, int most, int& to) {
  const auto* end = text.data() + text.size();
  int value = 0;
  const auto [at, ec] = std::from_chars(text.data(), end, value);
  if (ec != std::errc{} || at != end || value < least || value > most)
    return false;
  to = value;
  return true;
}

std::string without_brackets(std::string_view host) {
  if (host.size() > 1 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  return std::string{host};
}

/// Whether the colon that `cut_last` would find stands before a port, and not
/// inside an IPv6 address.
bool has_port(std::string_view text) {
  const auto colon = text.rfind(':');
  const auto bracket = text.rfind(']');
  return colon != std::string_view::npos
         && (bracket == std::string_view::npos || colon > bracket);
}

} // namespace

expected<redis_url> parse_redis_url(std::string_view text) {
  const auto bad = [whole = text](std::string_view what) {
    return failure(fmt::format("{} in {}: expected redis://host:port or "
                               "unix:///path",
                               what, whole));
  };
  redis_url result;
  if (drop_prefix(text, "unix://") || text.starts_with('/')) {
    result.path = std::string{text};
    return result.path.empty() ? bad("no path") : expected<redis_url>{result};
  }
  if (!drop_prefix(text, "redis://"))
    return bad("unknown scheme");
  auto address = text;
  if (const auto behind = cut_last(address, '@')) {
    result.password = std::string{address};
    if (const auto colon = address.find(':'); colon != address.npos) {
      result.user = std::string{address.substr(0, colon)};
      result.password = std::string{address.substr(colon + 1)};
    }
    address = *behind;
  }
  if (const auto db = cut_last(address, '/'); db && !db->empty())
    if (!parse_int(*db, 0, 65535, result.database))
      return bad("bad database");
  if (has_port(address)
      && !parse_int(*cut_last(address, ':'), 1, 65535, result.port))
    return bad("bad port");
  if (!address.empty())
    result.host = without_brackets(address);
  return result;
}

expected<http_url> parse_http_url(std::string_view text) {
  const auto whole = text;
  http_url result;
  if (!drop_prefix(text, "http://"))
    return failure(fmt::format("{}: expected http://host:port", whole));
  if (const auto slash = text.find('/'); slash != text.npos) {
    result.prefix = std::string{text.substr(slash)};
    text = text.substr(0, slash);
    while (result.prefix.ends_with('/'))
      result.prefix.pop_back();
  }
  if (int port = 0; has_port(text)) {
    const auto digits = *cut_last(text, ':');
    if (!parse_int(digits, 1, 65535, port))
      return failure(fmt::format("bad port in {}", whole));
    result.port = std::string{digits};
  }
  result.host = without_brackets(text);
  if (result.host.empty())
    return failure(fmt::format("no host in {}", whole));
  return result;
}

} // namespace meshtrace::bench
