#pragma once

#include "exporters/exporter.hpp"
#include "exporters/send_result.hpp"
#include "exporters/target.hpp"
#include "trace/view.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace meshtrace {

/// One span to send. All parts outlive the call that gets it.
struct outgoing_span {
  const exported_trace* entry = nullptr;
  /// Of the entry's trace as it is now.
  const trace_view* trace = nullptr;
  const span_view* span = nullptr;
};

/// For targets that take spans: divides batches into requests of a size, finds
/// the spans that a target refuses, and carries on where a try ended. A derived
/// class says how spans are written and sent.
class span_exporter : public exporter {
public:
  explicit span_exporter(const batch_options& options);

  export_result export_batch(std::span<const exported_trace> batch) final;

  bool whole_traces() const final {
    return false;
  }

  std::chrono::milliseconds batch_delay() const final {
    return options_.delay;
  }

  left_out take_left_out() final;

protected:
  /// Sends `spans`, which are not empty, in one request. Spans of one trace are
  /// neighbours, in start order.
  virtual send_result send(std::span<const outgoing_span> spans) = 0;

private:
  /// How far one call of `export_batch` has come.
  struct progress {
    std::size_t sent = 0;
    std::vector<std::string> refused;
    std::string refusal;
    send_result last;
  };

  /// Sends `spans` in one request, or in ever smaller ones where the target
  /// refuses something of it. False if the target takes nothing now.
  bool deliver(std::span<const outgoing_span> spans, progress& so_far);

  /// The first of `spans` that fit into a request.
  std::span<const outgoing_span>
  request_of(std::span<const outgoing_span> spans) const;

  const batch_options options_;
  left_out left_out_;
  /// Of the first trace of the batch that was tried last: what the target has
  /// or has refused already. Its spans are counted, which says nothing about
  /// another state of the trace.
  trace_ptr tried_;
  std::uint32_t tried_revision_ = 0;
  std::size_t tried_spans_ = 0;
  std::string tried_refusal_;
};

} // namespace meshtrace
