#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace meshtrace {

/// What became of one request to a target.
struct send_result {
  enum class verdict : std::uint8_t {
    /// The target has it, but for `refused_spans`.
    delivered,
    /// The target may take it later.
    later,
    /// It will not take something of this: what is the matter can be found by
    /// sending less at once.
    refused,
    /// It will not take any of this, however it is sent.
    refused_whole,
  };

  verdict what = verdict::delivered;
  /// Why not; of a partial success also why.
  std::string reason;
  /// How long the target asks to be left alone; zero if it does not say.
  std::chrono::milliseconds pause{0};
  /// Spans that a target which took the request left out.
  std::uint64_t refused_spans = 0;
};

/// Which answers of HTTP mean that a request may be sent again.
enum class retry_rules : std::uint8_t {
  /// OTLP's own: 429, 502, 503 and 504, and no other.
  otlp,
  /// Whatever may be mended at the target meanwhile: also 408, every 5xx, and
  /// that it does not know the address or us (401, 403, 404, 407, and being
  /// sent elsewhere).
  patient,
};

/// What the HTTP `status` of a target says of the request. `reason` is for the
/// operator, `pause` as asked for in Retry-After.
send_result judge_status(long status, retry_rules rules, std::string reason,
                         std::chrono::milliseconds pause);

} // namespace meshtrace
