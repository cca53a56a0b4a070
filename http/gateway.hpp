#pragma once

#include "http/exchange.hpp"
#include "http/gateway_options.hpp"
#include "http/pending_exchanges.hpp"
#include "messages/handles.hpp"
#include "metrics/metrics.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/type_id.hpp>

#include <vector>

CAF_BEGIN_TYPE_ID_BLOCK(meshtrace_gateway,
                        caf::id_block::meshtrace_handles::end)

  CAF_ADD_TYPE_ID(meshtrace_gateway, (meshtrace::exchange_ptr))

CAF_END_TYPE_ID_BLOCK(meshtrace_gateway)

// Shares the connection with the server: never leaves the process.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(meshtrace::exchange_ptr)

namespace meshtrace {

/// Answers REST requests with what correlators, stores, analytics and the
/// status board say. Its handle stands here and not in messages/handles.hpp
/// because it carries the server's exchange.
using gateway_actor = caf::typed_actor<
  // Answer this request, at the latest after TRACE_HTTP_TIMEOUT.
  caf::reacts_to<exchange_ptr>,
  // INTERNAL: answer what has waited for too long.
  caf::reacts_to<caf::tick_atom>,
  // Answer what waits and all that comes with 503.
  caf::replies_to<drain_atom>::with<caf::ok_atom>>;

/// Announces the message types of the gateway; to be called before an actor
/// system is made, after add_message_types().
template <class Config>
void add_gateway_types(Config& config) {
  config.template add_message_types<caf::id_block::meshtrace_gateway>();
}

struct gateway_state {
  static constexpr const char* name = "gateway";

  gateway_state() = default; // not an aggregate, see docs/pitfalls.md

  pending_exchanges pending;
  /// A tick is on its way.
  bool tick_armed = false;
  bool draining = false;
  /// The request for the backup that is under way, if there is one.
  exchange_ptr backup;
};

/// `analytics` may be empty: statistics are zeros then. `dead_letters` may be
/// empty where tracing is off. All stores share one
/// engine; each trace has one of `correlators` by its partition. `counters`
/// must outlive the actor system.
gateway_actor::behavior_type
gateway(gateway_actor::stateful_pointer<gateway_state> self,
        const gateway_options& options,
        const std::vector<correlator_actor>& correlators,
        const std::vector<trace_store_actor>& stores,
        const analytics_actor& analytics, const dead_letter_actor& dead_letters,
        const status_board_actor& board, metrics* counters);

} // namespace meshtrace
