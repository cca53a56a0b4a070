#include "trace/analytics_rows.hpp"

#include <algorithm>

namespace meshtrace {

namespace {

void take(std::uint64_t& from, std::uint64_t n) {
  from -= std::min(from, n);
}

} // namespace

/// A node of the map has two words beside its content, and one points to it.
std::size_t analytics_rows::bytes_of(const sums& x) {
  return sizeof(std::pair<std::uint64_t, sums>) + 3 * sizeof(void*)
         + x.durations.bytes();
}

void analytics_rows::add(std::uint64_t number, const analytics_part& x) {
  const auto [i, is_new] = rows_.try_emplace(number);
  auto& row = i->second;
  const auto before = is_new ? 0 : bytes_of(row);
  row.calls += x.calls;
  row.errors += x.errors;
  for (std::size_t k = 0; k < x.amounts.size(); ++k)
    row.amounts[k] += x.amounts[k];
  for (const auto duration : x.durations)
    row.durations.add(duration);
  bytes_ += bytes_of(row) - before;
}

void analytics_rows::subtract(std::uint64_t number, const analytics_part& x) {
  const auto i = rows_.find(number);
  if (i == rows_.end())
    return;
  auto& row = i->second;
  take(row.calls, x.calls);
  take(row.errors, x.errors);
  for (std::size_t k = 0; k < x.amounts.size(); ++k)
    take(row.amounts[k], x.amounts[k]);
  for (const auto duration : x.durations)
    row.durations.subtract(duration);
  if (row.empty())
    forget(number);
}

void analytics_rows::merge(const analytics_rows& other) {
  for (auto& [number, x] : other.rows_) {
    const auto [i, is_new] = rows_.try_emplace(number);
    auto& row = i->second;
    const auto before = is_new ? 0 : bytes_of(row);
    row.calls += x.calls;
    row.errors += x.errors;
    for (std::size_t k = 0; k < x.amounts.size(); ++k)
      row.amounts[k] += x.amounts[k];
    row.durations.merge(x.durations);
    bytes_ += bytes_of(row) - before;
  }
}

void analytics_rows::forget(std::uint64_t number) {
  const auto i = rows_.find(number);
  if (i == rows_.end())
    return;
  bytes_ -= bytes_of(i->second);
  rows_.erase(i);
}

void analytics_rows::keep_named(const recent_names& names) {
  std::erase_if(rows_, [&](const auto& x) {
    if (names.name_of(x.first) != nullptr)
      return false;
    bytes_ -= bytes_of(x.second);
    return true;
  });
}

void analytics_rows::write(byte_writer& to) const {
  to.varint(rows_.size());
  for (auto& [number, row] : rows_) {
    to.varint(number);
    to.varint(row.calls);
    to.varint(row.errors);
    for (const auto amount : row.amounts)
      to.varint(amount);
    row.durations.write(to);
  }
}

void analytics_rows::read(byte_reader& from) {
  *this = {};
  for (auto left = from.varint(); left > 0 && !from.failed(); --left) {
    const auto [i, is_new] = rows_.try_emplace(from.varint());
    if (!is_new)
      return from.fail();
    auto& row = i->second;
    row.calls = from.varint();
    row.errors = from.varint();
    for (auto& amount : row.amounts)
      amount = from.varint();
    row.durations.read(from);
    bytes_ += bytes_of(row);
  }
}

} // namespace meshtrace
