#pragma once

#include "actors/exporter_feed_state.hpp"
#include "messages/handles.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace meshtrace {

struct exporter_cursor_options {
  /// How long the store may take for an answer.
  std::chrono::milliseconds timeout{10'000};
  /// A note that is older belongs to an exporter that was not configured.
  std::chrono::hours life{24};
  /// Notes outlive the process; else none is kept.
  bool durable = true;
  /// Without a note begin with the oldest trace, not with the next.
  bool from_oldest = false;
};

/// Keeps how far an exporter has come in a note of the store, so that the next
/// process goes on from there. Belongs to the handlers of its feed.
class exporter_cursor {
public:
  using self_pointer
    = exporter_feed_actor::stateful_pointer<exporter_feed_state>;
  using time_point = caf::actor_clock::time_point;
  using error_handler = std::function<void(const caf::error&)>;

  exporter_cursor(self_pointer self, trace_store_actor store,
                  std::string exporter, const exporter_cursor_options& options);

  /// Starts the cursors of the feed's state from the note, or without one from
  /// `ends`, the log's last numbers; then calls `done`. Does nothing while it
  /// is at it.
  void restore(const std::vector<std::uint64_t>& ends,
               std::function<void()> done, error_handler failed);

  /// Saves the cursors of the feed's state unless what is saved is the same
  /// and young, or saving is under way.
  void save(std::function<void()> done, error_handler failed);

  bool saving() const {
    return saving_;
  }

private:
  void start(const std::string& note, const std::vector<std::uint64_t>& ends);

  self_pointer self_;
  trace_store_actor store_;
  const std::string exporter_;
  const exporter_cursor_options options_;
  bool restoring_ = false;
  bool saving_ = false;
  /// The cursors that are known to be saved, and when to say them again.
  std::string saved_;
  time_point save_again_{};
};

} // namespace meshtrace
