#pragma once

#include "trace/view.hpp"

#include <string>

namespace meshtrace {

/// How much of a trace its JSON shows.
enum class json_detail : std::uint8_t {
  full,
  /// Without `spans` (`fields=summary`).
  summary,
  /// Without `spans` because the answer would be too large: says so.
  spans_omitted,
};

/// Appends the trace as one JSON object on one line, in the shape of api.md.
/// Text that is not UTF-8 is mended, so that the result always is.
void append_trace_json(std::string& out, const trace_view& view,
                       const envelope& head, bool uncommitted,
                       json_detail detail = json_detail::full);

} // namespace meshtrace
