#pragma once

#include "messages/ingest.hpp"
#include "messages/joining.hpp"
#include "messages/keeping.hpp"
#include "messages/status.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/type_id.hpp>

CAF_BEGIN_TYPE_ID_BLOCK(meshtrace, caf::first_custom_type_id)

  // Verbs that need no more than their name.
  CAF_ADD_ATOM(meshtrace, meshtrace, drain_atom, "drain")
  CAF_ADD_ATOM(meshtrace, meshtrace, retry_atom, "retry")
  CAF_ADD_ATOM(meshtrace, meshtrace, load_atom, "load")
  CAF_ADD_ATOM(meshtrace, meshtrace, totals_atom, "totals")
  CAF_ADD_ATOM(meshtrace, meshtrace, status_atom, "status")
  CAF_ADD_ATOM(meshtrace, meshtrace, follow_atom, "follow")
  CAF_ADD_ATOM(meshtrace, meshtrace, sweep_atom, "sweep")
  CAF_ADD_ATOM(meshtrace, meshtrace, ends_atom, "logends")

  // Ingest, in the order of the flow.
  CAF_ADD_TYPE_ID(meshtrace, (meshtrace::event_batch_ptr))
  CAF_ADD_TYPE_ID(meshtrace, (std::vector<meshtrace::dead_entry>))
  CAF_ADD_TYPE_ID(meshtrace, (meshtrace::stream_clock))
  CAF_ADD_TYPE_ID(meshtrace, (meshtrace::span_batch))
  CAF_ADD_TYPE_ID(meshtrace, (meshtrace::batch_joined))
  CAF_ADD_TYPE_ID(meshtrace, (meshtrace::entries_durable))
  CAF_ADD_TYPE_ID(meshtrace, (meshtrace::entries_acknowledged))
  CAF_ADD_TYPE_ID(meshtrace, (meshtrace::stream_renewed))
  CAF_ADD_TYPE_ID(meshtrace, (meshtrace::lease_news))
  CAF_ADD_TYPE_ID(meshtrace, (meshtrace::pending_report))
  CAF_ADD_TYPE_ID(meshtrace, (meshtrace::replay_pending))

  // Joining and completing.
  CAF_ADD_TYPE_ID(meshtrace, (meshtrace::arm_timers))
  CAF_ADD_TYPE_ID(meshtrace, (meshtrace::traces_due))
  CAF_ADD_TYPE_ID(meshtrace, (meshtrace::base_lookup))
  CAF_ADD_TYPE_ID(meshtrace, (meshtrace::base_answer))
  CAF_ADD_TYPE_ID(meshtrace, (meshtrace::trace_commit))
  CAF_ADD_TYPE_ID(meshtrace, (meshtrace::trace_committed))
  CAF_ADD_TYPE_ID(meshtrace, (meshtrace::active_lookup))
  CAF_ADD_TYPE_ID(meshtrace, (meshtrace::active_found))
  CAF_ADD_TYPE_ID(meshtrace, (meshtrace::active_query))
  CAF_ADD_TYPE_ID(meshtrace, (meshtrace::active_matches))
  CAF_ADD_TYPE_ID(meshtrace, (meshtrace::correlator_load))

  // Keeping, following the log, answering.
  CAF_ADD_TYPE_ID(meshtrace, (meshtrace::trace_find))
  CAF_ADD_TYPE_ID(meshtrace, (meshtrace::trace_found))
  CAF_ADD_TYPE_ID(meshtrace, (meshtrace::traces_find))
  CAF_ADD_TYPE_ID(meshtrace, (meshtrace::traces_found))
  CAF_ADD_TYPE_ID(meshtrace, (meshtrace::store_query))
  CAF_ADD_TYPE_ID(meshtrace, (meshtrace::store_page))
  CAF_ADD_TYPE_ID(meshtrace, (meshtrace::store_totals))
  CAF_ADD_TYPE_ID(meshtrace, (meshtrace::retention_report))
  CAF_ADD_TYPE_ID(meshtrace, (meshtrace::log_advanced))
  CAF_ADD_TYPE_ID(meshtrace, (meshtrace::log_read))
  CAF_ADD_TYPE_ID(meshtrace, (meshtrace::log_page))
  CAF_ADD_TYPE_ID(meshtrace, (std::vector<std::uint64_t>))
  CAF_ADD_TYPE_ID(meshtrace, (meshtrace::statistics_query))
  CAF_ADD_TYPE_ID(meshtrace, (meshtrace::statistics_report))

  // What the parts say of themselves.
  CAF_ADD_TYPE_ID(meshtrace, (meshtrace::reader_status))
  CAF_ADD_TYPE_ID(meshtrace, (meshtrace::keeper_status))
  CAF_ADD_TYPE_ID(meshtrace, (meshtrace::acknowledger_status))
  CAF_ADD_TYPE_ID(meshtrace, (meshtrace::exporter_status))
  CAF_ADD_TYPE_ID(meshtrace, (meshtrace::store_health))
  CAF_ADD_TYPE_ID(meshtrace, (meshtrace::service_status))

CAF_END_TYPE_ID_BLOCK(meshtrace)

// None of these leaves the process: they share memory (arenas, traces) or are
// read by one receiver only. Serialising them is a compile error this way, not
// a surprise at run time.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(meshtrace::event_batch_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<meshtrace::dead_entry>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(meshtrace::stream_clock)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(meshtrace::span_batch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(meshtrace::batch_joined)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(meshtrace::entries_durable)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(meshtrace::entries_acknowledged)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(meshtrace::stream_renewed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(meshtrace::lease_news)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(meshtrace::pending_report)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(meshtrace::replay_pending)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(meshtrace::arm_timers)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(meshtrace::traces_due)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(meshtrace::base_lookup)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(meshtrace::base_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(meshtrace::trace_commit)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(meshtrace::trace_committed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(meshtrace::active_lookup)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(meshtrace::active_found)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(meshtrace::active_query)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(meshtrace::active_matches)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(meshtrace::correlator_load)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(meshtrace::trace_find)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(meshtrace::trace_found)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(meshtrace::traces_find)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(meshtrace::traces_found)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(meshtrace::store_query)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(meshtrace::store_page)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(meshtrace::store_totals)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(meshtrace::retention_report)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(meshtrace::log_advanced)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(meshtrace::log_read)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(meshtrace::log_page)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(meshtrace::statistics_query)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(meshtrace::statistics_report)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(meshtrace::reader_status)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(meshtrace::keeper_status)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(meshtrace::acknowledger_status)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(meshtrace::exporter_status)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(meshtrace::store_health)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(meshtrace::service_status)
