#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace meshtrace {

/// One stream as its keeper last saw it in Redis.
struct stream_status {
  std::string stream;
  std::uint64_t length = 0;
  /// Delivered to this group and not acknowledged.
  std::uint64_t pending = 0;
  /// Not delivered yet; absent where Redis cannot tell.
  std::optional<std::uint64_t> lag;
  std::string last_delivered_id;
  /// Other groups that have not moved within the retention: their unread and
  /// pending entries are trimmed with the rest.
  std::vector<std::string> standing_groups;
};

/// How far one stream is read and kept.
struct stream_progress {
  std::string stream;
  /// Id of the entry up to which all is durable; empty before it is known.
  std::string position;
  /// Entries that were gone before this group was given them, in this life of
  /// the process.
  std::uint64_t trimmed_unread = 0;
};

/// What a reader or the keeper says of itself, whenever it changes and about
/// once a second.
struct reader_status {
  std::uint32_t reader = 0;
  /// `connecting`, `standby`, `replaying`, `reading`, `parked` or `stopped`.
  std::string state;
  std::string last_error;
  std::uint64_t events_read = 0;
  std::uint32_t batches_unanswered = 0;
  /// A batch has waited longer than TRACE_WATCHDOG for its answer.
  bool stuck = false;
  /// Its streams.
  std::vector<stream_progress> streams = {};
};

struct keeper_status {
  bool connected = false;
  std::string last_error;
  bool lease_held = false;
  std::string lease_holder;
  std::vector<stream_status> streams;
};

struct acknowledger_status {
  bool connected = false;
  std::string last_error;
  std::uint64_t waiting = 0;
  std::uint64_t acknowledged = 0;
};

struct exporter_status {
  std::string name;
  std::uint64_t exported_traces = 0;
  std::uint64_t failed = 0;
  std::uint64_t retried = 0;
  std::uint64_t rejected = 0;
  /// Spans that the target left out of what it took.
  std::uint64_t rejected_spans = 0;
  /// Traces that the exporter itself did not send, to send no more than so
  /// many.
  std::uint64_t held_back = 0;
  std::uint64_t lag_traces = 0;
  std::string last_error;
};

/// What waits to become a dead letter, and why it waits.
struct dead_letter_status {
  std::uint64_t waiting = 0;
  /// Why the last try to write failed; empty if it did not.
  std::string last_error;
};

/// The last commit of the store went wrong, or went well again.
struct store_health {
  bool healthy = true;
  std::string last_error;
};

/// Everything that was last said, for /trace/status and /readyz.
struct service_status {
  std::vector<reader_status> readers;
  keeper_status keeper;
  acknowledger_status acknowledger;
  std::vector<exporter_status> exporters;
  dead_letter_status dead_letter;
  store_health store;
  /// Over the last ten seconds.
  double events_per_second = 0;
};

/// Why the service is not ready; empty if it is.
std::vector<std::string>
reasons_not_ready(const service_status& status, const std::string& group);

} // namespace meshtrace
