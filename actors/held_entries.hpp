#pragma once

#include "messages/ingest.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>

namespace meshtrace {

/// Which entries of one stream this process was given and has not acknowledged
/// yet, by delivery: a run of entries that came in one reply. Costs nothing per
/// entry, so it can follow a million of them.
class held_entries {
public:
  /// Notes that the entries from `first` to `last`, `count` of them, came as
  /// delivery `number`. `before`: how many entries the stream was given before
  /// `first`, where that is known.
  void add(std::uint32_t number, stream_entry_id first, stream_entry_id last,
           std::uint64_t count, std::optional<std::uint64_t> before = {});

  /// Redis has forgotten `count` entries of this delivery.
  void acknowledge(std::uint32_t number, std::uint64_t count);

  /// Whether `id` lies in a delivery that is not all acknowledged: such an
  /// entry is either still in work here or its acknowledgement is on its way.
  bool holds(stream_entry_id id) const;

  /// The first entry that may be unacknowledged.
  std::optional<stream_entry_id> lowest() const;

  /// How many entries the stream was given before `lowest()`.
  std::optional<std::uint64_t> before_lowest() const;

  /// How many entries are not acknowledged.
  std::uint64_t size() const {
    return size_;
  }

  void clear();

private:
  struct delivery {
    stream_entry_id first;
    std::uint64_t outstanding = 0;
  };
  struct range {
    stream_entry_id last;
    std::uint32_t number = 0;
    std::optional<std::uint64_t> before;
  };

  std::unordered_map<std::uint32_t, delivery> deliveries_;
  std::map<stream_entry_id, range> ranges_;
  std::uint64_t size_ = 0;
};

} // namespace meshtrace
