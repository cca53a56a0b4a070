#include "trace/time_text.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace meshtrace;

TEST_CASE("times have a fixed width, so that they sort as text") {
  CHECK(format_time(0) == "1970-01-01T00:00:00.000000000Z");
  CHECK(format_time(1'795'408'713'096'061'944)
        == "2026-11-23T04:38:33.096061944Z");
  CHECK(format_time(946'684'800'000'000'000)
        == "2000-01-01T00:00:00.000000000Z");
  CHECK(format_time(951'782'400'000'000'001) // leap day of a century
        == "2000-02-29T00:00:00.000000001Z");
  CHECK(format_time(4'102'444'799'999'999'999)
        == "2099-12-31T23:59:59.999999999Z");
  CHECK(format_time(-1) == "1969-12-31T23:59:59.999999999Z");
  CHECK(format_time(std::numeric_limits<std::int64_t>::max())
        == "2262-04-11T23:47:16.854775807Z");
  CHECK(format_time(std::numeric_limits<std::int64_t>::min())
        == "1677-09-21T00:12:43.145224192Z");
}

TEST_CASE("milliseconds have three decimals") {
  CHECK(format_ms(0) == "0.000");
  CHECK(format_ms(870'000) == "0.870");
  CHECK(format_ms(15'129'805) == "15.129");
  CHECK(format_ms(999) == "0.000");
  CHECK(format_ms(1'000) == "0.001");
  CHECK(format_ms(-3'200'000) == "-3.200");
  CHECK(format_ms(std::numeric_limits<std::int64_t>::max())
        == "9223372036854.775");
  CHECK(format_ms(std::numeric_limits<std::int64_t>::min())
        == "-9223372036854.775");
}
