#include "storage/drop_memory.hpp"

#include <xxhash.h>

namespace meshtrace {

namespace {

constexpr std::int64_t ns_per_s = 1'000'000'000;

} // namespace

std::uint64_t drop_memory::hash_of(std::string_view trace_id) {
  return XXH3_64bits(trace_id.data(), trace_id.size());
}

void drop_memory::add_hash(std::uint64_t hash, std::int64_t now) {
  while (!hashes_.empty() && (hashes_.size() >= most_ || is_old(0, now)))
    forget_oldest();
  auto number = first_ + static_cast<std::uint32_t>(hashes_.size());
  if (number == none) { // the one number that means "free"
    hashes_.clear();
    seconds_.clear();
    slots_.assign(slots_.size(), none);
    number = first_ = 0;
  }
  hashes_.push_back(hash);
  seconds_.push_back(static_cast<std::uint32_t>(now / ns_per_s));
  if (hashes_.size() * 2 > slots_.size())
    grow();
  else
    place(number);
}

bool drop_memory::contains(std::string_view trace_id, std::int64_t now) const {
  const auto hash = hash_of(trace_id);
  const auto mask = slots_.size() - 1;
  for (auto i = hash & mask; slots_[i] != none; i = (i + 1) & mask)
    if (hash_at(slots_[i]) == hash && !is_old(slots_[i] - first_, now))
      return true;
  return false;
}

bool drop_memory::is_old(std::size_t index, std::int64_t now) const {
  return now / ns_per_s - std::int64_t{seconds_[index]} > keep_seconds;
}

void drop_memory::place(std::uint32_t number) {
  const auto mask = slots_.size() - 1;
  auto i = hash_at(number) & mask;
  while (slots_[i] != none)
    i = (i + 1) & mask;
  slots_[i] = number;
}

void drop_memory::forget_oldest() {
  const auto mask = slots_.size() - 1;
  auto hole = hash_at(first_) & mask;
  while (slots_[hole] != first_)
    hole = (hole + 1) & mask;
  // Whoever was pushed on past the hole moves back into it.
  for (auto i = (hole + 1) & mask; slots_[i] != none; i = (i + 1) & mask) {
    const auto home = hash_at(slots_[i]) & mask;
    if (((i - home) & mask) >= ((i - hole) & mask)) {
      slots_[hole] = slots_[i];
      hole = i;
    }
  }
  slots_[hole] = none;
  hashes_.pop_front();
  seconds_.pop_front();
  ++first_;
}

void drop_memory::grow() {
  slots_.assign(slots_.size() * 2, none);
  for (std::size_t i = 0; i < hashes_.size(); ++i)
    place(first_ + static_cast<std::uint32_t>(i));
}

} // namespace meshtrace
