#pragma once

// What lies where in the RocksDB folder. Numbers in keys are big-endian, so
// that keys sort as numbers do; `ordered` is a signed number with its sign
// turned, for the same reason. A trace's number is given at its first commit,
// from 1, each once: the order in which traces were committed first.
//
//   column family  key                        value
//   records        number64                   record (record.cpp)
//   ids            trace id                   number64
//   ends           ordered(end) trace id      summary (summary.cpp)
//   durations      ordered(duration) trace id summary
//   log            partition32 number64       entry (log_codec.cpp)
//   checkpoints    %x01 trace id              checkpoint (checkpoint_codec.cpp)
//                  %x02 partition32 ordered(due) trace id     -
//   default        "format"                   varint, see below
//                  "partitions"               varint
//                  "totals"                   totals (rocksdb_state.cpp)
//                  "name" number32            name (name_table.hpp)
//                  "note" key                 value of a note
//                  "drop" second64 number64   hashes of dropped ids, fixed64
//
// An absent end or duration is the least number there is, so it sorts last. An
// index entry without its record is of a trace whose record was damaged; it is
// passed over.

#include <cstdint>
#include <string>
#include <string_view>

namespace meshtrace::rocksdb_keys {

/// Of this grammar and all that it refers to.
inline constexpr std::uint64_t format = 1;

inline constexpr std::string_view format_key
  = "format",
  partitions_key = "partitions", totals_key = "totals", name_prefix = "name",
  note_prefix = "note", drop_prefix = "drop", checkpoint_prefix = "\x01",
  due_prefix = "\x02";

inline void append32(std::string& to, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8)
    to += static_cast<char>(value >> shift);
}

inline void append64(std::string& to, std::uint64_t value) {
  append32(to, static_cast<std::uint32_t>(value >> 32));
  append32(to, static_cast<std::uint32_t>(value));
}

/// The number that the first eight bytes are; 0 if they are fewer.
inline std::uint64_t read64(std::string_view bytes) {
  std::uint64_t result = 0;
  if (bytes.size() >= 8)
    for (std::size_t i = 0; i < 8; ++i)
      result = result << 8 | static_cast<unsigned char>(bytes[i]);
  return result;
}

inline std::uint64_t ordered(std::int64_t value) {
  return static_cast<std::uint64_t>(value) ^ (std::uint64_t{1} << 63);
}
inline std::int64_t from_ordered(std::uint64_t value) {
  return static_cast<std::int64_t>(value ^ (std::uint64_t{1} << 63));
}

inline std::string of_number(std::uint64_t number) {
  std::string result;
  append64(result, number);
  return result;
}

/// In `ends` and `durations`.
inline std::string of_order(std::int64_t value, std::string_view id) {
  std::string result;
  result.reserve(8 + id.size());
  append64(result, ordered(value));
  result += id;
  return result;
}

inline std::string of_log(std::uint32_t partition, std::uint64_t number) {
  std::string result;
  append32(result, partition);
  append64(result, number);
  return result;
}

inline std::string of_checkpoint(std::string_view id) {
  return std::string{checkpoint_prefix}.append(id);
}

/// `due` of a partition's first key is the least number.
inline std::string
of_due(std::uint32_t partition, std::int64_t due, std::string_view id) {
  std::string result{due_prefix};
  append32(result, partition);
  append64(result, ordered(due));
  result += id;
  return result;
}

inline std::string of_name(std::uint32_t number) {
  std::string result{name_prefix};
  append32(result, number);
  return result;
}

inline std::string of_note(std::string_view key) {
  return std::string{note_prefix}.append(key);
}

inline std::string of_drop(std::uint64_t second, std::uint64_t number) {
  std::string result{drop_prefix};
  append64(result, second);
  append64(result, number);
  return result;
}

} // namespace meshtrace::rocksdb_keys
