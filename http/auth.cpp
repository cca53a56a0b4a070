#include "http/auth.hpp"

#include "trace/ids.hpp"

#include <algorithm>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <optional>
#include <string>

namespace meshtrace {

namespace {

/// Far more than a token needs; headers are bounded before.
constexpr std::size_t most_base64 = 8192;

/// What the header carries after the name of its scheme, `name` in small
/// letters; RFC 9110, 11.1: that knows no case. Nothing for another scheme.
std::optional<std::string_view>
credentials(std::string_view authorization, std::string_view name) {
  const auto header = trimmed(authorization);
  const auto blank = header.find(' ');
  if (blank == std::string_view::npos)
    return std::nullopt;
  const bool named = std::ranges::equal(
    header.substr(0, blank), name, [](char given, char wanted) {
      return given == wanted || given == wanted - 'a' + 'A';
    });
  return named ? std::optional{trimmed(header.substr(blank))} : std::nullopt;
}

bool same_secret(std::string_view given, std::string_view token) {
  return given.size() == token.size()
         && CRYPTO_memcmp(given.data(), token.data(), token.size()) == 0;
}

/// The bytes of base64 with its padding; nothing for other text.
std::optional<std::string> base64_decoded(std::string_view text) {
  if (text.empty() || text.size() > most_base64 || text.size() % 4 != 0)
    return std::nullopt;
  std::string result(text.size() / 4 * 3, '\0');
  const auto size
    = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(result.data()),
                      reinterpret_cast<const unsigned char*>(text.data()),
                      static_cast<int>(text.size()));
  if (size < 0)
    return std::nullopt;
  const auto padding = text.ends_with("==")  ? 2U
                       : text.ends_with('=') ? 1U
                                             : 0U;
  result.resize(static_cast<std::size_t>(size) - padding);
  return result;
}

} // namespace

bool authorized(std::string_view authorization, std::string_view token) {
  if (token.empty())
    return true;
  const auto given = credentials(authorization, "bearer");
  return given && same_secret(*given, token);
}

bool authorized_by_password(std::string_view authorization,
                            std::string_view token) {
  if (token.empty())
    return true;
  const auto given = credentials(authorization, "basic");
  const auto decoded = given ? base64_decoded(*given) : std::nullopt;
  if (!decoded)
    return false;
  const auto colon = decoded->find(':');
  return colon != std::string::npos
         && same_secret(std::string_view{*decoded}.substr(colon + 1), token);
}

} // namespace meshtrace
