#include "exporters/otlp_ids.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace meshtrace;

TEST_SUITE_BEGIN("otlp ids");

TEST_CASE("hex ids of the right length are kept") {
  const auto trace = otlp_trace_id_of("a1b2c3d4e5f6a7b8a1b2c3d4e5f6a7b8");
  CHECK(to_hex(trace.bytes) == "a1b2c3d4e5f6a7b8a1b2c3d4e5f6a7b8");
  CHECK_FALSE(trace.hashed);
  const auto span = otlp_span_id_of("00000000000000a1");
  CHECK(to_hex(span.bytes) == "00000000000000a1");
  CHECK_FALSE(span.hashed);
}

TEST_CASE("short trace ids get zeros before them") {
  const auto trace = otlp_trace_id_of("a1b2c3d4e5f6a7b8");
  CHECK(to_hex(trace.bytes) == "0000000000000000a1b2c3d4e5f6a7b8");
  CHECK_FALSE(trace.hashed);
}

TEST_CASE("everything else is hashed, and never zero") {
  for (std::string id :
       {"abc", "00000000000000000000000000000000", "0000000000000000",
        "x1b2c3d4e5f6a7b8", "a1b2c3d4e5f6a7b8~0a1b2c3d",
        "A1B2C3D4E5F6A7B8A1B2C3D4E5F6A7BX"}) {
    const auto trace = otlp_trace_id_of(id);
    CHECK(trace.hashed);
    CHECK(trace.bytes != otlp_trace_id{});
    CHECK(trace.bytes == otlp_trace_id_of(id).bytes);
    const auto span = otlp_span_id_of(id);
    CHECK(span.hashed);
    CHECK(span.bytes != otlp_span_id{});
    CHECK(span.bytes != otlp_span_id_of(id + "x").bytes);
  }
  CHECK(otlp_span_id_of("a1b2c3d4e5f6a7b8a1b2c3d4e5f6a7b8").hashed);
}

TEST_CASE("hashes are the same in every release") {
  // As XXH3 has them for "abc"; receivers have stored spans by them.
  CHECK(to_hex(otlp_span_id_of("abc").bytes) == "78af5f94892f3950");
  CHECK(to_hex(otlp_trace_id_of("abc").bytes)
        == "06b05ab6733a618578af5f94892f3950");
}

TEST_SUITE_END();
