#pragma once

#include "trace/contribution.hpp"
#include "trace/histogram.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>

namespace meshtrace {

/// What completed since the last line of the log about it, for people. Not
/// thread-safe.
class statistics_summary {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// When a line is due: so long after the first news for it, or with so many
  /// traces.
  static constexpr std::chrono::seconds longest{10};
  static constexpr std::uint64_t most_traces = 1000;
  /// Agents that are told apart, and those that a line names, with so many
  /// bytes of each.
  static constexpr std::size_t most_agents = 500;
  static constexpr std::size_t most_named = 10;
  static constexpr std::size_t most_name_bytes = 64;

  /// Takes over that trace `id` got `revision`. What a revision `added` takes
  /// the place of what it `replaced`, if that is for this line; either may be
  /// null.
  void
  apply(std::string_view id, std::uint32_t revision, const contribution* added,
        const contribution* replaced, time_point now);

  /// The line, if it is due; then the next one begins.
  std::optional<std::string> take(time_point now);

private:
  void add(const contribution& x);
  void subtract(const contribution& x);
  std::string line() const;
  std::string agents_text() const;

  /// Of the first news; without a value nothing has come.
  std::optional<time_point> began_;
  /// Traces whose first revision is for this line.
  std::unordered_set<std::string> ids_;
  /// Revisions of traces that earlier lines have counted.
  std::uint64_t revised_ = 0;
  std::uint64_t failed_ = 0;
  std::uint64_t incomplete_ = 0;
  std::uint64_t spans_ = 0;
  histogram durations_;
  /// Revisions only extend a trace, so that what they replace lies within.
  std::set<std::string> agents_;
  bool more_agents_ = false;
  optional_int first_;
  optional_int last_;
};

} // namespace meshtrace
