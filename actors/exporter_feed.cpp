#include "actors/exporter_feed.hpp"

#include "actors/backoff.hpp"
#include "actors/log_limiter.hpp"
#include "actors/mailbox_size.hpp"
#include "actors/wall_clock.hpp"
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
                  x.lag_traces, x.last_error);
}

/// Asks, exports and tells as the state says. Owned by the handlers.
class runner {
public:
  runner(self_pointer self, std::shared_ptr<exporter> target,
         trace_store_actor store, status_board_actor board, metrics* counters,
         const exporter_feed_options& options)
    : self_(self), target_(std::move(target)), store_(std::move(store)),
      board_(std::move(board)),
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
    if (!asking_ && self_->state.cursors.started() && now() >= resume_at_) {
      if (const auto batch = self_->state.batch(); !batch.empty())
        export_once(batch);
      else if (const auto next = self_->state.cursors.take(options_.page))
        read(*next);
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
    self_->request(store_, options_.store_timeout, ends_atom_v)
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

  std::string note_key() const {
    return "cursor/" + std::string{target_->name()};
  }

  /// Goes on where the last process with this store was.
  void restore(const std::vector<std::uint64_t>& ends) {
    if (!options_.durable)
      return start(ends);
    if (std::exchange(restoring_, true))
      return;
    self_->request(store_, options_.store_timeout, notes_find{{note_key()}})
      .then(
        [this, ends](const notes_found& found) {
          restoring_ = false;
          start(from_note(found.notes.front().value, ends));
        },
        [this](const caf::error& e) {
          restoring_ = false; // the next look at the ends tries again
          note_store_error(e, ends_failing_);
          tell();
        });
  }

  std::vector<std::uint64_t>
  from_note(const std::string& text, const std::vector<std::uint64_t>& ends) {
    if (text.empty())
      return ends;
    const auto saved = exporter_feed_state::read_note(text);
    const auto oldest
      = wall_now() - std::chrono::nanoseconds{options_.cursor_life}.count();
    if (saved && saved->cursors.size() == ends.size() && saved->time >= oldest)
      return saved->cursors;
    spdlog::warn("exporter {}: what it had exported is not known any more; it "
                 "begins with what comes next",
                 target_->name());
    return ends;
  }

  void start(std::vector<std::uint64_t> numbers) {
    self_->state.cursors.start(std::move(numbers));
    save(); // a crash before the first export must not begin elsewhere
    ask_ends();
  }

  /// Saves how far the exporter has come, unless that is known.
  void save() {
    auto& state = self_->state;
    if (!options_.durable || saving_ || !state.cursors.started())
      return;
    const auto cursors = state.cursors.encode();
    if (cursors == saved_ && now() < save_again_)
      return;
    saving_ = true;
    save_again_ = now() + std::chrono::hours{1};
    self_
      ->request(store_, options_.store_timeout,
                notes_save{{{note_key(), state.write_note(wall_now())}}})
      .then(
        [this, cursors](caf::ok_atom) {
          saving_ = false;
          saved_ = cursors;
          step();
        },
        [this](const caf::error& e) {
          saving_ = false; // the next tick tries again
          save_again_ = now();
          note_store_error(e, ends_failing_);
          tell();
        });
  }

  void read(const log_read& wanted) {
    asking_ = true;
    self_->request(store_, options_.store_timeout, wanted)
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
    self_->request(store_, options_.store_timeout, traces_find{std::move(ids)})
      .then([this](const traces_found& found) { receive(found); },
            [this](const caf::error& e) {
              asking_ = false;
              self_->state.drop_page();
              store_failed(e);
            });
  }

  void receive(const traces_found& found) {
    asking_ = false;
    works_again(pages_failing_);
    self_->state.take_traces(found, target_->whole_traces());
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

  void export_once(std::span<const exported_trace> batch) {
    const auto result = target_->export_batch(batch);
    self_->state.settle(result);
    count();
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
  }

  /// Tells the board what has changed.
  void tell() {
    auto& status = self_->state.status;
    status.lag_traces = self_->state.cursors.lag();
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
    const bool done = exported && !saving_;
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
  metrics::exporter_counters counters_;
  exporter_feed_options options_;
  metrics::gauge& mailbox_;
  backoff pauses_;
  /// A request to the store for the next page is under way.
  bool asking_ = false;
  bool restoring_ = false;
  bool saving_ = false;
  /// The cursors that are known to be saved, and when to say them again.
  std::string saved_;
  time_point save_again_{};
  bool ends_failing_ = false;
  bool pages_failing_ = false;
  time_point resume_at_{};
  time_point next_look_{};
  exporter_status told_;
  log_limiter waits_{3, std::chrono::minutes{1}};
  log_limiter rejections_{10, std::chrono::minutes{1}};
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
