#pragma once

#include "trace/filter.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace meshtrace {

/// The place `key` in a list as clients carry it from page to page:
///
///   cursor = ( "e" | "d" ) value id        ; sorted by end time, by duration
///   value  = 16 hex digits                 ; two's complement
///   id     = 2 to 256 hex digits           ; the bytes of the trace id
///
/// Nothing in it needs escaping in a URL. Clients must not look into it.
std::string cursor_text(trace_order order, const order_key& key);

/// Nothing for what no list of this order has given out.
std::optional<order_key> parse_cursor(std::string_view text, trace_order order);

} // namespace meshtrace
