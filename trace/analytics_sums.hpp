#pragma once

#include "trace/analytics_table.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace meshtrace {

/// Together they take at most 88 MiB of rows.
struct analytics_limits {
  analytics_table_limits edges{1000, std::size_t{32} << 20};
  analytics_table_limits agents{500, std::size_t{16} << 20};
  analytics_table_limits models{200, std::size_t{8} << 20};
  analytics_table_limits operations{1000, std::size_t{32} << 20};
};

/// The tables of all kinds over the same log. Not thread-safe.
class analytics_sums {
public:
  explicit analytics_sums(const analytics_limits& limits = {});

  /// Takes over what a revision `added` and what the one before had, as seen at
  /// `now` (nanoseconds since 1970, never going back). Each may be null.
  void apply(const contribution* added, const contribution* replaced,
             std::int64_t now);

  analytics_report report(const analytics_query& query) const;

  /// The names of all parts that there may be.
  std::vector<std::string> part_names() const;

  /// The parts that changed since the last call, or all of them. The first one
  /// is always there, and says `cursor`.
  std::vector<statistics_part> save(std::string_view cursor, bool all);

  /// Takes back what was saved, into an object that is new. Returns the cursor
  /// of the last `save`, empty where nothing was saved. False content leaves
  /// the object useless and is an error.
  expected<std::string> load(const std::vector<statistics_part>& parts);

  /// How many keys were forgotten.
  std::uint64_t forgotten() const;

private:
  /// By kind.
  std::array<analytics_table, analytics_kinds> tables_;
};

} // namespace meshtrace
