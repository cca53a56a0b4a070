#include "http/dashboard_query.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <string>

using namespace meshtrace;

namespace {

routed_request routed(std::string path, std::string query) {
  auto result = route_request(
    {.method = "GET", .path = std::move(path), .query = std::move(query)}, {});
  REQUIRE(result.has_value());
  return *result;
}

page_query read(std::string path, std::string query) {
  return read_dashboard_query(routed(std::move(path), std::move(query)))
    .value();
}

page_query search(std::string query) {
  return read("/api/trace/search", std::move(query));
}

std::string criteria(std::string query) {
  return dashboard_criteria_json(routed("/api/trace/search", std::move(query)));
}

std::size_t limit(std::string path, std::string text) {
  return read(std::move(path), "limit=" + std::move(text)).limit;
}

} // namespace

TEST_CASE("a limit that list and search cannot use is 20") {
  for (const auto* path : {"/api/trace/list", "/api/trace/search"}) {
    for (const auto* bad : {"", "0", "-1", "101", "ten", "1e1", "5.0", "5x",
                            "99999999999999999999", "0x5", "%zz", "%2B", "++5"})
      CHECK_MESSAGE(limit(path, bad) == 20, bad);
    CHECK(read(path, "").limit == 20);
    CHECK(limit(path, "1") == 1);
    CHECK(limit(path, "100") == 100);
    CHECK(limit(path, "%2B5") == 5);
    CHECK(limit(path, "007") == 7);
  }
}

TEST_CASE("a limit beyond 100 is 100 for what came last") {
  constexpr auto path = "/api/trace/recent";
  for (const auto* bad : {"", "0", "-5", "ten", "99999999999999999999"})
    CHECK_MESSAGE(limit(path, bad) == 20, bad);
  CHECK(limit(path, "101") == 100);
  CHECK(limit(path, "2000000000") == 100);
  CHECK(limit(path, "100") == 100);
  CHECK(limit(path, "1") == 1);
  CHECK(read(path, "").limit == 20);
}

TEST_CASE("an offset that cannot be used is 0") {
  const auto offset = [](const std::string& text) {
    return read("/api/trace/list", "offset=" + text).offset;
  };
  for (const auto* bad : {"", "-1", "x", "1.5"})
    CHECK(offset(bad) == 0);
  CHECK(offset("7") == 7);
  CHECK(offset("9223372036854775807") == 1'000'000'000); // behind everything
}

TEST_CASE("lists show completed traces, newest end first, without filters") {
  const auto found = read("/api/trace/list", "success=false&agent_name=x");
  CHECK(found.filter == trace_filter{});
  CHECK(found.state == page_query::states::completed);
  CHECK(found.order == trace_order::end_time);
  CHECK(found.by == page_query::paging::offset);
}

TEST_CASE("every filter of a search arrives where it belongs") {
  const auto found
    = search("agent_name=a&operation=o&success=F"
             "&start_time=2026-01-01T00:00:00Z"
             "&end_time=2026-01-01T02:00:00%2B02:00&min_duration_ms=5"
             "&max_duration_ms=7&limit=9&offset=5&trace_id=t&nonsense=1");
  trace_filter wanted;
  wanted.agent_name = "a";
  wanted.root_operation = "o";
  wanted.success = false;
  wanted.start_time = 1'767'225'600'000'000'000;
  wanted.end_time = 1'767'225'600'000'000'000;
  wanted.min_duration = 5'000'000;
  wanted.max_duration = 7'999'999;
  CHECK(found.filter == wanted);
  CHECK(found.limit == 9);
  CHECK(found.offset == 0);
}

TEST_CASE("success is what did not fail, in the spellings of Go") {
  for (const auto* yes : {"1", "t", "T", "true", "TRUE", "True"}) {
    const auto filter = search(std::string{"success="} + yes).filter;
    CHECK(filter.not_failed);
    CHECK_FALSE(filter.success.has_value());
  }
  for (const auto* no : {"0", "f", "F", "false", "FALSE", "False"}) {
    const auto filter = search(std::string{"success="} + no).filter;
    CHECK_FALSE(filter.not_failed);
    CHECK(filter.success == false);
  }
  for (const auto* other : {"", "yes", "no", "tRUE", "on", "2", "%20true"})
    CHECK(search(std::string{"success="} + other).filter == trace_filter{});
}

TEST_CASE("filters that cannot be read are not there") {
  for (const auto* bad :
       {"start_time=yesterday", "end_time=2026-13-01T00:00:00Z",
        "start_time=2026-01-01", "min_duration_ms=1.5", "max_duration_ms=1s",
        "agent_name=", "operation=", "parent_span_id=", "agent_name=%zz",
        "start_time=", "min_duration_ms=99999999999999999999"})
    CHECK_MESSAGE(search(bad).filter == trace_filter{}, bad);
  CHECK(search("agent_name=%zz&operation=o").filter.root_operation == "o");
}

TEST_CASE("the first of a name counts, even if it is bad") {
  CHECK(search("agent_name=a&agent_name=b").filter.agent_name == "a");
  CHECK(search("limit=x&limit=5").limit == 20);
}

TEST_CASE("durations beyond all measure wrap nowhere") {
  CHECK_FALSE(search("min_duration_ms=-3").filter.min_duration.has_value());
  CHECK_FALSE(search("min_duration_ms=0").filter.min_duration.has_value());
  CHECK(search("max_duration_ms=-1").filter.max_duration == -1);
  CHECK(search("max_duration_ms=0").filter.max_duration == 999'999);
  const auto huge = search("min_duration_ms=9223372036854775807"
                           "&max_duration_ms=9223372036854775807")
                      .filter;
  CHECK(*huge.min_duration > std::numeric_limits<std::int64_t>::max() / 2);
  CHECK(*huge.max_duration >= *huge.min_duration);
}

TEST_CASE("with a parent nothing is to be found") {
  CHECK(search("parent_span_id=p").limit == 0);
  CHECK(criteria("parent_span_id=p&limit=3")
        == R"({"parent_span_id":"p","limit":3})");
}

TEST_CASE("criteria are what was understood") {
  CHECK(criteria("") == R"({"limit":20})");
  CHECK(criteria("min_duration_ms=5&agent_name=w&success=t"
                 "&start_time=2026-01-01T02:00:00%2B02:00&end_time=x")
        == R"({"agent_name":"w","success":true,)"
           R"("start_time":"2026-01-01T00:00:00.000000000Z",)"
           R"("min_duration_ms":5,"limit":20})");
}
