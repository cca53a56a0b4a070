#pragma once

#include "storage/packed_bytes.hpp"
#include "storage/search_run.hpp"
#include "storage/sorted_chunks.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace meshtrace {

/// Records in memory, found by id and by the orders of a search, oldest first
/// commit first to go. About 100 bytes a trace beside its record. Not
/// thread-safe.
class memory_table {
public:
  /// A record and what of it is needed all the time.
  struct item {
    packed_bytes record;
    std::int64_t end = optional_int::absent;
    std::int64_t duration = optional_int::absent;
    bool whole = false;
  };

  /// The item of this trace, null if there is none. Valid until the next
  /// change.
  const item* find(std::string_view trace_id) const;

  /// Adds a trace that is not there.
  void insert(std::string_view trace_id, item next);

  /// Puts `next` in the place of what is there of this trace.
  void replace(std::string_view trace_id, item next);

  /// The item that was inserted first; there must be one.
  const item& oldest() const {
    return items_.front();
  }
  /// Returns the bytes that it took.
  std::uint64_t drop_oldest();

  std::size_t size() const {
    return items_.size();
  }
  std::uint64_t bytes() const {
    return bytes_;
  }
  store_totals totals() const;

  /// At most `count` records from the bounds on, greatest first.
  std::vector<packed_bytes>
  list(trace_order order, const search_bounds& bounds, std::size_t count) const;

private:
  /// An order and what it goes by.
  struct index {
    std::int64_t item::*value;
    sorted_chunks numbers;
  };

  const item& at(std::uint32_t number) const {
    return items_[number - first_];
  }
  /// The first that does not sort before (value, id).
  sorted_chunks::position
  find(const index& order, std::int64_t value, std::string_view id) const;
  void add_to(index& order, std::uint32_t number, std::string_view id);
  void remove_from(index& order, std::uint32_t number, std::string_view id);
  const item* find(std::string_view trace_id, std::uint32_t& number) const;

  /// Traces are numbered as they come; `first_` is the number of the oldest.
  std::deque<item> items_;
  std::uint32_t first_ = 0;
  /// Numbers by the hash of the id.
  std::unordered_multimap<std::uint64_t, std::uint32_t> by_id_;
  index by_end_{&item::end, {}};
  index by_duration_{&item::duration, {}};
  std::uint64_t whole_ = 0;
  std::uint64_t bytes_ = 0;
};

} // namespace meshtrace
