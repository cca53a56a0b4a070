#pragma once

// Engines: writing, joining, totals, retention.

#include "tests/storage/engine_fixture.hpp"

#include <algorithm>

namespace meshtrace::test {

TEST_CASE_TEMPLATE_DEFINE("what is committed is found, revision by revision",
                          Factory, engine_writing) {
  const auto store = Factory::make({});
  trace_maker maker{random_seed()};
  const auto first = maker.simple("t", 1 * second, 2 * second);

  SUBCASE("the first commit is revision 1") {
    CHECK_FALSE(is_there(*store, "t"));
    const auto written = commit_one(*store, first);
    CHECK(
      written.head
      == envelope{1, completion_reason::root_closed, engine_now, engine_now});
    const auto stored = found(*store, "t");
    CHECK(stored.head == written.head);
    CHECK(dump(*stored.content) == dump(*first));
    CHECK(stored.content->spans().front().revision == 1);
    CHECK(written.content->spans().front().revision == 1);
    CHECK(first->spans().front().revision == 0); // others read it
    CHECK_FALSE(is_there(*store, "T"));
  }
  SUBCASE("a change is the next revision of what it changed") {
    commit_one(*store, first);
    auto next = found(*store, "t").content->clone();
    span_event event;
    event.values.id = "child";
    event.values[text_field::parent_span] = "root";
    next->join(event, {});
    auto write = write_of(next, 1);
    write.reason = completion_reason::timeout;
    const auto written = store->commit({&write, 1}, engine_now + 5);
    REQUIRE(written);
    CHECK(
      written->front().head
      == envelope{2, completion_reason::timeout, engine_now, engine_now + 5});
    const auto stored = found(*store, "t");
    CHECK(stored.head == written->front().head);
    CHECK(dump(*stored.content) == dump(*next));
    const std::map<std::string, std::uint32_t> expected
      = {{"root/", 1}, {"child/", 2}};
    CHECK(span_revisions(*stored.content) == expected);
    CHECK(span_revisions(*written->front().content) == expected);
  }
  SUBCASE("a replay that changes nothing makes no revision") {
    commit_one(*store, first);
    REQUIRE(store->sync());
    const auto ends = store->log_ends();
    for (auto base : {0u, 1u, 7u}) {
      const auto again = commit_one(
        *store, maker.simple("t", second, 2 * second), base, engine_now + 9);
      CHECK(again.head.revision == 1);
      CHECK(again.head.commit_time == engine_now);
      CHECK(again.content->spans().front().revision == 1);
    }
    REQUIRE(store->sync());
    CHECK(store->log_ends() == ends);
    CHECK(found(*store, "t").head.commit_time == engine_now);
  }
  SUBCASE("that spans were left out is kept, but is no revision") {
    commit_one(*store, first);
    const auto again = maker.simple("t", second, 2 * second);
    again->set_truncated(true);
    CHECK(commit_one(*store, again).head.revision == 1);
    CHECK(found(*store, "t").content->truncated());
    CHECK(found(*store, "t").head.revision == 1);
  }
  SUBCASE("a trace without spans can be kept") {
    commit_one(*store, std::make_shared<trace>("empty"));
    CHECK(found(*store, "empty").content->spans().empty());
  }
}

TEST_CASE_TEMPLATE_DEFINE("writers that know different parts make one trace",
                          Factory, engine_joins) {
  const auto seed = random_seed();
  CAPTURE(seed);
  trace_maker maker{seed};
  for (int round = 0; round < 100; ++round) {
    const auto id = maker.id();
    const auto events = maker.events(id, 1 + maker.below(7));
    const auto cut = maker.below(events.size() + 1);
    const auto all = std::span{events};
    const auto left = join_events(id, all.first(cut));
    const auto right = join_events(id, all.subspan(cut));
    const auto whole = dump(*join_events(id, events));
    for (const bool swapped : {false, true}) {
      const auto store = Factory::make({});
      commit_one(*store, swapped ? right : left);
      const auto before = found(*store, id);
      const auto written = commit_one(*store, swapped ? left : right);
      const auto stored = found(*store, id);
      REQUIRE(dump(*stored.content) == whole);
      REQUIRE(dump(*written.content) == whole);
      const bool changed = dump(*before.content) != whole;
      REQUIRE(stored.head.revision == (changed ? 2u : 1u));
      // Exactly the spans that differ from before are of the new revision.
      for (auto& x : stored.content->spans()) {
        const auto& was = before.content->spans();
        const bool same
          = std::any_of(was.begin(), was.end(), [&](const span& old) {
              return static_cast<const span_values&>(old) == x
                     && old.attributes == x.attributes;
            });
        REQUIRE(x.revision == (same ? 1u : 2u));
      }
    }
  }
}

TEST_CASE_TEMPLATE_DEFINE("a batch is written as a whole or not at all",
                          Factory, engine_rejects) {
  const auto store = Factory::make({});
  trace_maker maker{1};
  std::vector<trace_write> batch
    = {write_of(maker.simple("a", 1, 2)), write_of(maker.simple("b", 1, 2))};
  batch[1].partition = engine_setup::partitions;
  CHECK_FALSE(store->commit(batch, engine_now));
  CHECK_FALSE(is_there(*store, "a"));
  CHECK(store->totals().traces == 0);
  batch[1] = {};
  CHECK_FALSE(store->commit(batch, engine_now));
  CHECK_FALSE(is_there(*store, "a"));
  CHECK_FALSE(store->read_log(engine_setup::partitions, 0, 1));
  CHECK(store->commit({}, engine_now)->empty());
  // One id twice in a batch is joined like any other.
  batch
    = {write_of(maker.simple("a", 1, 2)), write_of(maker.simple("a", 1, 3))};
  const auto written = store->commit(batch, engine_now);
  REQUIRE(written);
  CHECK((*written)[0].head.revision == 1);
  CHECK((*written)[1].head.revision == 2);
  CHECK(store->totals().traces == 1);
}

TEST_CASE_TEMPLATE_DEFINE("totals follow every write", Factory, engine_totals) {
  const auto seed = random_seed();
  CAPTURE(seed);
  trace_maker maker{seed};
  const auto store = Factory::make({});
  CHECK(store->totals().traces == 0);
  CHECK_FALSE(store->totals().oldest.has_value());
  std::map<std::string, trace_ptr> model;
  for (int i = 0; i < 300; ++i) {
    const auto id = maker.id();
    const auto events = maker.events(id, 1 + maker.below(5));
    const auto some = std::span{events}.first(1 + maker.below(events.size()));
    commit_one(*store, join_events(id, some));
    if (maker.one_in(2))
      commit_one(*store, join_events(id, events));
    model[id] = found(*store, id).content;
  }
  store_totals expected;
  for (auto& [id, content] : model) {
    const trace_view view{*content};
    ++expected.traces;
    ++(view.is_whole() ? expected.complete : expected.incomplete);
    expected.newest = std::max(expected.newest, view.end);
    if (view.end.has_value()
        && (!expected.oldest.has_value() || view.end < expected.oldest))
      expected.oldest = view.end;
  }
  const auto totals = store->totals();
  CHECK(totals.traces == expected.traces);
  CHECK(totals.complete == expected.complete);
  CHECK(totals.incomplete == expected.incomplete);
  CHECK(totals.oldest == expected.oldest);
  CHECK(totals.newest == expected.newest);
  CHECK(totals.bytes > 50 * totals.traces);
}

TEST_CASE_TEMPLATE_DEFINE("retention drops the oldest and says so", Factory,
                          engine_retention) {
  trace_maker maker{1};
  const auto commit = [&](engine& store, int number, std::int64_t now) {
    commit_one(store, maker.simple(numbered(number), 5, 6), 0, now);
  };
  SUBCASE("by age since the first commit") {
    engine_setup setup;
    setup.retention = 100 * second;
    const auto store = Factory::make(setup);
    for (int i = 0; i < 10; ++i)
      commit(*store, i, engine_now + i * 10 * second);
    // A revision makes no trace younger.
    commit_one(*store, maker.simple("t0", 4, 6), 1, engine_now + 90 * second);
    const auto at = engine_now + 145 * second; // t0 to t4 are older
    const auto report = store->enforce_retention(at);
    REQUIRE(report);
    CHECK(report->by_age == 5);
    CHECK(report->by_age_bytes > 0);
    CHECK(report->by_size == 0);
    CHECK(report->left.traces == 5);
    CHECK(store->totals().traces == 5);
    CHECK(ids_of(searched(*store, {})).size() == 5);
    for (int i = 0; i < 10; ++i) {
      const auto id = numbered(i);
      CHECK(is_there(*store, id) == (i >= 5));
      CHECK(store->was_dropped(id, at) == (i < 5));
      CHECK(store->was_dropped(id, at + 3595 * second) == (i < 5));
      CHECK_FALSE(store->was_dropped(id, at + 3605 * second));
    }
    CHECK(store->enforce_retention(at)->by_age == 0);
  }
  SUBCASE("for ever where there is none") {
    const auto store = Factory::make({});
    commit(*store, 1, 0);
    CHECK(store->enforce_retention(engine_now)->left.traces == 1);
  }
  SUBCASE("by size") {
    engine_setup setup;
    setup.max_bytes = 64 * 1024;
    const auto store = Factory::make(setup);
    constexpr int count = 4000;
    for (int i = 0; i < count; ++i)
      commit(*store, i, engine_now + i);
    const auto at = engine_now + count;
    const auto report = store->enforce_retention(at);
    REQUIRE(report);
    CHECK(report->by_size > 0);
    CHECK(report->by_size_bytes > 0);
    CHECK(report->by_age == 0);
    CHECK(report->left.bytes <= setup.max_bytes);
    CHECK(report->by_size + report->left.traces == count);
    CHECK(report->left.traces > 0);
    const auto gone = static_cast<int>(report->by_size);
    CHECK_FALSE(is_there(*store, numbered(gone - 1)));
    CHECK(store->was_dropped(numbered(gone - 1), at));
    CHECK(is_there(*store, numbered(gone)));
    CHECK_FALSE(store->was_dropped(numbered(gone), at));
    CHECK(store->enforce_retention(at)->by_size == 0);
    // What was dropped and comes again goes on where it was.
    const auto again
      = commit_one(*store, maker.simple("t0", 5, 6), 3, engine_now + count);
    CHECK(again.head.revision == 4);
  }
}

} // namespace meshtrace::test
