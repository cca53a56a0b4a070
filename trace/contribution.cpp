#include "trace/contribution.hpp"

#include <algorithm>

namespace meshtrace {

contribution contribution_of(const trace_view& view) {
  contribution result;
  result.start = view.start;
  result.end = view.end;
  result.duration = view.duration;
  result.success = view.success;
  result.incomplete = !view.is_whole();
  result.span_count = static_cast<std::uint32_t>(view.spans().size());
  result.agents.assign(view.agents().begin(), view.agents().end());
  auto& parts = result.operations;
  for (auto& x : view.spans()) {
    const auto operation = (*x.content)[text_field::operation];
    auto i = std::lower_bound(
      parts.begin(), parts.end(), operation,
      [](const auto& part, auto name) { return part.operation < name; });
    if (i == parts.end() || i->operation != operation)
      i = parts.insert(i, {std::string{operation}, 0, 0, {}});
    ++i->count;
    i->errors += x.content->success == outcome::failure ? 1u : 0u;
    if (x.duration.has_value())
      i->durations.push_back(*x.duration);
  }
  return result;
}

} // namespace meshtrace
