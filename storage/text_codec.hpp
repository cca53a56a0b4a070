#pragma once

#include "trace/arena.hpp"
#include "trace/bytes.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace meshtrace {

/// Writes the texts of one record so that each stands in it once:
///
///   text   = varint(number << 2 | 0)          ; the number-th text so far
///          / varint(size << 2 | 1) bytes      ; a new one
///          / varint(size << 2 | 2) bytes      ; new, hex digits, two a byte
///          / varint(size << 2 | 3) shared bytes
///                    ; new: the first `shared` bytes of the text before it
///                    ; in the record, then these (agent ids begin like names)
class text_encoder {
public:
  explicit text_encoder(byte_writer& out) : out_(out) {
    few_slots_.fill(no_text);
    texts_.reserve(few_slots_.size() / 2);
  }

  text_encoder(const text_encoder&) = delete;
  text_encoder& operator=(const text_encoder&) = delete;

  void write(std::string_view text);

private:
  static constexpr std::uint32_t no_text = 0xFFFF'FFFF;

  /// The place of `text` in the index, or of the free one where it belongs.
  std::uint32_t& slot_of(std::string_view text);
  void write_new(std::string_view text);
  void grow();

  byte_writer& out_;
  std::string_view before_;
  std::vector<std::string_view> texts_;
  /// Numbers of texts by their hash, at most half full. Small records have
  /// room in the first table.
  std::array<std::uint32_t, 128> few_slots_;
  std::vector<std::uint32_t> many_slots_;
  std::span<std::uint32_t> slots_ = few_slots_;
};

/// Reads the texts that a `text_encoder` wrote. What it makes of new ones is
/// kept in `memory`; a bad text makes the reader fail.
class text_decoder {
public:
  text_decoder(byte_reader& in, arena& memory) : in_(in), memory_(memory) {
    texts_.reserve(32);
  }

  std::string_view read();

  /// Reads past a text that is the first of its record.
  static void skip_new(byte_reader& in) {
    in.raw(in.varint() >> 2);
  }

private:
  std::string_view read_new(std::uint64_t kind, std::uint64_t size);

  byte_reader& in_;
  arena& memory_;
  std::string_view before_;
  std::vector<std::string_view> texts_;
};

} // namespace meshtrace
