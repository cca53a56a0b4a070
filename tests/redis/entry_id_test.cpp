#include "redis/entry_id.hpp"

#include <doctest/doctest.h>

namespace meshtrace::redis {

TEST_CASE("an entry id is read and written as Redis does") {
  constexpr auto largest = "18446744073709551615-18446744073709551615";
  CHECK(parse_entry_id("1700000000000-3") == entry_id{1700000000000, 3});
  CHECK(parse_entry_id("0-0") == entry_id{});
  CHECK(parse_entry_id("17") == entry_id{17, 0});
  CHECK(to_string({1700000000000, 3}) == "1700000000000-3");
  CHECK(to_string({}) == "0-0");
  CHECK(to_string(parse_entry_id(largest).value()) == largest);
}

TEST_CASE("what is no entry id is not taken for one") {
  for (const auto* text :
       {"", "-", "1-", "-1", "a-1", "1-a", "1-2-3", "1x2", "1-2 ", " 1-2",
        "+1-2", "18446744073709551616-0", "1-18446744073709551616", ">", "$"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_entry_id(text));
  }
}

TEST_CASE("entry ids are ordered by time, then by number") {
  CHECK(entry_id{1, 9} < entry_id{2, 0});
  CHECK(entry_id{2, 9} < entry_id{2, 10});
}

} // namespace meshtrace::redis
