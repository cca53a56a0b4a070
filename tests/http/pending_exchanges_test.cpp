#include "http/pending_exchanges.hpp"

#include <doctest/doctest.h>

using namespace meshtrace;
using namespace std::chrono_literals;

namespace {

using time_point = pending_exchanges::time_point;

pending_exchanges::entry waiting_until(time_point deadline) {
  return {nullptr, "/trace/list", deadline};
}

} // namespace

TEST_CASE("a request that was taken is not there a second time") {
  pending_exchanges pending;
  const auto number = pending.add(waiting_until(time_point{1s}));
  CHECK(pending.contains(number));
  CHECK(pending.take(number));
  CHECK_FALSE(pending.contains(number));
  CHECK_FALSE(pending.take(number));
  CHECK(pending.add(waiting_until(time_point{1s})) != number);
}

TEST_CASE("only those whose time is up are due") {
  pending_exchanges pending;
  CHECK_FALSE(pending.next_deadline());
  const auto first = pending.add(waiting_until(time_point{1s}));
  const auto second = pending.add(waiting_until(time_point{2s}));
  CHECK(pending.next_deadline() == time_point{1s});
  CHECK(pending.take_due(time_point{1s} - 1ns).empty());
  CHECK(pending.take_due(time_point{1s}).size() == 1);
  CHECK_FALSE(pending.contains(first));
  CHECK(pending.contains(second));
  CHECK(pending.next_deadline() == time_point{2s});
}

TEST_CASE("all can be taken at once") {
  pending_exchanges pending;
  for (int i = 0; i < 3; ++i)
    pending.add(waiting_until(time_point{1s}));
  CHECK(pending.size() == 3);
  CHECK(pending.take_all().size() == 3);
  CHECK(pending.size() == 0);
}
