#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace meshtrace {

/// Differences of times wrap: every 64-bit number is one, and comes back.
inline std::int64_t wrapping_sub(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a)
                                   - static_cast<std::uint64_t>(b));
}
inline std::int64_t wrapping_add(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a)
                                   + static_cast<std::uint64_t>(b));
}

/// Writes the building blocks of records (record.cpp has the grammar).
class byte_writer {
public:
  explicit byte_writer(std::size_t expected) {
    bytes_.resize(expected);
  }

  void byte(std::uint8_t value) {
    *room_for(1) = static_cast<char>(value);
    ++size_;
  }

  void varint(std::uint64_t value) {
    auto* const first = room_for(10);
    auto* at = first;
    for (; value >= 0x80; value >>= 7)
      *at++ = static_cast<char>(value | 0x80);
    *at++ = static_cast<char>(value);
    size_ += static_cast<std::size_t>(at - first);
  }

  void zigzag(std::int64_t value) {
    varint(folded(value));
  }

  /// A number that is often a multiple of a power of 1000.
  void scaled(std::int64_t value) {
    std::uint64_t power = 0;
    auto rest = value;
    for (; power < 2 && rest != 0 && rest % 1000 == 0; ++power)
      rest /= 1000;
    if (folded(rest) >> 62 == 0)
      return varint(folded(rest) << 2 | power);
    varint(3);
    fixed64(static_cast<std::uint64_t>(value));
  }

  void fixed64(std::uint64_t value) {
    fixed(value, 8);
  }
  void fixed32(std::uint32_t value) {
    fixed(value, 4);
  }

  void raw(std::string_view text) {
    text.copy(room_for(text.size()), text.size());
    size_ += text.size();
  }

  std::string_view view() const {
    return {bytes_.data(), size_};
  }

  std::string take() {
    bytes_.resize(size_);
    return std::move(bytes_);
  }

private:
  /// Small numbers of either sign become small numbers without one.
  static std::uint64_t folded(std::int64_t value) {
    return static_cast<std::uint64_t>(value) << 1
           ^ static_cast<std::uint64_t>(value >> 63);
  }

  void fixed(std::uint64_t value, std::size_t count) {
    auto* at = room_for(count);
    for (std::size_t i = 0; i < count; ++i)
      at[i] = static_cast<char>(value >> (8 * i));
    size_ += count;
  }

  char* room_for(std::size_t count) {
    if (bytes_.size() - size_ < count)
      bytes_.resize(2 * bytes_.size() + count);
    return bytes_.data() + size_;
  }

  /// Longer than what is written, so that a byte is a store and no call.
  std::string bytes_;
  std::size_t size_ = 0;
};

/// Reads what a `byte_writer` wrote. Never outside of `bytes`: what cannot be
/// read is zero or empty, and `failed()` from then on.
class byte_reader {
public:
  explicit byte_reader(std::string_view bytes) : bytes_(bytes) {
    // nop
  }

  std::uint8_t byte() {
    const auto one = raw(1);
    return one.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(one[0]);
  }

  std::uint64_t varint() {
    std::uint64_t result = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const std::uint64_t next = byte();
      result |= (next & 0x7F) << shift;
      if (next < 0x80) {
        failed_ = failed_ || (shift == 63 && next > 1);
        return result;
      }
    }
    failed_ = true;
    return 0;
  }

  std::int64_t zigzag() {
    return unfolded(varint());
  }

  std::int64_t scaled() {
    static constexpr std::array<std::int64_t, 3> factors = {1, 1000, 1'000'000};
    const auto value = varint();
    if (value == 3)
      return static_cast<std::int64_t>(fixed(8));
    std::int64_t result = 0;
    if ((value & 3) == 3
        || __builtin_mul_overflow(unfolded(value >> 2), factors[value & 3],
                                  &result)) {
      failed_ = true;
      return 0;
    }
    return result;
  }

  std::uint64_t fixed64() {
    return fixed(8);
  }
  std::uint32_t fixed32() {
    return static_cast<std::uint32_t>(fixed(4));
  }

  std::string_view raw(std::uint64_t count) {
    if (count > bytes_.size()) {
      failed_ = true;
      bytes_ = {};
      return {};
    }
    const auto result = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return result;
  }

  std::size_t left() const {
    return bytes_.size();
  }

  bool failed() const {
    return failed_;
  }
  void fail() {
    failed_ = true;
  }

private:
  static std::int64_t unfolded(std::uint64_t value) {
    return static_cast<std::int64_t>(value >> 1 ^ (0 - (value & 1)));
  }

  std::uint64_t fixed(std::size_t count) {
    const auto text = raw(count);
    std::uint64_t result = 0;
    for (std::size_t i = 0; i < text.size(); ++i)
      result |= static_cast<std::uint64_t>(static_cast<unsigned char>(text[i]))
                << (8 * i);
    return result;
  }

  std::string_view bytes_;
  bool failed_ = false;
};

} // namespace meshtrace
