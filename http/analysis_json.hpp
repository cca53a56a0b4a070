#pragma once

#include "http/trace_page.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace meshtrace {

/// The answer of /trace/{trace_id}/analysis, with times corrected for clock
/// skew before if `adjust`; nothing if it is larger than `most` bytes.
std::optional<std::string>
analysis_json(const listed_trace& x, bool adjust, std::size_t most);

} // namespace meshtrace
