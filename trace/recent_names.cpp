#include "trace/recent_names.hpp"

#include "trace/text.hpp"

#include <utility>

namespace meshtrace {

std::uint64_t recent_names::see(std::string_view name) {
  name = cut_utf8(name, max_bytes_);
  if (const auto i = by_name_.find(name); i != by_name_.end()) {
    names_.splice(names_.begin(), names_, i->second);
    return i->second->number;
  }
  if (names_.size() >= limit_)
    forget_last();
  add(std::string{name}, ++last_number_);
  return last_number_;
}

/// As the most recently seen.
void recent_names::add(std::string name, std::uint64_t number) {
  names_.push_front({std::move(name), number});
  by_name_.emplace(names_.front().name, names_.begin());
  by_number_.emplace(number, &names_.front().name);
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

void recent_names::write(byte_writer& to) const {
  to.varint(last_number_);
  to.varint(forgotten_);
  to.varint(names_.size());
  for (auto i = names_.rbegin(); i != names_.rend(); ++i) {
    to.varint(i->number);
    to.varint(i->name.size());
    to.raw(i->name);
  }
}

void recent_names::read(byte_reader& from) {
  last_number_ = from.varint();
  forgotten_ = from.varint();
  for (auto left = from.varint(); left > 0 && !from.failed(); --left) {
    const auto number = from.varint();
    const auto name = from.raw(from.varint());
    if (number > last_number_ || by_number_.count(number) != 0
        || by_name_.count(name) != 0)
      from.fail();
    if (from.failed())
      return;
    if (names_.size() >= limit_) // the limit was greater then
      forget_last();
    add(std::string{name}, number);
  }
}

std::uint64_t recent_names::forget_last() {
  if (names_.empty())
    return 0;
  const auto number = names_.back().number;
  by_name_.erase(names_.back().name);
  by_number_.erase(number);
  names_.pop_back();
  ++forgotten_;
  return number;
}

} // namespace meshtrace
