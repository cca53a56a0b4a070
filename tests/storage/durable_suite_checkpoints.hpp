#pragma once

// Durable engines: checkpoints of active traces.

#include "tests/storage/engine_fixture.hpp"
#include "tests/support/temp_folder.hpp"

#include <algorithm>
#include <map>

namespace meshtrace::test {

inline checkpoint checkpoint_of(trace_ptr content, stream_ms due) {
  checkpoint result;
  result.partition = partition_of(content->id(), engine_setup::partitions);
  result.content = std::move(content);
  result.head = {3, completion_reason::timeout, engine_now, engine_now + 7};
  result.stored_whole = due % 2 == 0;
  result.first_seen = due - 1000;
  result.last_change = due - 10;
  result.due = due;
  return result;
}

inline void check_same(const checkpoint& a, const checkpoint& b) {
  CHECK(dump(*a.content) == dump(*b.content));
  CHECK(span_revisions(*a.content) == span_revisions(*b.content));
  CHECK(a.head == b.head);
  CHECK(a.stored_whole == b.stored_whole);
  CHECK(a.partition == b.partition);
  CHECK(a.first_seen == b.first_seen);
  CHECK(a.last_change == b.last_change);
  CHECK(a.due == b.due);
}

/// All checkpoints of all partitions, read page by page.
inline std::vector<checkpoint>
all_checkpoints(engine& store, checkpoint_query query) {
  for (std::uint32_t p = engine_setup::partitions; p-- > 0;)
    query.partitions.push_back(p);
  std::vector<checkpoint> result;
  for (;;) {
    auto page = store.load_checkpoints(query);
    REQUIRE(page);
    REQUIRE(page->checkpoints.size() <= query.limit);
    for (auto& x : page->checkpoints)
      result.push_back(std::move(x));
    if (page->next.empty())
      return result;
    REQUIRE_FALSE(page->checkpoints.empty());
    query.after = page->next;
  }
}

inline std::uint64_t checkpoint_total(engine& store) {
  checkpoint_query query;
  for (std::uint32_t p = 0; p < engine_setup::partitions; ++p)
    query.partitions.push_back(p);
  query.limit = 1;
  const auto page = store.load_checkpoints(query);
  REQUIRE(page);
  return page->total;
}

TEST_CASE_TEMPLATE_DEFINE("a checkpoint is kept until its trace is committed",
                          Factory, durable_checkpoints) {
  const temp_folder folder;
  trace_maker maker{random_seed()};
  auto store = Factory::make_at(folder / "data", {});
  const auto save = [&](const checkpoint& x) {
    REQUIRE(store->save_checkpoints({&x, 1}));
  };
  const auto content = maker.make();
  const auto id = content->id();
  CHECK_FALSE(store->find_checkpoint(id)->has_value());
  save(checkpoint_of(maker.simple(id, 1, 2), 5000));
  const auto wanted = checkpoint_of(content, -7);
  save(wanted);
  CHECK(checkpoint_total(*store) == 1);
  // Neither in the lists nor in the log.
  CHECK_FALSE(is_there(*store, id));
  CHECK(store->totals().traces == 0);
  REQUIRE(store->sync());
  store.reset();
  store = Factory::make_at(folder / "data", {});
  CHECK(store->log_ends() == std::vector<std::uint64_t>(4, 0));
  REQUIRE(store->find_checkpoint(id)->has_value());
  check_same(**store->find_checkpoint(id), wanted);
  const auto all = all_checkpoints(*store, {});
  REQUIRE(all.size() == 1);
  check_same(all.front(), wanted);
  auto write = write_of(content);
  SUBCASE("with `checkpointed`") {
    write.checkpointed = true;
    REQUIRE(store->commit({&write, 1}, engine_now));
    CHECK_FALSE(store->find_checkpoint(id)->has_value());
    CHECK(checkpoint_total(*store) == 0);
    CHECK(all_checkpoints(*store, {}).empty());
    // Also where the content is nothing new, and where there is none.
    save(wanted);
    REQUIRE(store->commit({&write, 1}, engine_now));
    REQUIRE(store->commit({&write, 1}, engine_now));
    CHECK(checkpoint_total(*store) == 0);
    CHECK(found(*store, id).head.revision == 1);
  }
  SUBCASE("and no other commit removes it") {
    REQUIRE(store->commit({&write, 1}, engine_now));
    CHECK(store->find_checkpoint(id)->has_value());
    CHECK(checkpoint_total(*store) == 1);
  }
  SUBCASE("a bad batch writes nothing") {
    std::vector<checkpoint> batch
      = {checkpoint_of(maker.make(), 1), checkpoint_of(maker.make(), 1)};
    batch[1].partition = engine_setup::partitions;
    CHECK_FALSE(store->save_checkpoints(batch));
    batch[1] = {};
    CHECK_FALSE(store->save_checkpoints(batch));
    CHECK(checkpoint_total(*store) == 1);
  }
}

TEST_CASE_TEMPLATE_DEFINE("checkpoints come by partition, then as they are due",
                          Factory, durable_checkpoint_pages) {
  const auto seed = random_seed();
  CAPTURE(seed);
  trace_maker maker{seed};
  const temp_folder folder;
  auto store = Factory::make_at(folder / "data", {});
  std::map<std::string, checkpoint> model;
  for (int i = 0; i < 60; ++i) {
    std::vector<checkpoint> batch;
    for (std::size_t n = maker.below(6); n > 0; --n) {
      const auto id = numbered(static_cast<int>(maker.below(90)));
      const auto due = static_cast<stream_ms>(maker.below(500)) - 50;
      batch.push_back(checkpoint_of(
        join_events(id, maker.events(id, 1 + maker.below(3))), due));
      model[id] = batch.back();
    }
    REQUIRE(store->save_checkpoints(batch));
    if (maker.one_in(20)) {
      store.reset();
      store = Factory::make_at(folder / "data", {});
    }
  }
  CHECK(checkpoint_total(*store) == model.size());
  for (int i = 0; i < 20; ++i) {
    checkpoint_query query;
    query.limit = 1 + maker.below(20);
    if (maker.one_in(2))
      query.max_bytes = 1 + maker.below(20'000);
    if (maker.one_in(2))
      query.until = static_cast<stream_ms>(maker.below(500)) - 50;
    std::vector<std::tuple<std::uint32_t, stream_ms, std::string>> expected;
    for (auto& [id, x] : model)
      if (x.due <= query.until)
        expected.emplace_back(engine_setup::partitions - x.partition, x.due,
                              id);
    std::sort(expected.begin(), expected.end());
    decltype(expected) seen;
    for (auto& x : all_checkpoints(*store, query)) {
      check_same(x, model[x.content->id()]);
      seen.emplace_back(engine_setup::partitions - x.partition, x.due,
                        x.content->id());
    }
    REQUIRE(seen == expected);
  }
}

} // namespace meshtrace::test
