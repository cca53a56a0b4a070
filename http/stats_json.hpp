#pragma once

#include "trace/statistics_report.hpp"

#include <string>
#include <string_view>

namespace meshtrace {

/// `5m`, `1h`, `24h`, `all`.
std::string_view to_string(statistics_window window);

/// The window of this name; anything else is all.
statistics_window window_of(std::string_view text);

/// The answer of /trace/stats. Where statistics are not kept, `report` is
/// empty.
std::string
stats_json(bool enabled, bool stats_enabled, const statistics_report& report,
           statistics_window window);

} // namespace meshtrace
