#include "storage/drop_memory.hpp"
#include "tests/support/trace_maker.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <deque>

using namespace meshtrace;
using namespace meshtrace::test;

namespace {

constexpr std::int64_t second = 1'000'000'000;

} // namespace

TEST_CASE("at most so many ids are remembered, the newest") {
  drop_memory memory{1000};
  for (int i = 0; i < 5000; ++i)
    memory.add(fmt::format("t{}", i), second);
  CHECK(memory.size() == 1000);
  for (int i = 0; i < 5000; ++i)
    CHECK(memory.contains(fmt::format("t{}", i), second) == (i >= 4000));
}

TEST_CASE("ids are remembered for an hour, whatever comes and goes") {
  const auto seed = random_seed();
  CAPTURE(seed);
  trace_maker maker{seed};
  drop_memory memory{500};
  std::deque<std::pair<std::string, std::int64_t>> model;
  std::int64_t now = 0;
  for (int i = 0; i < 20'000; ++i) {
    now += static_cast<std::int64_t>(maker.below(30)) * second;
    auto id = fmt::format("t{}", maker.below(2000));
    memory.add(id, now);
    model.emplace_back(std::move(id), now);
    while (model.size() > 500
           || now - model.front().second > drop_memory::keep_seconds * second)
      model.pop_front();
    REQUIRE(memory.size() == model.size());
    const auto asked = fmt::format("t{}", maker.below(2000));
    const bool known = std::any_of(model.begin(), model.end(),
                                   [&](auto& x) { return x.first == asked; });
    REQUIRE(memory.contains(asked, now) == known);
  }
}
