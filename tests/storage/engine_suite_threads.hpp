#pragma once

// Engines: many writers and readers at once.

#include "tests/storage/engine_suite_log.hpp"

#include <atomic>
#include <thread>

namespace meshtrace::test {

/// A trace of which several writers know different parts.
struct shared_trace {
  std::string id;
  std::vector<span_event> events;
};

/// Commits random parts of all traces; what it leaves out, another writes.
inline void write_parts(engine& store, const std::vector<shared_trace>& traces,
                        std::uint64_t seed, std::size_t writer,
                        std::size_t writers, std::atomic<int>& failures) {
  trace_maker maker{seed + writer};
  for (int round = 0; round < 3; ++round) {
    std::vector<trace_write> batch;
    for (auto& x : traces) {
      std::vector<span_event> part;
      for (std::size_t i = 0; i < x.events.size(); ++i)
        if (maker.one_in(3) || (round == 2 && i % writers == writer))
          part.push_back(x.events[i]);
      if (!part.empty())
        batch.push_back(write_of(join_events(x.id, part)));
      if (batch.size() < 8)
        continue;
      failures += store.commit(batch, engine_now).has_value() ? 0 : 1;
      batch.clear();
    }
    failures += store.commit(batch, engine_now).has_value() ? 0 : 1;
    failures += store.sync() ? 0 : 1;
  }
}

/// Asks everything again and again; answers must make sense at any time.
inline void read_all(engine& store, const std::vector<shared_trace>& traces,
                     std::uint64_t seed, const std::atomic<bool>& done,
                     std::atomic<int>& failures) {
  trace_maker maker{seed};
  while (!done) {
    const auto& id = traces[maker.below(traces.size())].id;
    const auto one = store.find(id);
    failures += one && (!*one || (*one)->content->id() == id) ? 0 : 1;
    store_query query;
    query.order = static_cast<trace_order>(maker.below(2));
    query.filter.agent_name = "weather";
    query.limit = traces.size();
    const auto page = store.search(query);
    failures += page && page->complete ? 0 : 1;
    std::set<std::string> ids;
    if (page)
      for (auto& x : page->traces)
        failures += ids.insert(x.content->id()).second ? 0 : 1;
    failures += store.read_log(0, 0, 100) ? 0 : 1;
    failures += store.enforce_retention(engine_now) ? 0 : 1;
    failures += store.totals().traces <= traces.size() ? 0 : 1;
    failures += store.was_dropped(id, engine_now) ? 1 : 0;
  }
}

TEST_CASE_TEMPLATE_DEFINE("writers and readers do not disturb each other",
                          Factory, engine_threads) {
  const auto seed = random_seed();
  CAPTURE(seed);
  trace_maker maker{seed};
  const auto store = Factory::make({});
  std::vector<shared_trace> traces;
  for (int i = 0; i < 100; ++i) {
    const auto id = maker.id();
    traces.push_back({id, maker.events(id, 1 + maker.below(6))});
  }
  std::atomic<int> failures = 0;
  std::atomic<bool> done = false;
  constexpr std::size_t writers = 3;
  std::vector<std::thread> writing;
  std::vector<std::thread> reading;
  for (std::size_t i = 0; i < writers; ++i)
    writing.emplace_back(
      [&, i] { write_parts(*store, traces, seed, i, writers, failures); });
  for (std::uint64_t i = 0; i < 2; ++i)
    reading.emplace_back(
      [&, i] { read_all(*store, traces, seed + 100 + i, done, failures); });
  for (auto& x : writing)
    x.join();
  done = true;
  for (auto& x : reading)
    x.join();
  CHECK(failures == 0);
  std::uint64_t revisions = 0;
  for (auto& x : traces) {
    const auto stored = found(*store, x.id);
    CHECK(dump(*stored.content) == dump(*join_events(x.id, x.events)));
    revisions += stored.head.revision;
  }
  std::uint64_t entries = 0;
  for (std::uint32_t p = 0; p < engine_setup::partitions; ++p)
    for (auto& x : whole_log(*store, p, 10).entries) {
      CHECK((x.replaced == nullptr) == (x.revision == 1));
      ++entries;
    }
  CHECK(entries == revisions);
  CHECK(store->totals().traces == traces.size());
}

} // namespace meshtrace::test
