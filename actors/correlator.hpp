#pragma once

#include "actors/correlator_state.hpp"
#include "messages/handles.hpp"
#include "metrics/metrics.hpp"

namespace meshtrace {

/// Joins the events of its partitions into active traces and commits them to
/// `store`. `counters` must outlive the actor system.
correlator_actor::behavior_type
correlator(correlator_actor::stateful_pointer<correlator_state> self,
           const correlator_options& options, const trace_store_actor& store,
           const acknowledger_actor& acknowledger, metrics* counters);

} // namespace meshtrace
