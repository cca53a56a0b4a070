#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace meshtrace {

/// Numbers for names that come again and again (agents, operations), so that
/// what refers to them is a byte or two. Names are never forgotten: beyond the
/// limits a name gets no number. Thread-safe.
class name_table {
public:
  static constexpr std::size_t max_names = 65'536;
  static constexpr std::size_t max_name_bytes = 256;

  /// The number of this name, a new one if need be; none beyond the limits.
  std::optional<std::uint32_t> number_of(std::string_view name);

  std::optional<std::uint32_t> find(std::string_view name) const;

  /// The name of a number; null if there is none. Valid as long as the table.
  const std::string* name_of(std::uint64_t number) const;

  std::size_t size() const;

  /// By number: whether `part` is in the name.
  std::vector<bool> containing(std::string_view part) const;

private:
  mutable std::shared_mutex mutex_;
  std::deque<std::string> names_;
  /// The keys are in `names_`.
  std::unordered_map<std::string_view, std::uint32_t> numbers_;
};

} // namespace meshtrace
