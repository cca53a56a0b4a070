#include "http/parameters.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace meshtrace;

namespace {

constexpr auto colours = std::to_array<std::string_view>({"red", "green"});

constexpr auto known = std::to_array<parameter>({
  {.name = "limit",
   .kind = value_kind::integer,
   .description = "",
   .fallback = "20",
   .least = 1,
   .greatest = 100},
  {.name = "colour",
   .kind = value_kind::choice,
   .description = "",
   .choices = colours},
  {.name = "success", .kind = value_kind::boolean, .description = ""},
  {.name = "since", .kind = value_kind::time, .description = ""},
  {.name = "took", .kind = value_kind::duration_ms, .description = ""},
  {.name = "span", .kind = value_kind::id, .description = ""},
  {.name = "agent", .kind = value_kind::text, .description = ""},
  {.name = "attribute",
   .kind = value_kind::key_value,
   .description = "",
   .repeatable = true},
});

api_expected<arguments> read(std::string_view query) {
  arguments result;
  return parse_query(query)
    .and_then(
      [&](const auto& given) { return read_arguments(known, given, result); })
    .map([&] { return result; });
}

api_error error_of(std::string_view query) {
  const auto result = read(query);
  REQUIRE_MESSAGE(!result.has_value(), query);
  return result.error();
}

} // namespace

TEST_CASE("each kind is read as what it means") {
  const auto given = read("limit=7&colour=green&success=No&took=1.5&agent=a+b"
                          "&since=1970-01-01T02:00:00.5+02:00"
                          "&span=4BF92F35-77B34DA6")
                       .value();
  CHECK(given.all().size() == 7);
  CHECK(given.number("limit") == 7);
  CHECK(given.text("colour") == "green");
  CHECK(given.flag("success") == false);
  CHECK(given.number("took") == 1'500'000);
  CHECK(given.text("agent") == "a b");
  CHECK(given.number("since") == 500'000'000);
  CHECK(given.text("span") == "4bf92f3577b34da6");
}

TEST_CASE("what is not given is its fallback or nothing") {
  const auto given = read("").value();
  CHECK(given.number("limit") == 20);
  CHECK(given.all().size() == 1);
  CHECK_FALSE(given.text("colour").has_value());
  CHECK_FALSE(given.flag("success").has_value());
}

TEST_CASE("a repeatable parameter keeps all values in order") {
  const auto given = read("attribute=k:v&limit=1&attribute=a:b:c").value();
  CHECK(given.texts("attribute")
        == std::vector<std::string_view>{"k:v", "a:b:c"});
}

TEST_CASE("an error names the parameter, the legal values and what came") {
  const auto error = error_of("limit=5000");
  CHECK(error.status == 400);
  CHECK(error.code == "invalid_parameter");
  CHECK(error.parameter == "limit");
  CHECK(error.message == "limit must be 1..100, got 5000");
  CHECK(error_of("colour=blue").message
        == "colour must be one of red, green, got blue");
  CHECK(error_of("success=").message
        == "success must be true or false, got nothing");
}

TEST_CASE("what is no legal value is refused") {
  for (const auto* wrong :
       {"limit=0", "limit=101", "limit=", "limit=1x", "limit=1.0", "colour=Red",
        "colour=", "success=maybe", "since=yesterday", "took=-1", "took=NaN",
        "took=1s", "span=", "span=a%20b", "agent=", "attribute=k",
        "attribute=:v", "attribute="}) {
    CHECK(error_of(wrong).code == "invalid_parameter");
    CHECK(std::string_view{wrong}.starts_with(error_of(wrong).parameter));
  }
}

TEST_CASE("an unknown or repeated parameter is an error, not ignored") {
  const auto unknown = error_of("limt=5");
  CHECK(unknown.code == "unknown_parameter");
  CHECK(unknown.parameter == "limt");
  CHECK(unknown.message.find("limit, colour") != std::string::npos);
  CHECK(error_of("Limit=5").code == "unknown_parameter");
  const auto repeated = error_of("limit=5&limit=5");
  CHECK(repeated.code == "repeated_parameter");
  CHECK(repeated.parameter == "limit");
  arguments none;
  CHECK(read_arguments({}, {{"a", "b"}}, none).error().message
        == "unknown parameter a; there are none here");
}

TEST_CASE("asking for another type finds nothing") {
  const auto given = read("limit=7&success=1").value();
  CHECK_FALSE(given.text("limit").has_value());
  CHECK_FALSE(given.number("success").has_value());
  CHECK(given.texts("limit").empty());
}
