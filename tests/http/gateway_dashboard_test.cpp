#include "tests/http/gateway_fixture.hpp"

using namespace meshtrace;
using namespace meshtrace::test;
using namespace std::chrono_literals;

namespace {

std::vector<std::string> ids(const rapidjson::Document& page) {
  std::vector<std::string> result;
  for (auto& x : page["traces"].GetArray())
    result.emplace_back(
      x[x.HasMember("TraceID") ? "TraceID" : "trace_id"].GetString());
  return result;
}

using list = std::vector<std::string>;

constexpr auto not_found = R"({"error":"trace not found","trace_id":"none"})";

} // namespace

TEST_SUITE_BEGIN("gateway");

TEST_CASE_FIXTURE(gateway_fixture,
                  "the dashboard sees a trace once it has a revision") {
  add_active(simple_trace("going", 1, 2));
  CHECK(get("/api/trace/going").status() == 404);
  commit(*keep, orphan_trace("orphan", 1, 2));
  CHECK(get("/api/trace/orphan").json()["SpanCount"].GetInt() == 1);
  const auto head = commit(*keep, simple_trace("t", 1, 2));
  CHECK(get("/api/trace/t").json()["Spans"].Size() == 1);
  add_active(joined({whole_span("t", "s1", 1, 2), whole_span("t", "s2", 2, 3)}),
             head);
  CHECK(get("/api/trace/t").json()["Spans"].Size() == 2);
  // The store has it, the correlator has not heard so yet.
  commit(*keep, simple_trace("fresh", 1, 2));
  add_active(simple_trace("fresh", 1, 2));
  CHECK(get("/api/trace/fresh").status() == 200);
  keep->parked.emplace().content = simple_trace("parked", 1, 2);
  CHECK(get("/api/trace/parked").status() == 404);
}

TEST_CASE_FIXTURE(gateway_fixture, "the dashboard's unknown trace is a 404 in "
                                   "the mesh's words") {
  const auto x = get("/api/trace/none?nonsense=1");
  CHECK(x.status() == 404);
  CHECK(x.body() == not_found);
  CHECK(answers_counted("/api/trace/{trace_id}", 404) == 1);
  for (const auto* odd : {"a%20b", "%F0%9F%98%80", "%00", "a%2Fb"})
    CHECK(get(std::string{"/api/trace/"} + odd).status() == 404);
  CHECK(get("/api/trace/" + std::string(129, 'x')).status() == 404);
  commit(*keep, simple_trace("abcdef0123456789", 1, 2));
  CHECK(get("/api/trace/ABCDEF01-23456789").json()["TraceID"]
        == "abcdef0123456789");
}

TEST_CASE_FIXTURE(gateway_fixture, "the dashboard's lists join both parts") {
  for (int i = 1; i <= 4; ++i)
    commit(*keep, simple_trace("t" + std::to_string(i), 0, i));
  add_active(simple_trace("going", 1, 99)); // no revision: not completed
  const auto all = get("/api/trace/list").json();
  CHECK(ids(all) == list{"t4", "t3", "t2", "t1"});
  CHECK(all["total"].GetInt() == 4);
  const auto part = get("/api/trace/list?limit=2&offset=1").json();
  CHECK(ids(part) == list{"t3", "t2"});
  CHECK(part["offset"].GetInt() == 1);
  CHECK(part["total"].GetInt() == 4);
  CHECK(ids(get("/api/trace/list?offset=99").json()).empty());
  CHECK(ids(get("/api/trace/recent?limit=3").json()) == list{"t4", "t3", "t2"});
}

TEST_CASE_FIXTURE(gateway_fixture, "the dashboard's search takes the root's "
                                   "operation and what did not fail") {
  auto failed = whole_span("failed", "s", 0, 1);
  auto unsaid = whole_span("unsaid", "s", 0, 2);
  for (auto& [name, value] : failed)
    value = name == "success" ? "false" : value;
  std::erase_if(unsaid, [](auto& x) { return x.first == "success"; });
  commit(*keep, joined({failed}));
  commit(*keep, joined({unsaid}));
  const auto search = [&](const std::string& query) {
    return ids(get("/api/trace/search?" + query).json());
  };
  CHECK(search("") == list{"unsaid", "failed"});
  CHECK(search("success=true") == list{"unsaid"});
  CHECK(search("success=false") == list{"failed"});
  CHECK(search("success=maybe").size() == 2);
  CHECK(search("operation=work").size() == 2);
  CHECK(search("operation=wor").empty());
  CHECK(search("min_duration_ms=1001") == list{"unsaid"});
  CHECK(search("max_duration_ms=1000") == list{"failed"});
  CHECK(search("agent_name=agent&limit=1") == list{"unsaid"});
}

TEST_CASE_FIXTURE(gateway_fixture,
                  "the dashboard knows no parents and asks nobody for them") {
  commit(*keep, orphan_trace("t", 1, 2));
  const auto x = get("/api/trace/search?parent_span_id=gone&limit=3");
  CHECK(x.body()
        == R"({"count":0,"criteria":{"parent_span_id":"gone","limit":3},)"
           R"("enabled":true,"traces":[]})");
  CHECK(correlators[0].asked + correlators[1].asked == 0);
}

TEST_CASE_FIXTURE(gateway_fixture, "the dashboard's errors are plain") {
  constexpr auto unknown = R"({"error":"API endpoint not found"})";
  for (const auto* path :
       {"/api", "/api/", "/api/trace", "/api/nothing", "/api/trace/a/b",
        "/api/trace/t/analysis", "/api/agents", "/%61pi/x"}) {
    const auto x = get(path);
    CHECK_MESSAGE(x.status() == 404, path);
    CHECK(x.body() == unknown);
  }
  const auto wrong = ask({.method = "POST", .path = "/api/trace/list"});
  CHECK(wrong.status() == 405);
  CHECK(wrong.json()["error"].IsString());
  CHECK(wrong.header("Allow") == "GET, HEAD");
  CHECK(get("/api/%zz").json()["error"].IsString());
  keep->broken = "the disk is gone";
  const auto broken = get("/api/trace/t");
  CHECK(broken.status() == 503);
  CHECK(broken.json()["error"] == "the disk is gone");
  CHECK(broken.header("Retry-After") == "1");
  CHECK(get("/apis").error_code() == "not_found");
}

TEST_CASE_FIXTURE(gateway_fixture, "the dashboard's late answers are plain") {
  for (auto& x : correlators)
    x.silent = true;
  const auto trace = get("/api/trace/t");
  const auto page = get("/api/trace/recent");
  advance(timeout, timeout);
  CHECK(trace.status() == 504);
  CHECK(trace.json()["error"].IsString());
  CHECK(page.status() == 504);
}

TEST_CASE_FIXTURE(gateway_fixture,
                  "a trace too large for the dashboard is not cut") {
  auto options = usual_options();
  options.max_response_bytes = 300;
  start(options);
  commit(*keep, simple_trace("t", 1, 2));
  const auto x = get("/api/trace/t");
  CHECK(x.status() == 503);
  CHECK(x.json()["error"].IsString());
  CHECK(x.json()["trace_id"] == "t");
}

TEST_CASE_FIXTURE(gateway_fixture, "the dashboard takes any form of answer") {
  const auto x = ask({.method = "GET",
                      .path = "/api/trace/recent",
                      .accept = "text/event-stream"});
  CHECK(x.status() == 200);
}

TEST_CASE_FIXTURE(gateway_fixture, "the dashboard asks for the token too") {
  auto options = usual_options();
  options.token = "key";
  start(options);
  for (const auto* path : {"/api/trace/list", "/api/trace/t", "/api/nothing",
                           "/api/ui-health", "/api/health"}) {
    const auto x = get(path);
    CHECK_MESSAGE(x.status() == 401, path);
    CHECK(x.json()["error"].IsString());
    CHECK(x.header("WWW-Authenticate").starts_with("Bearer"));
  }
  CHECK(get("/api/trace/list", "Bearer key").status() == 200);
  // What meshctl makes of http://u:key@host, here and nowhere else.
  CHECK(get("/api/trace/list", "Basic dTprZXk=").status() == 200);
  CHECK(get("/trace/list", "Basic dTprZXk=").status() == 401);
}

TEST_CASE_FIXTURE(gateway_fixture, "the dashboard asks whether we live") {
  advance(65s, 65s);
  CHECK(get("/api/ui-health").body()
        == R"({"registry_url":"","service":"meshtrace","status":"healthy",)"
           R"("uptime_secs":65,"version":"1.2.3"})");
  CHECK(get("/api/health?x=1").body()
        == R"({"service":"meshtrace","status":"healthy",)"
           R"("timestamp":"2025-11-24T16:00:00.000000000Z",)"
           R"("uptime_seconds":65,"version":"1.2.3"})");
}

TEST_CASE_FIXTURE(gateway_fixture, "with tracing off the dashboard is told") {
  correlator_handles.clear();
  stores.clear();
  auto options = usual_options();
  options.enabled = false;
  start(options);
  CHECK(get("/api/trace/list?limit=3").body()
        == R"({"enabled":false,"total":0,"traces":[]})");
  CHECK(get("/api/trace/search?operation=x").body()
        == R"({"count":0,"enabled":false,"traces":[]})");
  CHECK(get("/api/trace/recent").body()
        == R"({"count":0,"enabled":false,"limit":0,"traces":[]})");
  const auto one = get("/api/trace/none");
  CHECK(one.status() == 404);
  CHECK(one.body() == R"({"enabled":false,"error":"tracing not enabled"})");
  CHECK(get("/api/ui-health").status() == 200);
  CHECK(get("/api/nothing").body() == R"({"error":"API endpoint not found"})");
}

TEST_SUITE_END();
