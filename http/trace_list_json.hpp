#pragma once

#include "http/trace_page.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Answers with traces. None is larger than `most` bytes: a trace that does
/// not fit comes without its spans and says so, and one that does not fit even
/// then is left out of its page, which says `"complete": false`.
namespace meshtrace {

/// What the least span takes in JSON; a trace of too many for the room that is
/// left is not written in vain.
inline constexpr std::size_t least_span_bytes = 480;

/// The answer of /trace/list.
std::string
list_json(bool enabled, const page_query& query, const trace_page& page,
          std::uint64_t total, std::size_t most);

/// The answer of /trace/search. `criteria` is JSON.
std::string
search_json(bool enabled, const page_query& query, const trace_page& page,
            std::string_view criteria, std::size_t most);

/// The answer of /trace/{trace_id}, with times corrected for clock skew if
/// `adjust`; nothing if the trace is too large for `most` even without its
/// spans.
std::optional<std::string>
one_trace_json(const listed_trace& x, bool adjust, std::size_t most);

} // namespace meshtrace
