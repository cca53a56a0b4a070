#include "http/query.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace meshtrace;

namespace {

using pairs = std::vector<query_pair>;

constexpr std::int64_t second = 1'000'000'000;
// 2026-11-23T04:38:33Z
constexpr std::int64_t moment = 1'795'408'713 * second;

} // namespace

TEST_CASE("a target is a path and a query") {
  const auto is = [](std::string_view target, std::string_view path,
                     std::string_view query) {
    const auto parts = split_target(target);
    CHECK(parts.path == path);
    CHECK(parts.query == query);
  };
  is("/trace/list?limit=1", "/trace/list", "limit=1");
  is("/trace/list", "/trace/list", "");
  is("/a?b?c#d", "/a", "b?c");
  is("http://host:80/a/b?c", "/a/b", "c");
  is("http://host?c", "/", "c");
  is("http://host", "/", "");
  is("?c", "/", "c");
  is("*", "*", "");
  is("/a?next=http://b/c", "/a", "next=http://b/c");
}

TEST_CASE("escapes are decoded, broken ones are not guessed at") {
  CHECK(percent_decoded("a%20b+c%2b%2F") == "a b+c+/");
  CHECK(percent_decoded("%41%e4%00").value() == std::string("A\xE4\0", 3));
  for (const auto* broken : {"%", "%4", "a%", "%4g", "%g4", "%%41"})
    CHECK_FALSE(percent_decoded(broken).has_value());
  // What stands behind the text does not count.
  CHECK_FALSE(
    percent_decoded(std::string_view{"%41"}.substr(0, 2)).has_value());
}

TEST_CASE("a query keeps its order and its repetitions") {
  CHECK(parse_query("").value().empty());
  CHECK(parse_query("b=1&a=2&b=3").value()
        == pairs{{"b", "1"}, {"a", "2"}, {"b", "3"}});
  CHECK(parse_query("&&a&b=&=c&").value()
        == pairs{{"a", ""}, {"b", ""}, {"", "c"}});
  CHECK(parse_query("a=b=c").value() == pairs{{"a", "b=c"}});
  CHECK(parse_query("a+b=c+d%2Be").value() == pairs{{"a b", "c d+e"}});
  CHECK(parse_query("a%26b=%3d").value() == pairs{{"a&b", "="}});
}

TEST_CASE("a broken escape names its parameter") {
  CHECK(parse_query("a=1&b=%zz").error().parameter == "b");
  CHECK(parse_query("%zz=1").error().parameter == "%zz");
  CHECK(parse_query("b=%").error().status == 400);
}

TEST_CASE("segments of a path are decoded one by one") {
  using segments = std::vector<std::string>;
  CHECK(path_segments("/").value().empty());
  CHECK(path_segments("/trace/a%2Fb").value() == segments{"trace", "a/b"});
  CHECK(path_segments("/trace/list/").value() == segments{"trace", "list"});
  CHECK(path_segments("/trace//x").value() == segments{"trace", "", "x"});
  CHECK(path_segments("/a+b").value() == segments{"a+b"});
  CHECK(path_segments("/a%").error().status == 400);
}

TEST_CASE("integers are digits and nothing else") {
  CHECK(parse_integer("0") == 0);
  CHECK(parse_integer("-17") == -17);
  CHECK(parse_integer("9223372036854775807")
        == std::numeric_limits<std::int64_t>::max());
  for (const auto* wrong :
       {"", "-", "+1", " 1", "1 ", "1.0", "0x1", "1e3", "9223372036854775808"})
    CHECK_FALSE(parse_integer(wrong).has_value());
}

TEST_CASE("times are read to the nanosecond in any offset") {
  CHECK(parse_rfc3339("1970-01-01T00:00:00Z") == 0);
  CHECK(parse_rfc3339("1969-12-31T23:59:59.999999999Z") == -1);
  CHECK(parse_rfc3339("2026-11-23T04:38:33Z") == moment);
  CHECK(parse_rfc3339("2026-11-23t04:38:33.096061944z") == moment + 96'061'944);
  CHECK(parse_rfc3339("2026-11-23T04:38:33.5Z") == moment + second / 2);
  CHECK(parse_rfc3339("2026-11-23T06:38:33+02:00") == moment);
  CHECK(parse_rfc3339("2026-11-23T06:38:33 02:00") == moment);
  CHECK(parse_rfc3339("2026-11-22T23:08:33-05:30") == moment);
  CHECK(parse_rfc3339("2026-11-23 04:38:33Z") == moment);
  CHECK(parse_rfc3339("2026-11-23T04:38:33-00:00") == moment);
  CHECK(parse_rfc3339("2024-02-29T00:00:00Z").has_value());
}

TEST_CASE("a leap second is the end of its day, in any offset") {
  const auto midnight = parse_rfc3339("2017-01-01T00:00:00Z").value();
  CHECK(parse_rfc3339("2016-12-31T23:59:60Z") == midnight - 1);
  CHECK(parse_rfc3339("2016-12-31T23:59:60.25Z") == midnight - 1);
  CHECK(parse_rfc3339("2017-01-01T01:59:60+02:00") == midnight - 1);
  CHECK_FALSE(parse_rfc3339("2016-12-31T22:59:60Z").has_value());
}

TEST_CASE("what means no bound becomes the greatest bound") {
  using limits = std::numeric_limits<std::int64_t>;
  CHECK(parse_rfc3339("9999-12-31T23:59:59Z") == limits::max());
  CHECK(parse_rfc3339("0001-01-01T00:00:00Z") == limits::min());
  CHECK(parse_rfc3339("2262-04-11T23:00:00Z").value() < limits::max());
  CHECK(parse_rfc3339("1677-09-22T00:00:00Z").value() > limits::min());
}

TEST_CASE("what is not quite a time is none") {
  for (const auto* wrong : {"",
                            "2026-11-23",
                            "2026-11-23T04:38:33",
                            "2026-11-23T04:38Z",
                            "2026-13-23T04:38:33Z",
                            "2026-00-23T04:38:33Z",
                            "2026-02-29T00:00:00Z",
                            "2026-11-31T00:00:00Z",
                            "2026-11-23T24:00:00Z",
                            "2026-11-23T04:60:00Z",
                            "2026-11-23T04:38:61Z",
                            "2026-11-23T04:38:33.Z",
                            "2026-11-23T04:38:33.1234567890Z",
                            "2026-11-23T04:38:33+2:00",
                            "2026-11-23T04:38:33+0200",
                            "2026-11-23T04:38:33+24:00",
                            "2026-11-23T04:38:33+02:60",
                            "2026-11-23T04:38:33Z ",
                            " 2026-11-23T04:38:33Z",
                            "26-11-23T04:38:33Z",
                            "2026/11/23T04:38:33Z",
                            "2026-11-23T04:38:33,5Z",
                            "1795408713"})
    CHECK_MESSAGE(!parse_rfc3339(wrong).has_value(), wrong);
}
