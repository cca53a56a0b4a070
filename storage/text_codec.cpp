// Ids and names are so short that a call costs more than the hash.
#define XXH_INLINE_ALL

#include "storage/text_codec.hpp"

#include <algorithm>
#include <xxhash.h>

namespace meshtrace {

namespace {

constexpr std::uint64_t kind_bits = 2;
enum kind : std::uint64_t { known = 0, plain = 1, hex = 2, prefixed = 3 };

/// A shared prefix pays from a few bytes on; its end keeps what a decoder
/// makes of a byte within bounds.
constexpr std::size_t least_shared = 4;
constexpr std::size_t most_shared = 64;

constexpr std::uint8_t no_digit = 0xFF;

constexpr auto digit_values = [] {
  std::array<std::uint8_t, 256> result = {};
  result.fill(no_digit);
  for (std::uint8_t i = 0; i < 10; ++i)
    result[static_cast<std::size_t>('0' + i)] = i;
  for (std::uint8_t i = 0; i < 6; ++i)
    result[static_cast<std::size_t>('a' + i)]
      = static_cast<std::uint8_t>(10 + i);
  return result;
}();

std::uint8_t digit_of(char c) {
  return digit_values[static_cast<unsigned char>(c)];
}

bool is_hex(std::string_view text) {
  return text.size() >= 2 && text.size() % 2 == 0
         && std::all_of(text.begin(), text.end(),
                        [](char c) { return digit_of(c) != no_digit; });
}

std::size_t shared_prefix(std::string_view a, std::string_view b) {
  const auto most = std::min({a.size(), b.size(), most_shared});
  std::size_t i = 0;
  while (i < most && a[i] == b[i])
    ++i;
  return i;
}

} // namespace

// -- writing ------------------------------------------------------------------

void text_encoder::write(std::string_view text) {
  auto& slot = slot_of(text);
  if (slot != no_text) {
    out_.varint(std::uint64_t{slot} << kind_bits | known);
    before_ = text;
    return;
  }
  slot = static_cast<std::uint32_t>(texts_.size());
  texts_.push_back(text);
  write_new(text);
  before_ = text;
  if (texts_.size() * 2 > slots_.size())
    grow();
}

std::uint32_t& text_encoder::slot_of(std::string_view text) {
  const auto mask = slots_.size() - 1;
  auto i = XXH3_64bits(text.data(), text.size()) & mask;
  while (slots_[i] != no_text && texts_[slots_[i]] != text)
    i = (i + 1) & mask;
  return slots_[i];
}

void text_encoder::grow() {
  many_slots_.assign(slots_.size() * 4, no_text);
  slots_ = many_slots_;
  for (std::size_t i = 0; i < texts_.size(); ++i)
    slot_of(texts_[i]) = static_cast<std::uint32_t>(i);
}

void text_encoder::write_new(std::string_view text) {
  if (is_hex(text)) {
    out_.varint(text.size() / 2 << kind_bits | hex);
    for (std::size_t i = 0; i < text.size(); i += 2)
      out_.byte(static_cast<std::uint8_t>(digit_of(text[i]) << 4
                                          | digit_of(text[i + 1])));
    return;
  }
  const auto shared = shared_prefix(before_, text);
  if (shared >= least_shared) {
    out_.varint((text.size() - shared) << kind_bits | prefixed);
    out_.varint(shared);
    out_.raw(text.substr(shared));
    return;
  }
  out_.varint(text.size() << kind_bits | plain);
  out_.raw(text);
}

// -- reading ------------------------------------------------------------------

std::string_view text_decoder::read() {
  const auto head = in_.varint();
  const auto value = head >> kind_bits;
  if ((head & 3) != known) {
    texts_.push_back(read_new(head & 3, value));
    before_ = texts_.back();
  } else if (value < texts_.size()) {
    before_ = texts_[value];
  } else {
    in_.fail();
    before_ = {};
  }
  return before_;
}

std::string_view
text_decoder::read_new(std::uint64_t kind, std::uint64_t size) {
  const auto shared = kind == prefixed ? in_.varint() : 0;
  const auto bytes = in_.raw(size);
  if (in_.failed() || shared > before_.size() || shared > most_shared) {
    in_.fail();
    return {};
  }
  if (kind == plain)
    return memory_.copy(bytes);
  if (kind == prefixed) {
    auto* to = static_cast<char*>(memory_.allocate(shared + size, 1));
    before_.copy(to, shared);
    bytes.copy(to + shared, size);
    return {to, shared + size};
  }
  auto* to = static_cast<char*>(memory_.allocate(2 * size, 1));
  for (std::size_t i = 0; i < size; ++i) {
    const auto value = static_cast<unsigned char>(bytes[i]);
    to[2 * i] = "0123456789abcdef"[value >> 4];
    to[2 * i + 1] = "0123456789abcdef"[value & 15];
  }
  return {to, 2 * size};
}

} // namespace meshtrace
