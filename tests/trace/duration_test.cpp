#include "trace/duration.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <random>

using namespace meshtrace;

namespace {

std::int64_t parsed(std::string_view text) {
  const auto duration = parse_go_duration(text);
  REQUIRE_MESSAGE(duration, text);
  return duration->count();
}

std::string printed(std::int64_t nanoseconds) {
  return format_go_duration(std::chrono::nanoseconds{nanoseconds});
}

} // namespace

TEST_CASE("durations are read as Go reads them") {
  CHECK(parsed("0") == 0);
  CHECK(parsed("0s") == 0);
  CHECK(parsed("300ms") == 300'000'000);
  CHECK(parsed("1.5s") == 1'500'000'000);
  CHECK(parsed("1h30m") == 5'400'000'000'000);
  CHECK(parsed("1h15m30.918s") == 4'530'918'000'000);
  CHECK(parsed(".5s") == 500'000'000);
  CHECK(parsed("5.s") == 5'000'000'000);
  CHECK(parsed("7us") == 7'000);
  CHECK(parsed("7\u00b5s") == 7'000);
  CHECK(parsed("7\u03bcs") == 7'000);
  CHECK(parsed("-1m") == -60'000'000'000);
  CHECK(parsed("+3ns") == 3);
  CHECK(parsed("1s1s") == 2'000'000'000);
}

TEST_CASE("fractions are exact and cut below a nanosecond") {
  CHECK(parsed("0.000000001s") == 1);
  CHECK(parsed("0.3333333333333333333333h") == 1'199'999'999'999);
  CHECK(parsed("0.9999999999ns") == 0);
  CHECK(parsed("9007199254.740993s") == 9'007'199'254'740'993'000);
}

TEST_CASE("what is not a duration is an error that shows the text") {
  for (const auto* text : {"", "-", "+", "5", "ms", ".s", ".", "1x", "1 s",
                           " 1s", "1s ", "--1s", "1.2.3s", "1S", "s1"}) {
    const auto duration = parse_go_duration(text);
    CHECK_MESSAGE(!duration, text);
    if (!duration)
      CHECK(duration.error().reason.find(text) != std::string::npos);
  }
}

TEST_CASE("durations end at 64 bits") {
  CHECK(parsed("9223372036854775807ns")
        == std::numeric_limits<std::int64_t>::max());
  CHECK(parsed("-9223372036854775808ns")
        == std::numeric_limits<std::int64_t>::min());
  for (const auto* text :
       {"9223372036854775808ns", "18446744073709551617ns", "5124096h",
        "-9223372036854775809ns", "2562048h", "99999999999999999999999h",
        "9223372036854775807ns1ns", "9223372036.854775807s1ns", "2562047h0.99h",
        "9223372036854775807ns9223372036854775807ns3ns"})
    CHECK_MESSAGE(!parse_go_duration(text), text);
}

TEST_CASE("durations are printed as Go prints them") {
  CHECK(printed(0) == "0s");
  CHECK(printed(1) == "1ns");
  CHECK(printed(1'100) == "1.1\u00b5s");
  CHECK(printed(15'129'805) == "15.129805ms");
  CHECK(printed(2'200'000) == "2.2ms");
  CHECK(printed(1'000'000'000) == "1s");
  CHECK(printed(3'300'000'000) == "3.3s");
  CHECK(printed(90'000'000'000) == "1m30s");
  CHECK(printed(300'000'000'000) == "5m0s");
  CHECK(printed(3'600'000'000'000) == "1h0m0s");
  CHECK(printed(18'367'001'000'000) == "5h6m7.001s");
  CHECK(printed(-1'500'000) == "-1.5ms");
  CHECK(printed(std::numeric_limits<std::int64_t>::max())
        == "2562047h47m16.854775807s");
  CHECK(printed(std::numeric_limits<std::int64_t>::min())
        == "-2562047h47m16.854775808s");
}

TEST_CASE("any duration that is printed is read back as it was") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random{seed};
  for (int i = 0; i < 20'000; ++i) {
    const auto value = static_cast<std::int64_t>(random()) >> (random() % 64);
    REQUIRE(parsed(printed(value)) == value);
  }
}
