#include "storage/sorted_chunks.hpp"
#include "tests/support/trace_maker.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace meshtrace;
using namespace meshtrace::test;

TEST_CASE("elements stay sorted while thousands come and go") {
  const auto seed = random_seed();
  CAPTURE(seed);
  trace_maker maker{seed};
  sorted_chunks chunks;
  std::set<std::uint32_t> model;
  const auto find = [&](std::uint32_t x) {
    return chunks.find([x](std::uint32_t other) { return other < x; });
  };
  for (int i = 0; i < 20'000; ++i) {
    // Grows for a while, then shrinks to nearly nothing, then grows.
    const bool shrinks = i / 5000 % 2 == 1;
    const auto x = static_cast<std::uint32_t>(maker.below(6000));
    if (const auto at = model.lower_bound(x); shrinks && at != model.end()) {
      chunks.erase(find(*at));
      model.erase(at);
    } else if (model.insert(x).second) {
      chunks.insert(x, find(x));
    }
    const auto probe = static_cast<std::uint32_t>(maker.below(6000));
    const auto expected = model.lower_bound(probe);
    const auto found = find(probe);
    REQUIRE(chunks.at_end(found) == (expected == model.end()));
    if (expected != model.end())
      REQUIRE(chunks[found] == *expected);
  }
  auto at = chunks.end();
  for (auto x = model.rbegin(); x != model.rend(); ++x) {
    REQUIRE(chunks.step_back(at));
    REQUIRE(chunks[at] == *x);
  }
  CHECK_FALSE(chunks.step_back(at));
}
