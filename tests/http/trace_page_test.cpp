#include "http/trace_page.hpp"
#include "storage/memory_engine.hpp"
#include "tests/http/traces.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <map>
#include <random>

using namespace meshtrace;
using namespace meshtrace::test;

namespace {

using states = page_query::states;
constexpr std::array all_states
  = {states::completed, states::complete, states::incomplete, states::active,
     states::all};

/// A service of one engine and some correlators with random traces, and what
/// the lists must say by brute force.
struct world {
  struct truth {
    order_key by_end;
    order_key by_duration;
    bool active;
    bool committed;
    bool whole;
  };

  explicit world(std::uint64_t seed) : dice(seed), correlators(1 + below(3)) {
    const auto count = below(40);
    for (std::size_t i = 0; i < count; ++i)
      add("t" + std::to_string(i));
  }

  std::size_t below(std::size_t count) {
    return std::uniform_int_distribution<std::size_t>{0, count - 1}(dice);
  }

  /// Ends often coincide, so that ties are among them.
  void add(const std::string& id) {
    const auto start = static_cast<std::int64_t>(below(8));
    const auto end = start + static_cast<std::int64_t>(below(8));
    const bool whole = below(3) > 0;
    const bool committed = below(3) > 0;
    const bool active = !committed || below(3) == 0;
    auto content
      = whole ? simple_trace(id, start, end) : orphan_trace(id, start, end);
    envelope head;
    if (committed)
      head = commit(keep, content);
    if (active) {
      auto newer = content->clone();
      if (committed) // says more than the store: it may sort elsewhere
        newer->merge(*simple_trace(id, start, end + 3), {});
      correlators[below(correlators.size())].items.push_back(
        {{newer, head}, whole});
      content = newer;
    }
    const trace_view view{*content};
    truths[id]
      = {key_of(view, trace_order::end_time),
         key_of(view, trace_order::duration), active, committed, whole};
  }

  static bool belongs(const truth& x, states state) {
    switch (state) {
    case states::completed:
      return x.committed;
    case states::complete:
      return !x.active && x.whole;
    case states::incomplete:
      return !x.active && !x.whole;
    case states::active:
      return x.active;
    case states::all:
      break;
    }
    return true;
  }

  std::vector<order_key> expected(const page_query& query) const {
    std::vector<order_key> result;
    for (auto& [_, x] : truths)
      if (belongs(x, query.state))
        result.push_back(query.order == trace_order::end_time ? x.by_end
                                                              : x.by_duration);
    std::sort(result.rbegin(), result.rend());
    return result;
  }

  active_part active(const page_query& query) const {
    std::vector<active_matches> answers;
    for (auto& x : correlators)
      answers.push_back(x.search(active_query_of(query)));
    return join_active(query, std::move(answers));
  }

  trace_page page(const page_query& query, std::size_t budget = 1000) {
    const auto mine = active(query);
    store_page stored;
    if (const auto wanted = store_query_of(query, mine, budget))
      stored = keep.search(*wanted).value();
    return join_parts(query, mine, std::move(stored));
  }

  std::mt19937_64 dice;
  memory_engine keep{{}};
  std::vector<active_model> correlators;
  std::map<std::string, truth> truths;
};

std::vector<order_key> keys(const trace_page& page) {
  std::vector<order_key> result;
  for (auto& x : page.traces)
    result.push_back(x.key);
  return result;
}

std::vector<order_key>
slice(std::vector<order_key> from, std::size_t offset, std::size_t limit) {
  from.erase(from.begin(),
             from.begin()
               + static_cast<std::ptrdiff_t>(std::min(offset, from.size())));
  from.resize(std::min(limit, from.size()));
  return from;
}

struct random_worlds {
  std::uint64_t seed = std::random_device{}();

  template <class F>
  void run(F test) {
    for (std::uint64_t i = 0; i < 60; ++i) {
      CAPTURE(seed + i);
      world x{seed + i};
      for (auto state : all_states)
        for (auto order : {trace_order::end_time, trace_order::duration}) {
          CAPTURE(static_cast<int>(state));
          page_query query;
          query.state = state;
          query.order = order;
          test(x, query);
        }
    }
  }
};

} // namespace

TEST_CASE("pages by offset are slices of the list that a brute-force model "
          "has") {
  random_worlds{}.run([](world& x, page_query& query) {
    const auto all = x.expected(query);
    for (std::size_t offset = 0; offset < all.size() + 3; ++offset) {
      query.offset = offset;
      query.limit = 1 + x.below(7);
      CAPTURE(offset);
      CAPTURE(query.limit);
      const auto page = x.page(query);
      CHECK(keys(page) == slice(all, offset, query.limit));
      CHECK(page.complete);
      CHECK_FALSE(page.next);
    }
  });
}

TEST_CASE("pages by cursor show each trace once and end") {
  random_worlds{}.run([](world& x, page_query& query) {
    query.by = page_query::paging::cursor;
    query.limit = 1 + x.below(7);
    const auto all = x.expected(query);
    std::vector<order_key> seen;
    for (;;) {
      const auto page = x.page(query);
      REQUIRE(page.traces.size() <= query.limit);
      for (auto& key : keys(page))
        seen.push_back(key);
      if (!page.next)
        break;
      // A page that promises another one is full, and so is not the last.
      CHECK(page.traces.size() == query.limit);
      CHECK(seen.size() < all.size());
      query.after = page.next;
    }
    CHECK(seen == all);
  });
}

TEST_CASE("a spent budget loses no trace: the next page goes on behind it") {
  random_worlds{}.run([](world& x, page_query& query) {
    query.by = page_query::paging::cursor;
    query.limit = 1 + x.below(7);
    std::vector<order_key> seen;
    for (int rounds = 0; rounds < 200; ++rounds) {
      const auto page = x.page(query, 1 + x.below(3));
      for (auto& key : keys(page))
        seen.push_back(key);
      if (!page.next) {
        CHECK(page.complete);
        break;
      }
      query.after = page.next;
    }
    CHECK(seen == x.expected(query));
  });
}

TEST_CASE("traces are counted in the state that they are shown in") {
  random_worlds{}.run([](world& x, page_query& query) {
    const auto total = total_of(query, x.active(query), x.keep.totals());
    CHECK(total == x.expected(query).size());
  });
}

TEST_CASE("a trace that is committed between both answers is shown once") {
  memory_engine keep{{}};
  active_model correlator;
  const auto content = simple_trace("t", 1, 2);
  correlator.items.push_back({{content, {}}, false});
  page_query query;
  query.state = states::all;
  const auto active
    = join_active(query, {correlator.search(active_query_of(query))});
  commit(keep, content);
  auto stored = keep.search(*store_query_of(query, active, 100)).value();
  const auto page = join_parts(query, active, std::move(stored));
  REQUIRE(page.traces.size() == 1);
  CHECK(page.traces[0].active);
}

TEST_CASE("what a correlator could not look at makes the page incomplete") {
  active_matches cut;
  cut.complete = false;
  const auto active = join_active({}, {cut, {}});
  CHECK_FALSE(join_parts({}, active, {}).complete);
}

TEST_CASE("deep pages of many active traces are refused, not read") {
  page_query query;
  query.state = states::all;
  active_part active;
  active.traces.resize(max_overlap + 1);
  query.offset = max_overlap;
  CHECK_FALSE(beyond_overlap(query, active));
  query.offset = max_overlap + 1;
  CHECK(beyond_overlap(query, active));
  query.state = states::active; // the store is not asked
  CHECK_FALSE(beyond_overlap(query, active));
  query.state = states::all;
  active.traces.resize(max_overlap);
  CHECK_FALSE(beyond_overlap(query, active));
}

TEST_CASE("totals never run below zero where the store dropped traces") {
  page_query query;
  query.state = states::complete;
  active_part active;
  active.stale = 3;
  active.stale_whole = 2;
  store_totals stored;
  stored.traces = stored.complete = 1;
  CHECK(total_of(query, active, stored) == 0);
  query.state = states::incomplete;
  CHECK(total_of(query, active, stored) == 0);
}
