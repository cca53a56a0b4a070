#include "http/cursor.hpp"

#include "trace/ids.hpp"

#include <bit>
#include <charconv>
#include <cstdint>

namespace meshtrace {

namespace {

constexpr std::size_t value_digits = 16;

char letter_of(trace_order order) {
  return order == trace_order::end_time ? 'e' : 'd';
}

/// Lower-case digits only: one place has one cursor.
std::optional<std::uint64_t> parse_hex(std::string_view digits) {
  std::uint64_t result = 0;
  const auto* end = digits.data() + digits.size();
  const auto [stop, failed] = std::from_chars(digits.data(), end, result, 16);
  const bool lower = digits.find_first_of("ABCDEF-") == std::string_view::npos;
  return failed == std::errc{} && stop == end && lower ? std::optional{result}
                                                       : std::nullopt;
}

std::optional<std::string> parse_hex_bytes(std::string_view digits) {
  std::string result;
  if (digits.size() % 2 != 0)
    return std::nullopt;
  for (; !digits.empty(); digits.remove_prefix(2)) {
    const auto byte = parse_hex(digits.substr(0, 2));
    if (!byte)
      return std::nullopt;
    result += static_cast<char>(*byte);
  }
  return result;
}

} // namespace

std::string cursor_text(trace_order order, const order_key& key) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string result{letter_of(order)};
  result += hex16(std::bit_cast<std::uint64_t>(key.value));
  for (const char c : key.id) {
    const auto byte = static_cast<unsigned char>(c);
    result += digits[byte >> 4U];
    result += digits[byte & 15U];
  }
  return result;
}

std::optional<order_key>
parse_cursor(std::string_view text, trace_order order) {
  if (!text.starts_with(letter_of(order)) || text.size() < 1 + value_digits
      || text.size() > 1 + value_digits + 2 * max_id_bytes)
    return std::nullopt;
  const auto value = parse_hex(text.substr(1, value_digits));
  auto id = parse_hex_bytes(text.substr(1 + value_digits));
  if (!value || !id || canonical_id(*id) != *id)
    return std::nullopt;
  return order_key{std::bit_cast<std::int64_t>(*value), std::move(*id)};
}

} // namespace meshtrace
