#include "actors/exporter_feed_state.hpp"

#include "trace/bytes.hpp"

#include <algorithm>
#include <iterator>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>

namespace meshtrace {

void exporter_feed_state::start(std::vector<std::uint64_t> numbers,
                                bool at_oldest) {
  never_read_.assign(numbers.size(), at_oldest);
  cursors.start(std::move(numbers));
}

std::vector<std::string>
exporter_feed_state::take_page(const log_read& asked, const log_page& page) {
  asked_ = asked;
  if (asked.partition < never_read_.size() && never_read_[asked.partition])
    never_read_[asked.partition] = false;
  else
    overtaken += page.lost;
  const auto begin = asked.number + page.lost;
  settle_up_to(asked.partition, begin);
  page_end_ = page.entries.empty() ? begin : page.entries.back().number;
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
  std::unordered_set<std::string_view> looked_for;
  const auto entries = std::exchange(entries_, {});
  for (auto& entry : entries) {
    if (!looked_for.contains(entry.trace_id)) {
      if (looked_for.size() >= found.looked_for) {
        more_ = true;
        page_end_ = entry.number - 1;
        break;
      }
      looked_for.insert(entry.trace_id);
    }
    const auto i = by_id.find(entry.trace_id);
    if (i == by_id.end()) {
      ++overtaken;
    } else if (!whole_traces || i->second->head.revision == entry.revision) {
      // Else the newer revision has an entry of its own further on.
      hand_.push_back({*i->second, entry.revision});
      bytes_ += i->second->content->bytes();
      settlements_.push_back({asked_.partition, entry.number});
    }
  }
  settle_up_to(asked_.partition, page_end_);
  if (std::exchange(more_, false))
    cursors.look_again(asked_.partition);
}

void exporter_feed_state::settle_up_to(std::uint32_t partition,
                                       std::uint64_t number) {
  cursors.note_read(partition, number);
  const auto last = std::find_if(
    settlements_.rbegin(), settlements_.rend(),
    [&](const settlement& x) { return x.partition == partition; });
  if (last == settlements_.rend())
    cursors.advance(partition, number);
  else
    last->number = std::max(last->number, number);
}

void exporter_feed_state::drop_page() {
  entries_.clear();
  more_ = false;
  cursors.look_again(asked_.partition);
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

void exporter_feed_state::count(const left_out& what) {
  status.rejected_spans += what.spans;
  status.held_back += what.held_back;
  if (!what.reason.empty())
    status.last_error = what.reason;
}

void exporter_feed_state::advance(std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    cursors.advance(settlements_[i].partition, settlements_[i].number);
    bytes_ -= hand_[i].trace.content->bytes();
  }
  const auto count = static_cast<std::ptrdiff_t>(n);
  hand_.erase(hand_.begin(), hand_.begin() + count);
  settlements_.erase(settlements_.begin(), settlements_.begin() + count);
  if (hand_.empty())
    tried_ = false;
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
