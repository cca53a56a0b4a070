#pragma once

#include "storage/engine.hpp"

#include <cstdint>
#include <string>

namespace meshtrace {

/// A duration in nanoseconds as short as people want it: `870µs`, `15ms`,
/// `1.53s`.
std::string short_duration(std::int64_t duration);

/// A trace as a block of lines for people:
///
///   block = "🔗 TRACE " short-id [ " r" revision ] [ " (" duration ")" ]
///           " - " verdict " (" n " spans across " n " agents)" LF *agent
///   agent = "  📍 Agent: " name LF *span
///   span  = "    " ( "✅ " what | "❌ " what [ ": " error ] | "⏳ " what ) LF
///   what  = operation [ " [" capability "]" ] [ " (" duration | "open" ")" ]
///
/// Agents in the order of their first span, spans by start. Whatever agents
/// sent is escaped: it cannot make lines or terminal commands.
std::string pretty_block(const stored_trace& trace);

/// A trace as one line of JSON, in the shape of the REST API.
std::string json_line(const stored_trace& trace);

} // namespace meshtrace
