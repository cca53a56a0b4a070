#pragma once

#include "trace/contribution.hpp"
#include "trace/recent_names.hpp"
#include "trace/statistics_report.hpp"
#include "trace/statistics_sums.hpp"

#include <cstddef>
#include <cstdint>
#include <map>

namespace meshtrace {

/// How many names statistics know at a time. Beyond, what is known of the least
/// recently seen is forgotten.
struct statistics_limits {
  std::size_t agents = 500;
  std::size_t operations = 500;
};

/// Sums of the traces that ended within the last `count` spans of time, by span
/// of time. Those of later traces are kept only for clocks that go ahead: for a
/// sixth of the window.
class time_buckets {
public:
  /// `width` is nanoseconds.
  time_buckets(std::int64_t width, std::int64_t count)
    : width_(width), count_(count) {
    // nop
  }

  /// The sums that a trace with this end belongs to; null where it is in no
  /// bucket at `now`. Drops those that are too old. Times are nanoseconds since
  /// 1970.
  statistics_sums* at(optional_int end, std::int64_t now);

  /// Everything that ended within the window before `now`.
  statistics_sums sum(std::int64_t now) const;

private:
  std::int64_t width_;
  std::int64_t count_;
  std::map<std::int64_t, statistics_sums> buckets_;
};

/// Sums over completed traces: for ever, and over the last hour by the minute
/// and the last day by ten minutes, by the time a trace ended. One that says no
/// end counts for ever only. Exact over revisions: what a revision replaces is
/// taken out where it was counted. Not thread-safe.
class statistics {
public:
  explicit statistics(const statistics_limits& limits = {});

  /// Takes over what a revision `added` and what the one before had, as seen at
  /// `now` (nanoseconds since 1970, never going back). Each may be null.
  void apply(const contribution* added, const contribution* replaced,
             std::int64_t now);

  statistics_report report(statistics_window window, std::int64_t now) const;

  /// How many agents and operations were forgotten.
  std::uint64_t forgotten() const {
    return agents_.forgotten() + operations_.forgotten();
  }

private:
  /// Calls `f` with each sums that a trace with this end belongs to.
  template <class F>
  void for_each_at(optional_int end, std::int64_t now, F f);

  recent_names agents_;
  recent_names operations_;
  statistics_sums all_;
  time_buckets hour_;
  time_buckets day_;
};

} // namespace meshtrace
