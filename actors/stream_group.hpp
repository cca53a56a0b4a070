#pragma once

#include "actors/held_entries.hpp"
#include "actors/stream_position.hpp"
#include "redis/stream_info.hpp"

#include <cstdint>
#include <optional>

namespace meshtrace {

/// What a reader knows of its group in one stream: what it was given last, up
/// to where all is durable, and whether the stream is still the same one.
/// Decides where a group that was lost is made again and counts what was
/// trimmed before it was read. Knows no connection.
class stream_group {
public:
  /// Where a group begins.
  struct start {
    stream_entry_id id;
    /// How many entries the stream had been given by then, if that is known.
    std::optional<std::uint64_t> number;
  };

  /// What an earlier process has kept; to be called before anything else.
  void restore(const stream_position& stored);

  /// Whether the stream is another one than before: it went away, or its ids or
  /// its count of entries went back. False as long as nothing is known.
  bool is_new(const std::optional<redis::stream_info>& stream) const;

  /// Whether there was a group before, in this process or an earlier one.
  bool is_known() const {
    return position_.has_value();
  }

  /// Where to make the group that is not there: at the beginning of a new
  /// stream, else where all is durable. One that was never there begins at the
  /// oldest entry or after the last one.
  start where(const std::optional<redis::stream_info>& stream,
              const held_entries& held, bool from_oldest) const;

  /// The group was made at `from`, or the stream became a new one. What was
  /// given before belongs to an earlier generation.
  void begin(const start& from);

  /// The group is there, with this lowest pending entry of any consumer. Call
  /// it between two reads. Returns how many entries were gone before the group
  /// was given them, those that an earlier call returned left out.
  std::uint64_t
  follow(const redis::stream_info& stream, const redis::group_info& group,
         std::optional<stream_entry_id> lowest_pending,
         const held_entries& held);

  /// What Redis should know as the group's entries-read: it does not count
  /// what was trimmed, so its lag would stay too large. Absent if it is right.
  std::optional<std::uint64_t> correction() const;

  /// Redis has taken the correction.
  void corrected();

  /// An entry was given to us, for the first time or again.
  void deliver(stream_entry_id id, bool again);

  std::uint16_t generation() const {
    return generation_;
  }
  stream_entry_id last_delivered() const {
    return last_delivered_;
  }
  /// How many entries the stream was given up to the last one delivered.
  std::optional<std::uint64_t> number() const {
    return number_;
  }
  /// To be kept; absent before the group was there.
  const std::optional<stream_position>& position() const {
    return position_;
  }

private:
  /// Up to where everything is acknowledged, as far as `held` knows.
  start settled(const held_entries& held) const;

  std::uint16_t generation_ = 0;
  stream_entry_id last_delivered_;
  std::optional<std::uint64_t> number_;
  /// How many entries Redis' entries-read leaves out; absent if Redis does not
  /// know it at all though we do.
  std::optional<std::uint64_t> left_out_ = 0;
  /// Something below what we hold is pending: it is not read again yet, or
  /// belongs to another consumer.
  bool others_pending_ = false;
  std::optional<stream_position> position_;
};

} // namespace meshtrace
