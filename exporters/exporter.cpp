#include "exporters/exporter.hpp"

#include <utility>

namespace meshtrace {

export_result
single_trace_exporter::export_batch(std::span<const exported_trace> batch) {
  for (std::size_t i = 0; i < batch.size(); ++i) {
    auto result = export_trace(batch[i].trace);
    if (auto* later = std::get_if<retry_after>(&result)) {
      later->done = i;
      return result;
    }
    if (auto* never = std::get_if<reject>(&result)) {
      never->done = i + 1;
      return result;
    }
  }
  return export_ok{};
}

} // namespace meshtrace
