#include "actors/shard_router.hpp"

#include "actors/mailbox_size.hpp"
#include "trace/ids.hpp"

#include <caf/event_based_actor.hpp>

#include <memory>

namespace meshtrace {

void shard_router_state::configure(std::uint32_t partitions,
                                   std::size_t correlators,
                                   std::size_t readers) {
  partitions_ = partitions;
  correlators_ = correlators;
  clocks_.resize(readers);
}

std::vector<span_batch>
shard_router_state::split(const event_batch_ptr& batch) const {
  std::vector<span_batch> parts(correlators_);
  const auto time = now();
  for (auto& part : parts) {
    part.source = batch;
    part.now = time;
    part.events.reserve(batch->events.size() / correlators_ + 16);
  }
  for (std::size_t i = 0; i < batch->events.size(); ++i) {
    const auto id = batch->events[i].event.trace_id;
    const auto shard = partition_of(id, partitions_) % correlators_;
    parts[shard].events.push_back(static_cast<std::uint32_t>(i));
  }
  return parts;
}

void shard_router_state::set_clock(const stream_clock& clock) {
  if (clock.reader < clocks_.size())
    clocks_[clock.reader] = clock.now;
}

std::optional<stream_ms> shard_router_state::now() const {
  std::optional<stream_ms> result;
  for (auto& clock : clocks_) {
    if (!clock)
      return std::nullopt;
    if (!result || *clock < *result)
      result = clock;
  }
  return result;
}

shard_router_actor::behavior_type
shard_router(shard_router_actor::stateful_pointer<shard_router_state> self,
             std::uint32_t partitions, std::size_t readers,
             const std::vector<correlator_actor>& correlators,
             metrics* counters) {
  self->state.configure(partitions, correlators.size(), readers);
  auto& mailbox = counters->mailbox("shard-router", 0);
  return {
    [self, &mailbox,
     correlators](const event_batch_ptr& batch) -> caf::result<batch_joined> {
      mailbox.Set(static_cast<double>(mailbox_size(self)));
      auto parts = self->state.split(batch);
      auto answer = self->make_response_promise<batch_joined>();
      auto missing = std::make_shared<std::size_t>(0);
      const batch_joined done{batch->events.size()};
      for (std::size_t i = 0; i < parts.size(); ++i) {
        if (parts[i].events.empty())
          continue;
        ++*missing;
        // No timeout on the ingest path: the reader's watchdog says when
        // something is stuck (design 2).
        self->request(correlators[i], caf::infinite, std::move(parts[i]))
          .then(
            [=](const batch_joined&) mutable {
              if (--*missing == 0)
                answer.deliver(done);
            },
            [=](caf::error& e) mutable {
              if (answer.pending())
                answer.deliver(std::move(e));
            });
      }
      if (*missing == 0)
        answer.deliver(done);
      return answer;
    },
    [self, correlators](const stream_clock& clock) {
      const auto before = self->state.now();
      self->state.set_clock(clock);
      const auto now = self->state.now();
      if (now == before)
        return;
      for (auto& to : correlators)
        self->send(to, stream_clock{0, now});
    },
  };
}

} // namespace meshtrace
