#include "actors/correlator_state.hpp"

#include "trace/ids.hpp"
#include "trace/view.hpp"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <limits>

namespace meshtrace {

namespace {

/// What finds an active trace, about: nodes of two hash tables and a list, its
/// timer, what the allocator adds. Small traces are mostly that.
constexpr std::size_t index_bytes = 400;

/// Moves the elements of `from` to the end of `to`.
template <class T>
void append(std::vector<T>& to, std::vector<T>& from) {
  if (to.empty())
    to = std::move(from);
  else
    to.insert(to.end(), std::make_move_iterator(from.begin()),
              std::make_move_iterator(from.end()));
  from.clear();
}

/// Content that somebody else may be reading must not be written to.
void make_own(std::shared_ptr<trace>& content) {
  if (content.use_count() > 1)
    content = content->clone();
  else
    std::atomic_thread_fence(std::memory_order_acquire); // after their reads
}

} // namespace

void correlator_state::configure(const correlator_options& x) {
  options_ = x;
  starting_ = options_.durable;
  if (starting_)
    load_more({}, std::numeric_limits<stream_ms>::max());
}

correlator_outbox correlator_state::take_outbox() {
  out_.timers.now = now_;
  return std::exchange(out_, {});
}

// -- ingest -------------------------------------------------------------------

correlator_state::active& correlator_state::find_or_add(std::string_view id) {
  if (const auto i = by_id_.find(id); i != by_id_.end())
    return *i->second;
  auto& x = add(id);
  if (out_.lookups.empty())
    out_.lookup = next_lookup_++;
  out_.lookups.push_back(x.id);
  lookups_[out_.lookup].push_back(&x);
  return x;
}

correlator_state::active& correlator_state::add(std::string_view id) {
  auto added = std::make_unique<active>();
  auto& x = *added;
  x.key = next_key_++;
  x.id = id;
  x.place = by_quiet_.insert(by_quiet_.end(), &x);
  by_key_.emplace(x.key, &x);
  by_id_.emplace(x.id, std::move(added));
  recount(x);
  return x;
}

void correlator_state::receive(span_batch batch) {
  if (starting_) {
    early_.push_back({std::move(batch), {}});
    return;
  }
  waiting_batch waiting{std::move(batch), {}, 0, {}};
  waiting.traces.reserve(waiting.batch.events.size());
  for (const auto i : waiting.batch.events) {
    auto& x = find_or_add(waiting.batch.source->events[i].event.trace_id);
    ++x.pins;
    waiting.traces.push_back(&x);
  }
  if (!out_.lookups.empty())
    waiting.lookup = out_.lookup;
  waiting_.push_back(std::move(waiting));
  join_waiting();
}

void correlator_state::receive_bases(std::uint64_t number,
                                     const base_answer& answer) {
  for (auto& base : answer.bases) {
    const auto i = by_id_.find(base.trace_id);
    if (i == by_id_.end())
      continue;
    auto& x = *i->second;
    x.dropped = base.dropped;
    if (base.active) {
      revive(x, *base.active);
      --parked_;
    }
    // Of a checkpoint, what is stored was a part when it was written.
    if (!base.stored || base.stored->head.revision <= x.head.revision)
      continue;
    if (x.content)
      x.content->merge(*base.stored->content, options_.limits);
    else
      x.content = base.stored->content->clone();
    x.head = base.stored->head;
    x.stored_whole = trace_view{*base.stored->content}.is_whole();
    recount(x);
  }
  lookups_.erase(number);
  join_waiting();
}

void correlator_state::join_waiting() {
  while (!waiting_.empty() && lookups_.count(waiting_.front().lookup) == 0) {
    auto waiting = std::move(waiting_.front());
    waiting_.pop_front();
    auto& batch = waiting.batch;
    if (batch.now)
      now_ = batch.now;
    for (std::size_t i = 0; i < batch.events.size(); ++i) {
      auto& x = *waiting.traces[i];
      --x.pins;
      join(x, batch.source->events[batch.events[i]]);
      erase_if_done(x); // not while a later event of the batch is pinned to it
    }
    unanswered_.push_back({batch.events.size()});
    if (waiting.now_after)
      now_ = *waiting.now_after;
  }
  enforce_limits();
  answer_batches();
}

void correlator_state::join(active& x, const stream_event& event) {
  if (x.dropped) {
    ++out_.late;
    out_.durable.push_back(event.ref);
    return;
  }
  if (!x.content)
    x.content = std::make_shared<trace>(x.id, pool_);
  make_own(x.content);
  switch (x.content->join(event.event, options_.limits)) {
  case join_result::changed:
    ++out_.joined;
    note_change(x, event.ref);
    break;
  case join_result::unchanged:
    ++out_.duplicates;
    if (x.changed || x.committing || x.saving)
      hold(x, event.ref);
    else
      out_.durable.push_back(event.ref); // what is stored covers it
    break;
  case join_result::dropped:
    ++out_.over_limit;
    out_.durable.push_back(event.ref);
    break;
  }
}

void correlator_state::note_change(active& x, const entry_ref& ref) {
  const auto seen
    = std::max(static_cast<stream_ms>(ref.id.ms), now_.value_or(0));
  if (!x.dirty && !x.committing)
    x.first_seen = seen;
  x.dirty = true;
  x.changed = true;
  x.parking = false;
  x.last_change = std::max(x.last_change, seen);
  hold(x, ref);
  recount(x);
  by_quiet_.splice(by_quiet_.end(), by_quiet_, x.place);
  if (!x.committing && !x.saving)
    arm(x, x.last_change + options_.waits.root_quiet.count());
}

/// Keeps the entry until its trace is durable.
void correlator_state::hold(active& x, const entry_ref& ref) {
  if (x.refs.empty() && options_.durable) {
    x.refs_tick = tick_;
    waiting_refs_.emplace_back(x.key, tick_);
  }
  x.refs.push_back(ref);
  ++unacked_;
}

/// Brings the sums up to date with what `x` holds now.
void correlator_state::recount(active& x) {
  bytes_ -= x.bytes;
  spans_ -= x.spans;
  x.bytes = sizeof(active) + index_bytes + x.id.capacity()
            + x.refs.capacity() * sizeof(entry_ref)
            + (x.content ? x.content->bytes() : 0);
  x.spans = x.content ? x.content->spans().size() : 0;
  bytes_ += x.bytes;
  spans_ += x.spans;
}

/// Asks for a look at `due`, unless an earlier one is coming anyway.
void correlator_state::arm(active& x, stream_ms due) {
  if (x.armed && *x.armed <= due)
    return;
  x.armed = due;
  out_.timers.timers.push_back({x.key, due});
}

void correlator_state::answer_batches() {
  const bool hold = uncommitted_ > options_.max_uncommitted
                    || (bytes_ > options_.max_bytes && uncommitted_ > 0);
  while (!unanswered_.empty() && !hold) {
    out_.answers.push_back(unanswered_.front());
    unanswered_.pop_front();
  }
}

// -- completing ---------------------------------------------------------------

void correlator_state::set_now(std::optional<stream_ms> now) {
  // Time must not overtake events that came before it and wait to be joined.
  if (starting_) {
    early_.push_back({{}, now});
    return;
  }
  if (waiting_.empty())
    now_ = now;
  else
    waiting_.back().now_after = now;
}

void correlator_state::look_again(const traces_due& due, std::int64_t wall) {
  for (const auto key : due.keys) {
    const auto i = by_key_.find(key);
    if (i == by_key_.end())
      continue;
    auto& x = *i->second;
    x.armed.reset();
    if (!is_idle(x) || draining_)
      continue;
    const auto reason = pending_reason(*x.content);
    const auto quiet = wait_for(reason, options_.waits).count();
    const auto ready
      = std::max(x.last_change + quiet, due.now + revision_pause(x, wall));
    if (ready <= due.now)
      complete(x, reason);
    else
      arm(x, ready);
  }
}

stream_ms
correlator_state::revision_pause(const active& x, std::int64_t wall) const {
  const auto since = wall - x.head.commit_time;
  if (x.head.revision == 0 || since < 0 || since >= revision_pause_ns)
    return 0;
  return (revision_pause_ns - since + 999'999) / 1'000'000;
}

void correlator_state::complete(active& x, completion_reason reason) {
  if (out_.writes.empty())
    out_.commit = next_commit_++;
  out_.writes.push_back({x.content, partition_of(x.id, options_.partitions),
                         reason, x.head.revision, x.checkpointed});
  auto& sent = commits_[out_.commit];
  sent.traces.push_back(&x);
  refs_in_flight_ += x.refs.size();
  append(sent.refs, x.refs);
  x.dirty = false;
  x.changed = false;
  x.committing = true;
  ++uncommitted_;
}

void correlator_state::receive_committed(
  std::uint64_t number, const std::vector<written_trace>& written) {
  const auto i = commits_.find(number);
  if (i == commits_.end())
    return;
  auto sent = std::move(i->second);
  commits_.erase(i);
  uncommitted_ -= sent.traces.size();
  refs_in_flight_ -= sent.refs.size();
  acknowledge(sent.refs);
  for (std::size_t k = 0; k < sent.traces.size(); ++k)
    settle(*sent.traces[k], written[k]);
  answer_batches();
}

void correlator_state::settle(active& x, const written_trace& written) {
  const auto base = x.head.revision;
  x.committing = false;
  x.checkpointed = false;
  x.head = written.head;
  x.stored_whole = trace_view{*written.content}.is_whole();
  if (!x.dirty) {
    acknowledge(x.refs); // repetitions that came meanwhile
    erase_if_done(x);
    return;
  }
  make_own(x.content);
  if (written.head.revision > base + 1) // somebody else had written too
    x.content->merge(*written.content, options_.limits);
  x.content->settle(*written.content);
  recount(x);
  arm(x, x.last_change + options_.waits.root_quiet.count());
  if (draining_)
    save(x);
}

void correlator_state::acknowledge(std::vector<entry_ref>& refs) {
  unacked_ -= refs.size();
  append(out_.durable, refs);
}

void correlator_state::erase_if_done(active& x) {
  if (x.dirty || x.committing || x.pins > 0)
    return;
  erase(x);
}

void correlator_state::erase(active& x) {
  if (x.armed)
    out_.timers.disarmed.push_back(x.key);
  bytes_ -= x.bytes;
  spans_ -= x.spans;
  by_quiet_.erase(x.place);
  by_key_.erase(x.key);
  by_id_.erase(by_id_.find(x.id));
}

} // namespace meshtrace
