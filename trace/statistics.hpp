#pragma once

#include "trace/contribution.hpp"
#include "trace/error.hpp"
#include "trace/recent_names.hpp"
#include "trace/statistics_report.hpp"
#include "trace/statistics_sums.hpp"
#include "trace/time_buckets.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace meshtrace {

/// How many names statistics know at a time. Beyond, what is known of the least
/// recently seen is forgotten.
struct statistics_limits {
  std::size_t agents = 500;
  std::size_t operations = 500;
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

  // -- over restarts ----------------------------------------------------------

  /// The names of all parts that there may be.
  std::vector<std::string> part_names() const;

  /// The parts that changed since the last call, or all of them. The first one
  /// is always there, and says `cursor`.
  std::vector<statistics_part> save(std::string_view cursor, bool all);

  /// Takes back what was saved, into an object that is new. Returns the cursor
  /// of the last `save`, empty where nothing was saved. False content leaves
  /// the object useless and is an error.
  expected<std::string> load(const std::vector<statistics_part>& parts);

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
  time_buckets<statistics_sums> hour_;
  time_buckets<statistics_sums> day_;
};

} // namespace meshtrace
