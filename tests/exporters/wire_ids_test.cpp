#include "exporters/wire_ids.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace meshtrace;

TEST_SUITE_BEGIN("wire ids");

TEST_CASE("hex ids of the right length are kept") {
  const auto id = wire_trace_id("a1b2c3d4e5f6a7b8a1b2c3d4e5f6a7b9");
  CHECK(id.kept);
  CHECK(to_hex(id.bytes) == "a1b2c3d4e5f6a7b8a1b2c3d4e5f6a7b9");
  const auto span = wire_span_id("00f067aa0ba902b7");
  CHECK(span.kept);
  CHECK(to_hex(span.bytes) == "00f067aa0ba902b7");
}

TEST_CASE("a trace id of 16 digits gets zero bytes before it") {
  const auto id = wire_trace_id("a1b2c3d4e5f6a7b8");
  CHECK(id.kept);
  CHECK(to_hex(id.bytes) == "0000000000000000a1b2c3d4e5f6a7b8");
}

TEST_CASE("other ids become a hash that never changes") {
  // These are in traces that somebody has stored: no version may change them.
  CHECK(to_hex(wire_trace_id("order 66").bytes)
        == "1c4a19e567c13b084ad591e05670370f");
  CHECK(to_hex(wire_span_id("step-1").bytes) == "3f56847993c653f8");
  for (std::string id :
       {"order-66", "a1b2c3d4e5f6a7b", "a1b2c3d4e5f6a7b8a1b2c3d4e5f6a7bg",
        "a1b2c3d4e5f6a7b8~0badcafe", ""}) {
    CAPTURE(id);
    CHECK_FALSE(wire_trace_id(id).kept);
    CHECK_FALSE(wire_span_id(id).kept);
    CHECK(wire_trace_id(id) == wire_trace_id(id));
    CHECK_FALSE(wire_trace_id(id) == wire_trace_id(id + "x"));
    CHECK_FALSE(wire_span_id(id) == wire_span_id(id + "x"));
  }
}

TEST_CASE("all zero means no id on the wire and is replaced") {
  for (std::string id : {std::string(32, '0'), std::string(16, '0')}) {
    CHECK_FALSE(wire_trace_id(id).kept);
    CHECK(wire_trace_id(id).bytes != wire_id<16>{}.bytes);
  }
  CHECK_FALSE(wire_span_id(std::string(16, '0')).kept);
  CHECK(wire_span_id(std::string(16, '0')).bytes != wire_id<8>{}.bytes);
}

TEST_CASE("a span id of a trace id's length is a hash") {
  CHECK_FALSE(wire_span_id("a1b2c3d4e5f6a7b8a1b2c3d4e5f6a7b8").kept);
}

TEST_SUITE_END();
