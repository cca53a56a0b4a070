#pragma once

#include "http/routes.hpp"
#include "http/trace_page.hpp"

#include <string>

/// What a route of the mesh's dashboard API asks for, in the words of our own
/// queries.
namespace meshtrace {

/// For recent, list and search; never an error. All of them show completed
/// traces, newest end first. A limit of 0 means that nothing can be found: the
/// mesh's dashboard does not know the spans of what it lists, so that no parent
/// is known.
api_expected<page_query> read_dashboard_query(const routed_request& request);

/// The criteria of a search as they were understood, as one JSON object.
std::string dashboard_criteria_json(const routed_request& request);

} // namespace meshtrace
