#pragma once

// Engines: the log of a partition.

#include "tests/storage/engine_fixture.hpp"

namespace meshtrace::test {

/// Everything that a partition's log still has, read in steps.
inline log_page
whole_log(engine& store, std::uint32_t partition, std::size_t step) {
  log_page result{partition, {}, 0};
  for (std::uint64_t after = 0;;) {
    const auto page = store.read_log(partition, after, step);
    REQUIRE(page);
    REQUIRE(page->partition == partition);
    REQUIRE(page->entries.size() <= step);
    result.lost += page->lost;
    if (page->entries.empty())
      return result;
    for (auto& x : page->entries) {
      const auto expected
        = (result.entries.empty() ? result.lost : result.entries.back().number)
          + 1;
      REQUIRE(x.number == expected);
      result.entries.push_back(x);
    }
    after = page->entries.back().number;
  }
}

/// Commits `rounds` random parts of a few random traces. Returns, in order,
/// what each new revision added.
inline std::vector<std::pair<written_trace, contribution>>
commit_parts(engine& store, trace_maker& maker, int rounds) {
  std::map<std::string, std::vector<span_event>> traces;
  std::vector<std::pair<written_trace, contribution>> result;
  std::map<std::string, std::uint32_t> revisions;
  for (int i = 0; i < rounds; ++i) {
    if (traces.size() < 10 || maker.one_in(3)) {
      const auto id = maker.id();
      traces[id] = maker.events(id, 1 + maker.below(5));
    }
    auto chosen = traces.begin();
    std::advance(chosen,
                 static_cast<std::ptrdiff_t>(maker.below(traces.size())));
    auto& [id, events] = *chosen;
    const auto from = maker.below(events.size());
    const auto count = 1 + maker.below(events.size() - from);
    const auto written = commit_one(
      store, join_events(id, std::span{events}.subspan(from, count)));
    auto& known = revisions[id];
    if (written.head.revision > known)
      result.emplace_back(written,
                          contribution_of(trace_view{*written.content}));
    known = written.head.revision;
  }
  REQUIRE(store.sync()); // the log shows what is durable
  return result;
}

TEST_CASE_TEMPLATE_DEFINE("the log names each revision once, in order", Factory,
                          engine_log) {
  const auto seed = random_seed();
  CAPTURE(seed);
  trace_maker maker{seed};
  engine_setup setup;
  SUBCASE("with what it adds and replaces") {
    const auto store = Factory::make(setup);
    CHECK(store->log_ends() == std::vector<std::uint64_t>(4, 0));
    const auto written = commit_parts(*store, maker, 3000);
    std::map<std::string, contribution> added; // of the revision before
    std::map<std::pair<std::string, std::uint32_t>, const contribution*> all;
    for (auto& [x, said] : written)
      all[{x.content->id(), x.head.revision}] = &said;
    std::size_t entries = 0;
    for (std::uint32_t p = 0; p < engine_setup::partitions; ++p) {
      const auto log = whole_log(*store, p, 1 + maker.below(100));
      CHECK(log.lost == 0);
      CHECK(log.entries.size() == store->log_ends()[p]);
      entries += log.entries.size();
      for (auto& x : log.entries) {
        REQUIRE(partition_of(x.trace_id, engine_setup::partitions) == p);
        REQUIRE(x.added);
        REQUIRE(all.count({x.trace_id, x.revision}) == 1);
        REQUIRE(*x.added == *all[{x.trace_id, x.revision}]);
        REQUIRE((x.replaced == nullptr) == (x.revision == 1));
        if (x.replaced)
          REQUIRE(*x.replaced == added[x.trace_id]);
        added[x.trace_id] = *x.added;
      }
    }
    CHECK(entries == written.size());
  }
  SUBCASE("without contributions where statistics are off") {
    setup.contributions = false;
    const auto store = Factory::make(setup);
    const auto written = commit_parts(*store, maker, 100);
    const auto log = whole_log(*store, 0, 1000);
    REQUIRE_FALSE(log.entries.empty());
    for (auto& x : log.entries) {
      CHECK_FALSE(x.added);
      CHECK_FALSE(x.replaced);
    }
  }
  SUBCASE("and says how many it has no more") {
    setup.log_limit = 50;
    const auto store = Factory::make(setup);
    const auto written = commit_parts(*store, maker, 400);
    std::uint64_t kept = 0;
    std::uint64_t lost = 0;
    for (std::uint32_t p = 0; p < engine_setup::partitions; ++p) {
      const auto log = whole_log(*store, p, 7);
      kept += log.entries.size();
      lost += log.lost;
      const auto end = store->log_ends()[p];
      CHECK(log.lost + log.entries.size() == end);
      if (log.entries.empty())
        continue;
      // From the middle on nothing is lost.
      const auto middle = log.entries[log.entries.size() / 2].number;
      const auto rest = store->read_log(p, middle, 1000);
      REQUIRE(rest);
      CHECK(rest->lost == 0);
      CHECK(rest->entries.size() == end - middle);
      CHECK(store->read_log(p, end + 5, 10)->entries.empty());
      CHECK(store->read_log(p, end + 5, 10)->lost == 0);
    }
    CHECK(kept <= 50);
    CHECK(kept > 0);
    CHECK(kept + lost == written.size());
  }
}

} // namespace meshtrace::test
