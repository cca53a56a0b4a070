#pragma once

#include "http/error_json.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace meshtrace {

/// One `name=value` of a query string, decoded. The bytes are the client's:
/// any byte may be in them.
struct query_pair {
  std::string name;
  std::string value;

  bool operator==(const query_pair&) const = default;
};

/// Path and query of a request target: `/a?b` or, as proxies send it,
/// `http://host/a?b`. A fragment is dropped.
struct target_parts {
  std::string_view path;
  std::string_view query;
};

target_parts split_target(std::string_view target);

/// `%41` becomes `A`, everything else (also `+`) stays. Nothing if two hex
/// digits are missing behind a `%`.
std::optional<std::string> percent_decoded(std::string_view text);

/// The pairs of a query string in their order; `+` is a blank, `a` alone is
/// `a=`, nothing between two `&` is skipped. The error names the parameter
/// whose escape is broken.
api_expected<std::vector<query_pair>> parse_query(std::string_view query);

/// The same, but pairs with a broken escape are left out, as Go does.
std::vector<query_pair> parse_query_leniently(std::string_view query);

/// Segments of a path, each decoded by itself, so that `%2F` splits nothing.
/// One slash at the end does not count.
api_expected<std::vector<std::string>> path_segments(std::string_view path);

/// A whole number in digits with an optional `-`; nothing for what does not
/// fit or is followed by anything.
std::optional<std::int64_t> parse_integer(std::string_view text);

/// A point in time as RFC 3339 writes it, in nanoseconds since 1970 in UTC. At
/// most nine decimals. A blank before the offset is the `+` that somebody did
/// not escape; one instead of the `T` is allowed by the RFC. The leap second
/// 23:59:60 is the last nanosecond before the next day. What 64 bits cannot
/// hold (before 1677, after 2262) becomes the nearest that they can: clients
/// write `0001-01-01T00:00:00Z` and `9999-12-31T23:59:59Z` for "no bound".
std::optional<std::int64_t> parse_rfc3339(std::string_view text);

} // namespace meshtrace
