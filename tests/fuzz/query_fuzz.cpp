// Request targets from strangers: the path and the query of a GET.
#include "http/exchange.hpp"
#include "http/page_query.hpp"
#include "http/query.hpp"
#include "http/routes.hpp"
#include "tests/fuzz/require.hpp"

#include <rapidjson/document.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace meshtrace;

namespace {

void check_json(const std::string& text) {
  rapidjson::Document json;
  json.Parse<rapidjson::kParseValidateEncodingFlag>(text.c_str(), text.size());
  FUZZ_REQUIRE(!json.HasParseError());
}

void check_error(const api_error& x) {
  const auto response = error_response(x);
  FUZZ_REQUIRE(response.status >= 400 && response.status < 500);
  check_json(response.body);
}

} // namespace

extern "C" int
LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input{reinterpret_cast<const char*>(data), size};
  const auto parts = split_target(input);
  http_request request;
  request.method = "GET";
  request.path = parts.path;
  request.query = parts.query;
  const auto routed = route_request(request, {});
  if (!routed) {
    check_error(routed.error());
    return 0;
  }
  const auto target = routed->matched->target;
  if (target != endpoint::list && target != endpoint::search)
    return 0;
  if (const auto query = read_page_query(*routed)) {
    FUZZ_REQUIRE(query->limit >= 1);
    check_json(criteria_json(*routed));
  } else {
    check_error(query.error());
  }
  return 0;
}
