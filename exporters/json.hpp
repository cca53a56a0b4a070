#pragma once

#include "exporters/exporter.hpp"
#include "exporters/json_files.hpp"
#include "exporters/json_lines.hpp"
#include "exporters/json_options.hpp"

#include <span>
#include <string_view>

namespace meshtrace {

/// Writes traces to a folder, in the shape of the REST API: a file for each, or
/// a line for each. What it answered is on the disk. The folder is looked for
/// when there is something to write, so that a slow one keeps nobody waiting at
/// start: a process before that was killed left its last batch to be exported
/// again, and with it the repair of what it had begun.
class json : public exporter {
public:
  explicit json(const json_options& options);

  std::string_view name() const override {
    return "json";
  }

  export_result export_batch(std::span<const exported_trace> batch) override;

  bool whole_traces() const override {
    return true;
  }

private:
  json_options options_;
  json_files files_;
  json_lines lines_;
};

} // namespace meshtrace
