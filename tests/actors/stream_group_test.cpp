#include "actors/position_notes.hpp"
#include "actors/stream_group.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

using namespace meshtrace;

namespace {

redis::stream_info stream(std::uint64_t added, std::uint64_t length,
                          std::uint64_t first, std::uint64_t last) {
  redis::stream_info result{length, {last, 0}, added, {}};
  if (length > 0)
    result.first_entry = redis::entry_id{first, 0};
  return result;
}

redis::group_info group(std::uint64_t last, std::optional<std::uint64_t> read) {
  return {"g", 1, 0, {last, 0}, read, {}};
}

stream_position stored(std::uint64_t id, std::uint64_t number,
                       std::uint64_t added, std::uint64_t last) {
  return {3, {id, 0}, number, added, {last, 0}};
}

} // namespace

TEST_SUITE_BEGIN("stream group");

TEST_CASE("a position is the same after its note was read") {
  const stream_position all{7, {1'795'424'916'333, 2}, 17, 20, {30, 1}};
  CHECK(to_note(all) == "1 7 1795424916333-2 17 20 30-1");
  CHECK(read_position(to_note(all)).value() == all);
  const stream_position old_redis{0, {5, 0}, {}, {}, {6, 0}};
  CHECK(read_position(to_note(old_redis)).value() == old_redis);
  for (auto* wrong :
       {"", "1", "2 7 5-0 17 20 30-1", "1 7 5-0 17 20", "1 7 5-0 17 20 30-1 9",
        "1 70000 5-0 17 20 30-1", "1 7 five 17 20 30-1"})
    CHECK_FALSE(read_position(wrong).has_value());
}

TEST_CASE("only news are saved, and what was saved is known again") {
  position_notes notes{"g", {"a", "b"}};
  CHECK(notes.keys()
        == std::vector<std::string>{"position/g a", "position/g b"});
  CHECK(notes.read({{"position/g a", ""}, {"position/g b", "?"}}).size() == 1);
  const auto news = notes.changed({{"a", stored(1, 1, 1, 1)}});
  REQUIRE(news.size() == 1);
  notes.saved(news);
  CHECK(notes.changed({{"a", stored(1, 1, 1, 1)}}).empty());
  CHECK(notes.changed({{"a", stored(2, 2, 2, 2)}}).size() == 1);
}

TEST_CASE("a group that was never there begins as the settings say") {
  const stream_group fresh;
  CHECK_FALSE(fresh.is_new(stream(10, 4, 7, 10)));
  CHECK(fresh.where({}, {}, true).id == stream_entry_id{});
  const auto oldest = fresh.where(stream(10, 4, 7, 10), {}, true);
  CHECK(oldest.id == stream_entry_id{});
  CHECK(oldest.number == 6); // what was trimmed before it came is not its loss
  const auto newest = fresh.where(stream(10, 4, 7, 10), {}, false);
  CHECK(newest.id == stream_entry_id{10, 0});
  CHECK(newest.number == 10);
}

TEST_CASE("a lost group goes on where an earlier process was") {
  stream_group lost;
  lost.restore(stored(5, 5, 8, 8));
  const auto from = lost.where(stream(9, 9, 1, 9), {}, false);
  CHECK(from.id == stream_entry_id{5, 0});
  CHECK(from.number == 5);
  lost.begin(from);
  CHECK(lost.generation() == 4);
}

TEST_CASE("a stream that is another one is read from its beginning") {
  stream_group lost;
  lost.restore(stored(5, 5, 8, 8));
  CHECK(lost.is_new({}));
  CHECK(lost.is_new(stream(3, 3, 20, 22))); // fewer entries
  CHECK(lost.is_new(stream(9, 9, 1, 7)));   // a lower id
  CHECK_FALSE(lost.is_new(stream(8, 0, 0, 8)));
  CHECK(lost.where(stream(3, 3, 20, 22), {}, false).id == stream_entry_id{});
  // More entries and higher ids, but nothing is missing before its first one.
  CHECK(lost.where(stream(20, 20, 11, 30), {}, false).id == stream_entry_id{});
  CHECK(lost.where(stream(20, 15, 6, 20), {}, false).id
        == stream_entry_id{5, 0});
}

TEST_CASE("what was trimmed unread is counted once, and Redis learns of it") {
  stream_group x;
  x.begin({{}, 0});
  CHECK(x.follow(stream(10, 10, 1, 10), group(4, 4), {}, {}) == 0);
  CHECK_FALSE(x.correction().has_value());
  // 5 to 7 go, before we read on.
  CHECK(x.follow(stream(12, 5, 8, 12), group(4, 4), {}, {}) == 3);
  CHECK(x.correction() == 7);
  // Redis refused the correction.
  CHECK(x.follow(stream(12, 5, 8, 12), group(4, 4), {}, {}) == 0);
  CHECK(x.correction() == 7);
  x.corrected();
  CHECK(x.follow(stream(12, 5, 8, 12), group(8, 8), {}, {}) == 0);
  // 9 to 11 go, and we read on before we look again.
  CHECK(x.follow(stream(12, 1, 12, 12), group(12, 9), {}, {}) == 3);
  CHECK(x.position()->number == 12);
}

TEST_CASE("Redis before version 7 cannot tell what was trimmed") {
  auto old = stream(0, 5, 8, 12);
  old.entries_added.reset();
  stream_group x;
  const auto from = x.where(old, {}, true);
  CHECK_FALSE(from.number.has_value());
  x.begin(from);
  CHECK(x.follow(old, group(9, {}), {}, {}) == 0);
  CHECK_FALSE(x.correction().has_value());
  CHECK(x.position()->id == stream_entry_id{9, 0});
}

TEST_CASE("a trimmed stretch across a lost group is counted by the stored "
          "position") {
  stream_group x;
  x.restore(stored(5, 5, 8, 8));
  const auto now = stream(12, 2, 11, 12);
  x.begin(x.where(now, {}, true));
  CHECK(x.follow(now, group(5, 5), {}, {}) == 5);
}

TEST_CASE("the position stays below what another consumer has pending") {
  stream_group x;
  CHECK(x.follow(stream(9, 9, 1, 9), group(9, 9), stream_entry_id{4, 0}, {})
        == 0);
  CHECK(x.position()->id == before({4, 0}));
  held_entries held;
  held.add(1, {8, 0}, {8, 0}, 1, 7);
  x.follow(stream(9, 9, 1, 9), group(9, 9), stream_entry_id{4, 0}, held);
  CHECK(x.position()->id == before({4, 0}));
  CHECK(x.where(stream(9, 9, 1, 9), held, true).id == before({4, 0}));
  x.follow(stream(9, 9, 1, 9), group(9, 9), stream_entry_id{8, 0}, held);
  CHECK(x.position()->id == before({8, 0}));
  CHECK(x.position()->number == 7);
}

TEST_CASE("the position is below every unacknowledged entry, whatever the "
          "order of acknowledgements") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 dice{seed};
  const auto random = [&](std::uint32_t below) {
    return static_cast<std::uint32_t>(dice() % below);
  };
  for (int round = 0; round < 200; ++round) {
    stream_group x;
    held_entries held;
    x.begin({{}, 0});
    struct run {
      std::uint32_t delivery;
      std::uint64_t first;
      std::uint32_t left;
    };
    std::vector<run> runs;
    std::uint64_t added = 0;
    stream_entry_id before_this;
    for (std::uint32_t step = 1; step < 60; ++step) {
      if (random(2) == 0) {
        const auto count = 1 + random(20);
        held.add(step, {added + 1, 0}, {added + count, 0}, count, x.number());
        runs.push_back({step, added + 1, count});
        for (std::uint32_t i = 0; i < count; ++i)
          x.deliver({++added, 0}, false);
      } else if (!runs.empty()) {
        auto& some = runs[random(static_cast<std::uint32_t>(runs.size()))];
        const auto count = 1 + random(some.left);
        held.acknowledge(some.delivery, count);
        some.left -= count;
        std::erase_if(runs, [](auto& r) { return r.left == 0; });
      }
      auto lowest = added + 1;
      for (auto& r : runs)
        lowest = std::min(lowest, r.first);
      // Redis may have forgotten more than we know by now, never less.
      x.follow(stream(added, added, 1, added), group(added, added),
               runs.empty() ? std::nullopt
                            : std::optional{stream_entry_id{lowest, 0}},
               held);
      REQUIRE(x.position()->id < stream_entry_id{lowest, 0});
      REQUIRE(x.position()->id >= stream_entry_id{lowest - 1, 0});
      REQUIRE(x.position()->number == lowest - 1);
      REQUIRE(x.position()->id >= before_this);
      before_this = x.position()->id;
      REQUIRE(x.where(stream(added, added, 1, added), held, true).id
              == before_this);
    }
  }
}

TEST_SUITE_END();
