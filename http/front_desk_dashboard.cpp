#include "http/dashboard_json.hpp"
#include "http/front_desk_work.hpp"

#include <caf/event_based_actor.hpp>

#include <chrono>

namespace meshtrace {

/// In the mesh's own words, of which its tools read the status alone: 404 has
/// meshctl ask again.
api_error front_desk::no_such_dashboard_trace(const std::string& trace_id) {
  auto result = standard_error(404);
  result.message = "trace not found";
  result.trace_id = trace_id;
  return result;
}

void front_desk::answer_dashboard_trace(const trace_work& work,
                                        const listed_trace* found) {
  if (found == nullptr)
    return answer_error(work.number, no_such_dashboard_trace(work.trace_id));
  auto body
    = dashboard_trace_json(*found->content, options_.max_response_bytes);
  if (!body)
    return answer_error(work.number, too_large(work.trace_id));
  answer(work.number, {.body = std::move(*body)});
}

std::string front_desk::dashboard_page(const page_work& work,
                                       const trace_page& page) const {
  const auto most = options_.max_response_bytes;
  if (work.target == endpoint::dashboard_recent)
    return dashboard_recent_json(work.query.limit, page, most);
  if (work.target == endpoint::dashboard_search)
    return dashboard_search_json(page, work.criteria, most);
  return dashboard_list_json(
    work.query, page, total_of(work.query, work.active, work.totals), most);
}

std::string front_desk::health_json(endpoint target) const {
  const auto uptime = std::chrono::duration_cast<std::chrono::seconds>(
    self_->clock().now() - options_.started);
  if (target == endpoint::dashboard_health)
    return ui_health_json(options_.version, uptime);
  return registry_health_json(options_.version, uptime, wall_now());
}

} // namespace meshtrace
