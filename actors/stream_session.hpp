#pragma once

#include "actors/held_entries.hpp"
#include "actors/stream_group.hpp"
#include "messages/ingest.hpp"
#include "messages/status.hpp"
#include "redis/connection.hpp"
#include "redis/stream_commands.hpp"
#include "trace/decode.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace meshtrace {

/// What one reader reads, and how.
struct stream_session_options {
  redis::endpoint redis;
  /// TRACE_CONSUMER_GROUP and TRACE_CONSUMER_NAME.
  std::string group;
  std::string consumer;
  /// Names and their indexes in TRACE_STREAMS.
  std::vector<std::pair<std::string, std::uint16_t>> streams;
  /// A new group starts with the oldest entry, else with the next one.
  bool from_oldest = true;
  /// TRACE_BATCH_SIZE and TRACE_BATCH_MAX.
  std::size_t batch_size = 100;
  std::size_t batch_max = 1000;
  /// TRACE_REDIS_TIMEOUT, of one command.
  std::chrono::milliseconds timeout{2000};
  /// For so long after the last entry Redis is asked more often, because
  /// traces become complete by the time that it tells.
  std::chrono::milliseconds lively_for{2000};
  span_limits limits;
};

/// A group that was made again, or a stream that is another one now.
struct renewed_group {
  stream_renewed news;
  /// Of the stream.
  std::string name;
  /// Entries after this one come (again).
  stream_entry_id after;
};

/// Entries that were gone before our group was given them.
struct trimmed_entries {
  std::string stream;
  std::uint64_t count = 0;
};

/// What one step of a session brought.
struct session_step {
  /// Null where nothing came.
  event_batch_ptr batch;
  std::vector<dead_entry> dead;
  /// Entries without a body: trimmed before they were read again.
  std::vector<entry_ref> gone;
  /// Entries delivered, whatever became of them.
  std::uint64_t delivered = 0;
  decode_counts mended;
  std::vector<renewed_group> renewed;
  std::vector<trimmed_entries> trimmed;
  /// A connection was made.
  bool connected = false;
};

/// Reads a set of streams over one connection: connects, makes the groups, goes
/// through what is pending, then reads what is new. Blocks; for one thread.
class stream_session {
public:
  using clock = std::chrono::steady_clock;

  explicit stream_session(stream_session_options options);

  /// What an earlier process kept of the stream with this name; to be called
  /// before the first step.
  void restore(const std::string& name, const stream_position& stored);

  /// Does the next thing. A failure says what to tell the operator; `step`
  /// may be called again after a pause.
  expected<session_step> step();

  /// Goes through the pending list of a stream again.
  void replay(std::uint16_t index);

  /// Replays a stream where something has been pending for 2 s that is not
  /// held: its reply was lost on the way.
  void note_pending(const pending_report& report, clock::time_point at);

  void note_acknowledged(const entries_acknowledged& news);

  /// Time of the streams: the least over all (design 2.3). Absent while
  /// something pending is not read again yet.
  std::optional<stream_ms> now() const;

  /// The clock of Redis as far as we know it; absent before the first answer.
  std::optional<stream_ms> redis_now() const;

  bool is_connected() const {
    return connection_.has_value();
  }
  bool is_replaying() const;

  /// Up to where each stream is durable, as of at most a second ago; without
  /// those whose group was never seen.
  std::vector<std::pair<std::string, stream_position>> positions() const;

  /// For the status, in the order of the options.
  std::vector<stream_progress> progress() const;

  /// Entries that are held and not acknowledged, over all streams.
  std::uint64_t held() const;

private:
  struct stream {
    std::string name;
    std::uint16_t index = 0;
    stream_group group;
    /// Entries that were gone before they were read.
    std::uint64_t trimmed = 0;
    /// Where the next page of the pending list begins; absent: no replay.
    std::optional<stream_entry_id> replay_after;
    held_entries held;
    /// Entries delivered and acknowledged so far, to see whether any were.
    std::uint64_t movements = 0;
    /// Since when something seems to be pending that is not held, and how many
    /// movements there were then.
    std::optional<std::pair<clock::time_point, std::uint64_t>> stranded;
    /// Nothing was left unread when Redis last answered.
    bool caught_up = false;
    /// Stream time of this stream.
    std::optional<stream_ms> now;
  };

  expected<session_step> next();
  expected<session_step> connect();
  /// Looks at every stream and group, makes those that are not there, counts
  /// what was trimmed and moves the positions on.
  expected<void> visit_all();
  expected<void> visit(stream& x);
  expected<void> follow(stream& x, const redis::stream_info& info,
                        const redis::group_info& group);
  void renew(stream& x, const stream_group::start& from);
  expected<session_step> replay_page(stream& x);
  expected<session_step> read_new();
  /// Drops the connection if it is broken; makes lost groups again.
  expected<session_step> recover(const redis::command_failure& failure);
  expected<void> synchronise_clock();
  void take(stream& x, std::span<const redis::reply> entries, bool replayed,
            event_batch& batch, session_step& step);
  void take_fields(const entry_ref& ref, std::span<const redis::reply> fields,
                   event_batch& batch, session_step& step);
  void adapt_count(std::size_t largest_page);
  std::chrono::milliseconds block() const;
  std::shared_ptr<event_batch> free_batch();
  session_step finish(session_step step, std::shared_ptr<event_batch> batch);

  stream_session_options options_;
  std::vector<stream> streams_;
  std::optional<redis::connection> connection_;
  /// Batches to use again once nobody reads them any more.
  std::vector<std::shared_ptr<event_batch>> pool_;
  std::uint32_t next_delivery_ = 1;
  std::size_t count_;
  /// Bytes of the last reply's values, to keep replies small.
  std::size_t reply_bytes_ = 0;
  clock::time_point last_entry_;
  clock::time_point visited_at_;
  /// For the next step that goes well: the visit that found it may have failed
  /// at a later stream.
  std::vector<renewed_group> renewed_;
  std::vector<trimmed_entries> trimmed_;
  /// The clock of Redis and ours at the same moment.
  std::optional<std::pair<stream_ms, clock::time_point>> synchronised_;
};

} // namespace meshtrace
