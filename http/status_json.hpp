#pragma once

#include "http/gateway_options.hpp"
#include "messages/joining.hpp"
#include "messages/status.hpp"
#include "storage/engine.hpp"
#include "trace/error.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace meshtrace {

/// What the parts of the service said for /trace/status. One that says nothing
/// in time does not spoil the answer: its figures are zeros, its section has a
/// `last_error`, and the whole says `"complete": false`.
struct status_answers {
  expected<service_status> service = service_status{};
  /// Of those correlators that answered.
  std::vector<correlator_load> loads;
  /// Why some did not; empty if all did.
  std::string loads_error;
  /// How many there are.
  std::size_t correlators = 0;
  expected<store_totals> totals = store_totals{};
};

/// The answer of /trace/status and /trace/info. `now` is wall time.
std::string
status_json(const gateway_options& options, const status_answers& parts,
            std::chrono::nanoseconds uptime, std::int64_t now);

/// `disabled`, `connecting`, `standby` (another process has the group) or
/// `connected`.
std::string_view
connection_state(const gateway_options& options, const service_status& status);

} // namespace meshtrace
