#include "storage/name_table.hpp"

#include <mutex>

namespace meshtrace {

std::optional<std::uint32_t> name_table::number_of(std::string_view name) {
  if (const auto known = find(name))
    return known;
  if (name.size() > max_name_bytes)
    return std::nullopt;
  const std::unique_lock guard{mutex_};
  if (const auto i = numbers_.find(name); i != numbers_.end())
    return i->second;
  if (names_.size() >= max_names)
    return std::nullopt;
  const auto number = static_cast<std::uint32_t>(names_.size());
  names_.emplace_back(name);
  numbers_.emplace(names_.back(), number);
  return number;
}

std::optional<std::uint32_t> name_table::find(std::string_view name) const {
  const std::shared_lock guard{mutex_};
  const auto i = numbers_.find(name);
  return i == numbers_.end() ? std::nullopt : std::optional{i->second};
}

const std::string* name_table::name_of(std::uint64_t number) const {
  const std::shared_lock guard{mutex_};
  return number < names_.size() ? &names_[number] : nullptr;
}

std::size_t name_table::size() const {
  const std::shared_lock guard{mutex_};
  return names_.size();
}

std::vector<bool> name_table::containing(std::string_view part) const {
  const std::shared_lock guard{mutex_};
  std::vector<bool> result;
  result.reserve(names_.size());
  for (auto& name : names_)
    result.push_back(name.find(part) != std::string::npos);
  return result;
}

} // namespace meshtrace
