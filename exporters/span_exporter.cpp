#include "exporters/span_exporter.hpp"

#include <algorithm>
#include <deque>
#include <iterator>
#include <utility>

namespace meshtrace {

namespace {

/// What a span takes beside its texts, about, with the names of its fields.
constexpr std::size_t span_bytes = 512;
constexpr std::size_t attribute_bytes = 32;

std::size_t estimated_bytes(const span& x) {
  auto result = span_bytes + x.id.size() + x.function.size();
  for (auto text : x.text)
    result += text.size();
  for (const auto& attribute : x.attributes)
    result += attribute_bytes + attribute.name.size() + attribute.value.size();
  return result;
}

} // namespace

span_exporter::span_exporter(const batch_options& options) : options_(options) {
  // nop
}

left_out span_exporter::take_left_out() {
  return std::exchange(left_out_, {});
}

std::span<const outgoing_span>
span_exporter::request_of(std::span<const outgoing_span> spans) const {
  std::size_t bytes = 0;
  std::size_t n = 0;
  while (n < spans.size() && (n == 0 || bytes < options_.max_bytes))
    bytes += estimated_bytes(*spans[n++].span->content);
  if (n > 1 && bytes > options_.max_bytes)
    --n;
  return spans.first(n);
}

bool span_exporter::deliver(std::span<const outgoing_span> spans,
                            progress& so_far) {
  // What is still to be sent, the next last: a stack instead of recursion.
  std::vector<std::span<const outgoing_span>> rest{spans};
  while (!rest.empty()) {
    const auto next = rest.back();
    rest.pop_back();
    auto result = send(next);
    using verdict = send_result::verdict;
    if (result.what == verdict::later) {
      so_far.last = std::move(result);
      return false;
    }
    if (result.what == verdict::refused && next.size() > 1) {
      const auto half = next.size() / 2;
      rest.push_back(next.subspan(half));
      rest.push_back(next.first(half));
      continue;
    }
    so_far.sent += next.size();
    if (result.what == verdict::delivered) {
      left_out_.spans += result.refused_spans;
      if (!result.reason.empty())
        left_out_.reason = std::move(result.reason);
      continue;
    }
    for (const auto& x : next) {
      const auto& id = x.trace->content().id();
      if (so_far.refused.empty() || so_far.refused.back() != id)
        so_far.refused.push_back(id);
    }
    so_far.refusal = std::move(result.reason);
  }
  return true;
}

export_result
span_exporter::export_batch(std::span<const exported_trace> batch) {
  std::deque<trace_view> views;
  std::vector<outgoing_span> spans;
  std::vector<std::size_t> ends; // of each trace among the spans
  for (const auto& entry : batch) {
    const auto& view = views.emplace_back(*entry.trace.content);
    for (const auto& x : view.spans())
      if (entry.changed(*x.content))
        spans.push_back({&entry, &view, &x});
    ends.push_back(spans.size());
  }
  progress so_far;
  const auto& first = batch.front();
  if (first.trace.content == tried_ && first.revision == tried_revision_) {
    so_far.sent = std::min(tried_spans_, ends.front());
    if (!tried_refusal_.empty()) {
      so_far.refused.push_back(tried_->id());
      so_far.refusal = tried_refusal_;
    }
  }
  const std::span<const outgoing_span> all{spans};
  bool open = true;
  while (open && so_far.sent < all.size())
    open = deliver(request_of(all.subspan(so_far.sent)), so_far);
  tried_.reset();
  const auto done = static_cast<std::size_t>(std::distance(
    ends.begin(), std::upper_bound(ends.begin(), ends.end(), so_far.sent)));
  if (open) {
    if (so_far.refused.empty())
      return export_ok{};
    return reject{std::move(so_far.refused), std::move(so_far.refusal)};
  }
  // The next call begins with the trace that was begun.
  const auto& begun = batch[done];
  tried_ = begun.trace.content;
  tried_revision_ = begun.revision;
  tried_spans_ = so_far.sent - (done == 0 ? 0 : ends[done - 1]);
  tried_refusal_.clear();
  if (!so_far.refused.empty() && so_far.refused.back() == tried_->id()) {
    so_far.refused.pop_back();
    tried_refusal_ = so_far.refusal;
  }
  if (!so_far.refused.empty())
    return reject{std::move(so_far.refused), std::move(so_far.refusal), done};
  return retry_after{so_far.last.pause, std::move(so_far.last.reason), done};
}

} // namespace meshtrace
