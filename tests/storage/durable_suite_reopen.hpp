#pragma once

// Durable engines: what is there after a restart.

#include "tests/storage/engine_suite_log.hpp"
#include "tests/support/temp_folder.hpp"

#include <map>

namespace meshtrace::test {

/// Everything that an engine says of its log, one line an entry.
inline std::vector<std::string> log_lines(engine& store) {
  std::vector<std::string> result;
  for (std::uint32_t p = 0; p < engine_setup::partitions; ++p)
    for (auto& x : whole_log(store, p, 100).entries)
      result.push_back(fmt::format(
        "{} {} {} {} {} {}", p, x.number, x.trace_id, x.revision,
        x.added ? x.added->span_count : 0,
        x.replaced ? static_cast<int>(x.replaced->span_count) : -1));
  return result;
}

/// All that is stored, one line a trace.
inline std::vector<std::string> trace_lines(engine& store) {
  store_query query;
  query.limit = 1'000'000;
  std::vector<std::string> result;
  for (auto& x : searched(store, query).traces)
    result.push_back(fmt::format("{} {} {}", x.head.revision,
                                 x.head.first_commit_time, dump(*x.content)));
  return result;
}

inline void check_same_totals(engine& one, engine& other) {
  const auto a = one.totals();
  const auto b = other.totals();
  CHECK(a.traces == b.traces);
  CHECK(a.complete == b.complete);
  CHECK(a.incomplete == b.incomplete);
  CHECK(a.oldest == b.oldest);
  CHECK(a.newest == b.newest);
}

TEST_CASE_TEMPLATE_DEFINE("what was dropped and what is left is known later",
                          Factory, durable_reopen) {
  const temp_folder folder;
  engine_setup setup;
  setup.retention = 100 * second;
  trace_maker maker{1};
  const auto at = engine_now + 145 * second;
  {
    const auto store = Factory::make_at(folder / "data", setup);
    CHECK(store->durable());
    for (int i = 0; i < 10; ++i)
      commit_one(*store, maker.simple(numbered(i), 5, 6), 0,
                 engine_now + i * 10 * second);
    REQUIRE(store->enforce_retention(at)->by_age == 5);
  }
  for (int round = 0; round < 2; ++round) {
    const auto store = Factory::make_at(folder / "data", setup);
    CHECK(store->totals().traces == 5);
    CHECK(store->totals().complete == 5);
    for (int i = 0; i < 10; ++i) {
      CHECK(is_there(*store, numbered(i)) == (i >= 5));
      CHECK(store->was_dropped(numbered(i), at) == (i < 5));
      CHECK_FALSE(store->was_dropped(numbered(i), at + 3605 * second));
    }
    CHECK(store->enforce_retention(at)->by_age == 0);
  }
  // The log forgets nothing with a trace.
  const auto store = Factory::make_at(folder / "data", setup);
  CHECK(log_lines(*store).size() == 10);
  CHECK(store->enforce_retention(at + 100 * second)->left.traces == 0);
  CHECK(log_lines(*store).size() == 10);
}

TEST_CASE_TEMPLATE_DEFINE("a restart at any moment changes nothing", Factory,
                          durable_random) {
  const auto seed = random_seed();
  CAPTURE(seed);
  trace_maker maker{seed};
  const temp_folder folder;
  const auto steady = Factory::make_at(folder / "steady", {});
  auto restless = Factory::make_at(folder / "restless", {});
  std::vector<std::pair<std::string, std::vector<span_event>>> traces;
  for (int i = 0; i < 400; ++i) {
    if (traces.size() < 5 || maker.one_in(2)) {
      const auto id = maker.id();
      traces.emplace_back(id, maker.events(id, 1 + maker.below(6)));
    }
    std::vector<trace_write> batch;
    for (std::size_t n = 1 + maker.below(4); n > 0; --n) {
      auto& [id, events] = traces[maker.below(traces.size())];
      const auto from = maker.below(events.size());
      batch.push_back(write_of(
        join_events(id, std::span{events}.subspan(
                          from, 1 + maker.below(events.size() - from)))));
    }
    const auto one = steady->commit(batch, engine_now + i);
    const auto other = restless->commit(batch, engine_now + i);
    REQUIRE(one);
    REQUIRE(other);
    for (std::size_t n = 0; n < batch.size(); ++n)
      REQUIRE((*one)[n].head == (*other)[n].head);
    if (maker.one_in(3))
      REQUIRE(restless->sync());
    if (maker.one_in(25)) {
      restless.reset();
      restless = Factory::make_at(folder / "restless", {});
    }
  }
  REQUIRE(steady->sync());
  REQUIRE(restless->sync());
  CHECK(log_lines(*steady) == log_lines(*restless));
  CHECK(trace_lines(*steady) == trace_lines(*restless));
  check_same_totals(*steady, *restless);
}

TEST_CASE_TEMPLATE_DEFINE("the log shows what is durable, and goes on", Factory,
                          durable_log) {
  const temp_folder folder;
  trace_maker maker{1};
  engine_setup setup;
  setup.log_limit = 8 * engine_setup::partitions;
  auto store = Factory::make_at(folder / "data", setup);
  commit_one(*store, maker.simple("t", 1, 2));
  const auto partition = partition_of("t", engine_setup::partitions);
  CHECK(store->read_log(partition, 0, 10)->entries.empty());
  CHECK(store->log_ends()[partition] == 0);
  REQUIRE(store->sync());
  CHECK(store->read_log(partition, 0, 10)->entries.size() == 1);
  CHECK(store->log_ends()[partition] == 1);
  // Numbers go on even where nearly all of a log was cut.
  for (int i = 1; i <= 100; ++i) {
    commit_one(*store, maker.simple("t", 1, 2 + i));
    if (i % 20 == 0) {
      REQUIRE(store->enforce_retention(engine_now));
      store.reset();
      store = Factory::make_at(folder / "data", setup);
    }
  }
  REQUIRE(store->sync());
  CHECK(store->log_ends()[partition] == 101);
  const auto page = store->read_log(partition, 0, 1000);
  REQUIRE(page);
  CHECK(page->lost == 93);
  CHECK(page->entries.size() == 8);
  CHECK(page->entries.front().number == 94);
  CHECK(page->entries.front().revision == 94);
}

TEST_CASE_TEMPLATE_DEFINE("notes are found again", Factory, durable_notes) {
  const temp_folder folder;
  const std::vector<std::string> asked = {"a", "b", "", "nobody"};
  {
    const auto store = Factory::make_at(folder / "data", {});
    const std::vector<note> notes
      = {{"a", "1"}, {"b", std::string{"2\0x", 3}}, {"", "empty key"}};
    REQUIRE(store->save_notes(notes));
    REQUIRE(store->save_notes(std::vector<note>{{"a", "3"}, {"nobody", ""}}));
  }
  auto store = Factory::make_at(folder / "data", {});
  const std::vector<note> expected = {{"a", "3"},
                                      {"b", std::string{"2\0x", 3}},
                                      {"", "empty key"},
                                      {"nobody", ""}};
  CHECK(*store->find_notes(asked) == expected);
  REQUIRE(store->save_notes(std::vector<note>{{"a", ""}}));
  CHECK(store->find_notes(asked)->front().value.empty());
}

TEST_CASE_TEMPLATE_DEFINE("a backup is a store of its own", Factory,
                          durable_backup) {
  const temp_folder folder;
  trace_maker maker{1};
  const auto store = Factory::make_at(folder / "data", {});
  commit_one(*store, maker.simple("before", 1, 2));
  REQUIRE(store->backup(folder / "copy"));
  commit_one(*store, maker.simple("after", 1, 2));
  const auto again = store->backup(folder / "copy");
  REQUIRE_FALSE(again);
  CHECK(again.error().reason.find(folder / "copy") != std::string::npos);
  CHECK_FALSE(store->backup("/proc/no/such/place"));
  CHECK_FALSE(store->backup(""));
  const auto copy = Factory::make_at(folder / "copy", {});
  CHECK(is_there(*copy, "before"));
  CHECK_FALSE(is_there(*copy, "after"));
  commit_one(*copy, maker.simple("own", 1, 2));
  CHECK_FALSE(is_there(*store, "own"));
  CHECK(is_there(*store, "after"));
}

} // namespace meshtrace::test
