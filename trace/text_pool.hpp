#pragma once

#include "trace/arena.hpp"

#include <cstddef>
#include <string_view>
#include <unordered_set>
#include <xxhash.h>

namespace meshtrace {

/// One copy of each text that many spans share (agents, operations, attribute
/// names). Texts stay where they are until the pool ends. Bounded: when it is
/// full, or a text is long, `find_or_add` finds nothing and the caller keeps a
/// copy of its own. One thread adds; views may be read anywhere.
class text_pool {
public:
  static constexpr std::size_t max_texts = 65'536;
  static constexpr std::size_t max_text_bytes = 64;

  /// The shared copy of `text`, or an empty view if there is no room for it.
  std::string_view find_or_add(std::string_view text) {
    if (text.size() > max_text_bytes)
      return {};
    if (const auto i = texts_.find(text); i != texts_.end())
      return *i;
    if (texts_.size() >= max_texts)
      return {};
    return *texts_.insert(memory_.copy(text)).first;
  }

  std::size_t size() const {
    return texts_.size();
  }

private:
  struct hash {
    std::size_t operator()(std::string_view text) const {
      return XXH3_64bits(text.data(), text.size());
    }
  };

  arena memory_{16'384};
  std::unordered_set<std::string_view, hash> texts_;
};

} // namespace meshtrace
