#include "exporters/wire_ids.hpp"

#include <algorithm>
#include <xxhash.h>

namespace meshtrace {

namespace {

/// The value of a hex digit of either case, or -1.
int digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

bool is_zero(std::span<const std::uint8_t> bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](auto x) { return x == 0; });
}

/// Reads two hex digits for each of `to`. False if they are no such digits, or
/// all zero: that means "no id" on the wire.
bool read_hex(std::string_view digits, std::span<std::uint8_t> to) {
  if (digits.size() != 2 * to.size())
    return false;
  for (std::size_t i = 0; i < to.size(); ++i) {
    const auto high = digit(digits[2 * i]);
    const auto low = digit(digits[2 * i + 1]);
    if (high < 0 || low < 0)
      return false;
    to[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return !is_zero(to);
}

/// Writes `hash` big-endian.
template <std::size_t Size>
void put_hash(std::uint64_t hash, std::span<std::uint8_t, Size> to) {
  for (auto i = to.rbegin(); i != to.rend(); ++i, hash >>= 8)
    *i = static_cast<std::uint8_t>(hash & 0xFF);
}

} // namespace

wire_id<16> wire_trace_id(std::string_view id) {
  wire_id<16> result;
  const std::span all{result.bytes};
  result.kept = read_hex(id, all) || read_hex(id, all.last<8>());
  if (result.kept)
    return result;
  const auto hash = XXH3_128bits(id.data(), id.size());
  put_hash(hash.high64, all.first<8>());
  put_hash(std::max<std::uint64_t>(hash.low64, 1), all.last<8>());
  return result;
}

wire_id<8> wire_span_id(std::string_view id) {
  wire_id<8> result;
  const std::span all{result.bytes};
  result.kept = read_hex(id, all);
  if (!result.kept)
    put_hash(std::max<std::uint64_t>(XXH3_64bits(id.data(), id.size()), 1),
             all);
  return result;
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string result;
  result.reserve(2 * bytes.size());
  for (const auto x : bytes) {
    result.push_back(digits[x >> 4]);
    result.push_back(digits[x & 0xF]);
  }
  return result;
}

} // namespace meshtrace
