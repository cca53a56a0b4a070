#include "redis/entry_id.hpp"

#include <array>
#include <charconv>

namespace meshtrace::redis {

std::optional<entry_id> parse_entry_id(std::string_view text) {
  entry_id result;
  const auto* end = text.data() + text.size();
  auto [at, ec] = std::from_chars(text.data(), end, result.ms);
  if (ec != std::errc{})
    return std::nullopt;
  if (at == end)
    return result;
  if (*at != '-')
    return std::nullopt;
  const auto seq = std::from_chars(at + 1, end, result.seq);
  if (seq.ec != std::errc{} || seq.ptr != end)
    return std::nullopt;
  return result;
}

std::string_view
format_entry_id(entry_id id, std::span<char, longest_entry_id> buffer) {
  auto* first = buffer.data();
  auto* last = first + buffer.size();
  constexpr auto longest_number = (longest_entry_id - 1) / 2;
  auto* at = std::to_chars(first, first + longest_number, id.ms).ptr;
  *at++ = '-';
  at = std::to_chars(at, last, id.seq).ptr;
  return {first, static_cast<std::size_t>(at - first)};
}

std::string to_string(entry_id id) {
  std::array<char, longest_entry_id> buffer;
  return std::string{format_entry_id(id, buffer)};
}

} // namespace meshtrace::redis
