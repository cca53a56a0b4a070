#pragma once

#include "bench/encodings.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace meshtrace::bench {

/// In which order and over which streams events go out.
struct schedule_options {
  std::uint64_t traces = 100;
  std::size_t streams = 1;
  /// Traces under way at the same time.
  std::uint64_t interleave = 64;
  /// Events of those traces in any order, instead of the agents' own.
  bool shuffle = false;
  /// Part of the traces of which one event is sent twice.
  double duplicates = 0;
};

/// An event and the number of the stream that it goes to.
struct placed_event {
  event content;
  std::size_t stream = 0;
};

/// Hands out all events of all traces, `interleave` traces at a time, so that
/// memory stays bounded whatever the number of traces.
class schedule {
public:
  schedule(const plan_options& plan, const schedule_options& options);

  /// Replaces `window` by the next events; false when there are none left.
  bool next(std::vector<placed_event>& window);

  /// How many spans the windows so far have had.
  std::uint64_t spans() const {
    return spans_;
  }

private:
  /// The events of one trace, with its repeated event if it has one.
  std::vector<placed_event> events_of(std::uint64_t index, random& dice);

  plan_options plan_;
  schedule_options options_;
  std::uint64_t next_ = 0;
  std::uint64_t spans_ = 0;
};

} // namespace meshtrace::bench
