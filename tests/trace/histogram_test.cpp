#include "trace/histogram.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

using namespace meshtrace;

namespace {

/// The least element that at least `q` of all do not exceed.
double exact_quantile(std::vector<std::int64_t> values, double q) {
  std::sort(values.begin(), values.end());
  const auto rank
    = std::max(1.0, std::ceil(q * static_cast<double>(values.size())));
  return static_cast<double>(values[static_cast<std::size_t>(rank) - 1]);
}

/// Durations of every magnitude.
std::int64_t random_duration(std::mt19937_64& random) {
  return static_cast<std::int64_t>(random() >> (1 + random() % 63));
}

} // namespace

TEST_SUITE_BEGIN("histogram");

TEST_CASE("an empty histogram says zero") {
  const histogram empty;
  CHECK(empty.count() == 0);
  CHECK(empty.average() == 0);
  CHECK(empty.quantile(0.99) == 0);
  CHECK(empty.bytes() == 0);
}

TEST_CASE("one duration is known to within 1 %, the least ones exactly") {
  for (std::int64_t x = 0; x < 128; ++x) {
    histogram h;
    h.add(x);
    CHECK(h.quantile(0.5) == static_cast<double>(x));
  }
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random{seed};
  for (int i = 0; i < 10'000; ++i) {
    const auto x = random_duration(random);
    histogram h;
    h.add(x);
    REQUIRE(std::abs(h.quantile(0.5) - static_cast<double>(x))
            <= 0.01 * static_cast<double>(x));
  }
}

TEST_CASE("quantiles and average are those of the durations that are left") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random{seed};
  for (int round = 0; round < 50; ++round) {
    histogram one;
    histogram other;
    std::vector<std::int64_t> left;
    for (auto n = 1 + random() % 300; n > 0; --n) {
      const auto x = random_duration(random) % 1'000'000'000'000;
      auto& h = random() % 2 == 0 ? one : other;
      h.add(x);
      if (random() % 3 == 0)
        h.subtract(x);
      else
        left.push_back(x);
    }
    one.merge(other);
    REQUIRE(one.count() == left.size());
    if (left.empty())
      continue;
    double sum = 0;
    for (auto x : left)
      sum += static_cast<double>(x);
    CHECK(one.average()
          == doctest::Approx(sum / static_cast<double>(left.size())));
    for (auto q : {0.0, 0.5, 0.9, 0.99, 1.0}) {
      const auto exact = exact_quantile(left, q);
      CHECK(std::abs(one.quantile(q) - exact) <= 0.01 * exact);
    }
  }
}

TEST_CASE("what was never added cannot be taken out") {
  histogram h;
  h.add(1'000'000);
  h.subtract(5'000'000);
  CHECK(h.count() == 1);
  h.subtract(1'000'000);
  h.subtract(1'000'000);
  CHECK(h.count() == 0);
  CHECK(h.average() == 0);
}

TEST_CASE("the longest durations neither wrap nor get lost") {
  constexpr auto longest = std::numeric_limits<std::int64_t>::max();
  histogram h;
  for (int i = 0; i < 10; ++i)
    h.add(longest);
  h.add(-5);
  CHECK(h.quantile(0) == 0);
  CHECK(h.quantile(1)
        == doctest::Approx(static_cast<double>(longest)).epsilon(0.01));
  CHECK(h.average() == doctest::Approx(static_cast<double>(longest) * 10 / 11));
}

TEST_CASE("it takes room for what is in it only") {
  histogram h;
  for (int i = 0; i < 100'000; ++i)
    h.add(1'000'000 + i);
  CHECK(h.bytes() < 1024);
}

TEST_SUITE_END();
