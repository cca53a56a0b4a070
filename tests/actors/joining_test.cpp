#include "actors/completion_timer.hpp"
#include "actors/correlator.hpp"
#include "actors/shard_router.hpp"
#include "actors/status_board.hpp"
#include "actors/trace_store.hpp"
#include "storage/memory_engine.hpp"
#include "storage/record.hpp"
#include "tests/support/deterministic_system.hpp"
#include "tests/support/trace_maker.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

using namespace meshtrace;

namespace {

constexpr stream_ms t0 = 1'764'000'000'000;
constexpr std::uint32_t partitions = 16;

/// The actors from the router to the store, with as many correlators as asked
/// for; the test is the reader and the acknowledger.
struct joining : test::deterministic_system {
  explicit joining(std::size_t correlator_count) {
    memory_options options;
    options.max_stored = 100'000;
    options.partitions = partitions;
    engine = std::make_shared<memory_engine>(options);
    const auto board = spawn(status_board, std::chrono::seconds{10}, &counters);
    const auto store
      = spawn(trace_store, engine, store_syncer_actor{}, board, &counters);
    correlator_options rules;
    rules.partitions = partitions;
    for (std::size_t i = 0; i < correlator_count; ++i)
      correlators.push_back(
        spawn(correlator, rules, store, me<acknowledger_actor>(), &counters));
    router
      = spawn(shard_router, partitions, std::size_t{1}, correlators, &counters);
  }

  void read(const std::vector<span_event>& events) {
    auto batch = std::make_shared<event_batch>();
    for (auto& event : events)
      batch->events.push_back(
        {{0, 0, 1, {static_cast<std::uint64_t>(t0), ++read_}}, event});
    deliver(router, event_batch_ptr{batch});
  }

  void advance_streams(stream_ms to) {
    deliver(router, stream_clock{0, to});
  }

  std::size_t durable() {
    while (auto news = next<entries_durable>())
      durable_ += news->entries.size();
    return durable_;
  }

  std::size_t answered() {
    std::size_t result = 0;
    while (auto joined = next<batch_joined>())
      result += joined->events;
    return result;
  }

  metrics counters;
  std::shared_ptr<memory_engine> engine;
  std::vector<correlator_actor> correlators;
  shard_router_actor router;
  std::uint64_t read_ = 0;
  std::size_t durable_ = 0;
};

using contents = std::map<std::string, std::string>;

/// Lets `events` through in batches of random size and returns what is stored.
contents join_all(const std::vector<span_event>& events,
                  std::size_t correlators, std::mt19937_64& dice) {
  joining flow{correlators};
  flow.advance_streams(t0);
  for (std::size_t begin = 0; begin < events.size();) {
    const auto size
      = std::min<std::size_t>(1 + dice() % 40, events.size() - begin);
    flow.read({events.begin() + static_cast<std::ptrdiff_t>(begin),
               events.begin() + static_cast<std::ptrdiff_t>(begin + size)});
    begin += size;
  }
  CHECK(flow.answered() == events.size());
  for (auto later : {600, 61'000, 301'000, 302'000})
    flow.advance_streams(t0 + later);
  CHECK(flow.durable() == events.size());
  contents result;
  store_query all;
  all.limit = 100'000;
  const auto page = flow.engine->search(all);
  REQUIRE(page.has_value());
  for (auto& x : page->traces) {
    CHECK(x.head.revision == 1);
    result[x.content->id()] = encode_content(*x.content);
  }
  return result;
}

} // namespace

TEST_SUITE_BEGIN("joining");

TEST_CASE("any order, repetition and batching, and one or eight correlators, "
          "give the same bytes") {
  const auto seed = test::random_seed();
  MESSAGE("MESHTRACE_SEED=" << seed);
  std::mt19937_64 dice{seed};
  test::trace_maker maker{seed};
  std::vector<span_event> events;
  contents wanted;
  for (int i = 0; i < 60; ++i) {
    const auto id = maker.id();
    const auto mine = maker.events(id, 1 + maker.below(12));
    events.insert(events.end(), mine.begin(), mine.end());
    wanted[id] = encode_content(*test::join_events(id, mine));
  }
  for (std::size_t correlators : {1, 8, 1, 8, 3}) {
    std::shuffle(events.begin(), events.end(), dice);
    const auto found = join_all(events, correlators, dice);
    CHECK(found.size() == wanted.size());
    CHECK(found == wanted);
    for (int i = 0; i < 20; ++i) // ever more repetitions
      events.push_back(events[dice() % events.size()]);
  }
}

TEST_CASE("an event of one correlator does not hold up another's trace") {
  joining flow{2};
  test::trace_maker maker{1};
  flow.advance_streams(t0);
  for (int i = 0; i < 20; ++i)
    flow.read(maker.events(maker.id(), 1));
  flow.advance_streams(t0 + 400'000);
  CHECK(flow.engine->totals().traces == 20);
}

TEST_CASE("nothing becomes complete while one reader cannot tell the time") {
  shard_router_state state;
  state.configure(partitions, 1, 2);
  CHECK_FALSE(state.now().has_value());
  state.set_clock({0, t0 + 5});
  CHECK_FALSE(state.now().has_value());
  state.set_clock({1, t0 + 3});
  CHECK(state.now() == t0 + 3);
  state.set_clock({1, std::nullopt});
  CHECK_FALSE(state.now().has_value());
}

TEST_CASE("the timer announces a trace once, at its latest due time") {
  completion_timer_state state;
  state.arm({1, 100});
  state.arm({2, 50});
  state.arm({1, 200}); // replaces
  state.arm({3, 60});
  state.disarm(3);
  CHECK(state.take_due(49).empty());
  CHECK(state.take_due(100) == std::vector<std::uint64_t>{2});
  CHECK(state.take_due(199).empty());
  CHECK(state.take_due(200) == std::vector<std::uint64_t>{1});
  CHECK(state.take_due(10'000).empty());
}

TEST_CASE("the timer forgets replaced requests") {
  completion_timer_state state;
  for (stream_ms due = 0; due < 100'000; ++due)
    state.arm({7, 1'000'000 + due});
  CHECK(state.take_due(2'000'000) == std::vector<std::uint64_t>{7});
}

TEST_SUITE_END();
