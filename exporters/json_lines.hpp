#pragma once

#include "exporters/exporter.hpp"
#include "exporters/json_options.hpp"
#include "exporters/output_folder.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <sys/types.h>

namespace meshtrace {

/// A line of JSON for each trace, in files of a size and an age:
///
///   open   = "traces.jsonl"
///   closed = "traces-" year month day "T" hour minute second "Z-" n ".jsonl"
///
/// with the UTC time of the closing; `n` counts within a second, from 1. What
/// follows a renamed file, as shippers of logs do, misses nothing. Every line
/// is whole: what a crash or a full disk left of a line is cut off. What was
/// answered survives a crash of the machine. One process a folder.
class json_lines {
public:
  explicit json_lines(const json_options& options);

  /// `now` is nanoseconds since 1970.
  export_result write(std::span<const exported_trace> batch, std::int64_t now);

private:
  /// The open file as it was left.
  struct known_file {
    dev_t device = 0;
    ino_t number = 0;
    std::int64_t size = 0;
    /// Nanoseconds since 1970.
    std::int64_t made = 0;
  };

  class writer;

  json_options options_;
  known_file known_;
};

} // namespace meshtrace
