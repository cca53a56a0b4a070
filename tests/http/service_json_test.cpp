#include "http/service_json.hpp"

#include <doctest/doctest.h>
#include <rapidjson/document.h>

using namespace meshtrace;

TEST_CASE("ready is 200, not ready is 503 with every reason") {
  CHECK(ready_response({}).status == 200);
  CHECK(ready_response({}).body == R"({"ready":true})");
  const auto answer = ready_response({"no \"Redis\"", "no store\xff"});
  CHECK(answer.status == 503);
  rapidjson::Document x;
  REQUIRE_FALSE(x.Parse(answer.body.c_str()).HasParseError());
  CHECK_FALSE(x["ready"].GetBool());
  REQUIRE(x["reasons"].Size() == 2);
  CHECK(x["reasons"][0] == "no \"Redis\"");
  CHECK(x["error"]["code"] == "not_ready");
  CHECK(x["error"]["message"] == "no \"Redis\"; no store\xEF\xBF\xBD");
}

TEST_CASE("the process says that it lives and what it is") {
  CHECK(health_response().status == 200);
  CHECK(health_response().body == R"({"status":"ok"})");
  CHECK(version_response("1.2").body
        == R"({"service":"meshtrace","version":"1.2"})");
}
