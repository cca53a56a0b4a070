#include "actors/correlator.hpp"

#include "actors/completion_timer.hpp"
#include "actors/mailbox_size.hpp"
#include "actors/wall_clock.hpp"
#include "messages/reason.hpp"

#include <caf/event_based_actor.hpp>
#include <spdlog/spdlog.h>

#include <chrono>
#include <functional>
#include <memory>

namespace meshtrace {

namespace {

using self_pointer = correlator_actor::stateful_pointer<correlator_state>;
using promise = caf::typed_response_promise<batch_joined>;

/// How long to wait before asking the store again after it failed.
constexpr std::chrono::seconds retry_pause{1};

/// Sends what the state wants sent. Owned by the behaviour's handlers.
class sender {
public:
  sender(self_pointer self, trace_store_actor store,
         acknowledger_actor acknowledger, metrics* counters, std::size_t index)
    : self_(self), store_(std::move(store)),
      acknowledger_(std::move(acknowledger)), counters_(counters),
      levels_(counters->correlator(index)),
      mailbox_(counters->mailbox("correlator", index)),
      timer_(self->spawn<caf::linked>(
        completion_timer, caf::actor_cast<due_listener_actor>(self))) {
    // nop
  }

  void add(promise answer) {
    promises_.push_back(std::move(answer));
  }

  void flush() {
    auto out = self_->state.take_outbox();
    count(out);
    if (!out.lookups.empty())
      look_up(out.lookup, base_lookup{std::move(out.lookups)});
    if (!out.writes.empty())
      commit(out.commit, std::make_shared<const std::vector<trace_write>>(
                           std::move(out.writes)));
    if (!out.saves.empty())
      save(out.save, std::make_shared<const std::vector<checkpoint>>(
                       std::move(out.saves)));
    if (out.load)
      load(*out.load);
    if (!out.durable.empty())
      self_->send(acknowledger_, entries_durable{std::move(out.durable)});
    if (!out.timers.timers.empty() || !out.timers.disarmed.empty()
        || out.timers.now != told_time_) {
      told_time_ = out.timers.now;
      self_->send(timer_, std::move(out.timers));
    }
    for (auto& joined : out.answers) {
      promises_.front().deliver(joined);
      promises_.pop_front();
    }
    if (drained_ && self_->state.settled())
      std::exchange(drained_, {})->deliver(caf::ok_atom_v);
  }

  void drain(caf::typed_response_promise<caf::ok_atom> answer) {
    drained_ = std::move(answer);
    self_->state.drain();
    flush();
  }

  void tell_levels() {
    const auto load = self_->state.load();
    const auto set = [](metrics::gauge& to, std::uint64_t value) {
      to.Set(static_cast<double>(value));
    };
    set(levels_.traces, load.active_traces);
    set(levels_.parked, load.parked_traces);
    set(levels_.spans, load.active_spans);
    set(levels_.bytes, load.active_bytes);
    set(levels_.uncommitted, load.uncommitted);
    set(levels_.unacked, load.unacked_entries);
    set(mailbox_, mailbox_size(self_));
  }

  /// Asks and sends again what the store refused.
  void retry() {
    auto todo = std::exchange(refused_, {});
    for (auto& again : todo)
      again();
  }

private:
  void count(const correlator_outbox& out) {
    const auto add = [](metrics::counter& to, std::uint64_t n) {
      if (n > 0)
        to.Increment(static_cast<double>(n));
    };
    const auto dropped = [&](drop_reason reason) -> metrics::counter& {
      return *counters_->dropped[static_cast<std::size_t>(reason)];
    };
    add(counters_->joined, out.joined);
    add(counters_->duplicates, out.duplicates);
    add(dropped(drop_reason::trace_limit), out.over_limit);
    add(dropped(drop_reason::late_after_retention), out.late);
  }

  // The ingest path has no timeouts: a late answer must not be lost. The
  // reader's watchdog says when something is stuck (design 2).

  void look_up(std::uint64_t number, const base_lookup& lookup) {
    self_->request(store_, caf::infinite, lookup)
      .then(
        [this, number](const base_answer& answer) {
          self_->state.receive_bases(number, answer);
          flush();
        },
        [this, number, lookup](const caf::error& e) {
          later("look up", e, [=, this] { look_up(number, lookup); });
        });
  }

  void commit(std::uint64_t number, const trace_commit& batch) {
    self_->request(store_, caf::infinite, batch)
      .then(
        [this, number](const trace_committed& done) {
          self_->state.receive_committed(number, done.traces);
          flush();
        },
        [this, number, batch](const caf::error& e) {
          later("commit", e, [=, this] { commit(number, batch); });
        });
  }

  void save(std::uint64_t number, const trace_checkpoint& batch) {
    self_->request(store_, caf::infinite, batch)
      .then(
        [this, number](const trace_checkpointed&) {
          self_->state.receive_saved(number);
          flush();
        },
        [this, number, batch](const caf::error& e) {
          later("save", e, [=, this] { save(number, batch); });
        });
  }

  void load(const checkpoint_query& query) {
    self_->request(store_, caf::infinite, query)
      .then(
        [this](const checkpoint_page& page) {
          self_->state.receive_checkpoints(page);
          flush();
        },
        [this, query](const caf::error& e) {
          later("load", e, [=, this] { load(query); });
        });
  }

  void
  later(const char* what, const caf::error& e, std::function<void()> again) {
    spdlog::error("correlator: cannot {}, will try again: {}", what,
                  reason_of(e, self_->system()));
    refused_.push_back(std::move(again));
    self_->delayed_send(self_, retry_pause, retry_atom_v);
  }

  self_pointer self_;
  trace_store_actor store_;
  acknowledger_actor acknowledger_;
  metrics* counters_;
  metrics::correlator_gauges levels_;
  metrics::gauge& mailbox_;
  completion_timer_actor timer_;
  std::deque<promise> promises_;
  std::optional<caf::typed_response_promise<caf::ok_atom>> drained_;
  std::optional<stream_ms> told_time_;
  std::vector<std::function<void()>> refused_;
};

} // namespace

correlator_actor::behavior_type
correlator(self_pointer self, const correlator_options& options,
           const trace_store_actor& store,
           const acknowledger_actor& acknowledger, metrics* counters) {
  self->state.configure(options);
  auto out = std::make_shared<sender>(self, store, acknowledger, counters,
                                      options.index);
  out->flush();
  const auto period
    = options.checkpoint / correlator_state::ticks_to_checkpoint;
  self->delayed_send(self, period, caf::tick_atom_v);
  return {
    [self, out](const span_batch& batch) -> caf::result<batch_joined> {
      auto answer = self->make_response_promise<batch_joined>();
      out->add(answer);
      self->state.receive(batch);
      out->flush();
      return answer;
    },
    [self, out](const stream_clock& clock) {
      self->state.set_now(clock.now);
      out->flush();
    },
    [self, out](const traces_due& due) {
      self->state.look_again(due, wall_now());
      out->flush();
    },
    [out](retry_atom) { out->retry(); },
    [self, out, period](caf::tick_atom) {
      self->delayed_send(self, period, caf::tick_atom_v);
      self->state.tick();
      out->flush();
      out->tell_levels();
    },
    [self, out](drain_atom) -> caf::result<caf::ok_atom> {
      auto answer = self->make_response_promise<caf::ok_atom>();
      out->drain(answer);
      return answer;
    },
    [self](const active_lookup& lookup) {
      return self->state.find(lookup.trace_id);
    },
    [self](const active_query& query) { return self->state.search(query); },
    [self](load_atom) { return self->state.load(); },
  };
}

} // namespace meshtrace
