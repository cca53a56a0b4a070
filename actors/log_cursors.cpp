#include "actors/log_cursors.hpp"

#include "trace/bytes.hpp"

#include <algorithm>
#include <utility>

namespace meshtrace {

void log_cursors::start(std::vector<std::uint64_t> numbers) {
  cursors_ = std::move(numbers);
  read_ = cursors_;
  ends_ = cursors_;
  queued_.assign(cursors_.size(), false);
  queue_.clear();
}

void log_cursors::note(const log_advanced& news) {
  for (auto partition : news.partitions)
    look_again(partition);
}

void log_cursors::note_ends(const std::vector<std::uint64_t>& ends) {
  const auto n = std::min(ends.size(), cursors_.size());
  for (std::uint32_t partition = 0; partition < n; ++partition) {
    ends_[partition] = std::max(ends_[partition], ends[partition]);
    if (ends_[partition] > read_[partition])
      look_again(partition);
  }
}

std::optional<log_read> log_cursors::take(std::uint32_t limit) {
  if (queue_.empty())
    return std::nullopt;
  const auto partition = queue_.front();
  queue_.pop_front();
  queued_[partition] = false;
  return log_read{partition, read_[partition], limit};
}

void log_cursors::look_again(std::uint32_t partition) {
  if (partition >= cursors_.size() || queued_[partition])
    return;
  queued_[partition] = true;
  queue_.push_back(partition);
}

void log_cursors::note_read(std::uint32_t partition, std::uint64_t number) {
  if (partition >= read_.size())
    return;
  read_[partition] = std::max(read_[partition], number);
  ends_[partition] = std::max(ends_[partition], number);
}

void log_cursors::advance(std::uint32_t partition, std::uint64_t number) {
  if (partition >= cursors_.size())
    return;
  cursors_[partition] = std::max(cursors_[partition], number);
  note_read(partition, number);
}

std::string log_cursors::encode() const {
  byte_writer bytes{9 * cursors_.size()};
  for (auto number : cursors_)
    bytes.varint(number);
  return bytes.take();
}

std::vector<std::uint64_t> decode_cursors(std::string_view text) {
  byte_reader bytes{text};
  std::vector<std::uint64_t> result;
  while (bytes.left() > 0)
    result.push_back(bytes.varint());
  if (bytes.failed())
    result.clear();
  return result;
}

std::uint64_t log_cursors::lag() const {
  std::uint64_t result = 0;
  for (std::size_t i = 0; i < cursors_.size(); ++i)
    result += ends_[i] - cursors_[i];
  return result;
}

} // namespace meshtrace
