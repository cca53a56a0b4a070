#include "exporters/webhook.hpp"

#include "trace/trace_json.hpp"

#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace meshtrace {

namespace {

target_options with_secret_url(target_options target) {
  target.secret_url = true;
  return target;
}

} // namespace

webhook::webhook(const webhook_options& options, clock now)
  : filter_(options.filter), now_(std::move(now)),
    sender_(with_secret_url(options.target), retry_rules::patient),
    calls_(options.per_minute) {
  // nop
}

export_result webhook::export_trace(const stored_trace& trace) {
  const trace_view view{*trace.content};
  if (!filter_.matches(view))
    return export_ok{};
  const auto& id = trace.content->id();
  const auto reasons = filter_.reasons(view);
  const auto now = now_();
  switch (calls_.decide(id, reasons, filter_.all, now)) {
  case webhook_calls::verdict::said_before:
    return export_ok{};
  case webhook_calls::verdict::held_back:
    ++held_back_;
    return export_ok{};
  case webhook_calls::verdict::later:
    return retry_after{
      std::chrono::ceil<std::chrono::milliseconds>(calls_.free_at(now) - now),
      "TRACE_WEBHOOK_RATE allows no other try yet"};
  case webhook_calls::verdict::call:
    break;
  }
  auto sent = sender_.post(
    "application/json", webhook_body(trace, view, reasons, calls_.held_back()));
  switch (sent.what) {
  case send_result::verdict::delivered:
    calls_.delivered(id, reasons);
    return export_ok{};
  case send_result::verdict::later:
    calls_.failed(id);
    return retry_after{sent.pause, std::move(sent.reason)};
  default:
    return reject{{id}, std::move(sent.reason)};
  }
}

left_out webhook::take_left_out() {
  left_out result;
  result.held_back = std::exchange(held_back_, 0);
  if (result.held_back > 0)
    result.reason = "more calls than TRACE_WEBHOOK_RATE allows";
  return result;
}

std::string webhook_body(const stored_trace& trace, const trace_view& view,
                         webhook_reasons reasons, std::uint64_t held_back,
                         std::size_t most_bytes) {
  std::string names;
  for (std::size_t i = 0; i < webhook_reason_count; ++i)
    if (reasons.test(i))
      names += fmt::format("{}\"{}\"", names.empty() ? "" : ",",
                           to_string(static_cast<webhook_reason>(i)));
  auto body = fmt::format(
    R"({{"event":"trace.completed","reasons":[{}],"held_back":{},"trace":)",
    names, held_back);
  const auto head_size = body.size();
  append_trace_json(body, view, trace.head, false);
  if (body.size() >= most_bytes) {
    body.resize(head_size);
    append_trace_json(body, view, trace.head, false,
                      json_detail::spans_omitted);
  }
  body.push_back('}');
  return body;
}

} // namespace meshtrace
