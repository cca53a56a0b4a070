#include "storage/memory_table.hpp"

#include "storage/record.hpp"

#include <algorithm>
#include <xxhash.h>

namespace meshtrace {

namespace {

/// What a trace takes beside its record, about: the item, an allocation, a
/// node of the hash table, two places in an order.
constexpr std::uint64_t bytes_beside
  = sizeof(memory_table::item) + 24 + 48 + 2 * 8;

std::uint64_t hash_of(std::string_view id) {
  return XXH3_64bits(id.data(), id.size());
}

std::uint64_t bytes_of(const memory_table::item& x) {
  return x.record.view().size() + bytes_beside;
}

/// What the trace adds to the count of complete ones.
std::uint64_t whole_of(const memory_table::item& x) {
  return x.whole ? 1 : 0;
}

} // namespace

const memory_table::item*
memory_table::find(std::string_view trace_id, std::uint32_t& number) const {
  auto [i, end] = by_id_.equal_range(hash_of(trace_id));
  i = std::find_if(i, end, [&](const auto& entry) {
    return record_id(at(entry.second).record.view()) == trace_id;
  });
  if (i == end)
    return nullptr;
  number = i->second;
  return &at(number);
}

const memory_table::item* memory_table::find(std::string_view trace_id) const {
  std::uint32_t number = 0;
  return find(trace_id, number);
}

void memory_table::insert(std::string_view trace_id, item next) {
  const auto number = first_ + static_cast<std::uint32_t>(items_.size());
  bytes_ += bytes_of(next);
  whole_ += whole_of(next);
  items_.push_back(std::move(next));
  by_id_.emplace(hash_of(trace_id), number);
  add_to(by_end_, number, trace_id);
  add_to(by_duration_, number, trace_id);
}

void memory_table::replace(std::string_view trace_id, item next) {
  std::uint32_t number = 0;
  if (find(trace_id, number) == nullptr)
    return;
  remove_from(by_end_, number, trace_id);
  remove_from(by_duration_, number, trace_id);
  auto& present = items_[number - first_];
  bytes_ += bytes_of(next) - bytes_of(present);
  whole_ += whole_of(next) - whole_of(present);
  present = std::move(next);
  add_to(by_end_, number, trace_id);
  add_to(by_duration_, number, trace_id);
}

std::uint64_t memory_table::drop_oldest() {
  const auto& x = oldest();
  const auto id = record_id(x.record.view());
  remove_from(by_end_, first_, id);
  remove_from(by_duration_, first_, id);
  auto [i, end] = by_id_.equal_range(hash_of(id));
  by_id_.erase(std::find_if(
    i, end, [&](const auto& entry) { return entry.second == first_; }));
  const auto bytes = bytes_of(x);
  bytes_ -= bytes;
  whole_ -= whole_of(x);
  items_.pop_front();
  ++first_;
  return bytes;
}

store_totals memory_table::totals() const {
  store_totals result;
  result.traces = items_.size();
  result.complete = whole_;
  result.incomplete = result.traces - whole_;
  result.bytes = bytes_;
  const auto& ends = by_end_.numbers;
  // Traces without a time are the least of all.
  const auto oldest = find(by_end_, optional_int::absent + 1, {});
  if (ends.at_end(oldest))
    return result;
  result.oldest = {at(ends[oldest]).end};
  auto newest = ends.end();
  ends.step_back(newest);
  result.newest = {at(ends[newest]).end};
  return result;
}

std::vector<packed_bytes>
memory_table::list(trace_order order, const search_bounds& bounds,
                   std::size_t count) const {
  const auto& by = order == trace_order::end_time ? by_end_ : by_duration_;
  auto i = bounds.after ? find(by, bounds.after->value, bounds.after->id)
                        : by.numbers.end();
  std::vector<packed_bytes> result;
  while (result.size() < count && by.numbers.step_back(i)) {
    const auto& x = at(by.numbers[i]);
    if (bounds.least && x.*by.value < *bounds.least)
      break;
    result.push_back(x.record);
  }
  return result;
}

sorted_chunks::position
memory_table::find(const index& order, std::int64_t value,
                   std::string_view id) const {
  return order.numbers.find([&](std::uint32_t number) {
    const auto& x = at(number);
    const auto other = x.*order.value;
    return other != value ? other < value : record_id(x.record.view()) < id;
  });
}

void memory_table::add_to(index& order, std::uint32_t number,
                          std::string_view id) {
  order.numbers.insert(number, find(order, at(number).*order.value, id));
}

void memory_table::remove_from(index& order, std::uint32_t number,
                               std::string_view id) {
  order.numbers.erase(find(order, at(number).*order.value, id));
}

} // namespace meshtrace
