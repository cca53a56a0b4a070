#pragma once

#include "messages/ingest.hpp"
#include "storage/engine.hpp"
#include "trace/completion.hpp"
#include "trace/filter.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace meshtrace {

/// Asks the completion timer to say when stream time has reached `due`. A later
/// request for the same trace replaces the earlier one.
struct timer_request {
  /// The correlator's own number for the trace.
  std::uint64_t key = 0;
  stream_ms due = 0;

  auto operator<=>(const timer_request&) const = default;
};

/// Timers to set, and what time it is: in this order.
struct arm_timers {
  std::vector<timer_request> timers;
  /// Traces that need no timer any more.
  std::vector<std::uint64_t> disarmed;
  std::optional<stream_ms> now;
};

/// The time these traces asked for has come: look again.
struct traces_due {
  /// Their `timer_request::key`.
  std::vector<std::uint64_t> keys;
  stream_ms now = 0;
};

/// Asks the store what it has of traces that are new to a correlator.
struct base_lookup {
  std::vector<std::string> trace_ids;
};

/// What the store has: only ids it knows something about.
struct base_answer {
  struct base {
    std::string trace_id;
    std::optional<stored_trace> stored;
    /// Joined with `stored`.
    std::optional<checkpoint> active;
    /// Retention dropped the trace within the last hour.
    bool dropped = false;
  };
  std::vector<base> bases;
};

/// Completed traces to be written in one batch. Shared, so that a batch that
/// the store refused can be sent again as it is.
using trace_commit = std::shared_ptr<const std::vector<trace_write>>;

/// What became of each write, in order. Durable and visible.
struct trace_committed {
  std::vector<written_trace> traces;
};

/// Active traces to be kept as they are. Shared like a commit.
using trace_checkpoint = std::shared_ptr<const std::vector<checkpoint>>;

/// All of a `trace_checkpoint` is durable.
struct trace_checkpointed {
  std::uint64_t traces = 0;
};

/// A trace that has something uncommitted, joined with what is stored of it.
struct active_trace {
  trace_ptr content;
  envelope head;
};

/// Asks a correlator for one trace.
struct active_lookup {
  std::string trace_id;
};

struct active_found {
  std::optional<active_trace> trace;
};

/// Asks a correlator for its active traces.
struct active_query {
  trace_filter filter;
  /// Traces that have no revision yet.
  bool uncommitted = false;
  /// Traces that have one and wait for the next.
  bool committed = false;
  trace_order order = trace_order::end_time;
  /// Only those that sort after this.
  std::optional<order_key> after;
  std::size_t limit = 100;
};

struct active_matches {
  /// The first `limit` matches in order.
  std::vector<active_trace> traces;
  /// How many match in all.
  std::uint64_t total = 0;
  /// All active traces that have a revision, matching or not: the store's
  /// version of them is out of date. Each with the state it has there.
  struct superseded {
    std::string trace_id;
    bool stored_whole = false;
  };
  std::vector<superseded> stale;
  /// False where there were too many to look at all.
  bool complete = true;
};

/// How much a correlator holds.
struct correlator_load {
  std::uint64_t active_traces = 0;
  /// Those of `active_traces` that only the store has, to save memory.
  std::uint64_t parked_traces = 0;
  std::uint64_t active_spans = 0;
  std::uint64_t active_bytes = 0;
  /// Traces sent to the store that it has not answered yet.
  std::uint64_t uncommitted = 0;
  std::uint64_t unacked_entries = 0;
  /// Stream time of the first event of the oldest active trace.
  std::optional<stream_ms> oldest;
};

} // namespace meshtrace
