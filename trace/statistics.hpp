#pragma once

#include "trace/contribution.hpp"
#include "trace/error.hpp"
#include "trace/recent_names.hpp"
#include "trace/statistics_report.hpp"
#include "trace/statistics_sums.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
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

/// A piece of saved statistics.
struct statistics_part {
  std::string name;
  std::string bytes;
};

/// Sums of the traces that ended within the last `count` spans of time, by span
/// of time. Those of later traces are kept only for clocks that go ahead: for a
/// sixth of the window.
class time_buckets {
public:
  /// `width` is nanoseconds. `name` is the start of the names of its parts.
  time_buckets(std::string_view name, std::int64_t width, std::int64_t count)
    : name_(name), width_(width), count_(count) {
    // nop
  }

  /// The sums that a trace with this end belongs to; null where it is in no
  /// bucket at `now`. Drops those that are too old. Times are nanoseconds since
  /// 1970.
  statistics_sums* at(optional_int end, std::int64_t now);

  /// Everything that ended within the window before `now`.
  statistics_sums sum(std::int64_t now) const;

  /// The names that `save` may give: as many as there are buckets at a time, so
  /// that a new bucket takes the place of one that is too old.
  std::vector<std::string> part_names() const;
  void save(bool all, std::vector<statistics_part>& to);
  void load(byte_reader& from);

private:
  std::string part_name(std::int64_t index) const;
  std::int64_t slots() const {
    return count_ + count_ / 6 + 3;
  }

  std::string name_;
  /// Those that changed since the last `save`.
  std::set<std::int64_t> changed_;
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
  time_buckets hour_;
  time_buckets day_;
};

} // namespace meshtrace
