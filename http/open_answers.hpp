#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>

namespace meshtrace {

/// Counts the answers that are still owed to clients, so that a stop can wait
/// for them.
class open_answers : public std::enable_shared_from_this<open_answers> {
public:
  /// Counts as one until its last copy is gone.
  using token = std::shared_ptr<void>;

  token open() {
    const std::lock_guard lock{mutex_};
    ++open_;
    return {this, [self = shared_from_this()](void*) {
              self->close();
            }};
  }

  /// Returns how many are still open when none is or `limit` has passed.
  std::size_t wait(std::chrono::milliseconds limit) {
    std::unique_lock lock{mutex_};
    none_.wait_for(lock, limit, [this] { return open_ == 0; });
    return open_;
  }

private:
  void close() {
    const std::lock_guard lock{mutex_};
    if (--open_ == 0)
      none_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable none_;
  std::size_t open_ = 0;
};

} // namespace meshtrace
