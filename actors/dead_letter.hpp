#pragma once

#include "actors/backoff.hpp"
#include "actors/log_limiter.hpp"
#include "messages/handles.hpp"
#include "metrics/metrics.hpp"
#include "redis/connection.hpp"

#include <caf/typed_response_promise.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace meshtrace {

struct dead_letter_options {
  redis::endpoint redis;
  /// TRACE_STREAMS.
  std::vector<std::string> streams;
  /// TRACE_DEAD_LETTER_STREAM and TRACE_DEAD_LETTER_MAX.
  std::string stream;
  std::size_t most = 100'000;
  /// TRACE_REDIS_TIMEOUT.
  std::chrono::milliseconds timeout{2000};
};

/// Entries that wait until Redis has them as dead letters, oldest first.
/// Bounded by the readers' windows: a batch stays unanswered until all of its
/// entries are written.
struct dead_letter_state {
  using batch_id = std::uint64_t;

  static constexpr const char* name = "dead-letter";

  /// Most entries that are written at once, and bytes beyond which no further
  /// one joins them.
  static constexpr std::size_t most_entries = 1000;
  static constexpr std::size_t most_bytes = std::size_t{4} << 20;

  dead_letter_state() = default; // not an aggregate, see docs/pitfalls.md

  /// A batch that is answered.
  struct answered {
    batch_id batch = 0;
    std::uint64_t entries = 0;
  };

  batch_id add(std::vector<dead_entry> entries);

  /// How many of the first in `waiting` are written next; 0 if none wait.
  std::size_t next() const;

  struct confirmed {
    std::vector<dead_entry> entries;
    std::vector<answered> batches;
  };

  /// Takes out those of the first entries that Redis has (`true`).
  confirmed confirm(const std::vector<bool>& written);

  /// Gives all batches up: their entries stay pending in Redis.
  std::vector<answered> give_up();

  struct item {
    batch_id batch = 0;
    dead_entry entry;
  };
  std::deque<item> waiting;

  std::optional<redis::connection> connection;
  std::map<batch_id, caf::typed_response_promise<batch_joined>> promises;
  bool draining = false;
  /// A tick that tries again is on its way.
  bool pausing = false;
  std::string last_error;
  backoff pause;
  log_limiter failures{1, std::chrono::minutes{1}};
  log_limiter limiter{10, std::chrono::seconds{10}};

private:
  struct open_batch {
    std::uint64_t entries = 0;
    std::uint64_t missing = 0;
  };
  std::map<batch_id, open_batch> batches_;
  batch_id next_batch_ = 1;
};

/// Writes entries that can never become part of a trace to the stream of dead
/// letters, and only then lets them be acknowledged. A process that dies in
/// between writes them again. Spawned detached: it blocks in Redis.
dead_letter_actor::behavior_type
dead_letter(dead_letter_actor::stateful_pointer<dead_letter_state> self,
            const dead_letter_options& options,
            const acknowledger_actor& acknowledger,
            const status_board_actor& board, metrics* counters);

} // namespace meshtrace
