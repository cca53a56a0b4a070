#include "redis/stream_commands.hpp"
#include "tests/redis/redis_fixture.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace meshtrace::redis {

namespace {

using namespace std::chrono_literals;

struct fixture : test::redis_fixture {
  answer<std::span<const stream_page>>
  read(std::vector<stream_from> streams, std::size_t count = 1000,
       std::chrono::milliseconds block = 0ms,
       std::string_view consumer = "me") {
    return read_group(link, {"g", consumer, streams, count, block}, memory,
                      limit);
  }

  /// The ids of the only page.
  std::vector<entry_id> ids_of(const answer<std::span<const stream_page>>& x) {
    REQUIRE(x);
    REQUIRE(x->size() == 1);
    std::vector<entry_id> result;
    for (const auto& entry : x->front().entries)
      result.push_back(as_entry(entry).value().id);
    return result;
  }

  void make_group(std::string_view stream) {
    REQUIRE(create_group(link, stream, "g", "0", limit));
  }
};

using ids = std::vector<entry_id>;

} // namespace

TEST_CASE_FIXTURE(fixture, "a group is made with its stream, once") {
  CHECK(create_group(link, "s", "g", "0", limit).value());
  CHECK_FALSE(create_group(link, "s", "g", "$", limit).value());
  CHECK(run({"EXISTS", "s"}).integer == 1);
  run({"SET", "text", "x"});
  const auto wrong = create_group(link, "text", "g", "0", limit);
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().kind == command_error::wrong_type);
  // Fits where only the reason matters.
  const expected<pending_summary> plain = pending(link, "text", "g", limit);
  REQUIRE_FALSE(plain);
  CHECK(plain.error().reason.starts_with("Redis refuses XPENDING: WRONGTYPE"));
}

TEST_CASE_FIXTURE(fixture, "entries of several streams come with all bytes") {
  make_group("a");
  make_group("b");
  make_group("c");
  const std::string name{"n\0\r\n", 4};
  const std::string value{"\xff\0 v", 4};
  run({"XADD", "a", "1-1", name, value, "second", ""});
  add("a", "1-2");
  add("b", "2-1");
  const auto pages = read({{"a", ">"}, {"b", ">"}, {"c", ">"}});
  REQUIRE(pages);
  REQUIRE(pages->size() == 2); // nothing new in c
  CHECK((*pages)[0].stream == "a");
  REQUIRE((*pages)[0].entries.size() == 2);
  const auto entry = as_entry((*pages)[0].entries[0]);
  REQUIRE(entry);
  CHECK(entry->id == entry_id{1, 1});
  CHECK_FALSE(entry->deleted);
  REQUIRE(entry->fields.size() == 4);
  CHECK(entry->fields[0].text == name);
  CHECK(entry->fields[1].text == value);
  CHECK(entry->fields[3].text.empty());
  CHECK((*pages)[1].stream == "b");
  CHECK(as_entry((*pages)[1].entries[0])->id == entry_id{2, 1});
}

TEST_CASE_FIXTURE(fixture,
                  "a read takes at most its count, and nothing twice") {
  make_group("s");
  for (const auto* id : {"1-1", "1-2", "1-3"})
    add("s", id);
  CHECK(ids_of(read({{"s", ">"}}, 2)) == ids{{1, 1}, {1, 2}});
  CHECK(ids_of(read({{"s", ">"}}, 2)) == ids{{1, 3}});
  CHECK(read({{"s", ">"}}, 2)->empty());
}

TEST_CASE_FIXTURE(fixture, "own pending entries are paged by the last id") {
  make_group("s");
  for (const auto* id : {"1-1", "1-2", "1-3"})
    add("s", id);
  REQUIRE(read({{"s", ">"}}));
  CHECK(ids_of(read({{"s", "0"}}, 2)) == ids{{1, 1}, {1, 2}});
  CHECK(ids_of(read({{"s", "1-2"}}, 2)) == ids{{1, 3}});
  CHECK(ids_of(read({{"s", "1-3"}}, 2)).empty());
  CHECK(ids_of(read({{"s", "0"}}, 2, 0ms, "other")).empty());
}

TEST_CASE_FIXTURE(fixture, "a deleted entry is pending without a body") {
  make_group("s");
  add("s", "1-1");
  add("s", "1-2");
  REQUIRE(read({{"s", ">"}}));
  run({"XDEL", "s", "1-1"});
  const auto pages = read({{"s", "0"}});
  REQUIRE(pages);
  const auto entries = pages->front().entries;
  REQUIRE(entries.size() == 2);
  const auto gone = as_entry(entries[0]);
  REQUIRE(gone);
  CHECK(gone->id == entry_id{1, 1});
  CHECK(gone->deleted);
  CHECK(gone->fields.empty());
  CHECK_FALSE(as_entry(entries[1])->deleted);
}

TEST_CASE("what is no entry is not taken for one") {
  const reply id{reply::kind::string, 0, "1-1", {}};
  const reply bad_id{reply::kind::string, 0, "x", {}};
  const std::vector<reply> odd{id};
  const reply odd_fields{reply::kind::array, 0, {}, odd};
  const auto entry_of = [](const std::vector<reply>& parts) {
    return as_entry({reply::kind::array, 0, {}, parts});
  };
  CHECK(entry_of({id, reply{}}));
  CHECK_FALSE(entry_of({id, odd_fields}));
  CHECK_FALSE(entry_of({bad_id, reply{}}));
  CHECK_FALSE(entry_of({id, id}));
  CHECK_FALSE(entry_of({id}));
  CHECK_FALSE(as_entry(id));
}

TEST_CASE_FIXTURE(fixture, "a read waits for an entry if it may") {
  make_group("s");
  const std::vector<stream_from> streams{{"s", ">"}};
  CHECK(read(streams, 10, 30ms)->empty());
  auto writer = open();
  append_read(link, {"g", "me", streams, 10, 10s});
  REQUIRE(link.flush(limit));
  await_blocked_client(writer);
  REQUIRE(writer.command({"XADD", "s", "1-1", "f", "v"}, memory, limit));
  CHECK(ids_of(receive_pages(link, memory, limit)) == ids{{1, 1}});
}

TEST_CASE_FIXTURE(fixture, "the failures of a read are told apart") {
  const auto kind_of = [](const auto& result) {
    REQUIRE_FALSE(result);
    return result.error().kind;
  };
  CHECK(kind_of(read({{"none", ">"}})) == command_error::no_group);
  run({"SET", "text", "x"});
  CHECK(kind_of(read({{"text", ">"}})) == command_error::wrong_type);
  make_group("s");
  CHECK(kind_of(read({{"s", "x"}})) == command_error::other);
  CHECK_FALSE(link.broken());
  auto other = open();
  const std::vector<stream_from> streams{{"s", ">"}};
  append_read(link, {"g", "me", streams, 10, 10s});
  REQUIRE(link.flush(limit));
  await_blocked_client(other);
  REQUIRE(other.command({"DEL", "s"}, memory, limit));
  CHECK(kind_of(receive_pages(link, memory, limit))
        == command_error::stream_gone);
  CHECK_FALSE(link.broken());
}

TEST_CASE("the errors of Redis are told apart by their first word") {
  using enum command_error;
  CHECK(classify("NOGROUP No such key 's' or consumer group 'g'") == no_group);
  CHECK(classify("UNBLOCKED the stream key no longer exists") == stream_gone);
  CHECK(classify("WRONGTYPE Operation against a key") == wrong_type);
  CHECK(classify("LOADING Redis is loading the dataset in memory") == loading);
  CHECK(classify("READONLY You can't write against a read only replica.")
        == read_only);
  CHECK(classify("ERR no such key") == no_key);
  CHECK(classify("MISCONF Redis is configured to save") == other);
  CHECK(classify("") == other);
}

TEST_CASE_FIXTURE(fixture, "a replica that must not be written says so") {
  run({"REPLICAOF", "127.0.0.1", "1"});
  const auto result = create_group(link, "s", "g", "0", limit);
  run({"REPLICAOF", "NO", "ONE"});
  REQUIRE_FALSE(result);
  CHECK(result.error().kind == command_error::read_only);
}

TEST_CASE_FIXTURE(fixture, "a broken connection is its own kind of failure") {
  make_group("s");
  auto doomed = open();
  run({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
  const ids some{{1, 1}};
  const auto result = acknowledge(doomed, "s", "g", some, limit);
  REQUIRE_FALSE(result);
  CHECK(result.error().kind == command_error::connection);
}

TEST_CASE_FIXTURE(fixture, "entries are acknowledged many at a time") {
  make_group("s");
  ids added;
  for (std::uint64_t i = 1; i <= 5; ++i)
    added.push_back(parse_entry_id(add("s", to_string({i, i}))).value());
  REQUIRE(read({{"s", ">"}}));
  const ids first{{1, 1}, {2, 2}, {3, 3}, {9, 9}};
  CHECK(acknowledge(link, "s", "g", first, limit).value() == 3);
  CHECK(acknowledge(link, "s", "g", first, limit).value() == 0);
  CHECK(acknowledge(link, "s", "g", {}, limit).value() == 0);
  CHECK(ids_of(read({{"s", "0"}})) == ids{{4, 4}, {5, 5}});
  // Pipelined with a read.
  const ids rest{{4, 4}, {5, 5}};
  const std::vector<stream_from> streams{{"s", "0"}};
  append_ack(link, "s", "g", rest);
  append_read(link, {"g", "me", streams, 10, 0ms});
  REQUIRE(link.flush(limit));
  CHECK(receive_ack(link, limit).value() == 2);
  CHECK(ids_of(receive_pages(link, memory, limit)).empty());
}

TEST_CASE_FIXTURE(fixture, "pending entries are counted by consumer") {
  make_group("s");
  CHECK(pending(link, "s", "g", limit)->total == 0);
  for (const auto* id : {"1-1", "1-2", "1-3"})
    add("s", id);
  read({{"s", ">"}}, 2, 0ms, "a");
  read({{"s", ">"}}, 2, 0ms, "b");
  const auto now = pending(link, "s", "g", limit);
  REQUIRE(now);
  CHECK(now->total == 3);
  CHECK(now->by_consumer == decltype(now->by_consumer){{"a", 2}, {"b", 1}});
  const auto none = pending(link, "s", "x", limit);
  REQUIRE_FALSE(none);
  CHECK(none.error().kind == command_error::no_group);
}

TEST_CASE_FIXTURE(fixture, "pending entries of a consumer are paged") {
  make_group("s");
  for (const auto* id : {"1-1", "1-2", "1-3", "1-4", "2-0"})
    add("s", id);
  read({{"s", ">"}}, 1, 0ms, "other");
  read({{"s", ">"}});
  const auto page = [&](entry_id after) {
    return pending_of(link, "s", "g", "me", after, 2, limit).value();
  };
  CHECK(page({}) == ids{{1, 2}, {1, 3}});
  CHECK(page({1, 3}) == ids{{1, 4}, {2, 0}});
  CHECK(page({2, 0}).empty());
}

TEST_CASE_FIXTURE(fixture, "pending entries of the dead are claimed") {
  make_group("s");
  for (const auto* id : {"1-1", "1-2", "1-3"})
    add("s", id);
  read({{"s", ">"}}, 1000, 0ms, "dead");
  run({"XDEL", "s", "1-2"});
  const ids wanted{{1, 1}, {1, 2}, {9, 9}};
  CHECK(claim(link, "s", "g", "me", wanted, limit).value() == ids{{1, 1}});
  CHECK(claim(link, "s", "g", "me", {}, limit)->empty());
  const auto now = pending(link, "s", "g", limit).value().by_consumer;
  CHECK(now == decltype(now){{"dead", 1}, {"me", 1}});
  const auto read_again = ids_of(read({{"s", "0"}}));
  CHECK(read_again == ids{{1, 1}});
}

TEST_CASE_FIXTURE(fixture, "a deleted consumer loses what it had pending") {
  make_group("s");
  add("s", "1-1");
  read({{"s", ">"}}, 10, 0ms, "dead");
  CHECK(delete_consumer(link, "s", "g", "dead", limit).value() == 1);
  CHECK(delete_consumer(link, "s", "g", "dead", limit).value() == 0);
  CHECK(pending(link, "s", "g", limit)->total == 0);
}

} // namespace meshtrace::redis
