#include "http/auth.hpp"

#include "trace/ids.hpp"

#include <algorithm>
#include <openssl/crypto.h>

namespace meshtrace {

namespace {

/// RFC 9110, 11.1: the name of the scheme knows no case.
bool is_bearer(std::string_view scheme) {
  constexpr std::string_view name = "bearer";
  return std::ranges::equal(scheme, name, [](char given, char wanted) {
    return given == wanted || given == wanted - 'a' + 'A';
  });
}

} // namespace

bool authorized(std::string_view authorization, std::string_view token) {
  if (token.empty())
    return true;
  const auto header = trimmed(authorization);
  const auto blank = header.find(' ');
  if (blank == std::string_view::npos || !is_bearer(header.substr(0, blank)))
    return false;
  const auto given = trimmed(header.substr(blank));
  return given.size() == token.size()
         && CRYPTO_memcmp(given.data(), token.data(), token.size()) == 0;
}

} // namespace meshtrace
