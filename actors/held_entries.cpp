#include "actors/held_entries.hpp"

#include <algorithm>
#include <iterator>

namespace meshtrace {

void held_entries::add(std::uint32_t number, stream_entry_id first,
                       stream_entry_id last, std::uint64_t count,
                       std::optional<std::uint64_t> before) {
  deliveries_.insert_or_assign(number, delivery{first, count});
  ranges_.insert_or_assign(first, range{last, number, before});
  size_ += count;
}

void held_entries::acknowledge(std::uint32_t number, std::uint64_t count) {
  const auto i = deliveries_.find(number);
  if (i == deliveries_.end())
    return;
  auto& x = i->second;
  count = std::min(count, x.outstanding);
  x.outstanding -= count;
  size_ -= count;
  if (x.outstanding > 0)
    return;
  if (const auto r = ranges_.find(x.first);
      r != ranges_.end() && r->second.number == number)
    ranges_.erase(r);
  deliveries_.erase(i);
}

bool held_entries::holds(stream_entry_id id) const {
  const auto next = ranges_.upper_bound(id);
  return next != ranges_.begin() && id <= std::prev(next)->second.last;
}

std::optional<stream_entry_id> held_entries::lowest() const {
  if (ranges_.empty())
    return std::nullopt;
  return ranges_.begin()->first;
}

std::optional<std::uint64_t> held_entries::before_lowest() const {
  return ranges_.empty() ? std::nullopt : ranges_.begin()->second.before;
}

void held_entries::clear() {
  deliveries_.clear();
  ranges_.clear();
  size_ = 0;
}

} // namespace meshtrace
