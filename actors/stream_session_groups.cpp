#include "actors/stream_session.hpp"

#include <algorithm>
#include <utility>

/// The part of the session that looks after groups and positions. What to do
/// is decided in actors/stream_group.
namespace meshtrace {

void stream_session::restore(const std::string& name,
                             const stream_position& stored) {
  for (auto& x : streams_)
    if (x.name == name)
      x.group.restore(stored);
}

expected<void> stream_session::visit_all() {
  for (auto& x : streams_)
    if (auto ok = visit(x); !ok) {
      connection_.reset(); // what is half done is looked at from the beginning
      return ok;
    }
  visited_at_ = clock::now();
  return {};
}

expected<void> stream_session::visit(stream& x) {
  auto& redis = *connection_;
  const auto info = redis::info_stream(redis, x.name, options_.timeout);
  if (!info)
    return tl::unexpected<error>(info.error());
  const auto groups = redis::info_groups(redis, x.name, options_.timeout);
  if (!groups)
    return tl::unexpected<error>(groups.error());
  const auto group = std::find_if(groups->begin(), groups->end(), [&](auto& g) {
    return g.name == options_.group;
  });
  if (*info && group != groups->end()) {
    if (x.group.is_new(*info))
      renew(x, {});
    return follow(x, **info, *group);
  }
  const auto from = x.group.where(*info, x.held, options_.from_oldest);
  const auto made
    = redis::create_group(redis, x.name, options_.group, to_text(from.id),
                          options_.timeout, from.number);
  if (!made)
    return tl::unexpected<error>(made.error());
  renew(x, from);
  return visit(x); // for what Redis now says of it
}

/// Everything that is not acknowledged comes again, under new ids perhaps.
void stream_session::renew(stream& x, const stream_group::start& from) {
  const bool lost = x.group.is_known();
  x.group.begin(from);
  if (!lost)
    return;
  x.held.clear();
  x.replay_after = stream_entry_id{};
  renewed_.push_back({{x.index, x.group.generation()}, x.name, from.id});
}

expected<void> stream_session::follow(stream& x, const redis::stream_info& info,
                                      const redis::group_info& group) {
  auto& redis = *connection_;
  std::optional<stream_entry_id> lowest;
  if (group.pending > 0) {
    const auto pending
      = redis::pending(redis, x.name, options_.group, options_.timeout);
    if (!pending)
      return tl::unexpected<error>(pending.error());
    if (pending->lowest)
      lowest = to_id(*pending->lowest);
  }
  if (const auto lost = x.group.follow(info, group, lowest, x.held); lost > 0) {
    x.trimmed += lost;
    trimmed_.push_back({x.name, lost});
  }
  // We alone read the group, and not now: what it was given last stays true.
  if (const auto number = x.group.correction();
      number
      && redis::set_group(redis, x.name, options_.group, group.last_delivered,
                          *number, options_.timeout))
    x.group.corrected();
  return {};
}

std::vector<std::pair<std::string, stream_position>>
stream_session::positions() const {
  std::vector<std::pair<std::string, stream_position>> result;
  for (auto& x : streams_)
    if (x.group.position())
      result.emplace_back(x.name, *x.group.position());
  return result;
}

std::vector<stream_progress> stream_session::progress() const {
  std::vector<stream_progress> result;
  for (auto& x : streams_)
    result.push_back({x.name,
                      x.group.position() ? to_text(x.group.position()->id) : "",
                      x.trimmed});
  return result;
}

} // namespace meshtrace
