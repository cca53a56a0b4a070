#pragma once

#include "trace/bytes.hpp"
#include "trace/span.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace meshtrace {

/// A piece of saved statistics.
struct statistics_part {
  std::string name;
  std::string bytes;
};

/// Sums of the traces that ended within the last `count` spans of time, by span
/// of time. Those of later traces are kept only for clocks that go ahead: for a
/// sixth of the window. `Sums` has `merge`, `write` and `read`.
template <class Sums>
class time_buckets {
public:
  /// `width` is nanoseconds. `name` is the start of the names of its parts.
  time_buckets(std::string_view name, std::int64_t width, std::int64_t count)
    : name_(name), width_(width), count_(count) {
    // nop
  }

  /// The sums that a trace with this end belongs to; null where it is in no
  /// bucket at `now`. Drops those that are too old. Times are nanoseconds since
  /// 1970.
  Sums* at(optional_int end, std::int64_t now) {
    const auto current = now / width_;
    // One more than the window, for a reader whose clock is behind.
    while (!buckets_.empty() && buckets_.begin()->first < current - count_)
      buckets_.erase(buckets_.begin());
    if (!end.has_value())
      return nullptr;
    const auto index = *end / width_;
    if (index < current - count_ || index > current + count_ / 6)
      return nullptr;
    changed_.insert(index);
    return &buckets_[index];
  }

  /// Everything that ended within the last `count` spans of time before `now`.
  Sums sum(std::int64_t now, std::int64_t count) const {
    const auto current = now / width_;
    Sums result;
    for (auto i = buckets_.upper_bound(current - count);
         i != buckets_.end() && i->first <= current; ++i)
      result.merge(i->second);
    return result;
  }

  /// Everything that ended within the window before `now`.
  Sums sum(std::int64_t now) const {
    return sum(now, count_);
  }

  /// Calls `f` with all sums there are.
  template <class F>
  void for_each(F f) {
    for (auto& x : buckets_)
      f(x.second);
  }

  /// The names that `save` may give: as many as there are buckets at a time, so
  /// that a new bucket takes the place of one that is too old.
  std::vector<std::string> part_names() const {
    std::vector<std::string> result;
    for (std::int64_t i = 0; i < slots(); ++i)
      result.push_back(part_name(i));
    return result;
  }

  void save(bool all, std::vector<statistics_part>& to) {
    for (auto& [index, sums] : buckets_) {
      if (!all && changed_.count(index) == 0)
        continue;
      byte_writer bytes{1024};
      bytes.varint(static_cast<std::uint64_t>(index));
      sums.write(bytes);
      to.push_back({part_name(index), bytes.take()});
    }
    changed_.clear();
  }

  void load(byte_reader& from) {
    const auto index = static_cast<std::int64_t>(from.varint());
    buckets_[index].read(from);
  }

private:
  std::string part_name(std::int64_t index) const {
    return name_ + '/' + std::to_string(index % slots());
  }
  std::int64_t slots() const {
    return count_ + count_ / 6 + 3;
  }

  std::string name_;
  /// Those that changed since the last `save`.
  std::set<std::int64_t> changed_;
  std::int64_t width_;
  std::int64_t count_;
  std::map<std::int64_t, Sums> buckets_;
};

} // namespace meshtrace
