#pragma once

#include "storage/engine.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace meshtrace {

/// One entry of the log for an exporter: a trace, and which of its spans are
/// this entry's news.
struct exported_trace {
  stored_trace trace;
  /// The revision that the entry announces. `trace` may be newer already.
  std::uint32_t revision = 0;

  /// Whether this revision is the last that changed `x`. An exporter of single
  /// spans sends just these: later ones come with an entry of their own.
  bool changed(const span& x) const {
    return x.revision == revision;
  }
};

/// The target has the whole batch.
struct export_ok {};

/// The target takes nothing now.
struct retry_after {
  /// How long it asks to be left alone; zero leaves that to the feed.
  std::chrono::milliseconds pause{0};
  std::string reason;
  /// The first so many of the batch are delivered.
  std::size_t done = 0;
};

/// The target will never take these traces; it has the others among the first
/// `done` of the batch, and those after were not tried yet.
struct reject {
  std::vector<std::string> trace_ids;
  std::string reason;
  /// Everything was tried unless it says less.
  std::size_t done = static_cast<std::size_t>(-1);
};

using export_result = std::variant<export_ok, retry_after, reject>;

/// What a target has not got although it counts as exported.
struct left_out {
  /// Spans that it left out of requests which it took otherwise.
  std::uint64_t spans = 0;
  /// Traces that the exporter did not send, to send no more than so many.
  std::uint64_t held_back = 0;
  /// The last the target said about it. May be there alone: a warning.
  std::string reason;
};

/// Hands completed traces to one target. A plain class: its feed calls it from
/// one thread, which it may block for a few seconds, and remembers what the
/// target has.
class exporter {
public:
  virtual ~exporter() = default;

  /// Its name in TRACE_EXPORTER_TYPE, metrics and /trace/status.
  virtual std::string_view name() const = 0;

  /// Delivers `batch`, which is not empty, in its order. A trace may come again
  /// after a crash.
  virtual export_result export_batch(std::span<const exported_trace> batch) = 0;

  /// True if the target wants a trace as a whole: then a revision that a newer
  /// one has replaced already is left out.
  virtual bool whole_traces() const = 0;

  /// How long the feed may wait for a fuller batch.
  virtual std::chrono::milliseconds batch_delay() const {
    return std::chrono::milliseconds{0};
  }

  /// What was left out since this was asked last.
  virtual left_out take_left_out() {
    return {};
  }

  /// Makes a call that is under way, and all later ones, return `retry_after`
  /// soon: the service stops. The only member for other threads.
  virtual void interrupt() {
    // nop
  }
};

/// For targets that take one whole trace at a time: derive and say how.
class single_trace_exporter : public exporter {
public:
  /// Delivers one trace. `done` of the result is not looked at.
  virtual export_result export_trace(const stored_trace& trace) = 0;

  export_result export_batch(std::span<const exported_trace> batch) final;

  bool whole_traces() const final {
    return true;
  }
};

} // namespace meshtrace
