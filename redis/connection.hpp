#pragma once

#include "redis/endpoint.hpp"
#include "redis/reply.hpp"
#include "redis/reply_parser.hpp"
#include "redis/transport.hpp"
#include "trace/arena.hpp"
#include "trace/error.hpp"

#include <chrono>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace meshtrace::redis {

/// One connection to a Redis server. Blocks the calling thread, never longer
/// than the timeout of the call. Movable, not thread-safe.
///
/// An error that Redis answers is a reply like any other. A failed call means
/// that the connection itself is of no more use (`broken`): what was asked may
/// or may not have happened, open a new one and find out.
class connection {
public:
  /// Connects, logs in, selects the database and gives the connection a name,
  /// all within `timeout`.
  static expected<connection>
  open(const endpoint& where, std::chrono::milliseconds timeout);

  /// Speaks over `stream` as it is; `name` is the server's name in reasons.
  connection(std::unique_ptr<transport> stream, std::string name);

  connection(connection&&) noexcept = default;
  connection& operator=(connection&&) noexcept = default;

  /// Adds a command to the output; any byte may be in an argument. The output
  /// grows until `flush`, callers bound how much they append.
  void append(std::span<const std::string_view> argv);
  void append(std::initializer_list<std::string_view> argv);

  /// Sends what was appended.
  expected<void> flush(std::chrono::milliseconds timeout);

  /// The reply to the oldest unanswered command. It lives in `memory`.
  expected<const reply*> read(arena& memory, std::chrono::milliseconds timeout);

  /// `append`, `flush` and `read`; nothing else may be unanswered.
  expected<const reply*>
  command(std::span<const std::string_view> argv, arena& memory,
          std::chrono::milliseconds timeout);
  expected<const reply*>
  command(std::initializer_list<std::string_view> argv, arena& memory,
          std::chrono::milliseconds timeout);

  /// How many replies are still to be read.
  std::size_t outstanding() const {
    return outstanding_;
  }

  /// Whether a call has failed, so that this has to be replaced.
  bool broken() const {
    return stream_ == nullptr || broken_.has_value();
  }

private:
  expected<void> log_in(const endpoint& where, deadline end);
  expected<void> flush_until(deadline end);
  expected<const reply*> read_until(arena& memory, deadline end);
  tl::unexpected<error> fail(std::string_view doing, std::string_view why);

  std::unique_ptr<transport> stream_;
  std::string name_;
  reply_parser parser_;
  std::string output_;
  std::vector<char> input_;
  std::vector<const char*> argument_texts_; // reused by every append
  std::vector<std::size_t> argument_sizes_;
  std::size_t outstanding_ = 0;
  std::optional<error> broken_;
};

/// The connection in `kept`, opened where there is none or it is broken.
expected<connection*>
open_or_reuse(std::optional<connection>& kept, const endpoint& where,
              std::chrono::milliseconds timeout);

} // namespace meshtrace::redis
