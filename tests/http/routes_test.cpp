#include "http/routes.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

using namespace meshtrace;

namespace {

api_expected<routed_request> get(std::string path, std::string query = "") {
  return route_request(
    {.method = "GET", .path = std::move(path), .query = std::move(query)}, "");
}

api_error refused(http_request request, std::string_view token = "") {
  const auto result = route_request(request, token);
  REQUIRE_FALSE(result.has_value());
  return result.error();
}

} // namespace

TEST_CASE("every route of the table finds itself") {
  for (const auto& each : routes()) {
    std::string path{each.path};
    if (const auto brace = path.find('{'); brace != std::string::npos)
      path.replace(brace, path.find('}') + 1 - brace, "some-id");
    const auto found
      = route_request({.method = std::string{each.method}, .path = path}, "");
    REQUIRE_MESSAGE(found.has_value(), path);
    CHECK(found->matched == &each);
    CHECK_FALSE(each.description.empty());
  }
}

TEST_CASE("every default of the table is legal and every name is unique") {
  for (const auto& each : routes()) {
    std::set<std::string_view> names;
    for (const auto& known : each.parameters) {
      CHECK(names.insert(known.name).second);
      CHECK_FALSE(known.description.empty());
      CHECK_FALSE(legal_text(known).empty());
      if (!known.fallback.empty())
        CHECK(read_value(known, known.fallback).has_value());
    }
  }
}

TEST_CASE("an exact name wins over an id") {
  CHECK(get("/trace/list")->matched->target == endpoint::list);
  CHECK(get("/trace/lists")->matched->target == endpoint::trace);
  CHECK(get("/trace/list/")->matched->target == endpoint::list);
  CHECK(get("/")->matched->target == endpoint::index);
  CHECK(get("/trace/info")->matched->target == endpoint::status);
}

TEST_CASE("the id of a path is decoded and canonical") {
  const auto found = get("/trace/4BF92F35-77b34da6").value();
  CHECK(found.matched->target == endpoint::trace);
  CHECK(found.given.text("trace_id") == "4bf92f3577b34da6");
  CHECK(get("/trace/a%2Fb")->given.text("trace_id") == "a/b");
  CHECK(get("/trace/a%2Fanalysis")->matched->target == endpoint::trace);
  const auto analysis = get("/trace/LIST/analysis", "adjust=yes").value();
  CHECK(analysis.matched->target == endpoint::trace_analysis);
  CHECK(analysis.given.text("trace_id") == "LIST");
  CHECK(analysis.given.flag("adjust") == true);
  CHECK(get("/trace/list/analysis")->given.flag("adjust") == false);
  const auto error = refused({.method = "GET", .path = "/trace/a%20b"});
  CHECK(error.status == 400);
  CHECK(error.parameter == "trace_id");
}

TEST_CASE("parameters of a route are read, others refused") {
  const auto found
    = get("/trace/search", "min_duration_ms=1000&success=false&limit=100"
                           "&attribute=a:b&attribute=c:d")
        .value();
  CHECK(found.given.number("min_duration_ms") == 1'000'000'000);
  CHECK(found.given.flag("success") == false);
  CHECK(found.given.number("limit") == 100);
  CHECK(found.given.text("state") == "completed");
  CHECK(found.given.text("sort") == "end_time");
  CHECK(found.given.texts("attribute").size() == 2);
  CHECK(get("/trace/list", "limit=0").error().parameter == "limit");
  CHECK(get("/trace/status", "limit=1").error().code == "unknown_parameter");
  CHECK(get("/trace/list", "success=1").error().code == "unknown_parameter");
}

TEST_CASE("where nothing is, 404 says so") {
  for (const auto* path : {"/nothing", "/trace", "/trace/", "/trace/a/b", "//",
                           "/trace//", "/TRACE/list", "*", "/healthz/x"}) {
    const auto error = refused({.method = "GET", .path = path});
    CHECK_MESSAGE(error.status == 404, path);
    CHECK(error.code == "not_found");
  }
  CHECK(refused({.method = "GET", .path = "/%zz"}).status == 400);
}

TEST_CASE("another method than a path has is 405 and says which it has") {
  for (const auto* path : {"/trace/list", "/trace/some-id", "/healthz", "/"}) {
    const auto error = refused({.method = "DELETE", .path = path});
    CHECK(error.status == 405);
    CHECK(error.allow == "GET, HEAD");
  }
  CHECK(route_request({.method = "HEAD", .path = "/trace/list"}, "")
          ->matched->target
        == endpoint::list);
}

TEST_CASE("the form of an answer is negotiated where there is a choice") {
  const auto form = [](std::string path, std::string accept) {
    return route_request({.method = "GET",
                          .path = std::move(path),
                          .accept = std::move(accept)},
                         "")
      .map([](const auto& found) { return std::string{found.content_type}; })
      .value_or("406");
  };
  CHECK(form("/", "text/html,*/*;q=0.8") == "text/html");
  CHECK(form("/", "*/*") == "application/json");
  CHECK(form("/trace/list", "text/html") == "406");
  CHECK(form("/trace/list", "text/html,*/*;q=0.8") == "application/json");
  CHECK(form("/metrics", "application/openmetrics-text,*/*;q=0.1")
        == "text/plain");
  CHECK(form("/healthz", "text/xml") == "application/json");
}

TEST_CASE("with a token set only the probes are open") {
  const std::set<std::string_view> open{"/healthz", "/readyz"};
  for (const auto& each : routes()) {
    const http_request bare{.method = std::string{each.method},
                            .path = std::string{each.path}};
    CHECK(route_request(bare, "key").has_value() == open.contains(each.path));
    auto carrying = bare;
    carrying.authorization = "Bearer key";
    CHECK(route_request(carrying, "key").has_value());
  }
  CHECK(refused({.method = "GET", .path = "/nothing"}, "key").status == 401);
  CHECK(refused({.method = "GET", .path = "/%zz"}, "key").status == 401);
  CHECK(refused({.method = "POST", .path = "/healthz"}, "key").status == 401);
  CHECK(refused({.method = "GET",
                 .path = "/trace/list",
                 .query = "limit=0",
                 .authorization = "Bearer wrong"},
                "key")
          .status
        == 401);
}
