#pragma once

#include "storage/engine.hpp"
#include "storage/packed_bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

namespace meshtrace {

/// The logs of all partitions in memory, bounded together: beyond the limits
/// the oldest entry goes, whatever its partition. An entry refers to records,
/// which costs nothing while the store has them too. Not thread-safe.
class partition_logs {
public:
  struct limits {
    std::size_t entries;
    /// Of the records that entries refer to, as if nobody else had them.
    std::size_t bytes;
  };

  struct entry {
    std::uint32_t partition = 0;
    packed_bytes record;
    packed_bytes record_before;
  };

  /// What the entry says to statistics; empty where it is not at hand.
  struct contributions {
    std::shared_ptr<const contribution> added;
    std::shared_ptr<const contribution> replaced;
  };

  struct page {
    /// The number of the first entry.
    std::uint64_t first = 0;
    std::uint64_t lost = 0;
    std::vector<std::pair<entry, contributions>> entries;
  };

  partition_logs(std::uint32_t partitions, const limits& bounds)
    : bounds_(bounds), logs_(partitions) {
    // nop
  }

  void append(entry next, contributions ready);

  page
  read(std::uint32_t partition, std::uint64_t number, std::size_t limit) const;

  std::vector<std::uint64_t> ends() const;

private:
  /// Entries, the newest ones, whose contributions are kept: readers are
  /// mostly that close, and a contribution is larger than a record.
  static constexpr std::size_t ready_entries = 1024;

  struct partition_log {
    /// Entries that were cut.
    std::uint64_t gone = 0;
    /// Numbers of entries over all partitions, ascending.
    std::deque<std::uint32_t> entries;
  };

  void cut_oldest();

  limits bounds_;
  std::vector<partition_log> logs_;
  /// Of all partitions, `first_` is the number of the oldest.
  std::deque<entry> entries_;
  /// Of the newest entries.
  std::deque<contributions> ready_;
  std::uint32_t first_ = 0;
  std::size_t bytes_ = 0;
};

} // namespace meshtrace
