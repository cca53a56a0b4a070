#pragma once

#include "http/parameters.hpp"
#include "trace/analytics_report.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace meshtrace {

/// What a request for analytics asks for: the kind is the last word of its
/// path. `now` is nanoseconds since 1970.
analytics_query read_analytics_query(std::string_view path,
                                     const arguments& given, std::int64_t now);

/// The answer of /analytics/*. Where nothing is summed up, `report` is empty.
std::string analytics_json(bool enabled, const analytics_query& query,
                           const analytics_report& report);

} // namespace meshtrace
