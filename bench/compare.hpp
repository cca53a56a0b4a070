#pragma once

#include "bench/plan.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace meshtrace::bench {

/// Everything in which the answer to `GET /trace/{id}` differs from the plan,
/// one sentence each. `must_be_complete` asks for state `complete` too.
std::vector<std::string>
compare(const trace_plan& plan, std::string_view json, bool must_be_complete);

/// Nanoseconds since 1970 as the API writes times: RFC 3339, UTC, nine
/// decimals.
std::string rfc3339(std::int64_t ns);

} // namespace meshtrace::bench
