#pragma once

#include "exporters/exporter.hpp"
#include "exporters/output_folder.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace meshtrace {

/// The file of a trace:
///
///   name   = "trace_" 8*safe "_" hash ".json"
///   safe   = one of the id's first 8 characters; "_" for all but letters,
///            digits and "-"
///   hash   = the first 8 hex digits of the id's xxh3_64
///
/// An id whose place is taken by another one has all 16 digits of its hash.
/// Whatever the id, the name stays in its folder, and no two are the same to a
/// file system that knows no case.
struct json_file_names {
  std::string usual;
  std::string longer;
};
json_file_names json_file_names_of(std::string_view trace_id);

/// A file for each trace: one JSON object and a line feed. A newer revision
/// replaces the file. A file is whole from the moment that its name is there,
/// and survives a crash of the machine once its batch was answered.
class json_files {
public:
  explicit json_files(std::string directory);

  export_result write(std::span<const exported_trace> batch);

private:
  class new_file;
  class outcome_of_batch;

  /// Removes what tries of ours left when they were killed.
  static void tidy(const output_folder& folder);

  std::string directory_;
  bool tidied_ = false;
};

} // namespace meshtrace
