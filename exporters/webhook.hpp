#pragma once

#include "exporters/exporter.hpp"
#include "exporters/http_sender.hpp"
#include "exporters/target.hpp"
#include "exporters/webhook_calls.hpp"
#include "exporters/webhook_filter.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace meshtrace {

/// What the webhook exporter needs to know.
struct webhook_options {
  /// Its URL is a secret: who knows it may call.
  target_options target;
  webhook_filter filter{.failed = true};
  /// Most calls within a minute; what is beyond is held back and counted.
  std::size_t per_minute = 60;
};

/// Posts each trace that matches, as JSON:
///
///   body = { "event": "trace.completed", "reasons": [ reason ],
///            "held_back": number, "trace": the trace as in REST }
///   reason = "failed" / "incomplete" / "slow"  ; why it matches
///
/// A later revision is posted if it matches for one more reason; with the
/// filter `all` every revision is. `held_back` counts the calls since the last
/// that the minute had no room for. Spans are left out of a trace that would
/// make more than `most_body_bytes`, and `"spans_omitted": true` says so.
class webhook : public single_trace_exporter {
public:
  using clock = std::function<webhook_calls::time_point()>;

  static constexpr std::size_t most_body_bytes = std::size_t{1} << 20;

  explicit webhook(const webhook_options& options,
                   clock now = std::chrono::steady_clock::now);

  std::string_view name() const override {
    return "webhook";
  }

  export_result export_trace(const stored_trace& trace) override;

  left_out take_left_out() override;

  void interrupt() override {
    sender_.interrupt();
  }

private:
  const webhook_filter filter_;
  const clock now_;
  http_sender sender_;
  webhook_calls calls_;
  /// Held back since `take_left_out`.
  std::uint64_t held_back_ = 0;
};

/// The body of a call.
std::string webhook_body(const stored_trace& trace, const trace_view& view,
                         webhook_reasons reasons, std::uint64_t held_back,
                         std::size_t most_bytes = webhook::most_body_bytes);

} // namespace meshtrace
