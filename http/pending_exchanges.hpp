#pragma once

#include "http/exchange.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

namespace meshtrace {

/// The requests that wait for an answer of other actors, in the order in which
/// they came. All wait equally long, so the first is the first to run out of
/// time.
class pending_exchanges {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using ticket = std::uint64_t;

  struct entry {
    exchange_ptr waiting;
    /// The path template of its route, for the metrics.
    std::string_view route;
    time_point deadline;
  };

  ticket add(entry x);

  /// Takes an entry out; nothing if it was taken before: its time was up.
  std::optional<entry> take(ticket number);

  /// Takes all whose time is up.
  std::vector<entry> take_due(time_point now);

  /// Takes all.
  std::vector<entry> take_all();

  std::optional<time_point> next_deadline() const;

  bool contains(ticket number) const {
    return entries_.count(number) != 0;
  }

  std::size_t size() const {
    return entries_.size();
  }

private:
  ticket next_ = 1;
  std::map<ticket, entry> entries_;
};

} // namespace meshtrace
