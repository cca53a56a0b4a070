#include "storage/prefilter.hpp"

namespace meshtrace {

bool may_match(const trace_filter& filter, const record_head& head) {
  const auto least = [](const auto& limit, optional_int x) {
    return !limit || (x.has_value() && *x >= *limit);
  };
  const auto most = [](const auto& limit, optional_int x) {
    return !limit || (x.has_value() && *x <= *limit);
  };
  if (filter.success
      && head.success
           != (*filter.success ? outcome::success : outcome::failure))
    return false;
  if (filter.not_failed && head.success == outcome::failure)
    return false;
  return head.span_count >= filter.min_spans
         && least(filter.start_time, head.start)
         && most(filter.end_time, head.end)
         && least(filter.min_duration, head.duration)
         && most(filter.max_duration, head.duration);
}

bool head_decides(const trace_filter& filter) {
  return !filter.parent_span_id && !filter.agent_name && !filter.operation
         && !filter.root_operation && !filter.llm_model && !filter.error_message
         && filter.attributes.empty();
}

} // namespace meshtrace
