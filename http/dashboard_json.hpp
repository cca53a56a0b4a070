#pragma once

#include "http/routes.hpp"
#include "http/trace_page.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Answers in the shapes of the mesh's dashboard API, which its own tools
/// parse: traces and spans with PascalCase names, whole milliseconds and
/// nanoseconds, every key always there, null for what is missing (but empty
/// names of the root in /api/trace/recent, as the mesh has them). A list
/// leaves out the traces that would make it larger than `most` bytes.
namespace meshtrace {

/// One trace with its spans, which its reader draws as a tree (span_tree.hpp).
/// Nothing if it is larger than `most`: these shapes cannot leave out spans.
std::optional<std::string>
dashboard_trace_json(const trace& content, std::size_t most);

std::string dashboard_recent_json(std::size_t limit, const trace_page& page,
                                  std::size_t most);

std::string dashboard_list_json(const page_query& query, const trace_page& page,
                                std::uint64_t total, std::size_t most);

/// `criteria` is JSON.
std::string dashboard_search_json(const trace_page& page,
                                  std::string_view criteria, std::size_t most);

/// The answer of a service that does not trace; of the four above.
http_response dashboard_off(endpoint target);

/// What /api/ui-health and /api/health say. There is no registry behind us,
/// so that its address is empty.
std::string
ui_health_json(std::string_view version, std::chrono::seconds uptime);
std::string
registry_health_json(std::string_view version, std::chrono::seconds uptime,
                     std::int64_t wall_now);

} // namespace meshtrace
