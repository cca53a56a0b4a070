#include "actors/completion_timer.hpp"

#include <utility>

namespace meshtrace {

void completion_timer_state::arm(const timer_request& request) {
  due_.insert_or_assign(request.key, request.due);
  queue_.push(request);
  tidy();
}

void completion_timer_state::disarm(std::uint64_t key) {
  due_.erase(key);
}

std::vector<std::uint64_t> completion_timer_state::take_due(stream_ms now) {
  std::vector<std::uint64_t> result;
  while (!queue_.empty() && queue_.top().due <= now) {
    const auto request = queue_.top();
    queue_.pop();
    const auto i = due_.find(request.key);
    if (i == due_.end() || i->second != request.due)
      continue; // replaced or disarmed
    due_.erase(i);
    result.push_back(request.key);
  }
  return result;
}

void completion_timer_state::tidy() {
  constexpr std::size_t slack = 1024;
  if (queue_.size() <= 2 * due_.size() + slack)
    return;
  queue_ = {};
  for (const auto& [key, due] : due_)
    queue_.push({key, due});
}

completion_timer_actor::behavior_type completion_timer(
  completion_timer_actor::stateful_pointer<completion_timer_state> self,
  const due_listener_actor& listener) {
  return {
    [self, listener](const arm_timers& order) {
      for (auto& request : order.timers)
        self->state.arm(request);
      for (auto key : order.disarmed)
        self->state.disarm(key);
      if (!order.now)
        return;
      if (auto due = self->state.take_due(*order.now); !due.empty())
        self->send(listener, traces_due{std::move(due), *order.now});
    },
  };
}

} // namespace meshtrace
