#pragma once

// Engines: searching, against a model that looks at everything.

#include "tests/storage/engine_fixture.hpp"

#include <algorithm>

namespace meshtrace::test {

/// What a search without a budget has to find.
inline std::vector<std::string>
model_search(const std::vector<trace_ptr>& all, const store_query& query) {
  std::vector<order_key> keys;
  for (auto& x : all) {
    const trace_view view{*x};
    const auto key = key_of(view, query.order);
    using states = store_query::states;
    const bool wanted = query.state == states::all
                        || view.is_whole() == (query.state == states::complete);
    if (wanted && matches(query.filter, view) && !query.without.count(x->id())
        && (!query.after || key < *query.after))
      keys.push_back(key);
  }
  std::sort(keys.begin(), keys.end(), std::greater<>{});
  std::vector<std::string> result;
  for (auto i = query.offset; i < keys.size() && result.size() < query.limit;
       ++i)
    result.push_back(keys[i].id);
  return result;
}

/// Bounds at random, half of them exactly at what `some` trace has.
inline void
set_bounds(trace_filter& filter, trace_maker& maker, const trace_view& some) {
  const auto bound = [&](auto& to, optional_int exact, std::int64_t base,
                         std::size_t seconds) {
    if (!maker.one_in(4))
      return;
    if (exact.has_value() && maker.one_in(2))
      to = *exact;
    else
      to = base + static_cast<std::int64_t>(maker.below(seconds)) * second;
  };
  bound(filter.start_time, some.start, trace_maker::first_time, 66);
  bound(filter.end_time, some.end, trace_maker::first_time, 66);
  bound(filter.min_duration, some.duration, 0, 60);
  bound(filter.max_duration, some.duration, 0, 60);
}

/// A query of which every part is now there and now not.
inline store_query
random_query(trace_maker& maker, const std::vector<trace_ptr>& all) {
  store_query query;
  auto& filter = query.filter;
  const auto text = [&](auto values) {
    return std::string{maker.any_of(values)};
  };
  const auto& some = *all[maker.below(all.size())];
  if (maker.one_in(20))
    filter.trace_id = maker.one_in(5) ? "no such trace" : some.id();
  if (maker.one_in(12))
    filter.parent_span_id
      = some.spans().empty() ? "nobody" : some.spans().front().id;
  if (maker.one_in(4))
    filter.agent_name = text(trace_maker::agents);
  if (maker.one_in(6))
    filter.operation = text(trace_maker::operations).substr(0, 3);
  if (maker.one_in(8))
    filter.root_operation = text(trace_maker::operations);
  if (maker.one_in(8))
    filter.llm_model = text(trace_maker::models);
  if (maker.one_in(8))
    filter.error_message = "connection";
  while (maker.one_in(5))
    filter.attributes.emplace_back(text(trace_maker::names),
                                   text(trace_maker::values));
  if (maker.one_in(4))
    filter.success = maker.one_in(2);
  set_bounds(filter, maker, trace_view{some});
  if (maker.one_in(5))
    filter.min_spans = maker.below(10);
  query.state = static_cast<store_query::states>(maker.below(3));
  query.order = static_cast<trace_order>(maker.below(2));
  while (maker.one_in(2))
    query.without.insert(all[maker.below(all.size())]->id());
  if (maker.one_in(3))
    query.after = key_of(trace_view{some}, query.order);
  if (maker.one_in(3))
    query.offset = maker.below(20);
  query.limit = maker.below(60);
  return query;
}

TEST_CASE_TEMPLATE_DEFINE("every search finds what there is", Factory,
                          engine_search) {
  const auto seed = random_seed();
  CAPTURE(seed);
  trace_maker maker{seed};
  const auto store = Factory::make({});
  CHECK(searched(*store, {}).traces.empty());
  CHECK(searched(*store, {}).complete);
  std::vector<trace_ptr> all;
  for (int i = 0; i < 700; ++i) {
    all.push_back(maker.one_in(5) // some that differ by their id only
                    ? maker.simple(maker.id(), second, 2 * second)
                    : maker.make());
    commit_one(*store, all.back());
  }
  std::size_t hits = 0;
  for (int i = 0; i < 1500; ++i) {
    const auto query = random_query(maker, all);
    const auto page = searched(*store, query);
    REQUIRE(page.complete);
    REQUIRE(ids_of(page) == model_search(all, query));
    hits += page.traces.size();
    for (auto& x : page.traces)
      REQUIRE(x.head.revision == 1);
  }
  CHECK(hits > 1500);
  const auto page = searched(*store, {});
  CHECK(dump(*page.traces[3].content)
        == dump(*found(*store, page.traces[3].content->id()).content));
}

TEST_CASE_TEMPLATE_DEFINE("pages neither repeat nor skip while traces arrive",
                          Factory, engine_paging) {
  const auto seed = random_seed();
  CAPTURE(seed);
  trace_maker maker{seed};
  const auto store = Factory::make({});
  std::vector<trace_ptr> all;
  for (int i = 0; i < 300; ++i) {
    all.push_back(maker.make());
    commit_one(*store, all.back());
  }
  store_query query;
  query.order = static_cast<trace_order>(maker.below(2));
  if (maker.one_in(2))
    query.filter.agent_name = "weather";
  auto everything = query;
  everything.limit = all.size();
  const auto expected = model_search(all, everything);
  std::set<std::string> known(expected.begin(), expected.end());
  std::vector<std::string> seen;
  SUBCASE("by cursor") {
    query.limit = 1 + maker.below(30);
    for (;;) {
      const auto page = searched(*store, query);
      if (page.traces.empty())
        break;
      for (auto& id : ids_of(page))
        if (known.count(id) != 0) // not one that came meanwhile
          seen.push_back(id);
      query.after
        = key_of(trace_view{*page.traces.back().content}, query.order);
      commit_one(*store, maker.make());
    }
    CHECK(seen == expected);
  }
  SUBCASE("by budget") {
    query.budget = 1 + maker.below(40);
    query.limit = 1000;
    for (int rounds = 0;; ++rounds) {
      REQUIRE(rounds < 1000);
      const auto page = searched(*store, query);
      for (auto& id : ids_of(page))
        if (known.count(id) != 0)
          seen.push_back(id);
      REQUIRE(page.last_seen.has_value() == !page.complete);
      if (page.complete)
        break;
      query.after = page.last_seen;
      if (maker.one_in(4))
        commit_one(*store, maker.make());
    }
    CHECK(seen == expected);
  }
  SUBCASE("a budget that suffices is no limit") {
    query.limit = 1000;
    query.budget = 300;
    CHECK(searched(*store, query).complete);
    query.budget = 0;
    const auto page = searched(*store, query);
    CHECK_FALSE(page.complete);
    CHECK(page.traces.empty());
  }
  SUBCASE("by offset") {
    query.limit = 17;
    for (; query.offset <= expected.size() + 17; query.offset += 17)
      for (auto& id : ids_of(searched(*store, query)))
        seen.push_back(id);
    CHECK(seen == expected);
  }
}

} // namespace meshtrace::test
