#pragma once

#include "storage/record.hpp"
#include "trace/bytes.hpp"

#include <cstddef>
#include <cstdint>

/// What the writer and the reader of records agree on: record.cpp has the
/// grammar.
namespace meshtrace::record_layout {

inline constexpr std::uint8_t version = 1;
inline constexpr std::size_t checksum_bytes = 4;
/// id, flags, texts, numbers: a span is not shorter.
inline constexpr std::size_t least_span_bytes = 4;
inline constexpr std::size_t least_attribute_bytes = 2;

/// The lowest bits of both flags.
inline constexpr unsigned outcome_bits = 3;

namespace head_bit {
inline constexpr unsigned whole = 1u << 2, truncated = 1u << 3, end = 1u << 4,
                          start = 1u << 5, all = (1u << 6) - 1;
}

namespace span_bit {
inline constexpr unsigned started = 1u << 2, ended = 1u << 3, cut = 1u << 4,
                          function = 1u << 5, attributes = 1u << 6,
                          revision = 1u << 7;
}

constexpr std::size_t index_of(number_field field) {
  return static_cast<std::size_t>(field);
}

/// Written out of turn: they are what a span's end is told from.
constexpr bool is_time(std::size_t number) {
  return number == index_of(number_field::duration)
         || number == index_of(number_field::end_time);
}

/// Where the end of a span is likely to be.
inline std::int64_t expected_end(const span_values& x, std::int64_t base) {
  const auto duration = x[number_field::duration];
  return wrapping_add(x.start_time.has_value() ? *x.start_time : base,
                      duration.has_value() ? *duration : 0);
}

/// What the times in the spans of a record with this head are told from.
inline std::int64_t base_of(const record_head& x) {
  return x.start.has_value() ? *x.start
         : x.end.has_value() ? *x.end
                             : x.head.first_commit_time;
}

} // namespace meshtrace::record_layout
