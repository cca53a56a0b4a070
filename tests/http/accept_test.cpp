#include "http/accept.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace meshtrace;

namespace {

constexpr auto offered
  = std::to_array<std::string_view>({"application/json", "text/html"});

std::string_view chosen(std::string_view accept) {
  return preferred_type(accept, offered);
}

} // namespace

TEST_CASE("who does not care gets the usual form") {
  for (const auto* accept : {"", " ", "*/*", "*", "image/png, */*;q=0.1"})
    CHECK(chosen(accept) == "application/json");
}

TEST_CASE("the heaviest type wins, and the first of equals") {
  CHECK(chosen("text/html,application/xhtml+xml,*/*;q=0.8") == "text/html");
  CHECK(chosen("text/html;q=0.5, application/json") == "application/json");
  CHECK(chosen("Text/HTML") == "text/html");
  CHECK(chosen("text/*;charset=utf-8;q=0.9, */*;q=0.1") == "text/html");
  CHECK(chosen("text/html, application/json") == "application/json");
}

TEST_CASE("the more exact range counts, whatever its weight") {
  CHECK(chosen("application/json;q=0.1, */*;q=0.9") == "text/html");
  CHECK(chosen("application/json;q=0, */*") == "text/html");
  CHECK(chosen("text/html;q=0.1, text/*;q=0.9, application/json;q=0.5")
        == "application/json");
  CHECK(chosen("application/*;q=0.9, */*;q=0.1, text/html;q=0.5")
        == "application/json");
}

TEST_CASE("nothing fits who wants something else") {
  for (const auto* accept :
       {"text/xml", "*/*;q=0", "image/*", "application/jso", ",;,"})
    CHECK(chosen(accept).empty());
}
