#include "actors/store_syncer.hpp"

#include <caf/event_based_actor.hpp>

#include <utility>

namespace meshtrace {

namespace {

using self_pointer = store_syncer_actor::stateful_pointer<store_syncer_state>;

/// Everybody who waited for it learns how the sync went.
void sync_now(self_pointer self, engine& keep, metrics& counters) {
  auto waiting = std::exchange(self->state.waiting, {});
  const auto start = std::chrono::steady_clock::now();
  const auto synced = keep.sync();
  const std::chrono::duration<double> took
    = std::chrono::steady_clock::now() - start;
  counters.sync_seconds.Observe(took.count());
  self->state.last_sync = self->clock().now();
  for (auto& promise : waiting) {
    if (synced)
      promise.deliver(caf::ok_atom_v);
    else
      promise.deliver(
        caf::make_error(caf::sec::runtime_error, synced.error().reason));
  }
}

} // namespace

store_syncer_actor::behavior_type
store_syncer(self_pointer self, std::shared_ptr<engine> keep,
             std::chrono::milliseconds interval, metrics* counters) {
  return {
    [=](sync_atom) -> caf::result<caf::ok_atom> {
      auto& state = self->state;
      auto promise = self->make_response_promise<caf::ok_atom>();
      state.waiting.push_back(promise);
      if (state.waiting.size() > 1)
        return promise; // the tick is on its way
      const auto now = self->clock().now();
      const auto due = state.last_sync ? *state.last_sync + interval : now;
      if (due <= now)
        self->send(self, caf::tick_atom_v); // behind what waits already
      else
        self->delayed_send(self, due - now, caf::tick_atom_v);
      return promise;
    },
    [=](caf::tick_atom) { sync_now(self, *keep, *counters); },
  };
}

} // namespace meshtrace
