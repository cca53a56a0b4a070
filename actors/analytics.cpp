#include "actors/analytics.hpp"

#include "actors/log_limiter.hpp"
#include "actors/mailbox_size.hpp"
#include "actors/wall_clock.hpp"
#include "messages/reason.hpp"

#include <caf/event_based_actor.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace meshtrace {

namespace {

using self_pointer = analytics_actor::stateful_pointer<analytics_state>;
using time_point = caf::actor_clock::time_point;

/// What the keys of saved parts begin with.
constexpr std::string_view note_prefix = "statistics/";

/// Reads the log page by page. Owned by the handlers.
class reader {
public:
  reader(self_pointer self, trace_store_actor store, metrics* counters,
         const analytics_options& options)
    : self_(self), store_(std::move(store)), counters_(counters),
      options_(options), mailbox_(counters->mailbox("analytics", 0)) {
    self_->send(store_, follow_atom_v,
                caf::actor_cast<log_follower_actor>(self_));
    look();
  }

  /// Looks at the log's ends if that is due, and sees to it that it will be.
  void look() {
    if (now() < next_look_)
      return;
    next_look_ = now() + options_.period;
    mailbox_.Set(static_cast<double>(mailbox_size(self_)));
    if (const auto line = self_->state.summary.take(now()))
      say_summary(*line);
    self_->delayed_send(self_, options_.period, log_advanced{});
    self_->request(store_, options_.store_timeout, ends_atom_v)
      .then(
        [this](const std::vector<std::uint64_t>& ends) {
          auto& cursors = self_->state.cursors;
          if (!cursors.started())
            return restore(ends);
          cursors.note_ends(ends);
          step();
          save();
        },
        [this](const caf::error& e) { say(e); });
  }

  /// Reads one page, unless one is asked for.
  void step() {
    if (asking_ || now() < resume_at_ || !self_->state.cursors.started())
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

  /// Goes on where the last process with this store was.
  void restore(const std::vector<std::uint64_t>& ends) {
    if (std::exchange(asking_, true))
      return;
    notes_find wanted;
    for (auto& name : self_->state.sums->part_names())
      wanted.keys.push_back(std::string{note_prefix} + name);
    self_->request(store_, options_.store_timeout, std::move(wanted))
      .then(
        [this, ends](const notes_found& found) {
          asking_ = false;
          auto& state = self_->state;
          if (auto done = state.restore(found.notes, ends.size()); !done)
            spdlog::error("analytics: {}; statistics begin anew with what the "
                          "log still has",
                          done.error().reason);
          state.cursors.note_ends(ends);
          step();
        },
        [this](const caf::error& e) {
          asking_ = false; // the next look at the ends tries again
          say(e);
        });
  }

  void save() {
    if (!options_.durable || !self_->state.changed || saving_
        || now() < next_save_)
      return;
    saving_ = true;
    next_save_ = now() + options_.save_every;
    self_
      ->request(store_, options_.store_timeout,
                notes_save{self_->state.save(save_all_)})
      .then(
        [this](caf::ok_atom) {
          saving_ = false;
          save_all_ = false;
        },
        [this](const caf::error& e) {
          saving_ = false;
          save_all_ = true;
          self_->state.changed = true;
          say(e);
        });
  }

  void receive(const log_read& asked, const log_page& page) {
    asking_ = false;
    const auto forgotten = self_->state.sums->forgotten();
    for (auto& line : self_->state.take_page(asked, page, wall_now(), now()))
      say_summary(line);
    if (page.lost > 0) {
      counters_->statistics_lost.Increment(static_cast<double>(page.lost));
      if (losses_.allows(now()))
        spdlog::warn("analytics: {} log entries of partition {} were dropped "
                     "before they were counted",
                     page.lost, page.partition);
    }
    if (self_->state.sums->forgotten() > forgotten && names_.allows(now()))
      spdlog::warn("analytics: too many names of agents and operations; {} "
                   "were forgotten so far",
                   self_->state.sums->forgotten());
    step();
  }

  static void say_summary(const std::string& line) {
    spdlog::info("statistics: {}", line);
  }

  void say(const caf::error& e) {
    if (failures_.allows(now()))
      spdlog::warn("analytics: the store does not answer, will ask again: {}",
                   reason_of(e, self_->system()));
  }

  self_pointer self_;
  trace_store_actor store_;
  metrics* counters_;
  analytics_options options_;
  metrics::gauge& mailbox_;
  /// A request for a page is under way.
  bool asking_ = false;
  bool saving_ = false;
  /// The last save failed: what it had is in no part that was saved.
  bool save_all_ = false;
  time_point resume_at_{};
  time_point next_look_{};
  time_point next_save_{};
  log_limiter losses_{3, std::chrono::minutes{1}};
  log_limiter names_{1, std::chrono::minutes{10}};
  log_limiter failures_{3, std::chrono::minutes{1}};
};

} // namespace

expected<void> analytics_state::restore(const std::vector<note>& saved,
                                        std::size_t partitions) {
  std::vector<statistics_part> parts;
  for (auto& [key, value] : saved)
    parts.push_back({key.substr(note_prefix.size()), value});
  const auto cursor = sums->load(parts);
  auto numbers = decode_cursors(cursor.value_or(""));
  const bool fits = numbers.empty() || numbers.size() == partitions;
  if (!cursor || !fits)
    sums = std::make_unique<statistics>();
  if (!fits || numbers.empty())
    numbers.assign(partitions, 0);
  cursors.start(std::move(numbers));
  if (!cursor)
    return tl::unexpected(cursor.error());
  if (!fits)
    return failure("saved statistics are of another number of partitions");
  return {};
}

std::vector<note> analytics_state::save(bool all) {
  changed = false;
  std::vector<note> result;
  for (auto& part : sums->save(cursors.encode(), all))
    result.push_back(
      {std::string{note_prefix} + part.name, std::move(part.bytes)});
  return result;
}

std::vector<std::string>
analytics_state::take_page(const log_read& asked, const log_page& page,
                           std::int64_t now,
                           statistics_summary::time_point clock) {
  std::vector<std::string> lines;
  auto end = asked.number + page.lost;
  for (auto& entry : page.entries) {
    const auto* added = entry.added.get();
    const auto* replaced = entry.replaced.get();
    sums->apply(added, replaced, now);
    summary.apply(entry.trace_id, entry.revision, added, replaced, clock);
    if (auto line = summary.take(clock))
      lines.push_back(std::move(*line));
    end = entry.number;
  }
  cursors.advance(asked.partition, end);
  changed = changed || end > asked.number;
  if (page.entries.size() >= asked.limit)
    cursors.look_again(asked.partition);
  return lines;
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
      return self->state.sums->report(query.window, query.now);
    },
  };
}

} // namespace meshtrace
