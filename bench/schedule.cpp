#include "bench/schedule.hpp"

#include <algorithm>
#include <utility>

namespace meshtrace::bench {

namespace {

/// Order must not change content: it has random numbers of its own.
constexpr std::uint64_t order_salt = 0x5ced01e;

/// One event of each trace in turn, each trace in its own order.
std::vector<placed_event>
take_turns(std::vector<std::vector<placed_event>> traces) {
  std::vector<placed_event> result;
  std::size_t longest = 0;
  for (const auto& events : traces)
    longest = std::max(longest, events.size());
  for (std::size_t i = 0; i < longest; ++i)
    for (auto& events : traces)
      if (i < events.size())
        result.push_back(std::move(events[i]));
  return result;
}

} // namespace

schedule::schedule(const plan_options& plan, const schedule_options& options)
  : plan_(plan), options_(options) {}

bool schedule::next(std::vector<placed_event>& window) {
  window.clear();
  if (next_ >= options_.traces)
    return false;
  random dice{plan_.seed ^ order_salt, next_};
  const auto width = std::max<std::uint64_t>(options_.interleave, 1);
  const auto end = next_ + std::min(options_.traces - next_, width);
  std::vector<std::vector<placed_event>> traces;
  traces.reserve(end - next_);
  for (; next_ < end; ++next_)
    traces.push_back(events_of(next_, dice));
  window = take_turns(std::move(traces));
  if (options_.shuffle)
    dice.shuffle(window);
  return true;
}

std::vector<placed_event>
schedule::events_of(std::uint64_t index, random& dice) {
  const auto trace = make_trace(plan_, index);
  spans_ += trace.spans.size();
  std::vector<placed_event> result;
  for (auto& content : encode(trace, dice))
    result.push_back({std::move(content), dice.below(options_.streams)});
  if (dice.chance(options_.duplicates)) {
    const auto from = dice.below(result.size());
    auto again = result[from];
    again.stream = dice.below(options_.streams);
    const auto to = from + 1 + dice.below(result.size() - from);
    result.insert(result.begin() + static_cast<std::ptrdiff_t>(to),
                  std::move(again));
  }
  return result;
}

} // namespace meshtrace::bench
