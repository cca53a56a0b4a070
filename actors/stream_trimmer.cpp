#include "actors/stream_trimmer.hpp"

#include "redis/stream_commands.hpp"

#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace meshtrace {

namespace {

/// One command removes so many entries at most; Redis does nothing else
/// meanwhile.
constexpr std::uint64_t entries_at_once = 10'000;

constexpr std::chrono::seconds longest_work{1};

/// A round is a part of the retention, so that it is kept about.
constexpr std::int64_t rounds_of_retention = 4;
constexpr std::chrono::milliseconds shortest_period{1'000};
constexpr std::chrono::milliseconds longest_period{60'000};

} // namespace

stream_trimmer::stream_trimmer(const trim_options& options,
                               std::vector<std::string> streams,
                               std::chrono::milliseconds timeout,
                               metrics* counters)
  : timeout_(timeout), counters_(counters) {
  for (auto& name : streams)
    streams_.push_back({std::move(name), trim_planner{options}, {}, {}});
  const std::chrono::milliseconds part{options.retention / rounds_of_retention};
  period_ = options.retention == 0
              ? longest_period
              : std::clamp(part, shortest_period, longest_period);
}

expected<void>
stream_trimmer::work(redis::connection& redis, std::size_t index,
                     std::uint64_t length, clock::time_point now) {
  auto& x = streams_[index];
  if (length == 0 || (now < x.due && !x.planner.is_too_long(length)))
    return {};
  const auto info = redis::info_stream(redis, x.name, timeout_);
  const auto time = redis::server_time(redis, timeout_);
  if (!info || !time)
    return tl::unexpected<error>(info ? time.error() : info.error());
  const auto groups = needs(redis, x.name);
  if (!groups)
    return tl::unexpected(groups.error());
  if (!*info)
    return {};
  const auto plan
    = x.planner.plan(**info, *groups, static_cast<stream_ms>(*time));
  if (plan.standing != x.standing && !plan.standing.empty())
    spdlog::warn("stream-keeper: groups of stream {} that stand still and hold "
                 "nothing up any more: {}",
                 x.name, fmt::join(plan.standing, ", "));
  x.standing = plan.standing;
  const auto done = carry_out(redis, x, plan, now + longest_work);
  if (!done)
    return tl::unexpected(done.error());
  if (*done)
    x.due = now + period_;
  return {};
}

expected<std::vector<group_needs>>
stream_trimmer::needs(redis::connection& redis, const std::string& name) {
  const auto groups = redis::info_groups(redis, name, timeout_);
  if (!groups)
    return tl::unexpected<error>(groups.error());
  std::vector<group_needs> result;
  for (auto& group : *groups) {
    auto& one = result.emplace_back();
    one.name = group.name;
    one.last_delivered = to_id(group.last_delivered);
    one.pending = group.pending;
    const auto consumers
      = redis::info_consumers(redis, name, group.name, timeout_);
    if (!consumers)
      return tl::unexpected<error>(consumers.error());
    for (auto& consumer : *consumers)
      one.idle = std::min<stream_ms>(one.idle.value_or(consumer.idle.count()),
                                     consumer.idle.count());
    if (group.pending == 0)
      continue;
    const auto pending = redis::pending(redis, name, group.name, timeout_);
    if (!pending)
      return tl::unexpected<error>(pending.error());
    if (pending->lowest)
      one.lowest_pending = to_id(*pending->lowest);
  }
  return result;
}

expected<bool>
stream_trimmer::carry_out(redis::connection& redis, const stream& x,
                          const trim_plan& plan, clock::time_point until) {
  std::uint64_t removed = 0;
  const auto count = [&](const redis::answer<std::uint64_t>& trimmed) {
    const auto n = trimmed.value_or(0);
    removed += n;
    counters_->stream_trimmed.Increment(static_cast<double>(n));
    return n > 0;
  };
  // Nothing is removed: nothing is left that fills a node of its own.
  while (clock::now() < until) {
    const auto by_age = redis::trim_before(
      redis, x.name, to_redis(plan.too_old), entries_at_once, timeout_);
    if (!by_age)
      return tl::unexpected<error>(by_age.error());
    if (count(by_age))
      continue;
    if (removed < plan.surplus) {
      const auto by_length = redis::trim_before(
        redis, x.name, to_redis(plan.unneeded),
        std::min(plan.surplus - removed, entries_at_once), timeout_);
      if (!by_length)
        return tl::unexpected<error>(by_length.error());
      if (count(by_length))
        continue;
    }
    if (plan.most == 0)
      return true;
    const auto forced
      = redis::trim_to(redis, x.name, plan.most, entries_at_once, timeout_);
    if (!forced)
      return tl::unexpected<error>(forced.error());
    counters_->stream_forced.Increment(static_cast<double>(*forced));
    if (!count(forced))
      return true;
  }
  return false;
}

} // namespace meshtrace
