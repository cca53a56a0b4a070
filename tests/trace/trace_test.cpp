// The join of single values; join_property_test.cpp joins whole traces.
#include "tests/support/trace_dump.hpp"
#include "tests/trace/entries.hpp"

using namespace meshtrace;
using namespace meshtrace::test;

namespace {

/// The content that `a` and `b` make together, after a check that the other
/// order makes the same.
std::shared_ptr<trace> both(const entry& a, const entry& b) {
  auto result = joined({a, b});
  CHECK(dump(*result) == dump(*joined({b, a})));
  return result;
}

join_result
join(trace& to, const entry& from, const trace_limits& limits = {}) {
  return to.join(decoding{from, limits.of_span}.event(), limits);
}

} // namespace

TEST_CASE("start joins to the least, end and numbers to the greatest") {
  const auto t = both(with(execution("s1"), {{"start_time", "1753576434.1"},
                                             {"end_time", "1753576436"},
                                             {"duration_ms", "5"},
                                             {"llm_input_tokens", "7"}}),
                      with(execution("s1"), {{"start_time", "1753576434.2"},
                                             {"end_time", "1753576437"},
                                             {"duration_ms", "4"},
                                             {"llm_input_tokens", "8"}}));
  REQUIRE(t->spans().size() == 1);
  auto& x = t->spans().front();
  CHECK(*x.start_time == 1'753'576'434'100'000'000);
  CHECK(*x[number_field::end_time] == 1'753'576'437'000'000'000);
  CHECK(*x[number_field::duration] == 5'000'000);
  CHECK(*x[number_field::llm_input_tokens] == 8);
}

TEST_CASE("a failure is not mended by a success") {
  const auto t
    = both(with(execution("s1"), {{"success", "false"}}), execution("s1"));
  CHECK(t->spans().front().success == outcome::failure);
  const auto said = both(without(execution("s1"), "success"), execution("s1"));
  CHECK(said->spans().front().success == outcome::success);
}

TEST_CASE("a value goes before a placeholder, a placeholder before nothing") {
  const auto t = both(
    with(execution("s1"),
         {{"agent_name", "unknown-agent"}, {"agent_id", "unknown"}}),
    without(with(execution("s1"), {{"agent_name", "calc"}}), "agent_id"));
  CHECK(t->spans().front()[text_field::agent_name] == "calc");
  CHECK(t->spans().front()[text_field::agent_id] == "unknown");
}

TEST_CASE("attributes of several events join by name") {
  const auto t = both(with(execution("s1"), {{"a", "1"}, {"c", "x"}}),
                      with(execution("s1"), {{"b", "2"}, {"c", "y"}}));
  const std::vector<attribute> expected = {{"a", "1"}, {"b", "2"}, {"c", "y"}};
  CHECK(t->spans().front().attributes == expected);
  CHECK_FALSE(t->spans().front().attributes_cut);
}

TEST_CASE("beyond the limit the smallest attribute names stay") {
  const trace_limits limits{{2, 8192}};
  const entry a = with(execution("s1"), {{"b", "1"}, {"d", "1"}});
  const entry b = with(execution("s1"), {{"a", "1"}, {"c", "1"}});
  const auto t = joined({a, b}, limits);
  const std::vector<attribute> expected = {{"a", "1"}, {"b", "1"}};
  CHECK(t->spans().front().attributes == expected);
  CHECK(t->spans().front().attributes_cut);
  CHECK(dump(*t) == dump(*joined({b, a}, limits)));
  CHECK(join(*t, a, limits) == join_result::unchanged);
}

TEST_CASE("a repeated event changes nothing and says so") {
  trace t{"t1"};
  const auto first = with(execution("s1"), {{"note", "x"}});
  CHECK(join(t, first) == join_result::changed);
  CHECK(join(t, first) == join_result::unchanged);
  CHECK(join(t, with(first, {{"published_at", "1753576499"}}))
        == join_result::unchanged);
  CHECK(join(t, with(first, {{"note", "w"}})) == join_result::unchanged);
  CHECK(join(t, with(first, {{"note", "y"}})) == join_result::changed);
  CHECK(join(t, with(first, {{"end_time", "1753576436"}}))
        == join_result::changed);
}

TEST_CASE("functions under one span id are parts of their own") {
  const auto t = both(execution("s1", {}, "f"), execution("s1", {}, "g"));
  CHECK(t->spans().size() == 2);
  CHECK(t->has_shared_ids());
  CHECK(t->contains_id("s1"));
  CHECK_FALSE(joined({execution("s1"), execution("s2")})->has_shared_ids());
}

TEST_CASE("a trace finds its spans, however many there are") {
  trace t{"t1"};
  for (int round = 0; round < 2; ++round)
    for (int i = 0; i < 100; ++i) {
      const auto result = join(t, execution("s" + std::to_string(i)));
      CHECK((result == join_result::changed) == (round == 0));
    }
  CHECK(t.spans().size() == 100);
  CHECK_FALSE(t.has_shared_ids());
  for (int i = 0; i < 100; ++i)
    CHECK(t.contains_id("s" + std::to_string(i)));
  CHECK_FALSE(t.contains_id("s100"));
  join(t, execution("s99", {}, "another"));
  CHECK(t.has_shared_ids());
}

TEST_CASE("at its limit a trace takes events of its spans, no new spans") {
  trace_limits limits;
  limits.max_spans = 2;
  trace t{"t1"};
  join(t, execution("s1"), limits);
  join(t, execution("s2"), limits);
  CHECK_FALSE(t.truncated());
  CHECK(join(t, execution("s3"), limits) == join_result::dropped);
  CHECK(t.truncated());
  CHECK(t.spans().size() == 2);
  CHECK(join(t, with(execution("s1"), {{"runtime", "java"}}), limits)
        == join_result::changed);
  CHECK(join(t, execution("s1"), limits) == join_result::unchanged);
}

TEST_CASE("a trace stays within twice its bytes") {
  trace_limits limits;
  limits.max_bytes = 64 * 1024;
  trace t{"t1"};
  bool dropped = false;
  for (char c = 'a'; c <= 'z'; ++c) {
    const auto grown = with(execution("s1"), {{"note", std::string(8'000, c)}});
    dropped = join(t, grown, limits) == join_result::dropped || dropped;
  }
  CHECK(dropped);
  CHECK(t.truncated());
  CHECK(t.bytes() < 4 * limits.max_bytes);
  CHECK(join(t, execution("s2"), limits) == join_result::dropped);
}

TEST_CASE("many small attributes count, also where their texts are shared") {
  trace t{"t1", std::make_shared<text_pool>()};
  entry base = execution("s1");
  join(t, base);
  const auto before = t.bytes();
  for (int i = 0; i < 64; ++i)
    base.emplace_back("name" + std::to_string(i), "v");
  join(t, base);
  CHECK(t.bytes() >= before + 64 * sizeof(attribute));
}

TEST_CASE("merging parts is joining their events") {
  const entry a = with(execution("s1"), {{"note", "a"}});
  const entry b = with(execution("s1"), {{"note", "b"}, {"runtime", "go"}});
  const entry c = execution("s2", "s1");
  const auto left = joined({a});
  const auto right = joined({b, c});
  CHECK(left->merge(*right, {}) == join_result::changed);
  CHECK(dump(*left) == dump(*joined({a, b, c})));
  CHECK(left->merge(*right, {}) == join_result::unchanged);
  CHECK(left->merge(*left, {}) == join_result::unchanged);
}

TEST_CASE("merging says that something was dropped, here or there") {
  trace_limits one_span;
  one_span.max_spans = 1;
  const auto left = joined({execution("s1")});
  CHECK(left->merge(*joined({execution("s2")}), one_span)
        == join_result::dropped);
  CHECK(left->truncated());
  const auto fresh = joined({execution("s1")});
  fresh->merge(*left, {});
  CHECK(fresh->truncated());
}

TEST_CASE("a clone says the same and shares nothing") {
  auto original = joined({execution("s1"), execution("s2", "s1")});
  original->stamp(3);
  join(*original, execution("s3", "s1"));
  const auto copy = original->clone();
  const auto before = dump(*original);
  CHECK(dump(*copy) == before);
  CHECK(copy->spans()[0].revision == 3);
  CHECK(copy->spans()[2].revision == 0);
  join(*copy, with(execution("s1"), {{"runtime", "go"}}));
  CHECK(dump(*original) == before);
  original.reset();
  CHECK(copy->spans()[1].id == "s2");
  CHECK(copy->spans()[0][text_field::runtime] == "go");
}

TEST_CASE("a shared copy is numbered without touching its base") {
  auto base = joined({execution("s1"), execution("s2", "s1")});
  base->set_truncated(true);
  const auto before = dump(*base);
  const auto copy = trace::share(base);
  CHECK(dump(*copy) == before);
  copy->stamp(4);
  join(*copy, with(execution("s1"), {{"runtime", "go"}}));
  CHECK(copy->spans()[1].revision == 4);
  CHECK(base->spans()[1].revision == 0);
  CHECK(dump(*base) == before);
  base.reset(); // the copy keeps the texts alive
  CHECK(copy->spans()[1].id == "s2");
  CHECK(copy->spans()[1][text_field::agent_name] == "agent");
}

TEST_CASE("spans that were read back are found, few or many") {
  std::vector<entry> entries;
  for (int i = 0; i < 30; ++i)
    entries.push_back(execution("s" + std::to_string(i)));
  const auto source = joined(entries);
  trace t{"t1"};
  for (std::size_t i = 0; i < source->spans().size(); ++i) {
    t.append(source->spans()[i]);
    CHECK(t.contains_id(source->spans()[i].id));
    CHECK(join(t, entries[i]) == join_result::unchanged);
  }
  CHECK(dump(t) == dump(*source));
  CHECK_FALSE(t.has_shared_ids());
  auto other = source->spans()[3];
  other.function = "another";
  t.append(other);
  CHECK(t.has_shared_ids());
}

TEST_CASE("a revision marks the spans that changed since the last") {
  trace t{"t1"};
  join(t, execution("s1"));
  join(t, execution("s2"));
  t.stamp(1);
  join(t, execution("s1")); // says nothing new
  join(t, with(execution("s2"), {{"runtime", "go"}}));
  join(t, execution("s3"));
  t.stamp(2);
  CHECK(t.spans()[0].revision == 1);
  CHECK(t.spans()[1].revision == 2);
  CHECK(t.spans()[2].revision == 2);
}

TEST_CASE("after a commit only what it did not hold is new") {
  trace t{"t1"};
  join(t, execution("s1"));
  join(t, execution("s2"));
  const auto committed = t.clone();
  committed->stamp(1);
  join(t, with(execution("s2"), {{"note", "later"}}));
  join(t, execution("s3"));
  t.settle(*committed);
  CHECK(t.spans()[0].revision == 1);
  CHECK(t.spans()[1].revision == 0);
  CHECK(t.spans()[2].revision == 0);
}

TEST_CASE("texts that spans share are kept once, and outlive the batch") {
  auto pool = std::make_shared<text_pool>();
  trace t{"t1", pool};
  for (int i = 0; i < 20; ++i)
    join(t, with(execution("s" + std::to_string(i)), {{"zone", "eu"}}));
  CHECK(t.spans()[0][text_field::agent_name].data()
        == t.spans()[19][text_field::agent_name].data());
  CHECK(t.spans()[0].attributes[0].value.data()
        == t.spans()[19].attributes[0].value.data());
  CHECK(t.spans()[19][text_field::operation] == "work");
  CHECK(t.bytes() < 20'000);
}
