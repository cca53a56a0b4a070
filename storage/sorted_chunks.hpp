#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace meshtrace {

/// Numbers in an order that only the caller knows, in chunks of a few hundred:
/// 4 to 8 bytes an element, where a tree takes 48. The caller says where an
/// element belongs by a predicate `before(x)`: whether `x` sorts before it.
class sorted_chunks {
public:
  struct position {
    std::size_t chunk = 0;
    std::size_t index = 0;
  };

  /// The first element that does not sort before the one in question.
  template <class Before>
  position find(Before before) const {
    const auto chunk = std::partition_point(
      chunks_.begin(), chunks_.end(),
      [&](const auto& list) { return before(list.back()); });
    if (chunk == chunks_.end())
      return {chunks_.size(), 0};
    const auto i = std::partition_point(chunk->begin(), chunk->end(), before);
    return {static_cast<std::size_t>(chunk - chunks_.begin()),
            static_cast<std::size_t>(i - chunk->begin())};
  }

  /// Puts `element` where `find` says that it belongs.
  void insert(std::uint32_t element, position at) {
    if (at.chunk == chunks_.size()) { // behind all others
      if (chunks_.empty() || chunks_.back().size() >= chunk_size)
        chunks_.emplace_back().reserve(chunk_size);
      chunks_.back().push_back(element);
      return;
    }
    if (chunks_[at.chunk].size() >= chunk_size) {
      split(at.chunk);
      if (at.index > chunk_size / 2)
        at = {at.chunk + 1, at.index - chunk_size / 2};
    }
    auto& list = chunks_[at.chunk];
    list.insert(list.begin() + static_cast<std::ptrdiff_t>(at.index), element);
  }

  void erase(position at) {
    auto& list = chunks_[at.chunk];
    list.erase(list.begin() + static_cast<std::ptrdiff_t>(at.index));
    if (list.empty())
      chunks_.erase(chunks_.begin() + static_cast<std::ptrdiff_t>(at.chunk));
  }

  position end() const {
    return {chunks_.size(), 0};
  }
  bool at_end(position at) const {
    return at.chunk == chunks_.size();
  }

  std::uint32_t operator[](position at) const {
    return chunks_[at.chunk][at.index];
  }

  /// Steps to the element before; false if there is none.
  bool step_back(position& at) const {
    if (at.index > 0) {
      --at.index;
      return true;
    }
    if (at.chunk == 0)
      return false;
    --at.chunk;
    at.index = chunks_[at.chunk].size() - 1;
    return true;
  }

private:
  static constexpr std::size_t chunk_size = 256;

  void split(std::size_t chunk) {
    auto& full = chunks_[chunk];
    std::vector<std::uint32_t> upper;
    upper.reserve(chunk_size);
    upper.assign(full.begin() + chunk_size / 2, full.end());
    full.resize(chunk_size / 2);
    chunks_.insert(chunks_.begin() + static_cast<std::ptrdiff_t>(chunk) + 1,
                   std::move(upper));
  }

  /// None is empty.
  std::vector<std::vector<std::uint32_t>> chunks_;
};

} // namespace meshtrace
