#include "actors/analytics.hpp"

#include "actors/log_limiter.hpp"
#include "actors/wall_clock.hpp"

#include <caf/event_based_actor.hpp>
#include <spdlog/spdlog.h>

#include <memory>
#include <utility>
#include <vector>

namespace meshtrace {

namespace {

using self_pointer = analytics_actor::stateful_pointer<analytics_state>;
using time_point = caf::actor_clock::time_point;

/// Reads the log page by page. Owned by the handlers.
class reader {
public:
  reader(self_pointer self, trace_store_actor store, metrics* counters,
         const analytics_options& options)
    : self_(self), store_(std::move(store)), counters_(counters),
      options_(options) {
    self_->send(store_, follow_atom_v,
                caf::actor_cast<log_follower_actor>(self_));
    look();
  }

  /// Looks at the log's ends if that is due, and sees to it that it will be.
  void look() {
    if (now() < next_look_)
      return;
    next_look_ = now() + options_.period;
    self_->delayed_send(self_, options_.period, log_advanced{});
    self_->request(store_, options_.store_timeout, ends_atom_v)
      .then(
        [this](const std::vector<std::uint64_t>& ends) {
          auto& cursors = self_->state.cursors;
          if (!cursors.started())
            cursors.start(std::vector<std::uint64_t>(ends.size(), 0));
          cursors.note_ends(ends);
          step();
        },
        [this](const caf::error& e) { say(e); });
  }

  /// Reads one page, unless one is asked for.
  void step() {
    if (asking_ || now() < resume_at_)
      return;
    const auto next = self_->state.cursors.take(options_.page);
    if (!next)
      return;
    asking_ = true;
    self_->request(store_, options_.store_timeout, *next)
      .then(
        [this, asked = *next](const log_page& page) { receive(asked, page); },
        [this](const caf::error& e) {
          asking_ = false; // the next look at the ends finds it again
          resume_at_ = now() + options_.period;
          say(e);
        });
  }

private:
  time_point now() const {
    return self_->clock().now();
  }

  void receive(const log_read& asked, const log_page& page) {
    asking_ = false;
    const auto forgotten = self_->state.sums.forgotten();
    self_->state.take_page(asked, page, wall_now());
    if (page.lost > 0) {
      counters_->statistics_lost.Increment(static_cast<double>(page.lost));
      if (losses_.allows(now()))
        spdlog::warn("analytics: {} log entries of partition {} were dropped "
                     "before they were counted",
                     page.lost, page.partition);
    }
    if (self_->state.sums.forgotten() > forgotten && names_.allows(now()))
      spdlog::warn("analytics: too many names of agents and operations; {} "
                   "were forgotten so far",
                   self_->state.sums.forgotten());
    step();
  }

  void say(const caf::error& e) {
    if (failures_.allows(now()))
      spdlog::warn("analytics: the store does not answer, will ask again: {}",
                   self_->system().render(e));
  }

  self_pointer self_;
  trace_store_actor store_;
  metrics* counters_;
  analytics_options options_;
  /// A request for a page is under way.
  bool asking_ = false;
  time_point resume_at_{};
  time_point next_look_{};
  log_limiter losses_{3, std::chrono::minutes{1}};
  log_limiter names_{1, std::chrono::minutes{10}};
  log_limiter failures_{3, std::chrono::minutes{1}};
};

} // namespace

void analytics_state::take_page(const log_read& asked, const log_page& page,
                                std::int64_t now) {
  auto end = asked.number + page.lost;
  for (auto& entry : page.entries) {
    sums.apply(entry.added.get(), entry.replaced.get(), now);
    end = entry.number;
  }
  cursors.advance(asked.partition, end);
  if (page.entries.size() >= asked.limit)
    cursors.look_again(asked.partition);
}

analytics_actor::behavior_type
analytics(self_pointer self, const trace_store_actor& store, metrics* counters,
          const analytics_options& options) {
  auto log = std::make_shared<reader>(self, store, counters, options);
  return {
    [self, log](const log_advanced& news) {
      self->state.cursors.note(news);
      log->look();
      log->step();
    },
    [self](const statistics_query& query) {
      return self->state.sums.report(query.window, query.now);
    },
  };
}

} // namespace meshtrace
