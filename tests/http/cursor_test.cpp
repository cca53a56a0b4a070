#include "http/cursor.hpp"

#include <doctest/doctest.h>

#include <cctype>
#include <limits>
#include <random>

using namespace meshtrace;

namespace {

constexpr auto by_end = trace_order::end_time;
constexpr auto by_duration = trace_order::duration;

} // namespace

TEST_CASE("a cursor finds its place again, whatever the id and the value") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 dice{seed};
  for (int round = 0; round < 500; ++round) {
    std::string id(1 + dice() % 128, ' ');
    for (auto& c : id)
      c = static_cast<char>('!' + dice() % 94);
    const order_key key{static_cast<std::int64_t>(dice()), "~" + id.substr(1)};
    const auto order = dice() % 2 == 0 ? by_end : by_duration;
    const auto text = cursor_text(order, key);
    CHECK(parse_cursor(text, order) == key);
    for (const char c : text)
      CHECK(std::isalnum(static_cast<unsigned char>(c)));
  }
}

TEST_CASE("extreme values and absent times have cursors") {
  for (const auto value : {std::numeric_limits<std::int64_t>::min(),
                           std::numeric_limits<std::int64_t>::max(),
                           std::int64_t{0}, std::int64_t{-1}}) {
    const order_key key{value, "a"};
    CHECK(parse_cursor(cursor_text(by_end, key), by_end) == key);
  }
}

TEST_CASE("a cursor of another order or of nobody is refused") {
  const auto good = cursor_text(by_end, {17, "abc"});
  REQUIRE(parse_cursor(good, by_end));
  CHECK_FALSE(parse_cursor(good, by_duration));
  CHECK_FALSE(parse_cursor("", by_end));
  CHECK_FALSE(parse_cursor("e", by_end));
  CHECK_FALSE(parse_cursor(good.substr(0, 17), by_end)); // no id
  CHECK_FALSE(parse_cursor(good.substr(0, good.size() - 1), by_end));
  CHECK_FALSE(parse_cursor(good + "0a", by_end)); // a line feed in the id
  CHECK_FALSE(parse_cursor(good + "zz", by_end));
  CHECK_FALSE(parse_cursor(good + "4A", by_end)); // upper case
  CHECK_FALSE(parse_cursor("e-000000000000011616263", by_end));
  CHECK_FALSE(
    parse_cursor(cursor_text(by_end, {17, std::string(129, 'x')}), by_end));
  // Not canonical: 16 hex digits in capitals.
  CHECK_FALSE(
    parse_cursor(cursor_text(by_end, {17, "ABCDEF0123456789"}), by_end));
}
