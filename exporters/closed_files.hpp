#pragma once

#include "exporters/output_folder.hpp"

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

namespace meshtrace {

/// A closed file of lines, by its age:
///
///   name = "traces-" time "-" n ".jsonl"
///   time = year month day "T" hour minute second "Z"    when it was closed
struct closed_file {
  std::string time;
  std::uint64_t n = 0;
  std::string name;

  auto operator<=>(const closed_file&) const = default;
};

/// The oldest first. Files whose names are like these, but not quite, are
/// somebody else's.
std::vector<closed_file> closed_files_in(const output_folder& folder);

/// A name for a file that is closed `now` (nanoseconds since 1970), which none
/// of `files` has.
std::string
next_closed_name(const std::vector<closed_file>& files, std::int64_t now);

} // namespace meshtrace
