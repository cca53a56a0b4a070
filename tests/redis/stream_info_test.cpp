#include "redis/stream_commands.hpp"
#include "redis/stream_info.hpp"
#include "tests/redis/redis_fixture.hpp"

#include <doctest/doctest.h>

namespace meshtrace::redis {

namespace {

using fixture = test::redis_fixture;

} // namespace

TEST_CASE_FIXTURE(fixture, "a stream tells its length, ends and additions") {
  CHECK_FALSE(info_stream(link, "s", limit).value());
  add("s", "1-1");
  add("s", "1-2");
  add("s", "2-1");
  run({"XDEL", "s", "1-1"});
  const auto info = info_stream(link, "s", limit).value();
  REQUIRE(info);
  CHECK(info->length == 2);
  CHECK(info->last_generated == entry_id{2, 1});
  CHECK(info->first_entry == entry_id{1, 2});
  CHECK(info->entries_added == 3);
  CHECK(stream_length(link, "s", limit).value() == 2);
  CHECK(stream_length(link, "none", limit).value() == 0);
}

TEST_CASE_FIXTURE(fixture, "an empty stream has no first entry") {
  add("s", "1-1");
  run({"XTRIM", "s", "MAXLEN", "0"});
  const auto info = info_stream(link, "s", limit).value();
  REQUIRE(info);
  CHECK_FALSE(info->first_entry);
  CHECK(info->length == 0);
  CHECK(info->last_generated == entry_id{1, 1});
}

TEST_CASE_FIXTURE(fixture, "a key of another type is a failure, not absence") {
  run({"SET", "text", "x"});
  const auto info = info_stream(link, "text", limit);
  REQUIRE_FALSE(info);
  CHECK(info.error().kind == command_error::wrong_type);
  CHECK_FALSE(info_groups(link, "text", limit));
  CHECK_FALSE(stream_length(link, "text", limit));
}

TEST_CASE_FIXTURE(fixture, "groups tell how far they are") {
  CHECK(info_groups(link, "s", limit)->empty());
  for (const auto* id : {"1-1", "1-2", "1-3"})
    add("s", id);
  CHECK(info_groups(link, "s", limit)->empty());
  REQUIRE(create_group(link, "s", "a", "0", limit));
  REQUIRE(create_group(link, "s", "b", "1-2", limit));
  run({"XREADGROUP", "GROUP", "a", "me", "COUNT", "2", "STREAMS", "s", ">"});
  const auto groups = info_groups(link, "s", limit).value();
  REQUIRE(groups.size() == 2);
  CHECK(groups[0].name == "a");
  CHECK(groups[0].consumers == 1);
  CHECK(groups[0].pending == 2);
  CHECK(groups[0].last_delivered == entry_id{1, 2});
  CHECK(groups[0].entries_read == 2);
  CHECK(groups[0].lag == 1);
  // Redis does not count what lies before a group that began in the middle.
  CHECK(groups[1].name == "b");
  CHECK(groups[1].consumers == 0);
  CHECK_FALSE(groups[1].entries_read);
  CHECK_FALSE(groups[1].lag);
}

TEST_CASE_FIXTURE(fixture, "consumers tell what they hold") {
  add("s", "1-1");
  REQUIRE(create_group(link, "s", "g", "0", limit));
  CHECK(info_consumers(link, "s", "g", limit)->empty());
  run({"XREADGROUP", "GROUP", "g", "me", "STREAMS", "s", ">"});
  const auto consumers = info_consumers(link, "s", "g", limit).value();
  REQUIRE(consumers.size() == 1);
  CHECK(consumers[0].name == "me");
  CHECK(consumers[0].pending == 1);
  CHECK(consumers[0].idle < std::chrono::minutes{1});
  CHECK(info_consumers(link, "s", "x", limit).error().kind
        == command_error::no_group);
  CHECK(info_consumers(link, "x", "g", limit).error().kind
        == command_error::no_key);
}

TEST_CASE_FIXTURE(fixture, "Redis' clock is that of its entry ids") {
  const auto before = parse_entry_id(add("s", "*")).value().ms;
  const auto now = server_time(link, limit).value();
  const auto after = parse_entry_id(add("s", "*")).value().ms;
  CHECK(before <= now);
  CHECK(now <= after);
}

} // namespace meshtrace::redis
