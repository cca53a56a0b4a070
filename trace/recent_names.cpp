#include "trace/recent_names.hpp"

#include "trace/text.hpp"

namespace meshtrace {

std::uint64_t recent_names::see(std::string_view name) {
  name = cut_utf8(name, max_bytes_);
  if (const auto i = by_name_.find(name); i != by_name_.end()) {
    names_.splice(names_.begin(), names_, i->second);
    return i->second->number;
  }
  if (names_.size() >= limit_)
    forget_last();
  names_.push_front({std::string{name}, ++last_number_});
  by_name_.emplace(names_.front().name, names_.begin());
  by_number_.emplace(last_number_, &names_.front().name);
  return last_number_;
}

std::optional<std::uint64_t> recent_names::find(std::string_view name) const {
  const auto i = by_name_.find(cut_utf8(name, max_bytes_));
  if (i == by_name_.end())
    return std::nullopt;
  return i->second->number;
}

const std::string* recent_names::name_of(std::uint64_t number) const {
  const auto i = by_number_.find(number);
  return i == by_number_.end() ? nullptr : i->second;
}

void recent_names::forget_last() {
  if (names_.empty())
    return;
  by_name_.erase(names_.back().name);
  by_number_.erase(names_.back().number);
  names_.pop_back();
  ++forgotten_;
}

} // namespace meshtrace
