#include "exporters/otlp_protobuf.hpp"
#include "tests/exporters/otlp_samples.hpp"

#include <doctest/doctest.h>

#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>

using namespace meshtrace;
using namespace meshtrace::test;
using namespace std::chrono_literals;
using protozero::pbf_reader;
using protozero::pbf_writer;

namespace {

/// The message in the first field `tag`.
pbf_reader inside(pbf_reader from, protozero::pbf_tag_type tag) {
  REQUIRE(from.next(tag));
  return from.get_message();
}

std::string text_in(pbf_reader from, protozero::pbf_tag_type tag) {
  REQUIRE(from.next(tag));
  return from.get_string();
}

std::string answer_with(std::int64_t rejected, const std::string& message) {
  std::string bytes;
  pbf_writer response{bytes};
  pbf_writer partial{response, 1};
  partial.add_int64(1, rejected);
  partial.add_string(2, message);
  partial.commit();
  return bytes;
}

std::string refusal_with(const std::string& type, std::int64_t seconds,
                         std::int32_t nanos) {
  std::string info;
  {
    pbf_writer retry{info};
    pbf_writer delay{retry, 1};
    delay.add_int64(1, seconds);
    delay.add_int32(2, nanos);
  }
  std::string bytes;
  pbf_writer status{bytes};
  status.add_int32(1, 8);
  status.add_string(2, "slow down");
  pbf_writer any{status, 3};
  any.add_string(1, type);
  any.add_bytes(2, info);
  any.commit();
  return bytes;
}

} // namespace

TEST_SUITE_BEGIN("otlp protobuf");

TEST_CASE("a request has resources, a scope and spans") {
  const auto group = one_resource(
    {with(execution("00000000000000a1", "00000000000000a0"),
          {{"success", "False"}, {"error", "broke"}, {"agent_ip", "::1"}})});
  const auto bytes = to_otlp_protobuf(std::span{&group, 1}, "1.2");
  const auto resource_spans = inside(pbf_reader{bytes}, 1);
  const auto attribute = inside(inside(resource_spans, 1), 1);
  CHECK(text_in(attribute, 1) == "service.name");
  CHECK(text_in(inside(attribute, 2), 1) == "agent");
  const auto scope_spans = inside(resource_spans, 2);
  CHECK(text_in(inside(scope_spans, 1), 1) == "mcp-mesh");
  CHECK(text_in(inside(scope_spans, 1), 2) == "1.2");
  auto span = inside(scope_spans, 2);
  CHECK(text_in(span, 2) == std::string("\0\0\0\0\0\0\0\xa1", 8));
  CHECK(text_in(span, 4) == std::string("\0\0\0\0\0\0\0\xa0", 8));
  CHECK(text_in(span, 1).size() == 16);
  CHECK(text_in(span, 5) == "work");
  CHECK(text_in(inside(span, 15), 2) == "broke");
  REQUIRE(span.next(6));
  CHECK(span.get_enum() == 2); // an orphan is the trace's root here
  REQUIRE(span.next(7));
  CHECK(span.get_fixed64() == 1'753'576'434'500'000'000U);
  REQUIRE(span.next(8));
  CHECK(span.get_fixed64() == 1'753'576'435'500'000'000U);
}

TEST_CASE("values are text, numbers, yes and no, and lists") {
  otlp_resource group;
  group.attributes = {{"i", std::int64_t{-3}},
                      {"b", true},
                      {"l", std::vector<std::string>{"x", "y"}}};
  const auto bytes = to_otlp_protobuf(std::span{&group, 1}, "");
  auto resource = inside(inside(pbf_reader{bytes}, 1), 1);
  REQUIRE(resource.next(1));
  auto value = inside(resource.get_message(), 2);
  REQUIRE(value.next(3));
  CHECK(value.get_int64() == -3);
  REQUIRE(resource.next(1));
  value = inside(resource.get_message(), 2);
  REQUIRE(value.next(2));
  CHECK(value.get_bool());
  REQUIRE(resource.next(1));
  auto list = inside(inside(resource.get_message(), 2), 5);
  CHECK(text_in(inside(list, 1), 1) == "x");
}

TEST_CASE("answers are read") {
  CHECK(read_otlp_protobuf_answer("") == otlp_answer{});
  CHECK(read_otlp_protobuf_answer(answer_with(3, "too old"))
        == otlp_answer{3, "too old"});
  CHECK(read_otlp_protobuf_answer(answer_with(-1, "odd"))
        == otlp_answer{0, "odd"});
  CHECK_FALSE(read_otlp_protobuf_answer("<html>").has_value());
  const auto whole = answer_with(3, "too old");
  CHECK_FALSE(
    read_otlp_protobuf_answer(whole.substr(0, whole.size() - 1)).has_value());
}

TEST_CASE("a field of another kind than it should be is skipped") {
  std::string bytes;
  {
    pbf_writer response{bytes};
    response.add_int32(1, 7);
    pbf_writer partial{response, 1};
    partial.add_string(1, "seven");
    partial.add_fixed64(2, 7);
  }
  CHECK(read_otlp_protobuf_answer(bytes) == otlp_answer{});
}

TEST_CASE("refusals are read, with the time they ask for") {
  const std::string type = "type.googleapis.com/google.rpc.RetryInfo";
  auto refusal = read_otlp_protobuf_refusal(refusal_with(type, 2, 500'000'000));
  CHECK(refusal.message == "slow down");
  CHECK(refusal.retry_after == 2500ms);
  refusal = read_otlp_protobuf_refusal(refusal_with(type, -5, -5));
  CHECK(refusal.retry_after == 0ms);
  refusal = read_otlp_protobuf_refusal(
    refusal_with("type.googleapis.com/google.rpc.ErrorInfo", 2, 0));
  CHECK_FALSE(refusal.retry_after.has_value());
  CHECK(read_otlp_protobuf_refusal("no status").message.empty());
}

TEST_SUITE_END();
