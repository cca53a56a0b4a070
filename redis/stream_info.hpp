#pragma once

#include "redis/command.hpp"
#include "redis/entry_id.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace meshtrace::redis {

/// What XINFO STREAM says.
struct stream_info {
  std::uint64_t length = 0;
  entry_id last_generated;
  std::optional<std::uint64_t> entries_added; ///< Absent before Redis 7.
  std::optional<entry_id> first_entry;        ///< Absent in an empty stream.
};

/// What XINFO GROUPS says of one group.
struct group_info {
  std::string name;
  std::uint64_t consumers = 0;
  std::uint64_t pending = 0;
  entry_id last_delivered;
  std::optional<std::uint64_t> entries_read; ///< Absent if Redis cannot tell.
  std::optional<std::uint64_t> lag;          ///< Absent if Redis cannot tell.
};

/// What XINFO CONSUMERS says of one consumer.
struct consumer_info {
  std::string name;
  std::uint64_t pending = 0;
  std::chrono::milliseconds idle{0}; ///< A poll that finds nothing counts not.
};

/// Absent when there is no such stream.
answer<std::optional<stream_info>>
info_stream(connection& of, std::string_view stream,
            std::chrono::milliseconds timeout);

/// None when there is no such stream.
answer<std::vector<group_info>>
info_groups(connection& of, std::string_view stream,
            std::chrono::milliseconds timeout);

answer<std::vector<consumer_info>>
info_consumers(connection& of, std::string_view stream, std::string_view group,
               std::chrono::milliseconds timeout);

/// XLEN, zero when there is no such stream.
answer<std::uint64_t> stream_length(connection& of, std::string_view stream,
                                    std::chrono::milliseconds timeout);

/// The clock of Redis, in ms since the epoch as in entry ids.
answer<std::uint64_t>
server_time(connection& of, std::chrono::milliseconds timeout);

} // namespace meshtrace::redis
