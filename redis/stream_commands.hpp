#pragma once

#include "redis/command.hpp"
#include "redis/entry_id.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace meshtrace::redis {

/// Creates the group, and the stream where it is missing. `start` is the id
/// after which the group reads, or `$` for the end. False when the group was
/// there already; it is then as it was.
/// `entries_read` says how many entries the stream was given up to `start`; it
/// needs Redis 7.
answer<bool>
create_group(connection& to, std::string_view stream, std::string_view group,
             std::string_view start, std::chrono::milliseconds timeout,
             std::optional<std::uint64_t> entries_read = {});

/// Sets what the group was given last, and the how many-th entry of the stream
/// that was. Needs Redis 7.
answer<void>
set_group(connection& of, std::string_view stream, std::string_view group,
          entry_id last, std::uint64_t entries_read,
          std::chrono::milliseconds timeout);

/// One stream of a read.
struct stream_from {
  std::string_view stream;
  std::string_view after; ///< `>` for new entries, else an id: own pending.
};

/// What to read from a group.
struct read_request {
  std::string_view group;
  std::string_view consumer;
  std::span<const stream_from> streams; ///< At least one.
  std::size_t count = 1000;             ///< At most, of each stream.
  /// How long Redis waits for an entry, zero: not at all. Redis does not wait
  /// when one of the streams is read by id.
  std::chrono::milliseconds block{0};
};

/// The entries of one stream, for `as_entry`.
struct stream_page {
  std::string_view stream;
  std::span<const reply> entries;
};

/// Adds the XREADGROUP to what the next `flush` sends.
void append_read(connection& to, const read_request& what);

/// The reply to `append_read`, in `memory`. A stream without new entries has no
/// page; one that is read by id always has, an empty one at the end.
/// `timeout` has to be longer than the request's `block`.
answer<std::span<const stream_page>>
receive_pages(connection& from, arena& memory,
              std::chrono::milliseconds timeout);

/// `append_read`, `flush` and `receive_pages`.
answer<std::span<const stream_page>>
read_group(connection& from, const read_request& what, arena& memory,
           std::chrono::milliseconds timeout);

/// An entry of a page.
struct stream_entry {
  entry_id id;
  bool deleted = false; ///< Still pending, but no longer in the stream.
  std::span<const reply> fields; ///< Name, value, name, value, ...
};

/// Takes an entry apart; absent when it is none.
std::optional<stream_entry> as_entry(const reply& entry);

/// Adds an XACK to what the next `flush` sends; its reply is a number. `ids`
/// must not be empty.
void append_ack(connection& to, std::string_view stream, std::string_view group,
                std::span<const entry_id> ids);

/// The reply to `append_ack`: how many of the entries were pending.
answer<std::uint64_t>
receive_ack(connection& from, std::chrono::milliseconds timeout);

/// `append_ack`, `flush` and `receive_ack`. No ids are no request.
answer<std::uint64_t>
acknowledge(connection& to, std::string_view stream, std::string_view group,
            std::span<const entry_id> ids, std::chrono::milliseconds timeout);

/// How much of a group is unacknowledged, and whose. Consumers without pending
/// entries are not in it.
struct pending_summary {
  std::uint64_t total = 0;
  std::optional<entry_id> lowest;
  std::map<std::string, std::uint64_t, std::less<>> by_consumer;
};

answer<pending_summary>
pending(connection& of, std::string_view stream, std::string_view group,
        std::chrono::milliseconds timeout);

/// The next at most `count` pending entries of `consumer` after the entry
/// `after` (`entry_id{}` for the first page), in order.
answer<std::vector<entry_id>>
pending_of(connection& of, std::string_view stream, std::string_view group,
           std::string_view consumer, entry_id after, std::size_t count,
           std::chrono::milliseconds timeout);

/// Makes `consumer` the owner of the pending entries `ids`, whoever owns them.
/// Returns those that it owns now. An entry that is no longer pending is not
/// among them; one that is no longer in the stream stops being pending.
answer<std::vector<entry_id>>
claim(connection& of, std::string_view stream, std::string_view group,
      std::string_view consumer, std::span<const entry_id> ids,
      std::chrono::milliseconds timeout);

/// Trims entries before `from`, at most `limit` (not 0) and about: Redis leaves
/// what shares a node with one that stays. Returns how many went.
answer<std::uint64_t>
trim_before(connection& of, std::string_view stream, entry_id from,
            std::uint64_t limit, std::chrono::milliseconds timeout);

/// Trims the oldest entries beyond `length`, likewise.
answer<std::uint64_t>
trim_to(connection& of, std::string_view stream, std::uint64_t length,
        std::uint64_t limit, std::chrono::milliseconds timeout);

/// Deletes the consumer. Returns how many pending entries were lost with it.
answer<std::uint64_t>
delete_consumer(connection& of, std::string_view stream, std::string_view group,
                std::string_view consumer, std::chrono::milliseconds timeout);

} // namespace meshtrace::redis
