#include "actors/trim_plan.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace meshtrace {

namespace {

/// Redis trims whole nodes; one has this many entries by default.
constexpr std::uint64_t entries_of_a_node = 100;

/// A stream that somebody holds up grows to this many times its length.
constexpr std::uint64_t hard_factor = 2;

/// The first entry that the group has not read or not acknowledged.
stream_entry_id needed(const group_needs& group) {
  auto next = group.last_delivered;
  if (next.seq < std::numeric_limits<std::uint64_t>::max())
    ++next.seq;
  return std::min(next, group.lowest_pending.value_or(next));
}

} // namespace

trim_planner::trim_planner(trim_options options)
  : options_(std::move(options)) {
  // nop
}

bool trim_planner::is_too_long(std::uint64_t length) const {
  return options_.maxlen > 0 && length > options_.maxlen + entries_of_a_node;
}

trim_planner::movement
trim_planner::look(const group_needs& group, stream_ms now) const {
  movement result{group.last_delivered, group.pending, 0};
  const auto i = movements_.find(group.name);
  if (i != movements_.end()) {
    const auto& before = i->second;
    const bool moved = before.last_delivered != group.last_delivered
                       || before.pending != group.pending;
    result.at = moved ? now : before.at;
  } else if (!group.idle) {
    result.at = now; // nobody has read with it yet: made a moment ago, perhaps
  }
  // Nothing is delivered before it was added.
  const auto delivered = static_cast<stream_ms>(
    std::min(group.last_delivered.ms, static_cast<std::uint64_t>(now)));
  return {result.last_delivered, result.pending,
          std::max({result.at, delivered, now - group.idle.value_or(now)})};
}

trim_plan
trim_planner::plan(const redis::stream_info& stream,
                   const std::vector<group_needs>& groups, stream_ms now) {
  trim_plan result;
  const auto oldest = now - options_.retention;
  auto free = to_id(stream.last_generated);
  ++free.seq;
  bool ours = false;
  decltype(movements_) seen;
  for (auto& group : groups) {
    const bool own = group.name == options_.group;
    const auto moved = look(group, now);
    seen.emplace(group.name, moved);
    ours = ours || own;
    if (own || options_.retention == 0 || moved.at >= oldest)
      free = std::min(free, needed(group));
    else if (needed(group) <= to_id(stream.last_generated))
      result.standing.push_back(group.name);
  }
  movements_ = std::move(seen);
  if (!ours)
    return {};
  if (options_.retention > 0)
    result.too_old = std::min(
      free, {static_cast<std::uint64_t>(std::max<stream_ms>(oldest, 0)), 0});
  result.unneeded = free;
  if (is_too_long(stream.length)) {
    result.surplus = stream.length - options_.maxlen;
    if (stream.length > hard_factor * options_.maxlen + entries_of_a_node)
      result.most = hard_factor * options_.maxlen;
  }
  return result;
}

} // namespace meshtrace
