#include "actors/analytics.hpp"

#include "actors/log_limiter.hpp"
#include "actors/mailbox_size.hpp"
#include "actors/wall_clock.hpp"
#include "messages/reason.hpp"
#include "metrics/span_metrics.hpp"

#include <caf/event_based_actor.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace meshtrace {

namespace {

using self_pointer = analytics_actor::stateful_pointer<analytics_state>;
using time_point = caf::actor_clock::time_point;

/// What the keys of saved parts begin with.
constexpr std::string_view note_prefix = "statistics/";
constexpr std::string_view calls_prefix = "analytics/";

void append_notes(std::vector<note>& to, std::string_view prefix,
                  std::vector<statistics_part> parts) {
  for (auto& part : parts)
    to.push_back({std::string{prefix} + part.name, std::move(part.bytes)});
}

/// Has all notes of `keys` removed that `to` does not write.
void remove_others(std::vector<note>& to, std::vector<std::string> keys) {
  std::set<std::string> written;
  for (auto& x : to)
    written.insert(x.key);
  for (auto& key : keys)
    if (written.count(key) == 0)
      to.push_back({std::move(key), {}});
}

/// Those of `saved` whose keys begin with `prefix`.
std::vector<statistics_part>
parts_in(const std::vector<note>& saved, std::string_view prefix) {
  std::vector<statistics_part> result;
  for (auto& [key, value] : saved)
    if (key.rfind(prefix, 0) == 0)
      result.push_back({key.substr(prefix.size()), value});
  return result;
}

/// Reads the log page by page. Owned by the handlers.
class reader {
public:
  reader(self_pointer self, trace_store_actor store, metrics* counters,
         const analytics_options& options)
    : self_(self), store_(std::move(store)), counters_(counters),
      options_(options), mailbox_(counters->mailbox("analytics", 0)),
      spans_(*counters) {
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
    wanted.keys = self_->state.saved_keys();
    self_->request(store_, options_.store_timeout, std::move(wanted))
      .then(
        [this, ends](const notes_found& found) {
          asking_ = false;
          auto& state = self_->state;
          if (auto done = state.restore(found.notes, ends.size()); !done)
            spdlog::error("analytics: {}", done.error().reason);
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
    notes_save parts{self_->state.save(save_all_)};
    next_save_ = now() + options_.save_every * (1 + mebibytes_of(parts.notes));
    self_->request(store_, options_.store_timeout, std::move(parts))
      .then(
        [this](caf::ok_atom) {
          saving_ = false;
          save_all_ = false;
          self_->state.stale = false;
        },
        [this](const caf::error& e) {
          saving_ = false;
          save_all_ = true;
          self_->state.changed = true;
          say(e);
        });
  }

  static std::int64_t mebibytes_of(const std::vector<note>& notes) {
    std::size_t bytes = 0;
    for (auto& x : notes)
      bytes += x.value.size();
    return static_cast<std::int64_t>(bytes >> 20);
  }

  void receive(const log_read& asked, const log_page& page) {
    asking_ = false;
    const auto before = self_->state.forgotten();
    for (auto& entry : page.entries)
      spans_.apply(entry.added.get(), entry.replaced.get());
    for (auto& line : self_->state.take_page(asked, page, wall_now(), now()))
      say_summary(line);
    if (page.lost > 0) {
      counters_->statistics_lost.Increment(static_cast<double>(page.lost));
      if (losses_.allows(now()))
        spdlog::warn("analytics: {} log entries of partition {} were dropped "
                     "before they were counted",
                     page.lost, page.partition);
    }
    const auto forgotten = self_->state.forgotten();
    counters_->statistics_forgotten.Increment(
      static_cast<double>(forgotten - before));
    if (forgotten > before && names_.allows(now()))
      spdlog::warn("analytics: too many names of agents, operations or models; "
                   "{} were forgotten so far",
                   forgotten);
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
  span_metrics spans_;
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

std::vector<std::string> analytics_state::saved_keys() const {
  std::vector<std::string> result;
  for (auto& part : sums->part_names())
    result.push_back(std::string{note_prefix} + part);
  for (auto& part : calls->part_names())
    result.push_back(std::string{calls_prefix} + part);
  return result;
}

expected<void> analytics_state::restore(const std::vector<note>& saved,
                                        std::size_t partitions) {
  const auto cursor = sums->load(parts_in(saved, note_prefix));
  auto numbers = decode_cursors(cursor.value_or(""));
  const bool fits = numbers.empty() || numbers.size() == partitions;
  if (!cursor || !fits)
    sums = std::make_unique<statistics>();
  if (!fits || numbers.empty())
    numbers.assign(partitions, 0);
  const auto of_calls = calls->load(parts_in(saved, calls_prefix));
  const bool together = of_calls && fits && *of_calls == cursor.value_or("");
  if (!together)
    calls = std::make_unique<analytics_sums>();
  cursors.start(std::move(numbers));
  stale = !cursor || !together;
  constexpr auto anew
    = "; statistics and analytics begin anew with what the log still has";
  if (!cursor)
    return failure(cursor.error().reason + anew);
  if (!fits)
    return failure(std::string{"saved statistics are of another number of "
                               "partitions"}
                   + anew);
  if (!together)
    return failure((of_calls ? std::string{"a meshtrace without analytics ran "
                                           "here"}
                             : of_calls.error().reason)
                   + "; analytics begin anew with what comes from now on");
  return {};
}

std::vector<note> analytics_state::save(bool all) {
  changed = false;
  const auto cursor = cursors.encode();
  std::vector<note> result;
  append_notes(result, note_prefix, sums->save(cursor, all));
  append_notes(result, calls_prefix, calls->save(cursor, all));
  if (stale)
    remove_others(result, saved_keys());
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
    calls->apply(added, replaced, now);
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
    [self](const analytics_query& query) {
      return self->state.calls->report(query);
    },
  };
}

} // namespace meshtrace
