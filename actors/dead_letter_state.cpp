#include "actors/dead_letter.hpp"

#include <iterator>

namespace meshtrace {

namespace {

std::size_t bytes_of(const dead_entry& entry) {
  std::size_t result = 0;
  for (auto& [name, value] : entry.fields)
    result += name.size() + value.size();
  return result;
}

} // namespace

dead_letter_state::batch_id
dead_letter_state::add(std::vector<dead_entry> entries) {
  const auto batch = next_batch_++;
  batches_[batch] = {entries.size(), entries.size()};
  for (auto& entry : entries)
    waiting.push_back({batch, std::move(entry)});
  return batch;
}

std::size_t dead_letter_state::next() const {
  std::size_t count = 0;
  std::size_t bytes = 0;
  while (count < waiting.size() && count < most_entries && bytes < most_bytes)
    bytes += bytes_of(waiting[count++].entry);
  return count;
}

dead_letter_state::confirmed
dead_letter_state::confirm(const std::vector<bool>& written) {
  confirmed result;
  std::deque<item> refused;
  for (const auto is_written : written) {
    auto first = std::move(waiting.front());
    waiting.pop_front();
    if (!is_written) {
      refused.push_back(std::move(first));
      continue;
    }
    result.entries.push_back(std::move(first.entry));
    auto& batch = batches_[first.batch];
    if (--batch.missing == 0) {
      result.batches.push_back({first.batch, batch.entries});
      batches_.erase(first.batch);
    }
  }
  waiting.insert(waiting.begin(), std::make_move_iterator(refused.begin()),
                 std::make_move_iterator(refused.end()));
  return result;
}

std::vector<dead_letter_state::answered> dead_letter_state::give_up() {
  std::vector<answered> result;
  for (auto& [batch, x] : batches_)
    result.push_back({batch, x.entries});
  batches_.clear();
  waiting.clear();
  return result;
}

} // namespace meshtrace
