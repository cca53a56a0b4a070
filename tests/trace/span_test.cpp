#include "trace/span.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

using namespace meshtrace;

namespace {

constexpr auto most = std::numeric_limits<std::int64_t>::max();
constexpr auto absent = optional_int::absent;

span_values timed(std::int64_t start, std::int64_t end, std::int64_t duration) {
  span_values result;
  result.start_time.raw = start;
  result[number_field::end_time].raw = end;
  result[number_field::duration].raw = duration;
  return result;
}

} // namespace

TEST_CASE("what was said goes before what follows from it") {
  const auto x = timed(10, 30, 7);
  CHECK(*effective_start(x) == 10);
  CHECK(*effective_end(x) == 30);
  CHECK(*effective_duration(x) == 7);
}

TEST_CASE("of start, end and duration two make the third") {
  CHECK(*effective_start(timed(absent, 30, 7)) == 23);
  CHECK(*effective_end(timed(10, absent, 7)) == 17);
  CHECK(*effective_duration(timed(10, 30, absent)) == 20);
  CHECK(*effective_duration(timed(10, 10, absent)) == 0);
}

TEST_CASE("one time alone makes no other") {
  CHECK_FALSE(effective_start(timed(absent, 30, absent)).has_value());
  CHECK_FALSE(effective_start(timed(absent, absent, 7)).has_value());
  CHECK_FALSE(effective_end(timed(10, absent, absent)).has_value());
  CHECK_FALSE(effective_end(timed(absent, absent, 7)).has_value());
  CHECK_FALSE(effective_duration(timed(10, absent, absent)).has_value());
  CHECK_FALSE(effective_duration(timed(absent, 30, absent)).has_value());
}

TEST_CASE("an end before the start makes no duration") {
  CHECK_FALSE(effective_duration(timed(30, 10, absent)).has_value());
  CHECK(*effective_duration(timed(30, 10, 5)) == 5);
}

TEST_CASE("times that do not fit are absent instead of wrapped") {
  CHECK_FALSE(effective_end(timed(10, absent, most)).has_value());
  CHECK_FALSE(effective_duration(timed(-10, most, absent)).has_value());
  CHECK(*effective_start(timed(absent, 10, most)) == 10 - most);
}

TEST_CASE("a span is open between its start and its end") {
  span_values x;
  CHECK_FALSE(x.open());
  x.started = true;
  CHECK(x.open());
  x.ended = true;
  CHECK_FALSE(x.open());
  x.started = false;
  CHECK_FALSE(x.open());
}

TEST_CASE("every field has a name of its own") {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < text_fields; ++i)
    names.insert(to_string(static_cast<text_field>(i)));
  for (std::size_t i = 0; i < number_fields; ++i)
    names.insert(to_string(static_cast<number_field>(i)));
  CHECK(names.size() == text_fields + number_fields);
  CHECK(to_string(text_field::llm_provider) == "llm_provider");
  CHECK(to_string(number_field::llm_total_tokens) == "llm_total_tokens");
}
