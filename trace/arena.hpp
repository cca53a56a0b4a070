#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace meshtrace {

/// Memory that is handed out piece by piece and given back all at once.
/// `reset()` keeps the memory for the next round, so that a batch costs no
/// allocation once its arena has grown to size. Addresses stay valid until
/// `reset()` or the end of the arena, also when the arena is moved.
/// Not thread-safe.
class arena {
public:
  explicit arena(std::size_t first_chunk = 4096) : next_size_(first_chunk) {
    // nop
  }

  arena(arena&&) noexcept = default;
  arena& operator=(arena&&) noexcept = default;

  /// Uninitialised memory for `bytes` bytes.
  void*
  allocate(std::size_t bytes, std::size_t align = alignof(std::max_align_t)) {
    auto at = (used_ + align - 1) & ~(align - 1);
    if (current_ >= chunks_.size() || at + bytes > chunks_[current_].size) {
      next_chunk(bytes);
      at = 0;
    }
    used_ = at + bytes;
    return chunks_[current_].memory.get() + at;
  }

  /// `count` value-initialised objects. They are never destroyed.
  template <class T>
  std::span<T> make(std::size_t count) {
    static_assert(std::is_trivially_destructible_v<T>);
    auto* first = static_cast<T*>(allocate(count * sizeof(T), alignof(T)));
    std::uninitialized_value_construct_n(first, count);
    return {first, count};
  }

  /// A copy of `text` that lives as long as the arena's content.
  std::string_view copy(std::string_view text) {
    if (text.empty())
      return {};
    auto* at = static_cast<char*>(allocate(text.size(), 1));
    std::memcpy(at, text.data(), text.size());
    return {at, text.size()};
  }

  /// Forgets everything, keeps at most `keep` bytes of memory for later.
  void reset(std::size_t keep = static_cast<std::size_t>(-1)) {
    std::size_t kept = 0;
    auto last = std::find_if(chunks_.begin(), chunks_.end(), [&](auto& c) {
      kept += c.size;
      return kept > keep;
    });
    chunks_.erase(last, chunks_.end());
    current_ = 0;
    used_ = 0;
  }

  /// Bytes held from the heap.
  std::size_t capacity() const {
    std::size_t sum = 0;
    for (auto& c : chunks_)
      sum += c.size;
    return sum;
  }

private:
  struct chunk {
    std::unique_ptr<char[]> memory;
    std::size_t size = 0;
  };

  static constexpr std::size_t largest_step = std::size_t{1} << 20;

  void next_chunk(std::size_t bytes) {
    if (current_ < chunks_.size())
      ++current_;
    while (current_ < chunks_.size() && chunks_[current_].size < bytes)
      ++current_;
    if (current_ < chunks_.size())
      return;
    const auto size = std::max(bytes, next_size_);
    next_size_ = std::min(next_size_ * 2, largest_step);
    chunks_.push_back({std::unique_ptr<char[]>(new char[size]), size});
    current_ = chunks_.size() - 1;
  }

  std::vector<chunk> chunks_;
  std::size_t current_ = 0;
  std::size_t used_ = 0;
  std::size_t next_size_;
};

} // namespace meshtrace
