#pragma once

#include "trace/analytics_parts.hpp"
#include "trace/bytes.hpp"
#include "trace/histogram.hpp"
#include "trace/recent_names.hpp"

#include <cstddef>
#include <cstdint>
#include <unordered_map>

namespace meshtrace {

/// Sums of one kind over some time, by the number of their key. What was added
/// can be taken out again; counts never go below zero, also where their
/// beginning was not seen.
class analytics_rows {
public:
  struct sums {
    std::uint64_t calls = 0;
    std::uint64_t errors = 0;
    analytics_amounts amounts = {};
    histogram durations;

    bool empty() const {
      return calls == 0 && errors == 0 && amounts == analytics_amounts{};
    }
  };

  void add(std::uint64_t number, const analytics_part& x);
  void subtract(std::uint64_t number, const analytics_part& x);
  void merge(const analytics_rows& other);

  void forget(std::uint64_t number);

  /// Forgets what has no name any more.
  void keep_named(const recent_names& names);

  /// Memory held, about.
  std::size_t bytes() const {
    return bytes_;
  }

  const std::unordered_map<std::uint64_t, sums>& all() const {
    return rows_;
  }

  void write(byte_writer& to) const;
  /// Replaces everything. What are no rows makes `from` fail.
  void read(byte_reader& from);

private:
  static std::size_t bytes_of(const sums& x);

  std::unordered_map<std::uint64_t, sums> rows_;
  std::size_t bytes_ = 0;
};

} // namespace meshtrace
