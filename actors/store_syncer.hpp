#pragma once

#include "messages/handles.hpp"
#include "metrics/metrics.hpp"
#include "storage/engine.hpp"

#include <caf/actor_clock.hpp>
#include <caf/typed_response_promise.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

namespace meshtrace {

struct store_syncer_state {
  static constexpr const char* name = "store-syncer";

  store_syncer_state() = default; // not an aggregate, see docs/pitfalls.md

  /// Who waits for the next sync: at most one request of each trace store.
  std::vector<caf::typed_response_promise<caf::ok_atom>> waiting;
  std::optional<caf::actor_clock::time_point> last_sync;
};

/// Syncs `keep` for all trace stores together, at most once every `interval`
/// (TRACE_SYNC_INTERVAL). Spawned detached.
store_syncer_actor::behavior_type
store_syncer(store_syncer_actor::stateful_pointer<store_syncer_state> self,
             std::shared_ptr<engine> keep, std::chrono::milliseconds interval,
             metrics* counters);

} // namespace meshtrace
