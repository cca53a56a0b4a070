#include "actors/exporter_feed_state.hpp"

#include "trace/bytes.hpp"

#include <algorithm>
#include <iterator>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>

namespace meshtrace {

std::vector<std::string>
exporter_feed_state::take_page(const log_read& asked, const log_page& page) {
  partition_ = asked.partition;
  overtaken += page.lost;
  cursors.advance(partition_, asked.number + page.lost);
  page_end_ = page.entries.empty() ? asked.number + page.lost
                                   : page.entries.back().number;
  more_ = page.entries.size() >= asked.limit;
  entries_ = page.entries;
  std::vector<std::string> ids;
  std::unordered_set<std::string_view> seen;
  for (auto& entry : entries_)
    if (seen.insert(entry.trace_id).second)
      ids.push_back(entry.trace_id);
  return ids;
}

void exporter_feed_state::take_traces(const traces_found& found,
                                      bool whole_traces) {
  std::unordered_map<std::string_view, const stored_trace*> by_id;
  for (auto& trace : found.traces)
    by_id.emplace(trace.content->id(), &trace);
  for (auto& entry : std::exchange(entries_, {})) {
    const auto i = by_id.find(entry.trace_id);
    if (i == by_id.end()) {
      ++overtaken;
      continue;
    }
    // The newer revision has an entry of its own further on in the log.
    if (whole_traces && i->second->head.revision != entry.revision)
      continue;
    hand_.push_back({*i->second, entry.revision});
    numbers_.push_back(entry.number);
  }
  advance(0);
}

void exporter_feed_state::drop_page() {
  entries_.clear();
  cursors.look_again(partition_);
}

std::span<const exported_trace> exporter_feed_state::batch() {
  if (std::exchange(tried_, !hand_.empty()))
    status.retried += hand_.size();
  return hand_;
}

void exporter_feed_state::settle(const export_result& result) {
  const auto all = hand_.size();
  if (auto* later = std::get_if<retry_after>(&result)) {
    const auto done = std::min(later->done, all);
    ++status.failed;
    status.exported_traces += done;
    status.last_error = later->reason;
    advance(done);
    return;
  }
  tried_ = false;
  if (auto* never = std::get_if<reject>(&result)) {
    // At least one goes, or an exporter's mistake would repeat for ever.
    const auto done = std::clamp<std::size_t>(never->done, 1, all);
    const auto refused = std::min(never->trace_ids.size(), done);
    status.rejected += refused;
    status.exported_traces += done - refused;
    status.last_error = never->reason;
    advance(done);
    return;
  }
  status.exported_traces += all;
  status.last_error.clear();
  advance(all);
}

void exporter_feed_state::advance(std::size_t n) {
  const auto count = static_cast<std::ptrdiff_t>(n);
  hand_.erase(hand_.begin(), hand_.begin() + count);
  numbers_.erase(numbers_.begin(), numbers_.begin() + count);
  if (!hand_.empty()) {
    cursors.advance(partition_, numbers_.front() - 1);
    return;
  }
  tried_ = false;
  cursors.advance(partition_, page_end_);
  if (std::exchange(more_, false))
    cursors.look_again(partition_);
}

std::string exporter_feed_state::write_note(std::int64_t time) const {
  byte_writer bytes{8};
  bytes.fixed64(static_cast<std::uint64_t>(time));
  return bytes.take() + cursors.encode();
}

std::optional<exporter_feed_state::saved_cursors>
exporter_feed_state::read_note(std::string_view text) {
  byte_reader bytes{text};
  const auto time = static_cast<std::int64_t>(bytes.fixed64());
  auto numbers = decode_cursors(bytes.raw(bytes.left()));
  if (bytes.failed() || numbers.empty())
    return std::nullopt;
  return saved_cursors{time, std::move(numbers)};
}

} // namespace meshtrace
