#include "trace/arena.hpp"
#include "trace/text_pool.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace meshtrace;

TEST_CASE("what an arena holds stays where it is, also when it is moved") {
  arena memory{16};
  std::vector<std::string_view> views;
  for (int i = 0; i < 1000; ++i)
    views.push_back(memory.copy(std::to_string(i)));
  const auto moved = std::move(memory);
  for (int i = 0; i < 1000; ++i)
    CHECK(views[static_cast<std::size_t>(i)] == std::to_string(i));
  CHECK(moved.capacity() >= 2890);
}

TEST_CASE("objects of an arena are aligned and zero") {
  arena memory;
  memory.copy("x");
  const auto numbers = memory.make<std::uint64_t>(3);
  CHECK(reinterpret_cast<std::uintptr_t>(numbers.data()) % 8 == 0);
  CHECK(numbers[0] + numbers[1] + numbers[2] == 0);
}

TEST_CASE("a large piece gets memory of its own") {
  arena memory{16};
  const std::string large(100'000, 'x');
  CHECK(memory.copy(large) == large);
  CHECK(memory.copy("") == "");
}

TEST_CASE("an arena that was reset costs nothing until it is full again") {
  arena memory{64};
  const auto fill = [&] {
    for (int i = 0; i < 100; ++i)
      memory.copy("sixteen letters!");
  };
  fill();
  const auto grown = memory.capacity();
  for (int i = 0; i < 10; ++i) {
    memory.reset();
    fill();
  }
  CHECK(memory.capacity() == grown);
  memory.reset(64);
  CHECK(memory.capacity() == 64);
  fill();
  CHECK(memory.copy("still works") == "still works");
}

TEST_CASE("a pool keeps one copy of a text") {
  text_pool pool;
  std::string sent = "agent";
  const auto first = pool.find_or_add(sent);
  sent = "other";
  CHECK(first == "agent");
  CHECK(pool.find_or_add("agent").data() == first.data());
  CHECK(pool.size() == 1);
}

TEST_CASE("a pool takes no long texts and is full at its limit") {
  text_pool pool;
  CHECK(pool.find_or_add(std::string(text_pool::max_text_bytes + 1, 'x'))
        == "");
  for (std::size_t i = 0; i < text_pool::max_texts; ++i)
    pool.find_or_add(std::to_string(i));
  CHECK(pool.size() == text_pool::max_texts);
  CHECK(pool.find_or_add("one more") == "");
  CHECK(pool.find_or_add("17") == "17");
  CHECK(pool.size() == text_pool::max_texts);
}
