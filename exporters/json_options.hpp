#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace meshtrace {

/// How traces lie in the folder.
enum class json_layout : std::uint8_t {
  /// A file for each trace.
  files,
  /// A line for each trace in files that are closed by size and age.
  lines,
};

/// What the JSON exporter needs to know.
struct json_options {
  std::string directory;
  json_layout layout = json_layout::files;
  /// Of the file of lines that is written to, when it is closed.
  std::size_t max_bytes = std::size_t{64} << 20;
  std::chrono::milliseconds max_age{3'600'000};
  /// Closed files of lines that stay; 0 keeps all.
  std::size_t keep = 0;
};

} // namespace meshtrace
