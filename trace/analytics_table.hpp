#pragma once

#include "trace/analytics_rows.hpp"
#include "trace/error.hpp"
#include "trace/time_buckets.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace meshtrace {

/// Beyond these, what is known of the key that was not seen for the longest
/// time is forgotten.
struct analytics_table_limits {
  std::size_t keys;
  /// Of all rows of all buckets.
  std::size_t bytes;
};

/// The rows of one kind: for ever, and over the last hour by the minute and the
/// last day by ten minutes, by the time a trace ended. One that says no end
/// counts for ever only. Exact over revisions: what a revision replaces is
/// taken out where it was counted.
class analytics_table {
public:
  analytics_table(analytics_kind kind, const analytics_table_limits& limits);

  /// Takes over what a revision `added` and what the one before had, as seen at
  /// `now` (nanoseconds since 1970, never going back). Each may be null.
  void apply(const contribution* added, const contribution* replaced,
             std::int64_t now);

  /// The rows of a window in the order asked for.
  analytics_report report(const analytics_query& query) const;

  /// How many keys were forgotten.
  std::uint64_t forgotten() const {
    return keys_.forgotten();
  }

  /// Memory held by the rows, about.
  std::size_t bytes();

  // -- over restarts ----------------------------------------------------------

  /// The names of all parts that there may be, keys aside.
  std::vector<std::string> part_names() const;

  /// The parts that changed since the last call, or all of them.
  void save(bool all, std::vector<statistics_part>& to);
  void save_keys(byte_writer& to) const {
    keys_.write(to);
  }

  void load_keys(byte_reader& from) {
    keys_.read(from);
  }
  /// False if it has no such part. False content makes `from` fail.
  bool load(std::string_view name, byte_reader& from);
  /// After everything was loaded.
  void finish_load();

private:
  template <class F>
  void for_each_at(optional_int end, std::int64_t now, F f);
  template <class F>
  void for_each_rows(F f);

  analytics_rows sum(statistics_window window, std::int64_t now) const;
  std::uint64_t number_of(std::string_view key);
  void forget_last();

  analytics_kind kind_;
  analytics_table_limits limits_;
  std::string name_;
  recent_names keys_;
  analytics_rows all_;
  bool all_changed_ = false;
  time_buckets<analytics_rows> hour_;
  time_buckets<analytics_rows> day_;
  /// Contributions since the memory was looked at.
  unsigned since_look_ = 0;
};

} // namespace meshtrace
