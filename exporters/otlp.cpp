#include "exporters/otlp.hpp"

#include "exporters/otlp_grpc.hpp"
#include "exporters/otlp_http.hpp"
#include "exporters/otlp_sender.hpp"
#include "trace/text.hpp"

#include <utility>

namespace meshtrace {

namespace {

/// What of a target's words is quoted.
constexpr std::size_t most_quoted_bytes = 200;

std::unique_ptr<otlp_sender> make_sender(const otlp_options& options) {
  if (options.protocol == otlp_protocol::grpc)
    return std::make_unique<otlp_grpc>(options);
  return std::make_unique<otlp_http>(options);
}

} // namespace

send_result judge_otlp_answer(std::optional<otlp_answer> answer) {
  send_result result;
  if (!answer) {
    result.reason = "the target's answer is no answer of OTLP";
    return result;
  }
  result.refused_spans = answer->rejected_spans;
  result.reason = escaped(cut_utf8(answer->message, most_quoted_bytes));
  if (result.refused_spans > 0 && result.reason.empty())
    result.reason = "the target does not say why";
  return result;
}

otlp::otlp(const otlp_options& options)
  : span_exporter(options.batch), sender_(make_sender(options)) {
  // nop
}

otlp::~otlp() = default;

void otlp::interrupt() {
  sender_->interrupt();
}

send_result otlp::send(std::span<const outgoing_span> spans) {
  return sender_->send(to_otlp(spans));
}

} // namespace meshtrace
