#include "http/index.hpp"
#include "http/routes.hpp"

#include <doctest/doctest.h>
#include <rapidjson/document.h>

using namespace meshtrace;

TEST_CASE("the index names every route and parameter in both forms") {
  const auto json = index_response("application/json", "1.2.3");
  const auto html = index_response("text/html", "1.2.3");
  CHECK(json.content_type == "application/json");
  CHECK(html.content_type == "text/html; charset=utf-8");
  rapidjson::Document document;
  REQUIRE_FALSE(document.Parse(json.body.c_str()).HasParseError());
  CHECK(document["version"] == "1.2.3");
  CHECK(document["routes"].Size() == routes().size());
  CHECK(html.body.find("href=\"/dead-letters\"") != std::string::npos);
  CHECK(html.body.find("href=\"/admin/backup\"") == std::string::npos);
  for (const auto& each : routes()) {
    CHECK(html.body.find(each.path) != std::string::npos);
    CHECK(html.body.find(each.description) != std::string::npos);
    for (const auto& known : each.parameters) {
      CHECK(html.body.find(known.description) != std::string::npos);
      CHECK(json.body.find("\"name\":\"" + std::string{known.name} + "\"")
            != std::string::npos);
    }
  }
}

TEST_CASE("no text of the table would be read as HTML") {
  constexpr auto special = "<>&\"'";
  for (const auto& each : routes()) {
    CHECK(each.path.find_first_of(special) == std::string_view::npos);
    CHECK(each.description.find_first_of(special) == std::string_view::npos);
    for (const auto& known : each.parameters) {
      CHECK(known.description.find_first_of(special) == std::string_view::npos);
      CHECK(legal_text(known).find_first_of(special) == std::string::npos);
    }
  }
}
