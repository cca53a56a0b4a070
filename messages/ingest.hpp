#pragma once

#include "trace/arena.hpp"
#include "trace/completion.hpp"
#include "trace/decode.hpp"

#include <chrono>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace meshtrace {

/// The id of a stream entry: milliseconds and sequence number.
struct stream_entry_id {
  std::uint64_t ms = 0;
  std::uint64_t seq = 0;

  auto operator<=>(const stream_entry_id&) const = default;
};

/// Where an event came from, for its acknowledgement.
struct entry_ref {
  /// Index of the stream in TRACE_STREAMS.
  std::uint16_t stream = 0;
  /// The incarnation of the stream or group: acknowledgements of an earlier one
  /// would acknowledge new, unread entries and are dropped.
  std::uint16_t generation = 0;
  /// Number of the delivery within the reader that got it.
  std::uint32_t delivery = 0;
  stream_entry_id id;

  auto operator<=>(const entry_ref&) const = default;
};

/// An event and its entry.
struct stream_event {
  entry_ref ref;
  span_event event;
};

/// An entry that can never become part of a trace, with all it said.
struct dead_entry {
  entry_ref ref;
  dead_reason reason = dead_reason::no_fields;
  std::vector<std::pair<std::string, std::string>> fields;
};

/// What one reply of Redis said. Owns all bytes that its events point to; it
/// is shared read-only by everybody who still joins a part of it.
struct event_batch {
  arena memory{65'536};
  std::vector<stream_event> events;
};
using event_batch_ptr = std::shared_ptr<const event_batch>;

/// The time of the streams of one reader: the least of them. Absent while the
/// reader cannot tell, above all while it replays what was pending.
struct stream_clock {
  std::uint32_t reader = 0;
  std::optional<stream_ms> now;
};

/// The part of a batch that belongs to one correlator.
struct span_batch {
  event_batch_ptr source;
  /// Indexes into `source->events`.
  std::vector<std::uint32_t> events;
  /// Stream time as it was known before this batch was read.
  std::optional<stream_ms> now;
};

/// Everything of the batch is joined (or moved aside): the reader's window has
/// room again. Says nothing about durability.
struct batch_joined {
  std::uint64_t events = 0;

  auto operator<=>(const batch_joined&) const = default;
};

/// Entries whose content is durable, or that never will be content: they may
/// be acknowledged.
struct entries_durable {
  std::vector<entry_ref> entries;
};

/// Redis has acknowledged this many entries of each delivery of a stream.
struct entries_acknowledged {
  struct count {
    std::uint16_t stream = 0;
    std::uint16_t generation = 0;
    std::uint32_t delivery = 0;
    std::uint32_t entries = 0;
  };
  std::vector<count> counts;
};

/// A stream or its group was lost and made again: acknowledgements of earlier
/// generations must not be sent.
struct stream_renewed {
  std::uint16_t stream = 0;
  std::uint16_t generation = 0;
};

/// The keeper's word on the lease of the group, with the process that has it.
struct lease_news {
  bool held = false;
  /// Steady time until which `held` is known to be true.
  std::chrono::steady_clock::time_point until;
  std::string holder;
};

/// What Redis has pending for our consumer in one stream. The reader compares
/// it with what it holds.
struct pending_report {
  /// Index of the stream in TRACE_STREAMS.
  std::uint16_t stream = 0;
  std::uint64_t count = 0;
  std::optional<stream_entry_id> lowest;
};

/// Entries of ours wait in the pending list that nobody here holds, or may:
/// look through it again.
struct replay_pending {
  /// Index of the stream in TRACE_STREAMS.
  std::uint16_t stream = 0;
};

} // namespace meshtrace
