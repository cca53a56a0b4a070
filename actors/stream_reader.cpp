#include "actors/stream_reader.hpp"

#include "messages/reason.hpp"
#include "trace/text.hpp"

#include <caf/event_based_actor.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <type_traits>
#include <utility>

namespace meshtrace {

bool stream_reader_state::is_stuck(time_point now,
                                   std::chrono::milliseconds limit) const {
  return !unanswered.empty() && now - unanswered.front() > limit;
}

std::string
stream_reader_state::phase(time_point now, std::size_t window) const {
  if (drained)
    return "stopped";
  if (!may_read(now))
    return "standby";
  if (!session->is_connected())
    return "connecting";
  if (is_full(window))
    return "parked";
  return session->is_replaying() ? "replaying" : "reading";
}

namespace {

using self_pointer = stream_reader_actor::stateful_pointer<stream_reader_state>;

/// How often a reader that may not read looks again.
constexpr std::chrono::milliseconds standby_pause{100};
/// How often a reader with a full window looks at its clock and watchdog.
constexpr std::chrono::milliseconds parked_pause{250};
/// So long after its window filled up, stream time is the clock of Redis.
constexpr std::chrono::seconds parked_grace{1};
/// How often positions are saved, and how long the store may take to answer.
constexpr std::chrono::seconds save_period{1};
constexpr std::chrono::seconds store_timeout{5};
/// How often the status board hears of us, and how often of new events.
constexpr std::chrono::seconds status_period{1};
constexpr std::chrono::milliseconds news_period{100};

/// What the handlers share.
class reader {
public:
  reader(self_pointer self, const stream_reader_options& options,
         shard_router_actor router, dead_letter_actor dead,
         acknowledger_actor acknowledger, trace_store_actor store,
         status_board_actor board, metrics* counters)
    : self_(self), options_(options), router_(std::move(router)),
      dead_(std::move(dead)), acknowledger_(std::move(acknowledger)),
      store_(std::move(store)), board_(std::move(board)), counters_(counters) {
    std::vector<std::string> names;
    for (auto& [name, index] : options.session.streams)
      names.push_back(name);
    self->state.notes = position_notes{options.session.group, names};
  }

  void tick() {
    auto& state = self_->state;
    if (state.drained)
      return;
    const auto now = self_->clock().now();
    tell(now);
    const bool may_read = state.may_read(now);
    if (may_read && state.restored && state.must_wait(options_.window)) {
      park(now);
      return;
    }
    state.parked_since.reset();
    if (!may_read)
      again(standby_pause);
    else if (!state.restored)
      restore();
    else
      step();
  }

  /// A parked reader looks at its clock and watchdog.
  void look_again() {
    if (self_->state.parked_since)
      tick();
  }

  void answered() {
    auto& state = self_->state;
    state.unanswered.pop_front();
    if (state.parked_since && !state.must_wait(options_.window)) {
      state.parked_since.reset();
      self_->send(self_, caf::tick_atom_v);
    }
    finish_drain();
  }

  void drain(caf::typed_response_promise<caf::ok_atom> answer) {
    auto& state = self_->state;
    state.drained = answer;
    tell(self_->clock().now());
    save();
    finish_drain();
  }

private:
  void finish_drain() {
    auto& state = self_->state;
    if (state.drained && state.is_idle())
      state.drained->deliver(caf::ok_atom_v);
  }

  // -- positions --------------------------------------------------------------

  /// Asks the store where an earlier process was: a group that is lost by now
  /// goes on from there.
  void restore() {
    auto& state = self_->state;
    self_->request(store_, store_timeout, notes_find{state.notes.keys()})
      .then(
        [this](const notes_found& found) {
          auto& now = self_->state;
          for (auto& [stream, position] : now.notes.read(found.notes)) {
            if (position)
              now.session->restore(stream, *position);
            else
              spdlog::warn("stream-reader: stream {}: {}; it is as if there "
                           "were none",
                           stream, position.error().reason);
          }
          now.restored = true;
          now.pause.reset();
          self_->send(self_, caf::tick_atom_v);
        },
        [this](const caf::error& e) {
          fail("the store does not say where to go on: "
               + reason_of(e, self_->system()));
        });
  }

  void save() {
    auto& state = self_->state;
    auto notes = state.notes.changed(state.session->positions());
    if (state.saving || notes.empty())
      return;
    state.saving = true;
    state.saved_at = self_->clock().now();
    self_->request(store_, store_timeout, notes_save{notes})
      .then(
        [this, notes](caf::ok_atom) {
          self_->state.notes.saved(notes);
          self_->state.saving = false;
          finish_drain();
        },
        [this](const caf::error& e) {
          auto& now = self_->state;
          now.saving = false;
          if (now.save_failures.allows(self_->clock().now()))
            spdlog::error("stream-reader: positions are not kept, will try "
                          "again: {}",
                          reason_of(e, self_->system()));
          finish_drain();
        });
  }

  // -- reading ----------------------------------------------------------------

  void again(std::chrono::milliseconds pause) {
    self_->delayed_send(self_, pause, caf::tick_atom_v);
  }

  void park(stream_reader_state::time_point now) {
    auto& state = self_->state;
    if (!state.parked_since)
      state.parked_since = now;
    // A full window must not stop the clock: what fills it may be waiting to
    // be called complete.
    if (now - *state.parked_since > parked_grace)
      self_->send(router_,
                  stream_clock{options_.index, state.session->redis_now()});
    self_->delayed_send(self_, parked_pause, retry_atom_v);
  }

  void step() {
    auto& state = self_->state;
    auto result = state.session->step();
    if (!result) {
      fail(result.error().reason);
      return;
    }
    state.last_error.clear();
    state.pause.reset();
    if (result->connected && std::exchange(connected_before_, true))
      counters_->reconnects.Increment();
    for (auto& news : result->renewed)
      renew(news);
    for (auto& news : result->trimmed)
      count_trimmed(news);
    hand_on(*result);
    const auto now = self_->clock().now();
    if (now - state.saved_at >= save_period)
      save();
    tell(now);
    if (state.must_wait(options_.window))
      park(now);
    else
      self_->send(self_, caf::tick_atom_v);
  }

  void renew(const renewed_group& what) {
    counters_->groups_renewed.Increment();
    spdlog::warn("stream-reader: stream {} or its group {} was lost; what came "
                 "after {} is read (again)",
                 what.name, options_.session.group, to_text(what.after));
    ++self_->state.renewals;
    deliver(acknowledger_, stream_renewed{what.news});
  }

  void count_trimmed(const trimmed_entries& what) {
    counters_->trimmed_unread.Increment(static_cast<double>(what.count));
    if (self_->state.trimmed.allows(self_->clock().now()))
      spdlog::warn("stream-reader: {} entries of stream {} were trimmed before "
                   "they were read",
                   what.count, what.stream);
  }

  /// One line at the first failure and one a minute (design 2.1).
  void fail(const std::string& reason) {
    auto& state = self_->state;
    state.last_error = reason;
    const auto now = self_->clock().now();
    if (state.failures.allows(now))
      spdlog::error("stream-reader: {}; will try again", escaped(reason));
    tell(now);
    again(state.pause.next());
  }

  void hand_on(session_step& step) {
    auto& state = self_->state;
    const auto raise = [](metrics::counter& to, std::uint64_t by) {
      if (by > 0)
        to.Increment(static_cast<double>(by));
    };
    state.events_read += step.delivered;
    raise(counters_->deliveries, step.delivered);
    raise(counters_->bad_fields, step.mended.bad_fields);
    raise(counters_->bad_parents, step.mended.bad_parents);
    raise(counters_->cut_values, step.mended.cut_values);
    raise(counters_->cut_attributes, step.mended.cut_attributes);
    if (!step.gone.empty()) {
      raise(*counters_->dropped[static_cast<std::size_t>(drop_reason::trimmed)],
            step.gone.size());
      self_->send(acknowledger_, entries_durable{std::move(step.gone)});
    }
    if (!step.dead.empty())
      deliver(dead_, std::move(step.dead));
    if (step.batch)
      deliver(router_, std::move(step.batch));
    // After the events that came before it.
    const auto now = state.session->now();
    if (now != told_time_)
      self_->send(router_, stream_clock{options_.index, now});
    told_time_ = now;
  }

  template <class Handle, class T>
  void deliver(const Handle& to, T&& what) {
    self_->state.unanswered.push_back(self_->clock().now());
    // No timeout: CAF would discard the late answer. The watchdog says when
    // one is late, and the pipeline ends the process when a part is lost.
    auto refused = [this](const caf::error& e) {
      spdlog::critical("stream-reader: a batch was not joined: {}",
                       reason_of(e, self_->system()));
      self_->quit(e);
    };
    auto asked = self_->request(to, caf::infinite, std::forward<T>(what));
    if constexpr (std::is_same_v<Handle, acknowledger_actor>)
      asked.then([this](caf::ok_atom) { known_renewal(); }, refused);
    else
      asked.then([this](const batch_joined&) { answered(); }, refused);
  }

  void known_renewal() {
    --self_->state.renewals;
    answered();
  }

  /// Tells the status board what changed, at least once a second.
  void tell(stream_reader_state::time_point now) {
    auto& state = self_->state;
    const auto phase = state.phase(now, options_.window);
    const bool stuck = state.is_stuck(now, options_.watchdog);
    if (stuck && !state.told_stuck) {
      counters_->watchdog.Increment();
      spdlog::error("stream-reader: a batch waits for its answer for more than "
                    "{} ms: the store, a correlator or dead-letter is stuck",
                    options_.watchdog.count());
    }
    const auto since = now - state.told_at;
    const bool news = state.events_read != state.told_events;
    if (phase == state.told_phase && stuck == state.told_stuck
        && since < status_period && !(news && since >= news_period))
      return;
    if (phase != state.told_phase && phase != "parked"
        && state.told_phase != "parked")
      spdlog::info("stream-reader: {}", phase);
    state.told_phase = phase;
    state.told_stuck = stuck;
    state.told_events = state.events_read;
    state.told_at = now;
    self_->send(
      board_,
      reader_status{options_.index, phase, state.last_error, state.events_read,
                    static_cast<std::uint32_t>(state.unanswered.size()), stuck,
                    state.session->progress()});
  }

  self_pointer self_;
  stream_reader_options options_;
  shard_router_actor router_;
  dead_letter_actor dead_;
  acknowledger_actor acknowledger_;
  trace_store_actor store_;
  status_board_actor board_;
  metrics* counters_;
  bool connected_before_ = false;
  std::optional<stream_ms> told_time_;
};

} // namespace

stream_reader_actor::behavior_type
stream_reader(self_pointer self, const stream_reader_options& options,
              const shard_router_actor& router, const dead_letter_actor& dead,
              const acknowledger_actor& acknowledger,
              const trace_store_actor& store, const status_board_actor& board,
              metrics* counters) {
  self->state.session = std::make_unique<stream_session>(options.session);
  auto work = std::make_shared<reader>(self, options, router, dead,
                                       acknowledger, store, board, counters);
  self->send(acknowledger, follow_atom_v,
             caf::actor_cast<stream_reader_actor>(self));
  self->send(self, caf::tick_atom_v);
  return {
    [self](const lease_news& news) { self->state.lease = news; },
    [self](const pending_report& report) {
      self->state.session->note_pending(report, self->clock().now());
    },
    [self](const replay_pending& order) {
      self->state.session->replay(order.stream);
    },
    [self](const entries_acknowledged& news) {
      self->state.session->note_acknowledged(news);
    },
    [self, work](drain_atom) -> caf::result<caf::ok_atom> {
      auto answer = self->make_response_promise<caf::ok_atom>();
      work->drain(answer);
      return answer;
    },
    [work](caf::tick_atom) { work->tick(); },
    [work](retry_atom) { work->look_again(); },
  };
}

} // namespace meshtrace
