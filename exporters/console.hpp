#pragma once

#include "exporters/exporter.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace meshtrace {

/// What the console exporter needs to know.
struct console_options {
  /// Blocks for people, or else a line of JSON a trace.
  bool pretty = true;
  /// Where to write; not owned.
  int descriptor = 1;
  /// How long a reader of the output may keep us waiting before the trace is
  /// tried again later.
  std::chrono::milliseconds patience{250};
};

/// Writes each trace to stdout, whole: nothing else is ever between its lines,
/// and what a slow reader has of it is carried on and not begun again. Wants
/// SIGPIPE ignored. Where nobody reads stdout any more, traces are rejected.
class console : public single_trace_exporter {
public:
  explicit console(const console_options& options);

  std::string_view name() const override {
    return "console";
  }

  export_result export_trace(const stored_trace& trace) override;

private:
  const console_options options_;
  /// What is still to be written of the trace tried last.
  std::string rest_;
  std::string tried_id_;
  std::uint32_t tried_revision_ = 0;
};

} // namespace meshtrace
