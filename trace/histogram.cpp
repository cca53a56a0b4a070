#include "trace/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace meshtrace {

namespace {

constexpr int cell_bits = 6;
constexpr std::uint64_t cells_per_octave = 1u << cell_bits;
/// Below 128 ns every duration has a cell of its own; above, the cell is said
/// by the highest bit and the six that follow it.
std::uint64_t index_of(std::uint64_t duration) {
  const auto octave = std::bit_width(duration | cells_per_octave) - 1;
  const auto shift = octave - cell_bits;
  return (static_cast<std::uint64_t>(shift) << cell_bits) + (duration >> shift);
}

/// The middle of a cell.
double middle_of(std::uint64_t index) {
  const auto shift = std::max(0, static_cast<int>(index >> cell_bits) - 1);
  const auto low = static_cast<double>(
    index - (static_cast<std::uint64_t>(shift) << cell_bits));
  return std::ldexp(low, shift) + (std::ldexp(1, shift) - 1) / 2;
}

} // namespace

void histogram::change(std::int64_t duration, int by) {
  const auto value = std::max<std::int64_t>(duration, 0);
  const auto index = index_of(static_cast<std::uint64_t>(value));
  auto i = std::lower_bound(
    cells_.begin(), cells_.end(), index,
    [](const cell& x, std::uint64_t wanted) { return x.index() < wanted; });
  const bool found = i != cells_.end() && i->index() == index;
  if (by < 0 && !found)
    return;
  if (!found)
    i = cells_.insert(i, cell{index, 0});
  if (by < 0)
    i->subtract_one();
  else
    i->add(1);
  count_ = by < 0 ? count_ - 1 : count_ + 1;
  sum_ += by < 0 ? -value : value;
  if (i->count() == 0)
    cells_.erase(i);
}

void histogram::merge(const histogram& other) {
  std::vector<cell> both;
  both.reserve(cells_.size() + other.cells_.size());
  auto a = cells_.begin();
  for (auto& b : other.cells_) {
    for (; a != cells_.end() && a->index() < b.index(); ++a)
      both.push_back(*a);
    both.push_back(b);
    if (a != cells_.end() && a->index() == b.index())
      both.back().add((a++)->count());
  }
  both.insert(both.end(), a, cells_.end());
  cells_ = std::move(both);
  count_ += other.count_;
  sum_ += other.sum_;
}

double histogram::average() const {
  return count_ == 0 ? 0
                     : static_cast<double>(sum_) / static_cast<double>(count_);
}

double histogram::quantile(double q) const {
  const auto wanted = std::max(1.0, std::ceil(q * static_cast<double>(count_)));
  double seen = 0;
  for (auto& x : cells_) {
    seen += static_cast<double>(x.count());
    if (seen >= wanted)
      return middle_of(x.index());
  }
  return cells_.empty() ? 0 : middle_of(cells_.back().index());
}

void histogram::write(byte_writer& to) const {
  to.varint(cells_.size());
  for (auto& x : cells_) {
    to.varint(x.index());
    to.varint(x.count());
  }
  to.fixed64(static_cast<std::uint64_t>(sum_));
  to.fixed64(static_cast<std::uint64_t>(sum_ >> 64));
}

void histogram::read(byte_reader& from) {
  *this = {};
  for (auto left = from.varint(); left > 0 && !from.failed(); --left) {
    const auto index = from.varint();
    const auto count = from.varint();
    if (index > cell::most_index || count == 0 || count > cell::most_count
        || (!cells_.empty() && cells_.back().index() >= index)) {
      from.fail();
      return;
    }
    cells_.emplace_back(index, count);
    count_ += count;
  }
  const auto low = from.fixed64();
  const auto high = from.fixed64();
  sum_ = static_cast<wide_int>(static_cast<std::int64_t>(high)) << 64
         | static_cast<wide_int>(low);
}

} // namespace meshtrace
