#pragma once

#include "actors/stream_position.hpp"
#include "redis/stream_info.hpp"
#include "trace/completion.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace meshtrace {

struct trim_options {
  /// TRACE_CONSUMER_GROUP.
  std::string group;
  /// MCP_MESH_TRACE_RETENTION; 0: no entry is too old.
  stream_ms retention = 0;
  /// TRACE_STREAM_MAXLEN; 0: no stream is too long.
  std::uint64_t maxlen = 0;
};

/// One group as far as trimming is concerned.
struct group_needs {
  std::string name;
  stream_entry_id last_delivered;
  std::optional<stream_entry_id> lowest_pending;
  std::uint64_t pending = 0;
  /// Since one of its consumers was last given something, in ms; absent where
  /// it has none.
  std::optional<stream_ms> idle;
};

/// What to trim of one stream.
struct trim_plan {
  /// Everything before this entry is too old and nobody needs it.
  stream_entry_id too_old;
  /// Nobody needs what is before this one; `surplus` of it may go.
  stream_entry_id unneeded;
  std::uint64_t surplus = 0;
  /// The stream may not be longer, whoever needs its entries; 0: it is not.
  std::uint64_t most = 0;
  /// Groups whose needs are ignored.
  std::vector<std::string> standing;
};

/// Decides what may be trimmed of one stream: never what a group has not read
/// or not acknowledged, unless that group has stood still for longer than the
/// retention, or the stream is twice as long as it may be. Remembers when it
/// saw groups move, because Redis does not tell. Knows no connection.
class trim_planner {
public:
  explicit trim_planner(trim_options options);

  /// Whether a stream of this length is too long, by more than trimming leaves.
  bool is_too_long(std::uint64_t length) const;

  /// Nothing as long as our own group is not there. `now` is Redis' clock.
  trim_plan plan(const redis::stream_info& stream,
                 const std::vector<group_needs>& groups, stream_ms now);

private:
  struct movement {
    stream_entry_id last_delivered;
    std::uint64_t pending = 0;
    stream_ms at = 0;
  };

  movement look(const group_needs& group, stream_ms now) const;

  trim_options options_;
  std::map<std::string, movement, std::less<>> movements_;
};

} // namespace meshtrace
