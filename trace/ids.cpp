#include "trace/ids.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <xxhash.h>

namespace meshtrace {

namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool is_lower_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

bool equals_ignoring_case(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
                    [](char a, char b) { return to_lower(a) == b; });
}

bool is_hex_id_size(std::size_t size) {
  return size == 32 || size == 16;
}

} // namespace

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back()))
    text.remove_suffix(1);
  return text;
}

bool is_absent(std::string_view text) {
  if (text.size() > 4 && !is_blank(text.front()) && !is_blank(text.back()))
    return false; // the usual case, told apart without a loop
  text = trimmed(text);
  return text.empty() || equals_ignoring_case(text, "null")
         || equals_ignoring_case(text, "none");
}

std::optional<std::string_view>
canonical_id(std::string_view id, arena& memory) {
  id = trimmed(id);
  if (id.empty() || id.size() > max_id_bytes)
    return std::nullopt;
  if (is_hex_id_size(id.size())
      && std::all_of(id.begin(), id.end(), is_lower_hex))
    return id;
  std::array<char, max_id_bytes> plain; // without dashes, lower case
  std::size_t size = 0;
  bool hex = true;
  for (auto c : id) {
    if (c < 0x21 || c > 0x7E)
      return std::nullopt;
    if (c == '-')
      continue;
    plain[size] = to_lower(c);
    hex = hex && is_lower_hex(plain[size]);
    ++size;
  }
  if (hex && is_hex_id_size(size))
    return memory.copy({plain.data(), size});
  return id;
}

std::optional<std::string> canonical_id(std::string_view id) {
  arena memory{max_id_bytes};
  if (auto canonical = canonical_id(id, memory))
    return std::string{*canonical};
  return std::nullopt;
}

std::uint32_t
partition_of(std::string_view trace_id, std::uint32_t partitions) {
  return static_cast<std::uint32_t>(
    XXH3_64bits(trace_id.data(), trace_id.size()) % partitions);
}

std::string hex16(std::uint64_t hash) {
  return fmt::format("{:016x}", hash);
}

} // namespace meshtrace
