#pragma once

#include "messages/ingest.hpp"
#include "messages/joining.hpp"
#include "trace/completion.hpp"
#include "trace/trace.hpp"

#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace meshtrace {

/// One correlator's share of the service's limits.
struct correlator_options {
  completion_waits waits;
  trace_limits limits;
  /// TRACE_PARTITIONS.
  std::uint32_t partitions = 64;
  /// Batches wait for their answer while more traces than this were sent to
  /// the store and not answered (TRACE_COMMIT_WINDOW).
  std::size_t max_uncommitted = 20'000;
  /// The store keeps checkpoints (`engine::durable`). Then active traces are
  /// loaded at the start, and saved every so often.
  bool durable = false;
  /// How long an entry of an active trace may stay unacknowledged
  /// (TRACE_CHECKPOINT).
  std::chrono::milliseconds checkpoint{2000};
  /// Of `partitions`, those that are this correlator's: for what it loads.
  std::vector<std::uint32_t> own_partitions;
  /// Beyond these the quietest traces are saved, and leave memory for the first
  /// one; or are completed, where the store is not durable
  /// (TRACE_MEMORY_BUDGET, TRACE_MAX_UNACKED).
  std::size_t max_bytes = std::size_t{256} << 20;
  std::size_t max_unacked = 1'000'000;
};

/// What the correlator's state wants done, gathered over one message.
struct correlator_outbox {
  /// Ids to look up in the store, for the lookup of this number.
  std::vector<std::string> lookups;
  std::uint64_t lookup = 0;
  arm_timers timers;
  /// Traces to commit, for the commit of this number.
  std::vector<trace_write> writes;
  std::uint64_t commit = 0;
  /// Active traces to save, for the save of this number.
  std::vector<checkpoint> saves;
  std::uint64_t save = 0;
  /// Checkpoints to load.
  std::optional<checkpoint_query> load;
  /// Entries that may be acknowledged.
  std::vector<entry_ref> durable;
  /// How many batches may be answered, oldest first, by their event counts.
  std::vector<batch_joined> answers;
  /// For the metrics.
  std::uint64_t joined = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t over_limit = 0;
  std::uint64_t late = 0;
};

/// The active traces of some partitions and the rules of their life. Knows no
/// actors: what is to be sent is gathered in an outbox, time comes in as an
/// argument. Stream time is what the streams say, wall time is for comparing
/// with the store's commit times, in nanoseconds since 1970.
struct correlator_state {
  static constexpr const char* name = "correlator";

  correlator_state() = default; // not an aggregate, see docs/pitfalls.md

  /// How many ticks an entry may wait before its trace is saved.
  static constexpr std::uint64_t ticks_to_checkpoint = 4;

  void configure(const correlator_options& x);

  // -- ingest -----------------------------------------------------------------

  /// Takes a batch; it is joined once the store has said what it has of the
  /// ids that are new here. Batches are joined in the order they came.
  void receive(span_batch batch);

  /// The store's word on lookup `number`.
  void receive_bases(std::uint64_t number, const base_answer& answer);

  // -- completing -------------------------------------------------------------

  void set_now(std::optional<stream_ms> now);

  /// Completes the due ones that really have been quiet for long enough.
  void look_again(const traces_due& due, std::int64_t wall);

  /// The store's answer to commit `number`.
  void receive_committed(std::uint64_t number,
                         const std::vector<written_trace>& written);

  // -- checkpoints ------------------------------------------------------------

  /// A `ticks_to_checkpoint`th of TRACE_CHECKPOINT has passed: saves what has
  /// unacknowledged entries for so long, and asks for saved traces that are not
  /// in memory and due.
  void tick();

  /// The store's answer to save `number`.
  void receive_saved(std::uint64_t number);

  /// The store's answer to the load that was asked for.
  void receive_checkpoints(const checkpoint_page& page);

  /// From now on nothing is completed; what is active is saved.
  void drain();

  /// The store has answered everything that it was sent.
  bool settled() const {
    return uncommitted_ == 0;
  }

  // -- questions --------------------------------------------------------------

  active_found find(const std::string& trace_id) const;
  active_matches search(const active_query& query) const;
  correlator_load load() const;

  /// Takes what is to be sent.
  correlator_outbox take_outbox();

private:
  /// Most traces that one search looks at.
  static constexpr std::size_t search_budget = 100'000;
  /// Revisions of one trace come at most this often.
  static constexpr std::int64_t revision_pause_ns = 1'000'000'000;

  struct active {
    std::uint64_t key = 0;
    std::string id;
    /// Joined with what is stored; null before the first event is joined.
    std::shared_ptr<trace> content;
    /// What the store has; revision 0: nothing.
    envelope head;
    /// The stored trace has no open span, orphan or missing root.
    bool stored_whole = false;
    /// Retention dropped this trace lately: nothing may join.
    bool dropped = false;
    /// `content` says more than what is stored or on its way there.
    bool dirty = false;
    /// On its way to the store, as a revision or as a checkpoint.
    bool committing = false;
    bool saving = false;
    /// The store has a checkpoint of it, or will have.
    bool checkpointed = false;
    /// Something changed since the last checkpoint.
    bool changed = false;
    /// To leave memory once it is saved.
    bool parking = false;
    /// When the first of `refs` came.
    std::uint64_t refs_tick = 0;
    stream_ms first_seen = 0;
    stream_ms last_change = 0;
    std::optional<stream_ms> armed;
    /// Entries to acknowledge with the next commit.
    std::vector<entry_ref> refs;
    /// Events of waiting batches that will join.
    std::size_t pins = 0;
    /// Its part of the sums.
    std::size_t bytes = 0;
    std::size_t spans = 0;
    /// Place in `by_quiet_`.
    std::list<active*>::iterator place;
  };

  struct waiting_batch {
    span_batch batch;
    /// For each of `batch.events`.
    std::vector<active*> traces;
    /// The lookup it waits for; 0: none.
    std::uint64_t lookup = 0;
    /// Stream time that was announced after this batch.
    std::optional<std::optional<stream_ms>> now_after;
  };

  /// A batch, or stream time, that came before the checkpoints were loaded.
  struct early_message {
    std::optional<span_batch> batch;
    std::optional<stream_ms> now;
  };

  /// Sent to the store and not answered; the traces stay where they are.
  struct sent_batch {
    std::vector<active*> traces;
    std::vector<entry_ref> refs;
  };

  active& find_or_add(std::string_view id);
  active& add(std::string_view id);
  void join_waiting();
  void join(active& x, const stream_event& event);
  void note_change(active& x, const entry_ref& ref);
  void recount(active& x);
  void arm(active& x, stream_ms due);
  void complete(active& x, completion_reason reason);
  void hold(active& x, const entry_ref& ref);
  void enforce_limits();
  void relieve(active& x);
  void save(active& x);
  void save_late();
  void park(active& x);
  void load_more(std::string after, stream_ms until);
  void take_early();
  void restore(const checkpoint& from);
  void revive(active& x, const checkpoint& from);
  stream_ms due_of(const active& x) const;
  static bool is_idle(const active& x) {
    return x.dirty && !x.committing && !x.saving;
  }
  void answer_batches();
  void settle(active& x, const written_trace& written);
  void acknowledge(std::vector<entry_ref>& refs);
  void erase_if_done(active& x);
  void erase(active& x);
  /// Milliseconds until the next revision of a stored trace may be written.
  stream_ms revision_pause(const active& x, std::int64_t wall) const;
  bool is_active(const active& x) const;

  correlator_options options_;
  std::shared_ptr<text_pool> pool_ = std::make_shared<text_pool>();
  std::optional<stream_ms> now_;
  std::uint64_t next_key_ = 1;
  std::uint64_t next_lookup_ = 1;
  std::uint64_t next_commit_ = 1;
  std::unordered_map<std::string_view, std::unique_ptr<active>> by_id_;
  std::unordered_map<std::uint64_t, active*> by_key_;
  /// The one that changed longest ago comes first.
  std::list<active*> by_quiet_;
  std::deque<waiting_batch> waiting_;
  /// Ids asked for, by lookup.
  std::unordered_map<std::uint64_t, std::vector<active*>> lookups_;
  std::unordered_map<std::uint64_t, sent_batch> commits_;
  std::unordered_map<std::uint64_t, sent_batch> saves_;
  /// Keys in the order in which their `refs` began to wait, with that tick.
  std::deque<std::pair<std::uint64_t, std::uint64_t>> waiting_refs_;
  std::uint64_t tick_ = 0;
  std::uint64_t next_save_ = 1;
  /// Nothing is taken in before the checkpoints are loaded, but kept in order.
  bool starting_ = false;
  std::vector<early_message> early_;
  bool loading_ = false;
  bool draining_ = false;
  /// Saved traces that are not in memory.
  std::uint64_t parked_ = 0;
  /// Batches that are joined and not answered yet, by their event counts.
  std::deque<batch_joined> unanswered_;
  std::size_t uncommitted_ = 0;
  std::size_t bytes_ = 0;
  std::size_t spans_ = 0;
  /// Entries of active traces and of commits on their way.
  std::size_t unacked_ = 0;
  std::size_t refs_in_flight_ = 0;
  correlator_outbox out_;
};

} // namespace meshtrace
