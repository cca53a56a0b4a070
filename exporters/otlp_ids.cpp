#include "exporters/otlp_ids.hpp"

#include <algorithm>
#include <optional>
#include <xxhash.h>

namespace meshtrace {

namespace {

std::optional<std::uint8_t> digit(char c) {
  if (c >= '0' && c <= '9')
    return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f')
    return static_cast<std::uint8_t>(c - 'a' + 10);
  return std::nullopt; // canonical ids have no upper case
}

/// The hex digits of `text` at the end of `to`; false if they are none, or all
/// zero, which means "no id".
template <class Bytes>
bool read_hex(std::string_view text, Bytes& to) {
  auto out = to.end() - static_cast<std::ptrdiff_t>(text.size() / 2);
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    const auto high = digit(text[i]);
    const auto low = digit(text[i + 1]);
    if (!high || !low)
      return false;
    *out++ = static_cast<std::uint8_t>(*high << 4U | *low);
  }
  return std::ranges::any_of(to, [](auto x) { return x != 0; });
}

/// Big-endian, so that a hash reads in hex as it is usually written.
template <class Iterator>
Iterator write_big_endian(std::uint64_t x, Iterator to) {
  for (unsigned shift = 64; shift > 0;) {
    shift -= 8;
    *to++ = static_cast<std::uint8_t>(x >> shift);
  }
  return to;
}

template <class Bytes>
std::string hex_of(const Bytes& bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string result;
  result.reserve(2 * bytes.size());
  for (auto x : bytes) {
    result += digits[x >> 4U];
    result += digits[x & 15U];
  }
  return result;
}

} // namespace

otlp_id<otlp_trace_id> otlp_trace_id_of(std::string_view id) {
  otlp_id<otlp_trace_id> result{};
  auto& bytes = result.bytes;
  if ((id.size() == 32 || id.size() == 16) && read_hex(id, bytes))
    return result;
  result.hashed = true;
  const auto hash = XXH3_128bits(id.data(), id.size());
  write_big_endian(hash.low64, write_big_endian(hash.high64, bytes.begin()));
  if (hash.low64 == 0 && hash.high64 == 0)
    bytes.back() = 1;
  return result;
}

otlp_id<otlp_span_id> otlp_span_id_of(std::string_view id) {
  otlp_id<otlp_span_id> result{};
  if (id.size() == 16 && read_hex(id, result.bytes))
    return result;
  result.hashed = true;
  const auto hash = XXH3_64bits(id.data(), id.size());
  write_big_endian(hash == 0 ? 1 : hash, result.bytes.begin());
  return result;
}

std::string to_hex(const otlp_trace_id& id) {
  return hex_of(id);
}

std::string to_hex(const otlp_span_id& id) {
  return hex_of(id);
}

} // namespace meshtrace
