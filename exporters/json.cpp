#include "exporters/json.hpp"

#include <chrono>

namespace meshtrace {

json::json(const json_options& options)
  : options_(options), files_(options.directory), lines_(options) {
  // nop
}

export_result json::export_batch(std::span<const exported_trace> batch) {
  if (options_.layout == json_layout::files)
    return files_.write(batch);
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return lines_.write(
    batch, std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

} // namespace meshtrace
