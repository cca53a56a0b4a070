#include "actors/stream_keeper.hpp"

#include "redis/lease_commands.hpp"
#include "redis/stream_commands.hpp"
#include "redis/stream_info.hpp"
#include "trace/ids.hpp"
#include "trace/text.hpp"

#include <caf/event_based_actor.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>
#include <random>
#include <utility>

namespace meshtrace {

std::string
make_lease_token(std::string_view consumer, std::string_view random) {
  return std::string{consumer} + ' ' + std::string{random};
}

std::string_view lease_consumer(std::string_view token) {
  return token.substr(0, token.rfind(' '));
}

namespace {

using self_pointer = stream_keeper_actor::stateful_pointer<stream_keeper_state>;

constexpr std::chrono::milliseconds tick_period{500};
constexpr std::chrono::seconds look_period{1};
/// Pages of a dead consumer's entries that are claimed before the lease is
/// looked at again.
constexpr std::size_t pages_per_tick = 10;
constexpr std::size_t page_size = 1000;

std::string random_text() {
  std::random_device device;
  return hex16((std::uint64_t{device()} << 32) | device());
}

class keeper {
public:
  keeper(self_pointer self, const stream_keeper_options& options,
         std::vector<stream_reader_actor> readers, status_board_actor board,
         metrics* counters)
    : self_(self), options_(options), readers_(std::move(readers)),
      board_(std::move(board)), counters_(counters),
      trimmer_(options.trim, options.streams, options.timeout, counters) {
    self->state.token = make_lease_token(options.consumer, random_text());
  }

  void tick() {
    auto& state = self_->state;
    if (stopped_)
      return;
    const auto done = work();
    state.status.connected = done.has_value();
    state.status.last_error = done ? "" : done.error().reason;
    state.status.lease_held
      = state.lease.held && self_->clock().now() < state.lease.until;
    if (!done && state.failures.allows(self_->clock().now()))
      spdlog::error("stream-keeper: {}; will try again",
                    escaped(done.error().reason));
    if (done)
      state.pause.reset();
    self_->send(board_, state.status);
    self_->delayed_send(self_, done ? tick_period : state.pause.next(),
                        caf::tick_atom_v);
  }

  void stop() {
    auto& state = self_->state;
    stopped_ = true;
    if (!state.lease.held || !state.connection || state.connection->broken())
      return;
    const auto released = redis::release_lease(*state.connection, lease_key(),
                                               state.token, options_.timeout);
    if (!released)
      spdlog::warn("stream-keeper: the lease could not be given back, it ends "
                   "by itself: {}",
                   escaped(released.error().reason));
  }

private:
  std::string lease_key() const {
    return options_.group + ":single";
  }

  expected<void> work() {
    auto& state = self_->state;
    if (!state.connection || state.connection->broken()) {
      auto opened = redis::connection::open(options_.redis, options_.timeout);
      if (!opened)
        return tl::unexpected(opened.error());
      state.connection = std::move(*opened);
    }
    if (auto ok = keep_lease(); !ok)
      return ok;
    const auto now = self_->clock().now();
    if (now - state.looked_at < look_period)
      return {};
    state.looked_at = now;
    return look();
  }

  // -- the lease --------------------------------------------------------------

  expected<void> keep_lease() {
    auto& state = self_->state;
    const auto now = self_->clock().now();
    if (state.lease.held && now - state.renewed_at < state.life / 3)
      return {};
    const bool was_held = state.lease.held && now < state.lease.until;
    auto standing
      = redis::acquire_lease(*state.connection, lease_key(), state.token,
                             state.life, options_.timeout);
    if (standing && !standing->ours && !state.held_before
        && lease_consumer(standing->holder) == options_.consumer)
      standing = redis::take_over_lease(*state.connection, lease_key(),
                                        standing->holder, state.token,
                                        state.life, options_.timeout);
    if (!standing)
      return tl::unexpected<error>(standing.error());
    if (!standing->ours) {
      stand_by(lease_consumer(standing->holder));
      return {};
    }
    // Counted from before the request: we never think it lives longer.
    state.lease = {true, now + state.life, options_.consumer};
    state.renewed_at = now;
    state.held_before = true;
    state.stands_by_for.reset();
    state.status.lease_holder = options_.consumer;
    if (auto alive = redis::mark_alive(
          *state.connection, options_.group + ":alive:" + options_.consumer,
          state.life, options_.timeout);
        !alive)
      return tl::unexpected<error>(alive.error());
    if (!was_held) {
      spdlog::info("stream-keeper: holds the lease of group {}",
                   options_.group);
      // What others left is ours before anything is read.
      if (auto ok = take_over_all(); !ok)
        return ok;
    }
    tell_readers();
    return {};
  }

  void stand_by(std::string_view holder) {
    auto& state = self_->state;
    if (state.stands_by_for != holder)
      spdlog::warn("stream-keeper: group {} is held by {}; standing by. Set "
                   "another TRACE_CONSUMER_GROUP to read beside it",
                   options_.group, escaped(holder));
    state.stands_by_for = holder;
    state.lease = {false, {}, std::string{holder}};
    state.status.lease_holder = holder;
    tell_readers();
  }

  void tell_readers() {
    for (auto& reader : readers_)
      self_->send(reader, self_->state.lease);
  }

  // -- what others left -------------------------------------------------------

  /// The lease stands for everybody's alive key: whoever else has pending
  /// entries in this group is dead.
  expected<void> take_over_all() {
    for (std::size_t i = 0; i < options_.streams.size(); ++i)
      if (auto ok = take_over(i); !ok)
        return ok;
    return {};
  }

  expected<void> take_over(std::size_t index) {
    auto& redis = *self_->state.connection;
    const auto& stream = options_.streams[index];
    const auto consumers
      = redis::info_consumers(redis, stream, options_.group, options_.timeout);
    if (!consumers)
      return no_group_yet(consumers.error());
    std::size_t pages = 0;
    std::uint64_t claimed = 0;
    for (auto& other : *consumers) {
      if (other.name == options_.consumer)
        continue;
      bool empty = other.pending == 0;
      while (!empty && pages++ < pages_per_tick) {
        const auto page = claim_page(stream, other.name);
        if (!page)
          return tl::unexpected(page.error());
        empty = *page < page_size;
        claimed += *page;
      }
      if (!empty)
        break; // the next tick goes on
      if (auto gone = redis::delete_consumer(redis, stream, options_.group,
                                             other.name, options_.timeout);
          !gone)
        return tl::unexpected<error>(gone.error());
      spdlog::info("stream-keeper: took over from consumer {} of {}",
                   escaped(other.name), stream);
    }
    if (claimed > 0)
      for (auto& reader : readers_)
        self_->send(reader, replay_pending{static_cast<std::uint16_t>(index)});
    return {};
  }

  /// Takes the next entries of `other`; returns how many it had.
  expected<std::size_t>
  claim_page(const std::string& stream, const std::string& other) {
    auto& redis = *self_->state.connection;
    const auto ids = redis::pending_of(redis, stream, options_.group, other, {},
                                       page_size, options_.timeout);
    if (!ids)
      return tl::unexpected<error>(ids.error());
    if (ids->empty())
      return std::size_t{0};
    const auto claimed = redis::claim(
      redis, stream, options_.group, options_.consumer, *ids, options_.timeout);
    if (!claimed)
      return tl::unexpected<error>(claimed.error());
    counters_->claimed.Increment(static_cast<double>(claimed->size()));
    // Redis forgets a pending entry whose body is gone when it is claimed.
    const auto trimmed = static_cast<double>(ids->size() - claimed->size());
    counters_->deliveries.Increment(trimmed);
    counters_->dropped[static_cast<std::size_t>(drop_reason::trimmed)]
      ->Increment(trimmed);
    return ids->size();
  }

  // -- figures ----------------------------------------------------------------

  /// A group that is not there has no figures; the reader makes it.
  expected<void> no_group_yet(const redis::command_failure& failure) {
    if (failure.kind == redis::command_error::no_group
        || failure.kind == redis::command_error::no_key)
      return {};
    return tl::unexpected<error>(failure);
  }

  expected<void> look() {
    std::vector<stream_status> all;
    for (std::size_t i = 0; i < options_.streams.size(); ++i) {
      auto one = look_at(i);
      if (!one)
        return tl::unexpected(one.error());
      all.push_back(std::move(*one));
    }
    self_->state.status.streams = std::move(all);
    if (!self_->state.lease.held)
      return {};
    if (auto ok = take_over_all(); !ok)
      return ok;
    return trim_all();
  }

  /// A stream that cannot be trimmed is none that cannot be read.
  expected<void> trim_all() {
    auto& state = self_->state;
    for (std::size_t i = 0; i < options_.streams.size(); ++i) {
      auto& status = state.status.streams[i];
      const auto done = trimmer_.work(*state.connection, i, status.length,
                                      self_->clock().now());
      if (!done && state.connection->broken())
        return done;
      if (!done && state.trim_failures.allows(self_->clock().now()))
        spdlog::error("stream-keeper: {} is not trimmed, will try again: {}",
                      status.stream, escaped(done.error().reason));
      status.standing_groups = trimmer_.standing(i);
    }
    return {};
  }

  expected<stream_status> look_at(std::size_t index) {
    auto& redis = *self_->state.connection;
    const auto& stream = options_.streams[index];
    stream_status result;
    result.stream = stream;
    const auto length = redis::stream_length(redis, stream, options_.timeout);
    const auto groups = redis::info_groups(redis, stream, options_.timeout);
    if (!length || !groups)
      return tl::unexpected<error>(length ? groups.error() : length.error());
    result.length = *length;
    const auto group
      = std::find_if(groups->begin(), groups->end(),
                     [&](auto& g) { return g.name == options_.group; });
    if (group == groups->end())
      return result;
    result.pending = group->pending;
    result.lag = group->lag;
    result.last_delivered_id = redis::to_string(group->last_delivered);
    if (self_->state.lease.held)
      if (auto ok = report_pending(index); !ok)
        return tl::unexpected(ok.error());
    return result;
  }

  expected<void> report_pending(std::size_t index) {
    auto& redis = *self_->state.connection;
    const auto& stream = options_.streams[index];
    const auto all
      = redis::pending(redis, stream, options_.group, options_.timeout);
    const auto first
      = redis::pending_of(redis, stream, options_.group, options_.consumer, {},
                          1, options_.timeout);
    if (!all || !first)
      return no_group_yet(all ? first.error() : all.error());
    pending_report report{static_cast<std::uint16_t>(index), 0, {}};
    if (const auto ours = all->by_consumer.find(options_.consumer);
        ours != all->by_consumer.end())
      report.count = ours->second;
    if (!first->empty())
      report.lowest = stream_entry_id{first->front().ms, first->front().seq};
    for (auto& reader : readers_)
      self_->send(reader, report);
    return {};
  }

  self_pointer self_;
  stream_keeper_options options_;
  std::vector<stream_reader_actor> readers_;
  status_board_actor board_;
  metrics* counters_;
  stream_trimmer trimmer_;
  bool stopped_ = false;
};

} // namespace

stream_keeper_actor::behavior_type
stream_keeper(self_pointer self, const stream_keeper_options& options,
              const std::vector<stream_reader_actor>& readers,
              const status_board_actor& board, metrics* counters) {
  auto work = std::make_shared<keeper>(self, options, readers, board, counters);
  self->send(self, caf::tick_atom_v);
  return {
    [work](caf::tick_atom) { work->tick(); },
    [work](drain_atom) {
      work->stop();
      return caf::ok_atom_v;
    },
  };
}

} // namespace meshtrace
