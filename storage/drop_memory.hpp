#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

namespace meshtrace {

/// Which trace ids were dropped of late: for an hour, at most a million of
/// them, the oldest forgotten first. About 20 bytes an id: its hash, the
/// second, and a place in a hash table. Not thread-safe.
class drop_memory {
public:
  static constexpr std::int64_t keep_seconds = 3600;

  explicit drop_memory(std::size_t most = 1'000'000)
    : most_(most), slots_(64, none) {
    // nop
  }

  /// `now` is nanoseconds since 1970.
  void add(std::string_view trace_id, std::int64_t now) {
    add_hash(hash_of(trace_id), now);
  }
  bool contains(std::string_view trace_id, std::int64_t now) const;

  /// For a store that keeps the hashes over restarts.
  static std::uint64_t hash_of(std::string_view trace_id);
  void add_hash(std::uint64_t hash, std::int64_t now);

  std::size_t size() const {
    return hashes_.size();
  }

private:
  static constexpr std::uint32_t none = 0xFFFF'FFFF;

  std::uint64_t hash_at(std::uint32_t number) const {
    return hashes_[number - first_];
  }
  bool is_old(std::size_t index, std::int64_t now) const;
  void place(std::uint32_t number);
  void forget_oldest();
  void grow();

  std::size_t most_;
  /// By age. Ids are numbered as they come, `first_` is the oldest.
  std::deque<std::uint64_t> hashes_;
  std::deque<std::uint32_t> seconds_;
  std::uint32_t first_ = 0;
  /// Numbers by hash, linear probing, at most half full.
  std::vector<std::uint32_t> slots_;
};

} // namespace meshtrace
