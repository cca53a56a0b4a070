#include "http/error_json.hpp"
#include "trace/text.hpp"

#include <doctest/doctest.h>
#include <rapidjson/document.h>

using namespace meshtrace;

namespace {

rapidjson::Document parsed(const http_response& response) {
  rapidjson::Document result;
  result.Parse<rapidjson::kParseValidateEncodingFlag>(response.body.c_str());
  REQUIRE_FALSE(result.HasParseError());
  return result;
}

} // namespace

TEST_CASE("the error object is the documented one") {
  const auto response
    = error_response(invalid_parameter("limit", "1..100", "5000"));
  CHECK(response.status == 400);
  CHECK(response.content_type == "application/json");
  CHECK(response.body
        == R"({"error":{"code":"invalid_parameter","message":)"
           R"("limit must be 1..100, got 5000","parameter":"limit"}})");
}

TEST_CASE("a missing trace is named beside the error") {
  CHECK(error_response({.status = 404,
                        .code = "trace_not_found",
                        .message = "no such trace",
                        .trace_id = "abc"})
          .body
        == R"({"error":{"code":"trace_not_found","message":"no such trace"},)"
           R"("trace_id":"abc"})");
}

TEST_CASE("the dashboard's error is words alone") {
  const auto response = plain_error_response({.status = 404,
                                              .code = "trace_not_found",
                                              .message = "no such \"trace\"",
                                              .parameter = "p",
                                              .trace_id = "abc"});
  CHECK(response.status == 404);
  CHECK(response.body == R"({"error":"no such \"trace\"","trace_id":"abc"})");
  const auto busy = plain_error_response(
    {.status = 503, .code = "", .message = "later", .retry_after_seconds = 3});
  CHECK(busy.body == R"({"error":"later"})");
  REQUIRE(busy.headers.size() == 1);
  CHECK(busy.headers[0].second == "3");
}

TEST_CASE("every documented status has a code and words of its own") {
  for (const int status :
       {400, 401, 403, 404, 405, 406, 413, 414, 429, 431, 500, 503, 504}) {
    const auto error = standard_error(status);
    CHECK(error.status == status);
    CHECK_FALSE(error.code.empty());
    CHECK_FALSE(error.message.empty());
    CHECK_FALSE(status_phrase(status).empty());
    CHECK(parsed(error_response(error))["error"]["code"].GetString()
          == error.code);
  }
  CHECK(standard_error(418).status == 500);
}

TEST_CASE("headers that belong to a status are there") {
  using header = std::pair<std::string, std::string>;
  CHECK(
    error_response(standard_error(401)).headers
    == std::vector<header>{{"WWW-Authenticate", "Bearer realm=\"meshtrace\""}});
  auto error = standard_error(405);
  error.allow = "GET, HEAD";
  CHECK(error_response(error).headers
        == std::vector<header>{{"Allow", "GET, HEAD"}});
  error = standard_error(503);
  error.retry_after_seconds = 2;
  CHECK(error_response(error).headers
        == std::vector<header>{{"Retry-After", "2"}});
}

TEST_CASE("what a client sent is echoed short and as valid UTF-8") {
  CHECK(quoted_for_client("plain") == "plain");
  CHECK(quoted_for_client(std::string(200, 'x')) == std::string(200, 'x'));
  CHECK(quoted_for_client(std::string(201, 'x'))
        == std::string(200, 'x') + "...");
  // Cut between characters, also where bad bytes grow when replaced.
  for (const auto* unit :
       {"\xC3\xA4", "\xE2\x82\xAC", "\xFF", "\xF0\x9F\x94"}) {
    std::string text = "x";
    while (text.size() < 300)
      text += unit;
    const auto echo = quoted_for_client(text);
    std::string storage;
    CHECK(echo.size() <= 203);
    CHECK(echo.ends_with("..."));
    CHECK(valid_utf8(echo, storage) == echo);
  }
}

TEST_CASE("no text from a client breaks out of the object") {
  const std::string evil = "\"}\n\x01\xFF</script>" + std::string(5000, 'y');
  const auto response = error_response(invalid_parameter(evil, "good", evil));
  const auto document = parsed(response);
  CHECK(document.MemberCount() == 1);
  CHECK(document["error"].MemberCount() == 3);
  CHECK(response.body.size() < 1000);
  for (const auto c : response.body)
    CHECK(static_cast<unsigned char>(c) >= 0x20);
}
