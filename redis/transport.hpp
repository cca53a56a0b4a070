#pragma once

#include "redis/endpoint.hpp"
#include "trace/error.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace meshtrace::redis {

using deadline = std::chrono::steady_clock::time_point;

/// The longest that any call may wait, whatever its caller says.
inline constexpr std::chrono::hours longest_wait{1};

/// The point in time that is `timeout` away.
deadline deadline_in(std::chrono::milliseconds timeout);

/// A stream of bytes to a server. Every call ends by its deadline; after a
/// failed call the stream is of no more use. Not thread-safe.
class transport {
public:
  transport() = default;
  transport(const transport&) = delete;
  transport& operator=(const transport&) = delete;
  virtual ~transport() = default;

  /// Reads what there is, at least one byte.
  virtual expected<std::size_t> read_some(std::span<char> into, deadline end)
    = 0;

  /// Writes all of `bytes`.
  virtual expected<void> write(std::string_view bytes, deadline end) = 0;
};

/// Connects to `where`, name resolution included. Does not log in.
expected<std::unique_ptr<transport>>
open_transport(const endpoint& where, deadline end);

} // namespace meshtrace::redis
