#pragma once

#include <string>
#include <string_view>

namespace meshtrace {

/// One log line as a JSON object without a line feed. Pure ASCII: everything
/// else is written as `\u....`, and bytes that are not UTF-8 as U+FFFD.
std::string log_line_json(std::string_view time, std::string_view level,
                          std::string_view message);

} // namespace meshtrace
