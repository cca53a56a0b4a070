#pragma once

#include "http/exchange.hpp"
#include "http/parameters.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace meshtrace {

/// Who answers: several routes may lead to one endpoint.
enum class endpoint : std::uint8_t {
  index,
  status,
  list,
  search,
  stats,
  analytics,
  trace,
  trace_analysis,
  dead_letters,
  backup,
  healthz,
  readyz,
  metrics,
  version,
  dashboard_recent,
  dashboard_list,
  dashboard_search,
  dashboard_trace,
  dashboard_health,
  registry_health
};

/// One line of the table that matching, errors, `GET /` and the API's
/// description all read. All texts live as long as the program.
struct route {
  endpoint target;
  std::string_view method; ///< GET also serves HEAD.
  std::string_view path;   ///< `/trace/{trace_id}`; a name without braces wins.
  std::string_view description;
  std::span<const parameter> parameters;
  /// Media types of its answers, the usual one first.
  std::span<const std::string_view> produces;
  bool needs_token = true;
  /// Of the mesh's dashboard API: wrong and unknown parameters are as if they
  /// had not been given, ids are as they were sent, `Accept` does not matter.
  bool dashboard = false;
};

/// All routes, in the order in which they are shown.
std::span<const route> routes();

/// Whether the path is one of the dashboard API's, known or not: errors are
/// `plain_error_response` there.
bool is_dashboard(const http_request& request);

/// A request that was understood.
struct routed_request {
  const route* matched;
  /// Those of the path and of the query, checked. Ids are canonical (but see
  /// `route::dashboard`).
  arguments given;
  /// The one of `matched->produces` that the client likes best.
  std::string_view content_type;
};

/// Finds the route of a request and reads its parameters, or says why there is
/// no answer: 400, 401, 404, 405, 406. Where `token` is not empty, a request
/// without it learns nothing, not even which paths exist.
api_expected<routed_request>
route_request(const http_request& request, std::string_view token);

} // namespace meshtrace
