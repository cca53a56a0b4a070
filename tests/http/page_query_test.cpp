#include "http/cursor.hpp"
#include "http/page_query.hpp"

#include <doctest/doctest.h>
#include <rapidjson/document.h>

#include <string>

using namespace meshtrace;

namespace {

routed_request routed(std::string path, std::string query) {
  auto result = route_request(
    {.method = "GET", .path = std::move(path), .query = std::move(query)}, {});
  REQUIRE(result.has_value());
  return *result;
}

page_query search(std::string query) {
  return read_page_query(routed("/trace/search", std::move(query))).value();
}

rapidjson::Document criteria(std::string query) {
  rapidjson::Document result;
  const auto text = criteria_json(routed("/trace/search", std::move(query)));
  REQUIRE_FALSE(result.Parse(text.c_str()).HasParseError());
  return result;
}

} // namespace

TEST_CASE("every filter of a search arrives where it belongs") {
  const auto found = search(
    "trace_id=ABCDEF01-23456789&parent_span_id=p&agent_name=a&operation=o"
    "&root_operation=r&success=false&error_message=e&llm_model=m"
    "&attribute=k:v:w&attribute=x:&start_time=2026-01-01T00:00:00Z"
    "&end_time=2026-01-02T00:00:00Z&min_duration_ms=1.5&max_duration_ms=2"
    "&min_spans=3&state=incomplete&limit=7&sort=duration&fields=summary");
  trace_filter wanted;
  wanted.trace_id = "abcdef0123456789";
  wanted.parent_span_id = "p";
  wanted.agent_name = "a";
  wanted.operation = "o";
  wanted.root_operation = "r";
  wanted.success = false;
  wanted.error_message = "e";
  wanted.llm_model = "m";
  wanted.attributes = {{"k", "v:w"}, {"x", ""}};
  wanted.start_time = 1'767'225'600'000'000'000;
  wanted.end_time = 1'767'312'000'000'000'000;
  wanted.min_duration = 1'500'000;
  wanted.max_duration = 2'000'000;
  wanted.min_spans = 3;
  CHECK(found.filter == wanted);
  CHECK(found.state == page_query::states::incomplete);
  CHECK(found.limit == 7);
  CHECK(found.order == trace_order::duration);
  CHECK(found.by == page_query::paging::cursor);
  CHECK(found.summary);
}

TEST_CASE("nothing given means twenty completed traces, newest first") {
  const auto found = search("");
  CHECK(found.filter == trace_filter{});
  CHECK(found.state == page_query::states::completed);
  CHECK(found.order == trace_order::end_time);
  CHECK(found.limit == 20);
  CHECK_FALSE(found.after);
  CHECK_FALSE(found.summary);
}

TEST_CASE("each state is read as itself") {
  using enum page_query::states;
  CHECK(search("state=completed").state == completed);
  CHECK(search("state=complete").state == complete);
  CHECK(search("state=incomplete").state == incomplete);
  CHECK(search("state=active").state == active);
  CHECK(search("state=all").state == all);
}

TEST_CASE("a list is paged by offset") {
  const auto found
    = read_page_query(routed("/trace/list", "offset=30&limit=10")).value();
  CHECK(found.by == page_query::paging::offset);
  CHECK(found.offset == 30);
  CHECK(found.limit == 10);
}

TEST_CASE("a cursor goes on where it was given, with the same sort only") {
  const order_key place{5, "t"};
  const auto cursor = cursor_text(trace_order::duration, place);
  CHECK(search("sort=duration&cursor=" + cursor).after == place);
  for (const auto& wrong : {"cursor=" + cursor, std::string{"cursor=x"}}) {
    const auto refused = read_page_query(routed("/trace/search", wrong));
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().status == 400);
    CHECK(refused.error().parameter == "cursor");
  }
}

TEST_CASE("criteria say what was understood and nothing that was not given") {
  const auto few = criteria("");
  CHECK(few.MemberCount() == 3);
  CHECK(few["state"] == "completed");
  CHECK(few["limit"].GetInt() == 20);
  CHECK(few["sort"] == "end_time");
  const auto many = criteria(
    "trace_id=ABCDEF01-23456789&success=yes&min_duration_ms=1.5&attribute=a:b"
    "&attribute=c:d&start_time=2026-01-01T02:00:00%2B02:00&operation=%22%00%FF"
    "&min_spans=2");
  CHECK(many["trace_id"] == "abcdef0123456789");
  CHECK(many["success"].GetBool());
  CHECK(many["min_duration_ms"].GetDouble() == 1.5);
  CHECK(many["start_time"] == "2026-01-01T00:00:00.000000000Z");
  CHECK(many["min_spans"].GetInt() == 2);
  REQUIRE(many["attribute"].Size() == 2);
  CHECK(many["attribute"][1] == "c:d");
  CHECK(std::string{many["operation"].GetString(),
                    many["operation"].GetStringLength()}
        == std::string{"\"\0\xEF\xBF\xBD", 5});
}
