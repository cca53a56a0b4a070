#include "trace/analytics_table.hpp"

#include <algorithm>
#include <utility>

namespace meshtrace {

namespace {

constexpr std::int64_t minute = 60'000'000'000;
constexpr double ns_per_ms = 1e6;

/// Three names of 256 bytes with their sizes.
constexpr std::size_t most_key_bytes = 1024;

/// Looking at the memory asks some hundred buckets.
constexpr unsigned look_every = 256;

analytics_row row_of(std::string_view key, const analytics_rows::sums& x) {
  analytics_row result;
  result.names = names_of_key(key);
  result.calls = x.calls;
  result.errors = x.errors;
  result.amounts = x.amounts;
  result.error_rate = x.calls == 0 ? 0
                                   : 100 * static_cast<double>(x.errors)
                                       / static_cast<double>(x.calls);
  result.avg_ms = x.durations.average() / ns_per_ms;
  result.min_ms = x.durations.quantile(0) / ns_per_ms;
  result.p50_ms = x.durations.quantile(0.5) / ns_per_ms;
  result.p90_ms = x.durations.quantile(0.9) / ns_per_ms;
  result.p99_ms = x.durations.quantile(0.99) / ns_per_ms;
  result.max_ms = x.durations.quantile(1) / ns_per_ms;
  return result;
}

/// What a row is sorted by; whole numbers are exact up to 2^53.
double rank_of(const analytics_row& x, analytics_sort sort) {
  switch (sort) {
  case analytics_sort::calls:
    return static_cast<double>(x.calls);
  case analytics_sort::errors:
    return static_cast<double>(x.errors);
  case analytics_sort::error_rate:
    return x.error_rate;
  case analytics_sort::avg:
    return x.avg_ms;
  case analytics_sort::p50:
    return x.p50_ms;
  case analytics_sort::p90:
    return x.p90_ms;
  case analytics_sort::p99:
    return x.p99_ms;
  case analytics_sort::max:
    return x.max_ms;
  case analytics_sort::total_tokens:
    return static_cast<double>(x.amount(analytics_amount::total_tokens));
  }
  return 0;
}

} // namespace

analytics_table::analytics_table(analytics_kind kind,
                                 const analytics_table_limits& limits)
  : kind_(kind), limits_(limits), name_(to_string(kind)),
    keys_(limits.keys, most_key_bytes), hour_(name_ + "/hour", minute, 60),
    day_(name_ + "/day", 10 * minute, 144) {
  // nop
}

// -- counting -----------------------------------------------------------------

template <class F>
void analytics_table::for_each_at(optional_int end, std::int64_t now, F f) {
  f(all_);
  for (auto* buckets : {&hour_, &day_})
    if (auto* rows = buckets->at(end, now))
      f(*rows);
}

template <class F>
void analytics_table::for_each_rows(F f) {
  f(all_);
  hour_.for_each(f);
  day_.for_each(f);
}

std::uint64_t analytics_table::number_of(std::string_view key) {
  if (keys_.size() >= keys_.limit() && !keys_.find(key))
    forget_last();
  return keys_.see(key);
}

/// What is saved of it is left out when it is loaded.
void analytics_table::forget_last() {
  if (const auto number = keys_.forget_last(); number != 0)
    for_each_rows([&](analytics_rows& rows) { rows.forget(number); });
}

void analytics_table::apply(const contribution* added,
                            const contribution* replaced, std::int64_t now) {
  if (added != nullptr)
    for (auto& part : parts_of(*added, kind_)) {
      const auto number = number_of(part.key);
      for_each_at(added->end, now,
                  [&](analytics_rows& rows) { rows.add(number, part); });
      all_changed_ = true;
    }
  if (replaced != nullptr)
    for (auto& part : parts_of(*replaced, kind_))
      if (const auto number = keys_.find(part.key)) {
        for_each_at(replaced->end, now, [&](analytics_rows& rows) {
          rows.subtract(*number, part);
        });
        all_changed_ = true;
      }
  if (++since_look_ < look_every)
    return;
  since_look_ = 0;
  while (bytes() > limits_.bytes && keys_.size() > 1)
    forget_last();
}

std::size_t analytics_table::bytes() {
  std::size_t result = 0;
  for_each_rows([&](const analytics_rows& rows) { result += rows.bytes(); });
  return result;
}

// -- asking -------------------------------------------------------------------

analytics_rows
analytics_table::sum(statistics_window window, std::int64_t now) const {
  switch (window) {
  case statistics_window::five_minutes:
    return hour_.sum(now, 5);
  case statistics_window::hour:
    return hour_.sum(now);
  case statistics_window::day:
    return day_.sum(now);
  case statistics_window::all:
    break;
  }
  return all_;
}

analytics_report analytics_table::report(const analytics_query& query) const {
  analytics_report result;
  const auto rows = sum(query.window, query.now);
  for (auto& [number, sums] : rows.all())
    if (const auto* key = keys_.name_of(number))
      result.rows.push_back(row_of(*key, sums));
  const auto before = [&](const analytics_row& a, const analytics_row& b) {
    const auto x = rank_of(a, query.sort);
    const auto y = rank_of(b, query.sort);
    return x != y ? x > y : a.names < b.names;
  };
  std::sort(result.rows.begin(), result.rows.end(), before);
  result.truncated = result.rows.size() > query.limit;
  if (result.truncated)
    result.rows.resize(query.limit);
  return result;
}

// -- over restarts ------------------------------------------------------------

std::vector<std::string> analytics_table::part_names() const {
  std::vector<std::string> result{name_ + "/all"};
  for (auto* buckets : {&hour_, &day_})
    for (auto& name : buckets->part_names())
      result.push_back(std::move(name));
  return result;
}

void analytics_table::save(bool all, std::vector<statistics_part>& to) {
  if (all || std::exchange(all_changed_, false)) {
    byte_writer bytes{1024};
    all_.write(bytes);
    to.push_back({name_ + "/all", bytes.take()});
  }
  all_changed_ = false;
  hour_.save(all, to);
  day_.save(all, to);
}

bool analytics_table::load(std::string_view name, byte_reader& from) {
  if (name.substr(0, name_.size()) != name_)
    return false;
  name.remove_prefix(name_.size());
  if (name == "/all")
    all_.read(from);
  else if (name.rfind("/hour/", 0) == 0)
    hour_.load(from);
  else if (name.rfind("/day/", 0) == 0)
    day_.load(from);
  else
    return false;
  return true;
}

void analytics_table::finish_load() {
  for_each_rows([&](analytics_rows& rows) { rows.keep_named(keys_); });
}

} // namespace meshtrace
