#pragma once

#include "messages/type_ids.hpp"

#include <caf/atom.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <vector>

/// Every typed handle of the service, in the order of the data flow (the
/// picture is in docs/architecture.md). An actor stands in actors/ under the
/// name of its handle, the gateway in http/.
namespace meshtrace {

/// Remembers what the parts of the service last said of themselves.
using status_board_actor = caf::typed_actor<
  caf::reacts_to<reader_status>, caf::reacts_to<keeper_status>,
  caf::reacts_to<acknowledger_status>, caf::reacts_to<exporter_status>,
  caf::reacts_to<dead_letter_status>, caf::reacts_to<store_health>,
  // Everything, for /trace/status and /readyz.
  caf::replies_to<status_atom>::with<service_status>>;

/// Reads a set of streams and hands on what they say, at most TRACE_WINDOW
/// batches unanswered. Detached: it blocks in Redis for up to 250 ms.
using stream_reader_actor = caf::typed_actor<
  // Whether this process may read the group at all.
  caf::reacts_to<lease_news>,
  // What Redis has pending for us: entries that nobody holds are read again.
  caf::reacts_to<pending_report>,
  // Look through the pending list again.
  caf::reacts_to<replay_pending>,
  // Redis has forgotten these entries: they are not held any more.
  caf::reacts_to<entries_acknowledged>,
  // Stop reading; answers when no batch is unanswered.
  caf::replies_to<drain_atom>::with<caf::ok_atom>,
  // INTERNAL: connect, replay or read once; save positions.
  caf::reacts_to<caf::tick_atom>,
  // INTERNAL: still parked? Look at the clock and the watchdog.
  caf::reacts_to<retry_atom>>;

/// Looks after the group in Redis: its lease, our alive key, entries of dead
/// consumers, and the figures of the streams. Detached.
using stream_keeper_actor = caf::typed_actor<
  // INTERNAL: do what is due.
  caf::reacts_to<caf::tick_atom>,
  // Give the lease back; answers when that is done or has failed.
  caf::replies_to<drain_atom>::with<caf::ok_atom>>;

/// Moves entries that can never become part of a trace to a stream of their
/// own, on a connection of its own. Detached.
using dead_letter_actor = caf::typed_actor<
  // Write, count, log and let acknowledge; answers when Redis has them.
  caf::replies_to<std::vector<dead_entry>>::with<batch_joined>,
  // The newest of the stream.
  caf::replies_to<dead_letters_query>::with<dead_letters_page>,
  // INTERNAL: try again.
  caf::reacts_to<caf::tick_atom>,
  // From now on what cannot be written stays pending and is answered.
  caf::replies_to<drain_atom>::with<caf::ok_atom>>;

/// Splits a batch by partition over the correlators.
using shard_router_actor = caf::typed_actor<
  // Answers when every correlator has joined its part.
  caf::replies_to<event_batch_ptr>::with<batch_joined>,
  // Stream time of one reader; the least of all goes to the correlators.
  caf::reacts_to<stream_clock>>;

/// Joins events into active traces, decides when one is complete and sends it
/// to the store.
using correlator_actor = caf::typed_actor<
  // Answers when the events are joined, and not while more than its share of
  // TRACE_COMMIT_WINDOW is uncommitted.
  caf::replies_to<span_batch>::with<batch_joined>,
  // Stream time went on without events.
  caf::reacts_to<stream_clock>,
  // The timer's word that it is time to look at these again.
  caf::reacts_to<traces_due>,
  // INTERNAL: ask and send again what the store refused.
  caf::reacts_to<retry_atom>,
  // INTERNAL: save what has been unacknowledged for long.
  caf::reacts_to<caf::tick_atom>,
  // Complete nothing more and save what is active; answers when the store has
  // answered everything.
  caf::replies_to<drain_atom>::with<caf::ok_atom>,
  // One active trace, joined with what is stored of it.
  caf::replies_to<active_lookup>::with<active_found>,
  // The active traces that match.
  caf::replies_to<active_query>::with<active_matches>,
  caf::replies_to<load_atom>::with<correlator_load>>;

/// Whoever wants to know when stream time has come for a trace: a correlator.
using due_listener_actor = caf::typed_actor<caf::reacts_to<traces_due>>;

/// Says when stream time has come to look at a trace again.
using completion_timer_actor = caf::typed_actor<caf::reacts_to<arm_timers>>;

/// Whoever follows the log: exporter feeds, analytics, live feed.
using log_follower_actor = caf::typed_actor<caf::reacts_to<log_advanced>>;

/// Makes durable what the stores have written, at most once every
/// TRACE_SYNC_INTERVAL. Detached: it blocks in the disk.
using store_syncer_actor = caf::typed_actor<
  // Answers when everything written before the request is durable.
  caf::replies_to<sync_atom>::with<caf::ok_atom>,
  // INTERNAL: sync now.
  caf::reacts_to<caf::tick_atom>>;

/// Writes completed traces to the engine and answers questions about them.
using trace_store_actor = caf::typed_actor<
  // What there is of these ids.
  caf::replies_to<base_lookup>::with<base_answer>,
  // Write; answers when it is durable and visible.
  caf::replies_to<trace_commit>::with<trace_committed>,
  // Keep active traces; answers when they are durable.
  caf::replies_to<trace_checkpoint>::with<trace_checkpointed>,
  caf::replies_to<checkpoint_query>::with<checkpoint_page>,
  // Tell this actor whenever the log has grown.
  caf::reacts_to<follow_atom, log_follower_actor>,
  // A page of one partition's log.
  caf::replies_to<log_read>::with<log_page>,
  // The last number of each partition's log.
  caf::replies_to<ends_atom>::with<std::vector<std::uint64_t>>,
  caf::replies_to<trace_find>::with<trace_found>,
  caf::replies_to<traces_find>::with<traces_found>,
  caf::replies_to<store_query>::with<store_page>,
  caf::replies_to<totals_atom>::with<store_totals>,
  // Drop what retention asks for and say what was dropped.
  caf::replies_to<sweep_atom>::with<retention_report>,
  caf::replies_to<notes_find>::with<notes_found>,
  // Answers when they are durable.
  caf::replies_to<notes_save>::with<caf::ok_atom>,
  // Answers when the copy is whole.
  caf::replies_to<backup_request>::with<caf::ok_atom>,
  // INTERNAL: say the levels for the metrics.
  caf::reacts_to<caf::tick_atom>>;

/// Acknowledges entries in Redis, in batches, on a connection of its own.
/// Detached.
using acknowledger_actor = caf::typed_actor<
  caf::reacts_to<entries_durable>,
  // Answers when nothing of the earlier generations is sent any more.
  caf::replies_to<stream_renewed>::with<caf::ok_atom>,
  // Readers want to know what Redis has forgotten.
  caf::reacts_to<follow_atom, stream_reader_actor>,
  // INTERNAL: send what waits.
  caf::reacts_to<caf::tick_atom>,
  // Answers when nothing waits any more, or Redis cannot be reached.
  caf::replies_to<drain_atom>::with<caf::ok_atom>>;

/// Has the store drop what is too old or too much, and says what went.
using retention_actor = caf::typed_actor<
  // INTERNAL: sweep.
  caf::reacts_to<caf::tick_atom>>;

/// Hands the log's traces to one exporter. Detached: exporters may block.
using exporter_feed_actor
  = caf::typed_actor<caf::reacts_to<log_advanced>,
                     // INTERNAL: export the next batch.
                     caf::reacts_to<caf::tick_atom>,
                     // Answers when everything that is in the log was exported.
                     caf::replies_to<drain_atom>::with<caf::ok_atom>>;

/// Sums the log up: statistics, and who calls whom and what it takes.
using analytics_actor
  = caf::typed_actor<caf::reacts_to<log_advanced>,
                     caf::replies_to<statistics_query>::with<statistics_report>,
                     caf::replies_to<analytics_query>::with<analytics_report>>;

} // namespace meshtrace

// Handles that travel in messages.
CAF_BEGIN_TYPE_ID_BLOCK(meshtrace_handles, caf::id_block::meshtrace::end)

  CAF_ADD_TYPE_ID(meshtrace_handles, (meshtrace::stream_reader_actor))
  CAF_ADD_TYPE_ID(meshtrace_handles, (meshtrace::log_follower_actor))

CAF_END_TYPE_ID_BLOCK(meshtrace_handles)

namespace meshtrace {

/// Announces every message type; to be called before an actor system is made.
template <class Config>
void add_message_types(Config& config) {
  config.template add_message_types<caf::id_block::meshtrace>();
  config.template add_message_types<caf::id_block::meshtrace_handles>();
}

} // namespace meshtrace
