#include "storage/partition_logs.hpp"

#include <algorithm>

namespace meshtrace {

namespace {

std::size_t bytes_of(const partition_logs::entry& x) {
  return x.record.view().size() + x.record_before.view().size();
}

} // namespace

void partition_logs::append(entry next, contributions ready) {
  const auto number = first_ + static_cast<std::uint32_t>(entries_.size());
  logs_[next.partition].entries.push_back(number);
  bytes_ += bytes_of(next);
  entries_.push_back(std::move(next));
  ready_.push_back(std::move(ready));
  if (ready_.size() > ready_entries)
    ready_.pop_front();
  while (entries_.size() > bounds_.entries
         || (bytes_ > bounds_.bytes && entries_.size() > 1))
    cut_oldest();
}

void partition_logs::cut_oldest() {
  auto& oldest = entries_.front();
  auto& log = logs_[oldest.partition];
  log.entries.pop_front(); // the oldest of all is the oldest of its partition
  ++log.gone;
  bytes_ -= bytes_of(oldest);
  if (ready_.size() == entries_.size())
    ready_.pop_front();
  entries_.pop_front();
  ++first_;
}

partition_logs::page
partition_logs::read(std::uint32_t partition, std::uint64_t number,
                     std::size_t limit) const {
  const auto& log = logs_[partition];
  page result;
  result.lost = log.gone > number ? log.gone - number : 0;
  const auto after = std::max(number, log.gone);
  result.first = after + 1;
  const auto skip = after - log.gone;
  const auto unready = entries_.size() - ready_.size();
  for (auto i = skip; i < log.entries.size() && i - skip < limit; ++i) {
    const auto at = log.entries[i] - first_;
    result.entries.emplace_back(
      entries_[at], at < unready ? contributions{} : ready_[at - unready]);
  }
  return result;
}

std::vector<std::uint64_t> partition_logs::ends() const {
  std::vector<std::uint64_t> result;
  result.reserve(logs_.size());
  for (auto& x : logs_)
    result.push_back(x.gone + x.entries.size());
  return result;
}

} // namespace meshtrace
