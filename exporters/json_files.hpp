#pragma once

#include "exporters/exporter.hpp"
#include "exporters/output_folder.hpp"

#include <span>
#include <string>

namespace meshtrace {

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

  /// Writes as many as may be open at a time. False if the rest has to wait.
  static bool
  write_some(const output_folder& folder, std::span<const exported_trace> some,
             outcome_of_batch& outcome);

  /// Removes what tries of ours left when they were killed.
  static void tidy(const output_folder& folder);

  std::string directory_;
  bool tidied_ = false;
};

} // namespace meshtrace
