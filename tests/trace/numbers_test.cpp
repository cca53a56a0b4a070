#include "trace/numbers.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <limits>
#include <string>

using namespace meshtrace;

namespace {

constexpr auto none = std::numeric_limits<std::int64_t>::min();

struct number_case {
  std::string text;
  std::int64_t expected;
};

} // namespace

TEST_CASE("timestamps of every publisher are exact to the nanosecond") {
  const number_case cases[] = {
    {"1753576434.1234567", 1'753'576'434'123'456'700},     // Python
    {"1753576434.123457", 1'753'576'434'123'457'000},      // Python
    {"1753576434.0499999", 1'753'576'434'049'999'900},     // no float noise
    {"1753576434", 1'753'576'434'000'000'000},             // TypeScript
    {"1753576434.5", 1'753'576'434'500'000'000},           // TypeScript
    {"1.753576434123E9", 1'753'576'434'123'000'000},       // Java
    {"1.753576434E9", 1'753'576'434'000'000'000},          // Java
    {"1.753576434123e+09", 1'753'576'434'123'000'000},     // Go 'e'
    {"17535764341234567e-7", 1'753'576'434'123'456'700},   // exponent down
    {" 1753576434.5\n", 1'753'576'434'500'000'000},        // blanks
    {"+1753576434", 1'753'576'434'000'000'000},            // sign
    {"1753576434.", 1'753'576'434'000'000'000},            // no fraction
    {"01753576434", 1'753'576'434'000'000'000},            // leading zero
    {"1753576434.1234567899", 1'753'576'434'123'456'789},  // cut, not rounded
    {"0.000000001753576434e18", 1'753'576'434'000'000'000} // small mantissa
  };
  for (auto& [text, expected] : cases)
    CHECK_MESSAGE(parse_timestamp(text).value_or(none) == expected, text);
}

TEST_CASE("seconds, ms, us and ns are told apart by magnitude") {
  const std::int64_t expected = 1'753'576'434'123'456'789;
  CHECK(parse_timestamp("1753576434.123456789") == expected);
  CHECK(parse_timestamp("1753576434123.456789") == expected);
  CHECK(parse_timestamp("1753576434123456.789") == expected);
  CHECK(parse_timestamp("1753576434123456789") == expected);
  CHECK(parse_timestamp("1753576434123") == 1'753'576'434'123'000'000);
  CHECK(parse_timestamp("1.753576434123E12") == 1'753'576'434'123'000'000);
}

TEST_CASE("only the years 2000 to 2100 are times") {
  CHECK(parse_timestamp("946684800") == 946'684'800'000'000'000);
  CHECK(parse_timestamp("4102444799.999999999") == 4'102'444'799'999'999'999);
  for (const auto* text :
       {"946684799.999999999", "4102444800", "946684799999", "4102444800000",
        "946684799999999", "4102444800000000", "4102444800000000000", "0", "1",
        "-1753576434", "100000000", "99999999999", "9223372036854775807"})
    CHECK_MESSAGE(!parse_timestamp(text), text);
}

TEST_CASE("what is no decimal number is no number") {
  for (const auto* text :
       {"",         " ",     "NaN",   "nan",         "Inf",      "-Infinity",
        "infinity", "abc",   "0x10",  "1,5",         "1.2.3",    "1e",
        "1e+",      "e5",    ".",     "-",           "+",        "--1",
        "1 2",      "1_000", "1e1.5", "1753576434s", "\xD9\xA1", "1f",
        "True",     "1e5e5"}) {
    CHECK_MESSAGE(!parse_decimal(text, 0), text);
    CHECK_MESSAGE(!parse_timestamp(text), text);
    CHECK_MESSAGE(!parse_duration_ms(text), text);
    CHECK_MESSAGE(!parse_count(text), text);
  }
  CHECK(!parse_decimal(std::string_view{"1\0", 2}, 0));
}

TEST_CASE("decimals are scaled and cut towards zero") {
  CHECK(parse_decimal("12.345", 2) == 1234);
  CHECK(parse_decimal("-12.345", 2) == -1234);
  CHECK(parse_decimal("-0", 0) == 0);
  CHECK(parse_decimal(".5", 1) == 5);
  CHECK(parse_decimal("0.0000000000000000000000000000000000000000001", 43)
        == 1);
  CHECK(parse_decimal("9223372036854775807", 0) == 9'223'372'036'854'775'807);
  CHECK(!parse_decimal("9223372036854775808", 0));
  CHECK(!parse_decimal("-9223372036854775809", 0));
  CHECK(!parse_decimal("1e300", 0));
  CHECK(!parse_decimal("1e300", -200));
  CHECK(parse_decimal("1e-300", 0) == 0);
  CHECK(parse_decimal("0e99999999999999999999", 9) == 0);
  CHECK(!parse_decimal("123456789012345678901234567890123456789012", 0));
  CHECK(parse_decimal("123456789012345678901234567890123456789012", -40) == 12);
}

TEST_CASE("durations are milliseconds and not negative") {
  const number_case cases[]
    = {{"12", 12'000'000},
       {"12.34", 12'340'000},
       {"0.0", 0},
       {"12.00", 12'000'000},
       {"0.87", 870'000},
       {"5.99", 5'990'000},
       {"1e3", 1'000'000'000},
       {"1.5E-3", 1'500},
       {"0", 0},
       {"0.000001", 1},
       {"0.0000019", 1},
       {"-3.2", none},
       {"-1", none},
       {"1e300", none},
       {"-1e300", none},
       {"NaN", none},
       {"Inf", none},
       {"abc", none},
       {"", none},
       {"9223372036855", none},
       {"15129.805", 15'129'805'000},
       {"9223372036854.775807", 9'223'372'036'854'775'807}};
  for (auto& [text, expected] : cases)
    CHECK_MESSAGE(parse_duration_ms(text).value_or(none) == expected, text);
}

TEST_CASE("counts are whole numbers, however they are written") {
  const number_case cases[]
    = {{"0", 0},
       {"1234", 1234},
       {"12.0", 12},
       {"12.000", 12},
       {"1e3", 1000},
       {"1.5e1", 15},
       {"120e-1", 12},
       {" 7 ", 7},
       {"12.5", none},
       {"1.55e1", none},
       {"1e-1", none},
       {"-1", none},
       {"-1.0", none},
       {"1e19", none},
       {"1e300", none},
       {"NaN", none},
       {"Inf", none},
       {"", none},
       {"-0", 0},
       {"0.0", 0},
       {"9223372036854775807", 9'223'372'036'854'775'807}};
  for (auto& [text, expected] : cases)
    CHECK_MESSAGE(parse_count(text).value_or(none) == expected, text);
}

TEST_CASE("a count with something behind the thirtieth digit is not whole") {
  CHECK(!parse_count("12." + std::string(40, '0') + "1"));
  CHECK(parse_count("12." + std::string(400, '0')) == 12);
}

TEST_CASE("huge exponents and endless digits cost no time") {
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 1000; ++i) {
    CHECK(!parse_timestamp("1e999999999999999999999"));
    CHECK(!parse_timestamp("1e-999999999999999999999"));
    CHECK(!parse_duration_ms("1e100000"));
    CHECK(parse_duration_ms("1e-100000") == 0);
    CHECK(parse_count("0e100000") == 0);
  }
  const std::string digits(1'000'000, '9');
  CHECK(!parse_timestamp(digits));
  CHECK(!parse_duration_ms(digits));
  CHECK(!parse_timestamp("1e" + digits));
  CHECK(parse_decimal("0." + digits, 1) == 9);
  // Generous for a sanitizer on a busy machine; a loop over such an exponent
  // or over 10^1000000 would take far longer.
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds{5});
}

TEST_CASE("bools are read in every spelling") {
  for (const auto* text :
       {"true", "True", "TRUE", "1", "yes", "Yes", "on", "t", "Y", " true "})
    CHECK_MESSAGE(parse_bool(text) == true, text);
  for (const auto* text :
       {"false", "False", "FALSE", "0", "no", "Off", "f", "N", "\tfalse\n"})
    CHECK_MESSAGE(parse_bool(text) == false, text);
  for (const auto* text : {"", "null", "None", "2", "tru", "truee", "ok", "-1"})
    CHECK_MESSAGE(parse_bool(text) == std::nullopt, text);
}
