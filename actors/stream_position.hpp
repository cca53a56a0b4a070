#pragma once

#include "messages/ingest.hpp"
#include "redis/entry_id.hpp"
#include "trace/error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace meshtrace {

inline stream_entry_id to_id(redis::entry_id id) {
  return {id.ms, id.seq};
}

inline redis::entry_id to_redis(stream_entry_id id) {
  return {id.ms, id.seq};
}

inline std::string to_text(stream_entry_id id) {
  return redis::to_string(to_redis(id));
}

/// The greatest id below `id`; 0-0 has none.
stream_entry_id before(stream_entry_id id);

/// How far one stream is durable, and what tells this life of the stream from
/// another one that has its name later. Kept by the store as a note.
struct stream_position {
  /// Counts the lives of stream and group, see `entry_ref`.
  std::uint16_t generation = 0;
  /// Every entry up to this one is durable and acknowledged.
  stream_entry_id id;
  /// How many entries the stream had been given when `id` was; absent where
  /// Redis cannot tell.
  std::optional<std::uint64_t> number;
  /// Of the stream, when last seen: neither ever gets less in one life.
  std::optional<std::uint64_t> entries_added;
  stream_entry_id last_generated;

  bool operator==(const stream_position&) const = default;
};

/// The key of the note. Neither name has a blank in it (app/settings).
std::string position_key(std::string_view group, std::string_view stream);

/// The value of the note: version 1, then the members in order, `-` for what
/// is absent, with blanks between: `1 0 1795424916333-0 17 20 1795424916400-1`.
std::string to_note(const stream_position& position);

/// Reads `to_note`'s text.
expected<stream_position> read_position(std::string_view note);

} // namespace meshtrace
