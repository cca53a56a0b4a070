#include "http/exchange.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace meshtrace;

namespace {

struct answers {
  std::vector<http_response> all;

  exchange_ptr open() {
    return std::make_shared<exchange>(
      http_request{.method = "GET", .path = "/x"},
      [this](http_response response) { all.push_back(std::move(response)); });
  }
};

} // namespace

TEST_CASE("the first answer is the answer") {
  answers sent;
  auto open = sent.open();
  CHECK(open->request().path == "/x");
  open->answer({.body = "first"});
  open->answer({.body = "second"});
  open.reset();
  REQUIRE(sent.all.size() == 1);
  CHECK(sent.all[0].body == "first");
}

TEST_CASE("who drops an exchange answers 500") {
  answers sent;
  sent.open().reset();
  REQUIRE(sent.all.size() == 1);
  CHECK(sent.all[0].status == 500);
  CHECK(sent.all[0].body.find("internal_error") != std::string::npos);
}

TEST_CASE("an answer lets the connection go at once") {
  const auto connection = std::make_shared<int>(1);
  exchange open{{}, [connection](const http_response&) {
                }};
  CHECK(connection.use_count() == 2);
  open.answer({});
  CHECK(connection.use_count() == 1);
}
