#include "storage/log_codec.hpp"
#include "tests/support/trace_maker.hpp"
#include "trace/bytes.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace meshtrace;
using namespace meshtrace::test;

namespace {

/// What an entry without detail says of `x`.
contribution plain(contribution x) {
  x.detailed = false;
  x.edges.clear();
  x.usage.clear();
  x.models.clear();
  for (auto& part : x.operations) {
    part.agent.clear();
    part.kind = span_kind::internal;
    part.success = outcome::unknown;
  }
  return x;
}

/// A string of up to 127 bytes.
void put_text(byte_writer& to, std::string_view text) {
  to.varint(text.size());
  to.raw(text);
}

} // namespace

TEST_SUITE_BEGIN("log codec");

TEST_CASE("an entry comes back as it was, with detail and without") {
  const auto seed = random_seed();
  CAPTURE(seed);
  trace_maker maker{seed};
  name_table names;
  for (int i = 0; i < 500; ++i) {
    const auto a = maker.make();
    const auto b = maker.make();
    auto added = contribution_of(trace_view{*a});
    auto replaced = contribution_of(trace_view{*b});
    if (maker.one_in(3)) {
      added = plain(added);
      replaced = plain(replaced);
    }
    const bool has_added = !maker.one_in(5);
    const bool has_replaced = maker.one_in(2);
    const auto bytes
      = encode_log_entry("id", 7, has_added ? &added : nullptr,
                         has_replaced ? &replaced : nullptr, names);
    const auto found = decode_log_entry(bytes, 3, names);
    REQUIRE(found);
    CHECK(found->number == 3);
    CHECK(found->trace_id == "id");
    CHECK(found->revision == 7);
    REQUIRE((found->added != nullptr) == has_added);
    REQUIRE((found->replaced != nullptr) == has_replaced);
    if (has_added)
      CHECK(*found->added == added);
    if (has_replaced)
      CHECK(*found->replaced == replaced);
    for (std::size_t size = 0; size < bytes.size(); ++size)
      CHECK_FALSE(decode_log_entry(bytes.substr(0, size), 3, names));
    auto damaged = bytes; // must not crash
    damaged[maker.below(bytes.size())]
      ^= static_cast<char>(1 + maker.below(255));
    (void)decode_log_entry(damaged, 3, names);
  }
}

TEST_CASE("an entry of the version before analytics is still read") {
  // Written by hand after the grammar of that version.
  byte_writer out{64};
  out.byte(1); // added
  put_text(out, "t1");
  out.varint(2);             // revision
  out.byte(2 | 1 << 3);      // failed, has an end
  out.scaled(5'000'000'000); // end
  out.varint(3);             // spans
  out.varint(1);
  out.varint(0);
  put_text(out, "agent");
  out.varint(1);
  out.varint(0);
  put_text(out, "work");
  out.varint(3); // count
  out.varint(1); // errors
  out.varint(2);
  out.scaled(10);
  out.scaled(20);
  const auto found = decode_log_entry(out.take(), 1, {});
  REQUIRE(found);
  REQUIRE(found->added);
  contribution wanted;
  wanted.end = {5'000'000'000};
  wanted.success = outcome::failure;
  wanted.span_count = 3;
  wanted.agents = {"agent"};
  wanted.operations = {{"work", 3, 1, {10, 20}}};
  CHECK(*found->added == wanted);
}

TEST_CASE("an entry of a version to come is damaged for this one") {
  name_table names;
  auto bytes = encode_log_entry("id", 1, nullptr, nullptr, names);
  CHECK(decode_log_entry(bytes, 1, names));
  bytes[0] = 8;
  CHECK_FALSE(decode_log_entry(bytes, 1, names));
}

TEST_SUITE_END();
