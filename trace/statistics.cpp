#include "trace/statistics.hpp"

#include <string_view>

namespace meshtrace {

namespace {

constexpr std::int64_t minute = 60'000'000'000;

/// What names that nobody sent are called.
std::string_view known(std::string_view name) {
  return name.empty() ? std::string_view{"unknown"} : name;
}

contribution_names
see(const contribution& x, recent_names& agents, recent_names& operations) {
  contribution_names result;
  for (auto& name : x.agents)
    result.agents.push_back(agents.see(known(name)));
  for (auto& part : x.operations)
    result.operations.push_back(operations.see(known(part.operation)));
  return result;
}

contribution_names find(const contribution& x, const recent_names& agents,
                        const recent_names& operations) {
  contribution_names result;
  for (auto& name : x.agents)
    result.agents.push_back(agents.find(known(name)).value_or(0));
  for (auto& part : x.operations)
    result.operations.push_back(
      operations.find(known(part.operation)).value_or(0));
  return result;
}

} // namespace

statistics::statistics(const statistics_limits& limits)
  : agents_(limits.agents), operations_(limits.operations),
    hour_("hour", minute, 60), day_("day", 10 * minute, 144) {
  // nop
}

template <class F>
void statistics::for_each_at(optional_int end, std::int64_t now, F f) {
  f(all_);
  for (auto* buckets : {&hour_, &day_})
    if (auto* sums = buckets->at(end, now))
      f(*sums);
}

void statistics::apply(const contribution* added, const contribution* replaced,
                       std::int64_t now) {
  if (added != nullptr) {
    const auto names = see(*added, agents_, operations_);
    for_each_at(added->end, now, [&](statistics_sums& sums) {
      sums.add(*added, names);
      sums.tidy(agents_, operations_);
    });
  }
  if (replaced != nullptr) {
    const auto names = find(*replaced, agents_, operations_);
    for_each_at(replaced->end, now, [&](statistics_sums& sums) {
      sums.subtract(*replaced, names);
    });
  }
}

statistics_report
statistics::report(statistics_window window, std::int64_t now) const {
  switch (window) {
  case statistics_window::five_minutes:
    return hour_.sum(now, 5).report(agents_, operations_);
  case statistics_window::hour:
    return hour_.sum(now).report(agents_, operations_);
  case statistics_window::day:
    return day_.sum(now).report(agents_, operations_);
  case statistics_window::all:
    break;
  }
  return all_.report(agents_, operations_);
}

} // namespace meshtrace
