// The promise: whatever the join made comes back from its record, and bytes
// that no one wrote do no harm. MESHTRACE_SEED repeats a run.
#include "storage/prefilter.hpp"
#include "storage/record.hpp"
#include "storage/record_layout.hpp"
#include "storage/text_codec.hpp"
#include "tests/support/trace_dump.hpp"
#include "tests/support/trace_maker.hpp"

#include <doctest/doctest.h>

#include <array>
#include <limits>
#include <xxhash.h>

using namespace meshtrace;
using namespace meshtrace::test;

namespace {

constexpr auto now = trace_maker::first_time + 90'000'000'000;

std::string record_of(const trace& content, const envelope& head) {
  return encode_record(trace_view{content}, head);
}

/// The bytes with a checksum that fits them.
std::string sealed(std::string bytes) {
  const auto sum
    = static_cast<std::uint32_t>(XXH3_64bits(bytes.data(), bytes.size()));
  for (int i = 0; i < 4; ++i)
    bytes += static_cast<char>(sum >> (8 * i));
  return bytes;
}

std::shared_ptr<trace> first_revision(std::span<const span_event> events) {
  auto result = join_events("t", events);
  result->stamp(1);
  return result;
}

std::string unsealed(const std::string& record) {
  return record.substr(0, record.size() - record_layout::checksum_bytes);
}

std::vector<std::uint32_t> revisions(const trace& content) {
  std::vector<std::uint32_t> result;
  for (auto* x : content.sorted_spans())
    result.push_back(x->revision);
  return result;
}

} // namespace

TEST_CASE("what was encoded comes back") {
  const auto seed = random_seed();
  CAPTURE(seed);
  trace_maker maker{seed};
  for (int round = 0; round < 2000; ++round) {
    const auto content = maker.make();
    content->stamp(static_cast<std::uint32_t>(maker.below(300)));
    content->set_truncated(maker.one_in(5));
    const envelope head{static_cast<std::uint32_t>(1 + maker.below(300)),
                        static_cast<completion_reason>(maker.below(5)), now,
                        now + static_cast<std::int64_t>(maker.below(1u << 30))};
    const auto record = record_of(*content, head);
    const auto back = decode_record(record);
    REQUIRE(back);
    REQUIRE(dump(*back->content) == dump(*content));
    REQUIRE(back->head == head);
    REQUIRE(revisions(*back->content) == revisions(*content));
    REQUIRE(back->content->has_shared_ids() == content->has_shared_ids());
    REQUIRE(record_id(record) == content->id());
    REQUIRE(record_of(*back->content, head) == record);
  }
}

TEST_CASE("a trace of thousands of spans comes back") {
  const auto seed = random_seed();
  CAPTURE(seed);
  trace_maker maker{seed};
  const auto content = join_events("t", maker.events("t", 5000));
  const auto back = decode_record(
    record_of(*content, {1, completion_reason::root_closed, now, now}));
  REQUIRE(back);
  CHECK(dump(*back->content) == dump(*content));
}

TEST_CASE("the head says what the view says") {
  const auto seed = random_seed();
  CAPTURE(seed);
  trace_maker maker{seed};
  for (int round = 0; round < 1000; ++round) {
    const auto content = maker.make();
    const trace_view view{*content};
    const envelope head{7, completion_reason::timeout, now, now + 1};
    const auto read = read_head(encode_record(view, head));
    REQUIRE(read);
    REQUIRE(*read
            == record_head{head, view.start, view.end, view.duration,
                           view.success, view.is_whole(), view.spans().size()});
  }
}

TEST_CASE("times and numbers come back from both ends of 64 bits") {
  constexpr auto least = std::numeric_limits<std::int64_t>::min() + 1;
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  for (auto start : {least, std::int64_t{0}, most})
    for (auto end : {least, std::int64_t{-1'000}, most})
      for (auto commit : {least, most}) {
        span_event event;
        event.values.id = "x";
        event.values.start_time = {start};
        event.values[number_field::end_time] = {end};
        event.values[number_field::request_bytes] = {most};
        const auto content = join_events("t", {&event, 1});
        const auto back = decode_record(
          record_of(*content, {1, completion_reason::memory, commit, -commit}));
        REQUIRE(back);
        CHECK(dump(*back->content) == dump(*content));
        CHECK(back->head.first_commit_time == commit);
        CHECK(back->head.commit_time == -commit);
      }
}

TEST_CASE("content bytes are equal where content is, and only there") {
  const auto seed = random_seed();
  CAPTURE(seed);
  trace_maker maker{seed};
  for (int round = 0; round < 500; ++round) {
    const auto id = maker.id();
    auto events = maker.events(id, 1 + maker.below(6));
    const auto one = join_events(id, events);
    std::shuffle(events.begin(), events.end(), maker.dice);
    const auto other = join_events(id, events);
    other->stamp(4);
    REQUIRE(encode_content(*one) == encode_content(*other));
    auto& values = events[maker.below(events.size())].values;
    switch (maker.below(4)) {
    case 0:
      values[text_field::runtime] = "zzz";
      break;
    case 1:
      values.start_time = {1};
      break;
    case 2:
      values[number_field::response_bytes]
        = {std::numeric_limits<std::int64_t>::max()};
      break;
    default:
      values.attributes_cut = true;
    }
    const auto third = join_events(id, events);
    REQUIRE((encode_content(*one) == encode_content(*third))
            == (dump(*one) == dump(*third)));
  }
}

TEST_CASE("a cut or flipped record is refused with a reason") {
  const auto seed = random_seed();
  CAPTURE(seed);
  trace_maker maker{seed};
  const auto content = maker.make();
  const auto record
    = record_of(*content, {1, completion_reason::root_closed, now, now});
  for (std::size_t size = 0; size < record.size(); ++size) {
    CHECK_FALSE(decode_record(record.substr(0, size)));
    CHECK_FALSE(read_head(record.substr(0, size)));
  }
  for (std::size_t i = 0; i < record.size(); ++i) {
    auto bad = record;
    bad[i] = static_cast<char>(bad[i] ^ (1 << maker.below(8)));
    CHECK_FALSE(decode_record(bad));
    CHECK_FALSE(read_head(bad));
  }
  CHECK(decode_record(record + "x").error().reason.find("checksum")
        != std::string::npos);
  auto newer = record;
  newer[0] = 2;
  CHECK(decode_record(newer).error().reason
        == "record has version 2, this meshtrace reads 1");
}

TEST_CASE("bytes with a right checksum and wrong content do no harm") {
  const auto seed = random_seed();
  CAPTURE(seed);
  trace_maker maker{seed};
  int refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    auto bytes = unsealed(
      record_of(*maker.make(), {1, completion_reason::root_closed, now, now}));
    for (auto n = 1 + maker.below(4); n > 0; --n)
      bytes[1 + maker.below(bytes.size() - 1)]
        = static_cast<char>(maker.below(256));
    if (maker.one_in(3))
      bytes.resize(1 + maker.below(bytes.size()));
    const auto record = sealed(bytes);
    const auto back = decode_record(record);
    read_head(record);
    refused += back ? 0 : 1;
    if (back) { // whatever it says, it can be used
      REQUIRE(back->content->bytes() < 4096 + 400 * bytes.size());
      const trace_view view{*back->content};
      encode_record(view, back->head);
    }
  }
  CHECK(refused > 1000);
}

TEST_CASE("a huge count allocates nothing") {
  span_event event;
  event.values.id = "x";
  auto bytes = unsealed(record_of(*first_revision({&event, 1}),
                                  {1, completion_reason::none, now, now}));
  // The last span takes five bytes (id, flags, two bitmaps); its count is
  // before them.
  bytes.resize(bytes.size() - 6);
  const auto record = sealed(bytes + std::string(9, '\xff') + '\x01');
  CHECK_FALSE(decode_record(record));
  CHECK(decode_record(sealed(bytes + '\0'))); // no spans at all
}

TEST_CASE("bytes behind the spans are refused") {
  const trace_maker maker{1};
  const auto record
    = unsealed(record_of(trace{"t"}, {1, completion_reason::none, now, now}));
  CHECK(decode_record(sealed(record)));
  CHECK_FALSE(decode_record(sealed(record + 'x')));
}

TEST_CASE("spans out of order or twice are refused") {
  std::array<span_event, 2> events;
  events[0].values.id = "first";
  events[1].values.id = "other";
  const auto bytes = unsealed(
    record_of(*first_revision(events), {1, completion_reason::none, now, now}));
  CHECK(decode_record(sealed(bytes)));
  for (const auto* name : {"other", "first", "final"}) {
    auto changed = bytes;
    changed.replace(changed.find("other"), 5, name);
    if (std::string_view{name} == "other")
      CHECK(decode_record(sealed(changed)));
    else
      CHECK_FALSE(decode_record(sealed(changed)));
  }
}

TEST_CASE("a byte makes no more than 64 of the text before it") {
  const auto accepted = [](std::uint64_t shared) {
    byte_writer out{0};
    out.varint(100 << 2 | 1);
    out.raw(std::string(100, 'a'));
    out.varint(0 << 2 | 3);
    out.varint(shared);
    const auto bytes = out.take();
    byte_reader in{bytes};
    arena memory;
    text_decoder texts{in, memory};
    texts.read();
    const auto text = texts.read();
    return !in.failed() && text == std::string(shared, 'a');
  };
  CHECK(accepted(64));
  CHECK_FALSE(accepted(65));
}

TEST_CASE("a text stands once, hex digits take half") {
  const auto size = [](int spans) {
    std::vector<span_event> events(static_cast<std::size_t>(spans));
    std::vector<std::string> ids;
    for (int i = 0; i < spans; ++i)
      ids.push_back("00000000000000" + std::to_string(10 + i));
    for (std::size_t i = 0; i < events.size(); ++i) {
      events[i].values.id = ids[i];
      events[i].values[text_field::agent_name]
        = std::string_view{"an agent with a name of some length"};
      events[i].values[text_field::agent_id]
        = std::string_view{"an agent with a name of some length-1"};
    }
    return record_of(*first_revision(events),
                     {1, completion_reason::none, now, now})
      .size();
  };
  CHECK(size(1) < 80);
  CHECK(size(2) - size(1) == 1 + 8 + 1 + 1 + 1 + 1 + 1);
}

TEST_CASE("what the head rules out does not match") {
  const auto seed = random_seed();
  CAPTURE(seed);
  trace_maker maker{seed};
  int ruled_out = 0;
  for (int round = 0; round < 3000; ++round) {
    const auto content = maker.make();
    const trace_view view{*content};
    const auto head
      = *read_head(encode_record(view, {1, completion_reason::none, now, now}));
    trace_filter filter;
    if (maker.one_in(2))
      filter.success = maker.one_in(2);
    if (maker.one_in(3))
      filter.start_time
        = trace_maker::first_time
          + static_cast<std::int64_t>(maker.below(60)) * 1'000'000'000;
    if (maker.one_in(3))
      filter.max_duration
        = static_cast<std::int64_t>(maker.below(60)) * 1'000'000'000;
    filter.min_spans = maker.below(8);
    REQUIRE(head_decides(filter));
    REQUIRE(may_match(filter, head) == matches(filter, view));
    ruled_out += may_match(filter, head) ? 0 : 1;
    filter.agent_name = "weather";
    REQUIRE_FALSE(head_decides(filter));
  }
  CHECK(ruled_out > 100);
}
