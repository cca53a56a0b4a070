#pragma once

#include "exporters/exporter.hpp"
#include "trace/view.hpp"

#include <fstream>
#include <string>
#include <string_view>

namespace meshtrace {

/// What the exporter needs to know.
struct failure_file_options {
  std::string path = "failures.txt";
};

/// Appends a line for each trace that failed: its id and its errors.
class failure_file : public single_trace_exporter {
public:
  explicit failure_file(const failure_file_options& options)
    : options_(options) {
    // nop
  }

  std::string_view name() const override {
    return "failures";
  }

  export_result export_trace(const stored_trace& trace) override {
    const trace_view view{*trace.content};
    if (view.error_count == 0)
      return export_ok{};
    std::ofstream file{options_.path, std::ios::app};
    file << trace.content->id() << ' ' << view.error_count << std::endl;
    if (!file)
      return retry_after{{}, options_.path + " cannot be written"};
    return export_ok{};
  }

private:
  const failure_file_options options_;
};

} // namespace meshtrace
