// The rules of decoding; whole entries are in decode_publishers_test.cpp.
#include "tests/trace/entries.hpp"
#include "trace/ids.hpp"

#include <xxhash.h>

using namespace meshtrace;
using namespace meshtrace::test;

namespace {

/// The reason why `from` is a dead letter, or "alive".
std::string_view fate(const entry& from) {
  const decoding x{from};
  return x.result ? "alive" : to_string(x.result.error());
}

/// The decoded success where the field says `text`.
outcome success_of(const char* text) {
  return decoding{with(execution("s1"), {{"success", text}})}.values().success;
}

} // namespace

TEST_CASE("an entry without a usable trace is dead and says why") {
  const auto alive = execution("s1");
  CHECK(fate(alive) == "alive");
  CHECK(fate({}) == "no_fields");
  CHECK(fate(without(alive, "trace_id")) == "no_trace_id");
  for (const auto* absent_id : {"", " ", "null", "None"})
    CHECK(fate(with(alive, {{"trace_id", absent_id}})) == "no_trace_id");
  CHECK(fate(with(alive, {{"trace_id", std::string(129, 'a')}}))
        == "bad_trace_id");
  CHECK(fate(with(alive, {{"trace_id", "a b"}})) == "bad_trace_id");
  CHECK(fate(with(alive, {{"trace_id", std::string("a\0", 2)}}))
        == "bad_trace_id");
  CHECK(fate(with(alive, {{"event_type", "span_pause"}}))
        == "unknown_event_type");
  CHECK(fate({{"trace_id", "t"}}) == "alive");
}

TEST_CASE("an absent event type is an execution event") {
  for (const auto* type : {"", "null", "None", " "}) {
    const decoding x{with(execution("s1"), {{"event_type", type}})};
    CHECK(x.values().started);
    CHECK(x.values().ended);
    CHECK(x.values().function == "work");
  }
}

TEST_CASE("absent spellings are absent in every kind of field") {
  for (const auto* none : {"", "null", "None", "NULL", " none "}) {
    const decoding x{with(execution("s1"), {{"agent_name", none},
                                            {"start_time", none},
                                            {"duration_ms", none},
                                            {"success", none},
                                            {"llm_total_tokens", none},
                                            {"parent_span", none},
                                            {"anything", none}})};
    CHECK(x[text_field::agent_name].empty());
    CHECK_FALSE(x.values().start_time.has_value());
    CHECK(x[number_field::duration] == absent);
    CHECK(x.values().success == outcome::unknown);
    CHECK(x[number_field::llm_total_tokens] == absent);
    CHECK_FALSE(x.values().has_parent());
    CHECK(x.event().attributes.empty());
    CHECK(x.counts.bad_fields == 0);
    CHECK(x.counts.bad_parents == 0);
  }
}

TEST_CASE("success is three-valued in every spelling") {
  for (const auto* yes : {"true", "True", "TRUE", "1", "yes"})
    CHECK(success_of(yes) == outcome::success);
  for (const auto* no : {"false", "False", "FALSE", "0", "no"})
    CHECK(success_of(no) == outcome::failure);
  for (const auto* unsaid : {"null", "None", "", "maybe"})
    CHECK(success_of(unsaid) == outcome::unknown);
}

TEST_CASE("a bad field is absent, counted and kept as an attribute") {
  const decoding x{with(execution("s1"), {{"start_time", "yesterday"},
                                          {"end_time", "1e300"},
                                          {"duration_ms", "-3.2"},
                                          {"success", "maybe"},
                                          {"llm_input_tokens", "12.5"},
                                          {"request_bytes", "many"}})};
  CHECK_FALSE(x.values().start_time.has_value());
  CHECK(x[number_field::end_time] == absent);
  CHECK(x[number_field::duration] == absent);
  CHECK(x[number_field::llm_input_tokens] == absent);
  CHECK(x.counts.bad_fields == 6);
  CHECK(x.attribute_of("start_time") == "yesterday");
  CHECK(x.attribute_of("end_time") == "1e300");
  CHECK(x.attribute_of("duration_ms") == "-3.2");
  CHECK(x.attribute_of("success") == "maybe");
  CHECK(x.attribute_of("llm_input_tokens") == "12.5");
  CHECK(x.attribute_of("request_bytes") == "many");
}

TEST_CASE("a start that is no time gives way to a timestamp that is") {
  const decoding x{with(execution("s1"),
                        {{"start_time", "NaN"}, {"timestamp", "1753576434"}})};
  CHECK(*x.values().start_time == 1'753'576'434'000'000'000);
  CHECK(x.counts.bad_fields == 1);
}

TEST_CASE("a bad parent is absent, counted and kept as an attribute") {
  for (const auto& parent : {std::string(129, 'p'), std::string{"a b"}}) {
    const decoding x{with(execution("s1"), {{"parent_span", parent}})};
    CHECK_FALSE(x.values().has_parent());
    CHECK(x.counts.bad_parents == 1);
    CHECK(x.counts.bad_fields == 0);
    CHECK(x.attribute_of("parent_span") == parent);
  }
}

TEST_CASE("a parent may be any caller's string, in canonical form") {
  CHECK(decoding{execution("s1", "abc")}[text_field::parent_span] == "abc");
  CHECK(decoding{execution("s1", " B7AD6B7169203331")}[text_field::parent_span]
        == "b7ad6b7169203331");
}

TEST_CASE("of two names for one thing the first that says something wins") {
  const decoding both{with(execution("s1"), {{"operation", "op"},
                                             {"ip_address", "10.0.0.1"},
                                             {"agent_ip", "10.0.0.2"},
                                             {"error_message", "first"},
                                             {"error", "second"}})};
  CHECK(both[text_field::operation] == "op");
  CHECK(both[text_field::ip_address] == "10.0.0.1");
  CHECK(both[text_field::error_message] == "first");
  CHECK(both.attribute_of("function_name") == "work");
  CHECK(both.attribute_of("agent_ip") == "10.0.0.2");
  CHECK(both.attribute_of("error") == "second");

  const decoding second{
    with(execution("s1"),
         {{"operation", "null"}, {"error_message", ""}, {"error", "second"}})};
  CHECK(second[text_field::operation] == "work");
  CHECK(second[text_field::error_message] == "second");
  CHECK(second.event().attributes.empty());

  const decoding same{with(execution("s1"), {{"operation", "work"}})};
  CHECK(same.event().attributes.empty());
}

TEST_CASE("error text alone changes no success") {
  const decoding x{
    without(with(execution("s1"), {{"error", "odd"}}), "success")};
  CHECK(x.values().success == outcome::unknown);
  CHECK(decoding{with(execution("s1"), {{"error", "odd"}})}.values().success
        == outcome::success);
}

TEST_CASE("a span without an id gets the same one from every copy") {
  const auto base
    = with(without(execution("s1"), "span_id"), {{"agent_id", "a1"}});
  const decoding x{base};
  std::string key{"a1"};
  key += '\0';
  key += "work";
  key += '\0';
  key += "1753576434500000000";
  CHECK(x.values().id == hex16(XXH3_64bits(key.data(), key.size())));
  CHECK(x.counts.bad_fields == 0);
  CHECK(decoding{with(base, {{"published_at", "1753576499"}})}.values().id
        == x.values().id);
  CHECK(decoding{with(base, {{"span_id", "None"}})}.values().id
        == x.values().id);
  for (const entry& other :
       {entry{{"agent_id", "a2"}}, entry{{"function_name", "play"}},
        entry{{"start_time", "1753576434.6"}}})
    CHECK(decoding{with(base, other)}.values().id != x.values().id);
}

TEST_CASE("a span id that can be none is replaced, counted and kept") {
  const decoding x{execution("a b")};
  CHECK(x.values().id.size() == 16);
  CHECK(x.counts.bad_fields == 1);
  CHECK(x.attribute_of("span_id") == "a b");
}

TEST_CASE("of two fields of one name the later wins") {
  auto twice = execution("s1");
  twice.emplace_back("agent_name", "later");
  CHECK(decoding{twice}[text_field::agent_name] == "later");
}

TEST_CASE("long values are cut between two characters and counted") {
  const std::string euro = "\xE2\x82\xAC";
  const decoding x{with(execution("s1"), {{"error", "ab" + euro + euro},
                                          {"note", euro + euro + euro},
                                          {"short", euro}}),
                   {64, 7}};
  CHECK(x[text_field::error_message] == "ab" + euro);
  CHECK(x.attribute_of("note") == euro + euro);
  CHECK(x.attribute_of("short") == euro);
  CHECK(x.counts.cut_values == 2);
}

TEST_CASE("the bytewise smallest attribute names stay") {
  const entry base = execution("s1");
  const entry extra
    = {{"d", "4"}, {"b", "2"}, {"e", "5"}, {"a", "1"}, {"c", "3"}, {"B", "0"}};
  const decoding cut{with(base, extra), {3, 8192}};
  REQUIRE(cut.event().attributes.size() == 3);
  CHECK(cut.event().attributes[0] == attribute{"B", "0"});
  CHECK(cut.event().attributes[1] == attribute{"a", "1"});
  CHECK(cut.event().attributes[2] == attribute{"b", "2"});
  CHECK(cut.values().attributes_cut);
  CHECK(cut.counts.cut_attributes == 3);

  const decoding fits{with(base, extra), {6, 8192}};
  CHECK(fits.event().attributes.size() == 6);
  CHECK_FALSE(fits.values().attributes_cut);
  CHECK(fits.counts.cut_attributes == 0);

  const decoding without_any{with(base, extra), {0, 8192}};
  CHECK(without_any.event().attributes.empty());
  CHECK(without_any.values().attributes_cut);
}

TEST_CASE("an attribute's name is there once, with its greatest value") {
  auto twice = execution("s1");
  twice.insert(twice.end(),
               {{"note", "b"}, {"note", "unknown"}, {"note", "a"}});
  const decoding x{twice};
  REQUIRE(x.event().attributes.size() == 1);
  CHECK(x.attribute_of("note") == "b");
}

TEST_CASE("a field without a name is no attribute") {
  const decoding x{with(execution("s1"), {{"", "v"}, {"x", "v"}})};
  CHECK(x.event().attributes.size() == 1);
}

TEST_CASE("names that are nearly known are attributes") {
  for (const auto* name :
       {"trace_ID", "x", "spanid", "parent_spam", "agent_idx", "t", "error_"}) {
    const decoding x{with(execution("s1"), {{name, "v"}})};
    CHECK_MESSAGE(x.attribute_of(name) == "v", name);
  }
}

TEST_CASE("an entry of thousands of odd fields is decoded within its limits") {
  auto odd = execution("s1");
  for (int i = 0; i < 5'000; ++i)
    odd.emplace_back("f" + std::to_string(i), std::string(20, '\xFF'));
  const decoding x{odd};
  CHECK(x.event().attributes.size() == 64);
  CHECK(x.counts.cut_attributes == 4'936);
}

TEST_CASE("every reason has a name of its own") {
  CHECK(to_string(dead_reason::no_fields) == "no_fields");
  CHECK(to_string(dead_reason::no_trace_id) == "no_trace_id");
  CHECK(to_string(dead_reason::bad_trace_id) == "bad_trace_id");
  CHECK(to_string(dead_reason::unknown_event_type) == "unknown_event_type");
}
