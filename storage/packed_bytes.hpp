#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

namespace meshtrace {

/// Bytes that never change, shared by counting: one allocation, one pointer
/// wide. What a store hands out while it goes on writing.
class packed_bytes {
public:
  packed_bytes() = default;

  explicit packed_bytes(std::string_view bytes)
    : memory_(std::make_shared_for_overwrite<char[]>(prefix + bytes.size())) {
    const auto size = static_cast<std::uint32_t>(bytes.size());
    std::memcpy(memory_.get(), &size, prefix);
    std::memcpy(memory_.get() + prefix, bytes.data(), bytes.size());
  }

  std::string_view view() const {
    if (!memory_)
      return {};
    std::uint32_t size = 0;
    std::memcpy(&size, memory_.get(), prefix);
    return {memory_.get() + prefix, size};
  }

  explicit operator bool() const {
    return memory_ != nullptr;
  }

private:
  static constexpr std::size_t prefix = sizeof(std::uint32_t);

  std::shared_ptr<char[]> memory_;
};

} // namespace meshtrace
