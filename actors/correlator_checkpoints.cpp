// How a correlator keeps active traces in a durable store: so that their
// entries can be acknowledged, to save memory, and over restarts.
#include "actors/correlator_state.hpp"
#include "trace/ids.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

namespace meshtrace {

namespace {

/// Most checkpoints of one page.
constexpr std::size_t page_limit = 1000;

} // namespace

// -- limits -------------------------------------------------------------------

/// Over a limit the quietest go first, whatever they still wait for.
void correlator_state::enforce_limits() {
  auto bytes = bytes_;
  auto unacked = unacked_ - refs_in_flight_;
  for (auto i = by_quiet_.begin(); i != by_quiet_.end();) {
    const bool too_big = bytes > options_.max_bytes;
    if (!too_big && unacked <= options_.max_unacked)
      return;
    auto& x = **i++; // `relieve` may erase it
    bytes -= std::min(bytes, x.bytes);
    unacked -= std::min(unacked, x.refs.size());
    if (!is_idle(x))
      continue;
    x.parking = options_.durable && too_big;
    relieve(x);
  }
}

/// Makes the entries of `x` acknowledgeable, and its memory free if it is to be
/// parked.
void correlator_state::relieve(active& x) {
  if (!options_.durable)
    complete(x, completion_reason::memory);
  else if (x.changed || !x.refs.empty())
    save(x);
  else if (x.parking && x.pins == 0)
    park(x);
}

// -- saving -------------------------------------------------------------------

void correlator_state::tick() {
  ++tick_;
  save_late();
  if (parked_ > 0 && !loading_ && !draining_ && now_
      && bytes_ <= options_.max_bytes)
    load_more({}, *now_);
}

void correlator_state::save_late() {
  while (!waiting_refs_.empty()
         && waiting_refs_.front().second + ticks_to_checkpoint <= tick_) {
    const auto [key, since] = waiting_refs_.front();
    waiting_refs_.pop_front();
    const auto i = by_key_.find(key);
    if (i == by_key_.end())
      continue;
    auto& x = *i->second;
    if (x.refs.empty() || x.refs_tick != since)
      continue; // they were acknowledged, others came
    if (is_idle(x)) {
      save(x);
    } else { // behind what is on its way
      x.refs_tick = tick_;
      waiting_refs_.emplace_back(key, tick_);
    }
  }
}

/// The content is shared with the store: the next event copies it.
void correlator_state::save(active& x) {
  if (out_.saves.empty())
    out_.save = next_save_++;
  out_.saves.push_back({x.content, x.head, x.stored_whole,
                        partition_of(x.id, options_.partitions), x.first_seen,
                        x.last_change, due_of(x)});
  auto& sent = saves_[out_.save];
  sent.traces.push_back(&x);
  refs_in_flight_ += x.refs.size();
  sent.refs.insert(sent.refs.end(), x.refs.begin(), x.refs.end());
  x.refs.clear();
  x.changed = false;
  x.saving = true;
  x.checkpointed = true;
  ++uncommitted_;
}

stream_ms correlator_state::due_of(const active& x) const {
  const auto reason = pending_reason(*x.content);
  return x.last_change + wait_for(reason, options_.waits).count();
}

void correlator_state::receive_saved(std::uint64_t number) {
  const auto i = saves_.find(number);
  if (i == saves_.end())
    return;
  auto sent = std::move(i->second);
  saves_.erase(i);
  uncommitted_ -= sent.traces.size();
  refs_in_flight_ -= sent.refs.size();
  acknowledge(sent.refs);
  for (auto* x : sent.traces) {
    x->saving = false;
    if (x->parking && !x->changed && x->pins == 0 && x->refs.empty())
      park(*x); // it is gone now
    else if (draining_ && x->changed)
      save(*x);
    else
      arm(*x, x->last_change + options_.waits.root_quiet.count());
  }
  answer_batches();
}

/// From now on only the store has the trace. Its next event, or its time,
/// brings it back.
void correlator_state::park(active& x) {
  ++parked_;
  erase(x);
}

void correlator_state::drain() {
  draining_ = true;
  if (!options_.durable)
    return;
  for (auto* x : by_quiet_)
    if (is_idle(*x) && (x->changed || !x->refs.empty()))
      save(*x);
}

// -- loading ------------------------------------------------------------------

void correlator_state::load_more(std::string after, stream_ms until) {
  loading_ = true;
  out_.load = checkpoint_query{options_.own_partitions, until, std::move(after),
                               page_limit};
}

void correlator_state::receive_checkpoints(const checkpoint_page& page) {
  loading_ = false;
  if (starting_ && by_id_.empty()) // the first page
    parked_ = page.total;
  for (auto& x : page.checkpoints)
    if (by_id_.count(x.content->id()) == 0)
      restore(x);
  if (!starting_)
    return;
  // Some room is left for what comes next; the rest comes back in time.
  if (!page.next.empty() && bytes_ < options_.max_bytes / 2)
    return load_more(page.next, std::numeric_limits<stream_ms>::max());
  starting_ = false;
  take_early();
}

void correlator_state::take_early() {
  for (auto& x : std::exchange(early_, {})) {
    if (x.batch)
      receive(std::move(*x.batch));
    else
      set_now(x.now);
  }
}

void correlator_state::restore(const checkpoint& from) {
  revive(add(from.content->id()), from);
  --parked_;
}

/// Makes `x`, of which nothing is known, what was saved.
void correlator_state::revive(active& x, const checkpoint& from) {
  x.content = from.content->clone();
  x.head = from.head;
  x.stored_whole = from.stored_whole;
  x.first_seen = from.first_seen;
  x.last_change = from.last_change;
  x.dirty = true;
  x.checkpointed = true;
  recount(x);
  arm(x, from.due);
}

} // namespace meshtrace
