#include "actors/exporter_feed.hpp"

#include "actors/backoff.hpp"
#include "actors/log_limiter.hpp"
#include "actors/mailbox_size.hpp"
#include "messages/reason.hpp"

#include <caf/event_based_actor.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace meshtrace {

namespace {

using self_pointer = exporter_feed_actor::stateful_pointer<exporter_feed_state>;
using promise = caf::typed_response_promise<caf::ok_atom>;
using time_point = caf::actor_clock::time_point;

auto tied(const exporter_status& x) {
  return std::tie(x.name, x.exported_traces, x.failed, x.retried, x.rejected,
                  x.rejected_spans, x.held_back, x.lag_traces, x.last_error);
}

/// Asks, exports and tells as the state says. Owned by the handlers.
class runner {
public:
  runner(self_pointer self, std::shared_ptr<exporter> target,
         trace_store_actor store, status_board_actor board, metrics* counters,
         const exporter_feed_options& options)
    : self_(self), target_(std::move(target)), store_(std::move(store)),
      board_(std::move(board)),
      cursor_(self_, store_, std::string{target_->name()}, options.cursor),
      counters_(counters->exporter(std::string{target_->name()})),
      options_(options), mailbox_(counters->mailbox(
                           "exporter-feed " + std::string{target_->name()}, 0)),
      pauses_(options.first_pause, options.longest_pause) {
    self_->state.status.name = target_->name();
    self_->send(store_, follow_atom_v,
                caf::actor_cast<log_follower_actor>(self_));
  }

  /// Does what is due.
  void tick() {
    if (now() >= next_look_) {
      next_look_ = now() + options_.period;
      mailbox_.Set(static_cast<double>(mailbox_size(self_)));
      self_->delayed_send(self_, options_.period, caf::tick_atom_v);
      ask_ends();
      save();
    }
    step();
  }

  /// Reads or exports once, unless it has to wait for something.
  void step() {
    auto& state = self_->state;
    if (!asking_ && state.cursors.started() && now() >= resume_at_) {
      std::optional<log_read> next;
      if (const auto room = room_in_hand(); room > 0)
        next = state.cursors.take(room);
      if (next)
        read(*next);
      else if (state.in_hand() > 0 && is_time_to_export())
        export_once();
    }
    answer_drains();
  }

  void drain(promise answer) {
    drains_.push_back(std::move(answer));
    drain_until_ = now() + options_.drain_limit;
    ends_known_ = false;
    resume_at_ = now();
    self_->delayed_send(self_, options_.drain_limit, caf::tick_atom_v);
    ask_ends();
    step();
  }

private:
  time_point now() const {
    return self_->clock().now();
  }

  void ask_ends() {
    const bool for_drain = !drains_.empty();
    self_->request(store_, options_.cursor.timeout, ends_atom_v)
      .then(
        [this, for_drain](const std::vector<std::uint64_t>& ends) {
          works_again(ends_failing_);
          auto& cursors = self_->state.cursors;
          if (!cursors.started())
            return restore(ends);
          cursors.note_ends(ends);
          ends_known_ = ends_known_ || for_drain;
          tell();
          step();
        },
        [this](const caf::error& e) {
          note_store_error(e, ends_failing_);
          tell();
        });
  }

  /// Goes on where the last process with this store was.
  void restore(const std::vector<std::uint64_t>& ends) {
    cursor_.restore(
      ends,
      [this] {
        save(); // a crash before the first export must not begin elsewhere
        ask_ends();
      },
      [this](const caf::error& e) { // the next look at the ends tries again
        note_store_error(e, ends_failing_);
        tell();
      });
  }

  void save() {
    cursor_.save([this] { step(); },
                 [this](const caf::error& e) {
                   note_store_error(e, ends_failing_);
                   tell();
                 });
  }

  /// Entries that may be read into the hand.
  std::uint32_t room_in_hand() const {
    const auto& state = self_->state;
    if (state.tried() || state.bytes_in_hand() >= options_.most_bytes_in_hand)
      return 0;
    const auto left
      = options_.most_in_hand
        - std::min<std::size_t>(options_.most_in_hand, state.in_hand());
    return static_cast<std::uint32_t>(
      std::min<std::size_t>(left, options_.page));
  }

  /// What is in hand has waited for more, or there is no room for more.
  bool is_time_to_export() const {
    return !drains_.empty() || self_->state.tried() || room_in_hand() == 0
           || now() >= export_at_;
  }

  void read(const log_read& wanted) {
    asking_ = true;
    self_->request(store_, options_.cursor.timeout, wanted)
      .then([this, wanted](const log_page& page) { fetch(wanted, page); },
            [this, wanted](const caf::error& e) {
              asking_ = false;
              self_->state.cursors.look_again(wanted.partition);
              store_failed(e);
            });
  }

  void fetch(const log_read& wanted, const log_page& page) {
    auto ids = self_->state.take_page(wanted, page);
    if (ids.empty()) {
      receive({});
      return;
    }
    self_
      ->request(store_, options_.cursor.timeout,
                traces_find{std::move(ids), bytes_to_ask_for()})
      .then([this](const traces_found& found) { receive(found); },
            [this](const caf::error& e) {
              asking_ = false;
              self_->state.drop_page();
              store_failed(e);
            });
  }

  std::size_t bytes_to_ask_for() const {
    return options_.most_bytes_in_hand
           - std::min(options_.most_bytes_in_hand,
                      self_->state.bytes_in_hand());
  }

  void receive(const traces_found& found) {
    asking_ = false;
    works_again(pages_failing_);
    auto& state = self_->state;
    const bool was_empty = state.in_hand() == 0;
    state.take_traces(found, target_->whole_traces());
    if (const auto delay = target_->batch_delay();
        was_empty && state.in_hand() > 0) {
      export_at_ = now() + delay;
      if (delay.count() > 0)
        self_->delayed_send(self_, delay, caf::tick_atom_v);
    }
    count();
    step();
  }

  void store_failed(const caf::error& e) {
    note_store_error(e, pages_failing_);
    wait(self_->state.status.last_error, {});
  }

  void note_store_error(const caf::error& e, bool& failing) {
    failing = true;
    self_->state.status.last_error
      = "the store does not answer: " + reason_of(e, self_->system());
  }

  void works_again(bool& failing) {
    if (std::exchange(failing, false))
      self_->state.status.last_error.clear();
  }

  void export_once() {
    auto& state = self_->state;
    if (now() >= next_look_)
      tell(); // nothing is said while the target blocks
    const auto result = target_->export_batch(state.batch());
    const auto missing = target_->take_left_out();
    state.settle(result);
    state.count(missing);
    count();
    if (!missing.reason.empty() && remarks_.allows(now()))
      spdlog::warn("exporter {}: the target took a request without {} of its "
                   "spans: {} ({} lines kept back)",
                   target_->name(), missing.spans, missing.reason,
                   remarks_.take_kept_back());
    if (auto* later = std::get_if<retry_after>(&result)) {
      wait(later->reason, std::min(later->pause, options_.longest_asked_pause));
      return;
    }
    if (auto* never = std::get_if<reject>(&result))
      say_rejected(*never);
    else
      pauses_.reset();
    self_->send(self_, caf::tick_atom_v); // others may speak in between
  }

  /// Leaves the target alone for a while.
  void wait(const std::string& reason, std::chrono::milliseconds asked) {
    const auto pause = std::max(asked, pauses_.next());
    resume_at_ = now() + pause;
    self_->delayed_send(self_, pause, caf::tick_atom_v);
    if (waits_.allows(now()))
      spdlog::warn("exporter {}: {}; trying again in {} ms", target_->name(),
                   reason, pause.count());
  }

  void say_rejected(const reject& what) {
    for (auto& id : what.trace_ids)
      if (rejections_.allows(now()))
        spdlog::error("exporter {}: trace {} was refused for good: {} "
                      "({} lines kept back)",
                      target_->name(), id, what.reason,
                      rejections_.take_kept_back());
  }

  /// Raises the metrics to what the state has counted.
  void count() {
    const auto raise = [](metrics::counter& to, std::uint64_t value) {
      if (const auto more = static_cast<double>(value) - to.Value(); more > 0)
        to.Increment(more);
    };
    const auto& status = self_->state.status;
    raise(counters_.exported, status.exported_traces);
    raise(counters_.failed, status.failed);
    raise(counters_.retried, status.retried);
    raise(counters_.rejected, status.rejected);
    raise(counters_.overtaken, self_->state.overtaken);
    raise(counters_.rejected_spans, status.rejected_spans);
    raise(counters_.held_back, status.held_back);
  }

  /// Tells the board what has changed.
  void tell() {
    auto& status = self_->state.status;
    status.lag_traces = self_->state.cursors.lag();
    counters_.lag.Set(static_cast<double>(status.lag_traces));
    if (tied(status) == tied(told_))
      return;
    told_ = status;
    self_->send(board_, status);
  }

  void answer_drains() {
    if (drains_.empty())
      return;
    const bool exported = ends_known_ && !asking_ && self_->state.idle();
    if (exported)
      save();
    const bool done = exported && !cursor_.saving();
    if (!done && now() < drain_until_)
      return;
    if (!exported)
      spdlog::warn("exporter {}: stops with {} traces not exported",
                   target_->name(), self_->state.cursors.lag());
    for (auto& answer : std::exchange(drains_, {}))
      answer.deliver(caf::ok_atom_v);
    tell();
  }

  self_pointer self_;
  std::shared_ptr<exporter> target_;
  trace_store_actor store_;
  status_board_actor board_;
  exporter_cursor cursor_;
  metrics::exporter_counters counters_;
  exporter_feed_options options_;
  metrics::gauge& mailbox_;
  backoff pauses_;
  /// A request to the store for the next page is under way.
  bool asking_ = false;
  /// What is in hand waits for more until then.
  time_point export_at_{};
  bool ends_failing_ = false;
  bool pages_failing_ = false;
  time_point resume_at_{};
  time_point next_look_{};
  exporter_status told_;
  log_limiter waits_{3, std::chrono::minutes{1}};
  log_limiter rejections_{10, std::chrono::minutes{1}};
  log_limiter remarks_{3, std::chrono::minutes{1}};
  std::vector<promise> drains_;
  time_point drain_until_{};
  /// The log's ends were looked at since the drain began.
  bool ends_known_ = false;
};

} // namespace

exporter_feed_actor::behavior_type
exporter_feed(self_pointer self, const std::shared_ptr<exporter>& target,
              const trace_store_actor& store, const status_board_actor& board,
              metrics* counters, const exporter_feed_options& options) {
  auto run
    = std::make_shared<runner>(self, target, store, board, counters, options);
  run->tick();
  return {
    [self, run](const log_advanced& news) {
      self->state.cursors.note(news);
      run->step();
    },
    [run](caf::tick_atom) { run->tick(); },
    [self, run](drain_atom) -> caf::result<caf::ok_atom> {
      auto answer = self->make_response_promise<caf::ok_atom>();
      run->drain(answer);
      return answer;
    },
  };
}

} // namespace meshtrace
