#pragma once

#include "trace/analytics_report.hpp"
#include "trace/contribution.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace meshtrace {

/// What one piece of a contribution adds to one row. Several pieces may be of
/// the same row.
struct analytics_part {
  /// The names of the row as `names_of_key` reads them.
  std::string key;
  std::uint64_t calls = 0;
  std::uint64_t errors = 0;
  analytics_amounts amounts = {};
  /// Belong to the contribution. Nanoseconds.
  std::span<const std::int64_t> durations = {};
};

/// What `x` adds to the rows of this kind; nothing if it is not detailed.
std::vector<analytics_part>
parts_of(const contribution& x, analytics_kind kind);

/// The names in the key of a row. What nobody said is `unknown`.
std::vector<std::string> names_of_key(std::string_view key);

} // namespace meshtrace
