#include "http/gateway.hpp"

#include "http/front_desk.hpp"

#include <caf/event_based_actor.hpp>

#include <memory>

namespace meshtrace {

gateway_actor::behavior_type
gateway(gateway_actor::stateful_pointer<gateway_state> self,
        const gateway_options& options,
        const std::vector<correlator_actor>& correlators,
        const std::vector<trace_store_actor>& stores,
        const analytics_actor& analytics, const dead_letter_actor& dead_letters,
        const status_board_actor& board, metrics* counters) {
  auto desk = std::make_shared<front_desk>(
    self, options,
    gateway_parts{correlators, stores, analytics, dead_letters, board},
    counters);
  return {
    [desk](const exchange_ptr& waiting) { desk->take(waiting); },
    [desk](caf::tick_atom) { desk->expire(); },
    [desk](drain_atom) {
      desk->drain();
      return caf::ok_atom_v;
    },
  };
}

} // namespace meshtrace
