#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace meshtrace {

/// What a target says of a request that it took (ExportTraceServiceResponse).
struct otlp_answer {
  std::uint64_t rejected_spans = 0;
  /// Why, or a warning if no span was rejected.
  std::string message;

  bool operator==(const otlp_answer&) const = default;
};

/// What a target says of a request that it did not take (google.rpc.Status).
struct otlp_refusal {
  std::string message;
  /// When it wants to be asked again (google.rpc.RetryInfo).
  std::optional<std::chrono::milliseconds> retry_after;
};

} // namespace meshtrace
