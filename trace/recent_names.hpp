#pragma once

#include "trace/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace meshtrace {

/// Gives names numbers, and forgets the least recently seen name where there
/// would be more than a limit. A number is never given twice, so that whoever
/// keeps one of a forgotten name notices.
class recent_names {
public:
  /// Of longer names only the first `max_bytes` count.
  explicit recent_names(std::size_t limit, std::size_t max_bytes = 256)
    : limit_(limit), max_bytes_(max_bytes) {
    // nop
  }

  recent_names(const recent_names&) = delete;
  recent_names& operator=(const recent_names&) = delete;

  /// The number of `name`, which is now the most recently seen.
  std::uint64_t see(std::string_view name);

  /// The number of `name`, if it has one.
  std::optional<std::uint64_t> find(std::string_view name) const;

  /// Null if the name was forgotten. Valid until the next `see`.
  const std::string* name_of(std::uint64_t number) const;

  std::size_t limit() const {
    return limit_;
  }

  std::size_t size() const {
    return names_.size();
  }

  /// Forgets the least recently seen name; its number, or 0 if there is none.
  std::uint64_t forget_last();

  /// How many names were forgotten since the beginning.
  std::uint64_t forgotten() const {
    return forgotten_;
  }

  void write(byte_writer& to) const;
  /// Into an object that has seen no name yet.
  void read(byte_reader& from);

private:
  struct known_name {
    std::string name;
    std::uint64_t number = 0;
  };

  void add(std::string name, std::uint64_t number);

  std::size_t limit_;
  std::size_t max_bytes_;
  /// The most recently seen first.
  std::list<known_name> names_;
  /// The keys are the names in `names_`.
  std::unordered_map<std::string_view, std::list<known_name>::iterator>
    by_name_;
  std::unordered_map<std::uint64_t, const std::string*> by_number_;
  std::uint64_t last_number_ = 0;
  std::uint64_t forgotten_ = 0;
};

} // namespace meshtrace
