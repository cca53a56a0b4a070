#pragma once

#include <chrono>
#include <cstdint>

namespace meshtrace {

/// Lets at most `most` lines through in each `period`, and says how many it
/// kept back before.
class log_limiter {
public:
  using time_point = std::chrono::steady_clock::time_point;

  log_limiter(std::uint32_t most, std::chrono::steady_clock::duration period)
    : most_(most), period_(period) {
    // nop
  }

  /// Whether a line may be written at `now`.
  bool allows(time_point now) {
    if (now - begin_ >= period_) {
      begin_ = now;
      used_ = 0;
    }
    if (used_ < most_) {
      ++used_;
      return true;
    }
    ++kept_back_;
    return false;
  }

  /// Lines kept back since this was asked last.
  std::uint64_t take_kept_back() {
    const auto result = kept_back_;
    kept_back_ = 0;
    return result;
  }

private:
  std::uint32_t most_;
  std::chrono::steady_clock::duration period_;
  time_point begin_ = {};
  std::uint32_t used_ = 0;
  std::uint64_t kept_back_ = 0;
};

} // namespace meshtrace
