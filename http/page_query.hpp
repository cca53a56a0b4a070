#pragma once

#include "http/routes.hpp"
#include "http/trace_page.hpp"

#include <string>

namespace meshtrace {

/// What /trace/list and /trace/search ask for. The one error left after the
/// parameters were checked one by one: a cursor that is none, or one of a list
/// sorted otherwise.
api_expected<page_query> read_page_query(const routed_request& request);

/// The parameters of a search as they were understood, as one JSON object:
/// ids canonical, times in UTC, durations in milliseconds. What was not given
/// and has no default is left out.
std::string criteria_json(const routed_request& request);

} // namespace meshtrace
