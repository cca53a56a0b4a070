#include "trace/text.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <iterator>

namespace meshtrace {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD"; // U+FFFD

std::uint8_t byte_at(std::string_view text, std::size_t i) {
  return static_cast<std::uint8_t>(text[i]);
}

bool in_range(std::uint8_t x, std::uint8_t low, std::uint8_t high) {
  return x >= low && x <= high;
}

/// The code point of the well-formed character `text`.
std::uint32_t code_point(std::string_view text) {
  const auto first = byte_at(text, 0);
  if (text.size() == 1)
    return first;
  auto result
    = static_cast<std::uint32_t>(first & (0xFFu >> (text.size() + 1)));
  for (std::size_t i = 1; i < text.size(); ++i)
    result = (result << 6) | (byte_at(text, i) & 0x3Fu);
  return result;
}

/// Whether showing the character could move the cursor, start a line or
/// reorder what stands around it.
bool is_unsafe(std::uint32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x061C
         || (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E)
         || (c >= 0x2060 && c <= 0x2069) || c == 0xFEFF;
}

} // namespace

int text_rank(std::string_view text) {
  if (text.empty())
    return 0;
  return text == "unknown" || text == "unknown-agent" ? 1 : 2;
}

bool text_wins(std::string_view candidate, std::string_view present) {
  if (candidate.empty() || candidate == present)
    return false;
  const auto left = text_rank(candidate);
  const auto right = text_rank(present);
  return left != right ? left > right : candidate > present;
}

std::string_view cut_utf8(std::string_view text, std::size_t limit) {
  if (text.size() <= limit)
    return text;
  auto end = limit;
  while (end > 0 && end + 4 > limit && (byte_at(text, end) & 0xC0) == 0x80)
    --end;
  return text.substr(0, end);
}

std::size_t utf8_length(std::string_view text) {
  if (text.empty())
    return 0;
  const auto b0 = byte_at(text, 0);
  if (b0 < 0x80)
    return 1;
  const std::size_t size = in_range(b0, 0xC2, 0xDF)   ? 2
                           : in_range(b0, 0xE0, 0xEF) ? 3
                           : in_range(b0, 0xF0, 0xF4) ? 4
                                                      : 0;
  if (size == 0 || text.size() < size)
    return 0;
  const std::uint8_t low = b0 == 0xE0 ? 0xA0 : b0 == 0xF0 ? 0x90 : 0x80;
  const std::uint8_t high = b0 == 0xED ? 0x9F : b0 == 0xF4 ? 0x8F : 0xBF;
  if (!in_range(byte_at(text, 1), low, high))
    return 0;
  for (std::size_t i = 2; i < size; ++i)
    if (!in_range(byte_at(text, i), 0x80, 0xBF))
      return 0;
  return size;
}

std::string_view valid_utf8(std::string_view text, std::string& storage) {
  std::size_t good = 0;
  while (good < text.size()) {
    const auto size = utf8_length(text.substr(good));
    if (size == 0)
      break;
    good += size;
  }
  if (good == text.size())
    return text;
  storage.assign(text.substr(0, good));
  for (auto rest = text.substr(good); !rest.empty();) {
    const auto size = utf8_length(rest);
    storage += size == 0 ? replacement : rest.substr(0, size);
    rest.remove_prefix(size == 0 ? 1 : size);
  }
  return storage;
}

std::string escaped(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const auto size = utf8_length(text);
    const auto c = size == 0 ? 0 : code_point(text.substr(0, size));
    auto out = std::back_inserter(result);
    if (size == 0)
      fmt::format_to(out, "\\x{:02x}", byte_at(text, 0));
    else if (c == '\n')
      result += "\\n";
    else if (c == '\t')
      result += "\\t";
    else if (c == '\r')
      result += "\\r";
    else if (c == '\\')
      result += "\\\\";
    else if (is_unsafe(c) && c < 0x80)
      fmt::format_to(out, "\\x{:02x}", c);
    else if (is_unsafe(c))
      fmt::format_to(out, "\\u{:04x}", c);
    else
      result += text.substr(0, size);
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return result;
}

} // namespace meshtrace
