#include "actors/acknowledger.hpp"
#include "actors/held_entries.hpp"
#include "actors/retention.hpp"
#include "actors/status_board.hpp"
#include "actors/stream_keeper.hpp"
#include "actors/stream_session.hpp"
#include "actors/stream_trimmer.hpp"
#include "redis/stream_info.hpp"
#include "tests/support/deterministic_system.hpp"
#include "tests/support/redis_server.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

using namespace meshtrace;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::milliseconds limit{2000};

/// A session on a real Redis, and a second connection for what others do.
struct reading {
  reading() {
    auto opened = redis::connection::open(where(), limit);
    REQUIRE(opened.has_value());
    other = std::move(*opened);
  }

  redis::endpoint where() {
    return redis::parse_url(server.url()).value();
  }

  stream_session_options options() {
    stream_session_options result;
    result.redis = where();
    result.group = "g";
    result.consumer = "me";
    result.streams = {{"s", 0}};
    result.timeout = limit;
    return result;
  }

  void publish(const std::string& trace) {
    arena memory;
    const auto reply = other->command(
      {"XADD", "s", "*", "trace_id", trace, "span_id", "1"}, memory, limit);
    REQUIRE(reply.has_value());
    REQUIRE_FALSE((*reply)->is_error());
  }

  void command(std::initializer_list<std::string_view> argv) {
    arena memory;
    REQUIRE(other->command(argv, memory, limit).has_value());
  }

  /// Steps until nothing is replayed; returns the trace ids that came.
  std::vector<std::string> settle(stream_session& session) {
    std::vector<std::string> result;
    bool read = false;
    for (int i = 0; i < 50 && !read; ++i) {
      read = session.is_connected() && !session.is_replaying();
      auto step = session.step();
      if (!step)
        continue;
      for (auto& x : step->renewed)
        renewed = x.news;
      for (auto& x : step->trimmed)
        trimmed += x.count;
      if (step->batch)
        for (auto& x : step->batch->events) {
          result.emplace_back(x.event.trace_id);
          refs.push_back(x.ref);
        }
      gone += step->gone.size();
    }
    return result;
  }

  test::redis_server server;
  std::optional<redis::connection> other;
  std::vector<entry_ref> refs;
  std::optional<stream_renewed> renewed;
  std::size_t gone = 0;
  std::uint64_t trimmed = 0;
};

using ids = std::vector<std::string>;

} // namespace

TEST_SUITE_BEGIN("reading");

TEST_CASE_FIXTURE(reading, "a session makes the group and reads the oldest "
                           "first") {
  publish("a");
  publish("b");
  stream_session session{options()};
  CHECK_FALSE(session.now().has_value());
  CHECK(settle(session) == ids{"a", "b"});
  CHECK(session.held() == 2);
  REQUIRE(session.now().has_value());
  CHECK(std::abs(*session.now() - *session.redis_now()) < 5000);
}

TEST_CASE_FIXTURE(reading, "a new process reads again what the last one left "
                           "unacknowledged") {
  publish("a");
  stream_session first{options()};
  settle(first);
  publish("b");
  stream_session second{options()};
  CHECK(settle(second) == ids{"a", "b"});
}

TEST_CASE_FIXTURE(reading, "a replay hands on only what is not held") {
  publish("a");
  stream_session session{options()};
  settle(session);
  session.replay(0);
  CHECK_FALSE(session.now().has_value()); // nothing completes meanwhile
  CHECK(settle(session).empty());
  // Somebody else was given an entry in our name: its reply was lost to us.
  publish("lost");
  command({"XREADGROUP", "GROUP", "g", "me", "STREAMS", "s", ">"});
  session.replay(0);
  CHECK(settle(session) == ids{"lost"});
  CHECK(session.held() == 2);
}

TEST_CASE_FIXTURE(reading, "entries that stay pending and are not held are "
                           "read again after two seconds") {
  stream_session session{options()};
  settle(session);
  publish("lost");
  command({"XREADGROUP", "GROUP", "g", "me", "STREAMS", "s", ">"});
  const auto ms = redis::server_time(*other, limit).value();
  const auto begin = std::chrono::steady_clock::now();
  const pending_report report{0, 1, stream_entry_id{ms, 0}};
  session.note_pending(report, begin);
  session.note_pending(report, begin + 1900ms);
  CHECK_FALSE(session.is_replaying());
  session.note_pending(report, begin + 2000ms);
  CHECK(session.is_replaying());
  CHECK(settle(session) == ids{"lost"});
}

TEST_CASE_FIXTURE(reading, "a deleted stream begins anew, and late "
                           "acknowledgements of it count for nothing") {
  publish("a");
  stream_session session{options()};
  settle(session);
  command({"DEL", "s"});
  publish("b");
  CHECK(settle(session).empty()); // NOGROUP: the group is made again
  CHECK(settle(session) == ids{"b"});
  REQUIRE(renewed.has_value());
  CHECK(renewed->generation == 1);
  CHECK(refs.back().generation == 1);
  CHECK(session.held() == 1);
  session.note_acknowledged({{{0, 0, refs.front().delivery, 1}}});
  CHECK(session.held() == 1);
  session.note_acknowledged({{{0, 1, refs.back().delivery, 1}}});
  CHECK(session.held() == 0);
}

TEST_CASE_FIXTURE(reading, "a destroyed group goes on after what is "
                           "acknowledged") {
  publish("a");
  publish("b");
  auto one = options();
  one.batch_size = 1;
  one.batch_max = 1;
  stream_session session{one};
  settle(session);
  settle(session);
  REQUIRE(refs.size() == 2);
  session.note_acknowledged({{{0, 0, refs[0].delivery, 1}}});
  command({"XGROUP", "DESTROY", "s", "g"});
  publish("c");
  ids seen;
  for (int i = 0; i < 4; ++i)
    for (auto& id : settle(session))
      seen.push_back(id);
  CHECK(seen == ids{"b", "c"});
}

TEST_CASE_FIXTURE(reading, "a group destroyed between two processes goes on at "
                           "the stored position") {
  publish("a");
  publish("b");
  publish("c");
  auto one = options();
  one.batch_size = 1;
  one.batch_max = 1;
  stream_position stored;
  {
    stream_session session{one};
    settle(session);
    settle(session);
    const auto id = to_text(refs.at(0).id);
    command({"XACK", "s", "g", id});
    session.note_acknowledged({{{0, 0, refs[0].delivery, 1}}});
    stream_session next{one}; // looks when it connects
    settle(next);
    REQUIRE(next.positions().size() == 1);
    stored = next.positions().front().second;
    CHECK(stored.id < refs[1].id);
    CHECK(stored.id >= refs[0].id);
  }
  command({"XGROUP", "DESTROY", "s", "g"});
  stream_session session{options()};
  session.restore("s", stored);
  CHECK(settle(session) == ids{"b", "c"});
  CHECK(renewed->generation == 1);
}

TEST_CASE_FIXTURE(reading, "a position of a stream that is gone means nothing "
                           "to the next one") {
  publish("a");
  stream_session session{options()};
  session.restore(
    "s", {4, {~std::uint64_t{0} >> 1, 0}, 9, 9, {~std::uint64_t{0} >> 1, 0}});
  CHECK(settle(session) == ids{"a"});
  CHECK(renewed->generation == 5);
}

TEST_CASE_FIXTURE(reading, "what is trimmed before it is read is counted once "
                           "and leaves no lag behind") {
  publish("a");
  {
    stream_session session{options()};
    CHECK(settle(session) == ids{"a"});
  }
  for (auto* id : {"b", "c", "d", "e"})
    publish(id);
  command({"XTRIM", "s", "MAXLEN", "1"});
  for (int round = 0; round < 2; ++round) {
    stream_session session{options()};
    settle(session);
    CHECK(trimmed == 3);
  }
  const auto groups = redis::info_groups(*other, "s", limit);
  CHECK(groups.value().front().lag == 0);
  CHECK(groups.value().front().entries_read == 5);
}

TEST_CASE_FIXTURE(reading, "the trimmer cuts what is old and read, and what is "
                           "too much") {
  metrics counters;
  for (int i = 1; i <= 1000; ++i)
    command({"XADD", "s", std::to_string(i) + "-0", "a", "b"});
  command({"XGROUP", "CREATE", "s", "g", "600-0"});
  const auto length = [&] {
    return redis::stream_length(*other, "s", limit).value();
  };
  const std::vector<std::string> streams{"s"};
  const auto start = std::chrono::steady_clock::now();
  stream_trimmer by_age{{"g", 1000, 0}, streams, limit, &counters};
  REQUIRE(by_age.work(*other, 0, 1000, start).has_value());
  CHECK(length() == 400); // six whole nodes
  command({"XGROUP", "CREATE", "s", "behind", "0"});
  stream_trimmer by_length{{"g", 0, 50}, streams, limit, &counters};
  REQUIRE(by_length.work(*other, 0, 400, start).has_value());
  CHECK(length() == 100); // twice the length, whoever needs the rest
  const auto text = counters.render();
  CHECK(text.find("meshtrace_stream_trimmed_total 900") != std::string::npos);
  CHECK(text.find("meshtrace_stream_forced_total 300") != std::string::npos);
}

TEST_CASE_FIXTURE(reading, "an entry trimmed before it is read again is gone, "
                           "and is acknowledged") {
  publish("a");
  stream_session first{options()};
  settle(first);
  command({"XTRIM", "s", "MAXLEN", "0"});
  stream_session second{options()};
  CHECK(settle(second).empty());
  CHECK(gone == 1);
}

TEST_CASE_FIXTURE(reading, "a Redis that goes away is a reason, and reading "
                           "goes on when it is back") {
  stream_session session{options()};
  settle(session);
  server.kill();
  auto failed = session.step();
  REQUIRE_FALSE(failed.has_value());
  CHECK(failed.error().reason.find("redis://") != std::string::npos);
  CHECK_FALSE(session.step().has_value());
  server.start();
  auto again = redis::connection::open(where(), limit);
  REQUIRE(again.has_value());
  other = std::move(*again);
  settle(session);
  publish("b");
  CHECK(settle(session) == ids{"b"});
}

TEST_CASE("held entries are counted by delivery") {
  held_entries held;
  held.add(1, {10, 0}, {20, 0}, 3);
  held.add(2, {30, 0}, {30, 5}, 2);
  CHECK(held.size() == 5);
  CHECK(held.holds({10, 0}));
  CHECK(held.holds({15, 7}));
  CHECK_FALSE(held.holds({25, 0}));
  CHECK_FALSE(held.holds({9, 9}));
  CHECK(held.lowest() == stream_entry_id{10, 0});
  held.acknowledge(1, 2);
  CHECK(held.holds({15, 7}));
  held.acknowledge(1, 1);
  CHECK_FALSE(held.holds({15, 7}));
  CHECK(held.lowest() == stream_entry_id{30, 0});
  held.acknowledge(1, 1); // unknown by now
  CHECK(held.size() == 2);
  held.clear();
  CHECK(held.size() == 0);
  CHECK_FALSE(held.lowest().has_value());
}

TEST_CASE("acknowledgements of an earlier generation are forgotten") {
  acknowledger_state state;
  state.by_stream.resize(2);
  state.generations.resize(2);
  state.add({{{0, 0, 1, {1, 0}}, {1, 0, 2, {2, 0}}, {0, 0, 1, {3, 0}}}});
  CHECK(state.waiting() == 3);
  state.renew({0, 1});
  CHECK(state.waiting() == 1);
  state.add({{{0, 0, 1, {4, 0}}, {0, 1, 3, {5, 0}}}});
  CHECK(state.waiting() == 2);
  auto sent = state.next();
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].id == stream_entry_id{5, 0});
  const auto news = state.confirm(sent);
  REQUIRE(news.counts.size() == 1);
  CHECK(news.counts[0].delivery == 3);
  CHECK(news.counts[0].entries == 1);
  CHECK(state.waiting() == 1);
}

TEST_CASE("a lease token names its holder, whatever the name is") {
  const auto token = make_lease_token("meshtrace-host a-8000", "r4nd");
  CHECK(lease_consumer(token) == "meshtrace-host a-8000");
}

TEST_CASE("readiness says what is wrong and what to do") {
  service_status status;
  CHECK(reasons_not_ready(status, "g").front().find("Redis is not connected")
        == 0);
  status.keeper.connected = true;
  status.keeper.lease_holder = "other";
  CHECK(reasons_not_ready(status, "g").front()
        == "group g is held by other; set another TRACE_CONSUMER_GROUP to read "
           "beside it");
  status.keeper.lease_held = true;
  CHECK(reasons_not_ready(status, "g").front() == "nothing is read yet");
  status.readers.push_back({0, "standby", "", 0, 0, false});
  CHECK(reasons_not_ready(status, "g").front() == "reader 0 has not begun yet");
  status.readers.front().state = "reading";
  CHECK(reasons_not_ready(status, "g").empty());
  status.readers.front() = {0, "parked", "", 0, 4, true};
  CHECK(reasons_not_ready(status, "g").size() == 1);
  status.store = {false, "the disk is full"};
  CHECK(reasons_not_ready(status, "g").back()
        == "the store does not write: the disk is full");
}

TEST_CASE("the cleanup line names what was dropped, and is seldom when "
          "nothing was") {
  retention_state state;
  const retention_state::time_point begin{1h};
  retention_report report;
  CHECK_FALSE(state.cleanup_line(report, 3, begin).has_value());
  CHECK_FALSE(state.cleanup_line(report, 3, begin + 9min).has_value());
  CHECK(state.cleanup_line(report, 3, begin + 10min).has_value());
  report.by_age = 812;
  report.by_age_bytes = 3'250'586;
  report.left.traces = 188;
  report.left.oldest = {1'764'000'000'000'000'000};
  CHECK(state.cleanup_line(report, 3, begin + 11min)
        == "cleanup: dropped 812 traces (3.1 MiB) by age, 0 (0.0 MiB) by size; "
           "188 stored, oldest 2025-11-24T16:00:00.000000000Z; 3 active");
}

TEST_SUITE_END();
