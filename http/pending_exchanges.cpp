#include "http/pending_exchanges.hpp"

#include <utility>

namespace meshtrace {

pending_exchanges::ticket pending_exchanges::add(entry x) {
  entries_.emplace_hint(entries_.end(), next_, std::move(x));
  return next_++;
}

std::optional<pending_exchanges::entry> pending_exchanges::take(ticket number) {
  auto found = entries_.extract(number);
  if (found.empty())
    return std::nullopt;
  return std::move(found.mapped());
}

std::vector<pending_exchanges::entry>
pending_exchanges::take_due(time_point now) {
  std::vector<entry> result;
  while (!entries_.empty() && entries_.begin()->second.deadline <= now)
    result.push_back(std::move(entries_.extract(entries_.begin()).mapped()));
  return result;
}

std::vector<pending_exchanges::entry> pending_exchanges::take_all() {
  std::vector<entry> result;
  for (auto& [_, x] : entries_)
    result.push_back(std::move(x));
  entries_.clear();
  return result;
}

std::optional<pending_exchanges::time_point>
pending_exchanges::next_deadline() const {
  if (entries_.empty())
    return std::nullopt;
  return entries_.begin()->second.deadline;
}

} // namespace meshtrace
