#pragma once

#include <algorithm>
#include <chrono>
#include <random>

namespace meshtrace {

/// Growing pauses between tries: each twice the one before, up to `most`, and
/// up to a quarter shorter by chance so that many do not try at once.
class backoff {
public:
  using duration = std::chrono::milliseconds;

  explicit backoff(duration first = duration{100}, duration most
                                                   = duration{5000})
    : first_(first), most_(most), next_(first) {
    // nop
  }

  duration next() {
    const auto pause = next_;
    next_ = std::min(next_ * 2, most_);
    std::uniform_int_distribution<duration::rep> jitter{0, pause.count() / 4};
    return pause - duration{jitter(random_)};
  }

  void reset() {
    next_ = first_;
  }

private:
  duration first_;
  duration most_;
  duration next_;
  std::minstd_rand random_{std::random_device{}()};
};

} // namespace meshtrace
