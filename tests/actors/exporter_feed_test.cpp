#include "actors/exporter_feed.hpp"
#include "tests/actors/log_fixture.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace meshtrace;
using namespace std::chrono_literals;

namespace {

/// Notes what it gets, as "id r1 spans", and answers as planned, else ok.
class recorder : public exporter {
public:
  using time_point = caf::actor_clock::time_point;

  recorder(bool whole, const caf::actor_clock& clock)
    : whole_(whole), clock_(clock) {
    // nop
  }

  std::string_view name() const override {
    return "recorder";
  }

  bool whole_traces() const override {
    return whole_;
  }

  std::chrono::milliseconds batch_delay() const override {
    return delay;
  }

  left_out take_left_out() override {
    return std::exchange(missing, {});
  }

  export_result export_batch(std::span<const exported_trace> batch) override {
    times_.push_back(clock_.now());
    std::vector<std::string> lines;
    for (auto& x : batch) {
      auto line
        = x.trace.content->id() + " r" + std::to_string(x.revision) + ":";
      for (auto* s : x.trace.content->sorted_spans())
        if (x.changed(*s))
          line += " " + std::string{s->id};
      lines.push_back(std::move(line));
    }
    batches.push_back(std::move(lines));
    if (plan.empty())
      return export_ok{};
    auto result = plan.front();
    plan.pop_front();
    return result;
  }

  /// All batches since this was asked last, one after the other.
  std::vector<std::string> take_all() {
    std::vector<std::string> result;
    for (auto& batch : std::exchange(batches, {}))
      result.insert(result.end(), batch.begin(), batch.end());
    return result;
  }

  /// The time between each two batches.
  std::vector<time_point::duration> pauses() const {
    std::vector<time_point::duration> result;
    for (std::size_t i = 1; i < times_.size(); ++i)
      result.push_back(times_[i] - times_[i - 1]);
    return result;
  }

  std::deque<export_result> plan;
  std::chrono::milliseconds delay{0};
  left_out missing;
  std::vector<std::vector<std::string>> batches;

private:
  bool whole_;
  const caf::actor_clock& clock_;
  std::vector<time_point> times_;
};

using lines = std::vector<std::string>;

struct fixture : test::log_fixture {
  explicit fixture(memory_options options = {}) : log_fixture(options) {
    // nop
  }

  void start(bool whole = true, exporter_feed_options options = {}) {
    target = std::make_shared<recorder>(whole, sched.clock());
    std::shared_ptr<exporter> base = target;
    feed = spawn(exporter_feed, base, store, me<status_board_actor>(),
                 &counters, options);
  }

  /// A metric of the exporter.
  double counted(const std::string& what) {
    auto exporter = counters.exporter("recorder");
    return what == "exported"   ? exporter.exported.Value()
           : what == "failed"   ? exporter.failed.Value()
           : what == "retried"  ? exporter.retried.Value()
           : what == "rejected" ? exporter.rejected.Value()
                                : exporter.overtaken.Value();
  }

  /// The last status of the exporter that the board was sent.
  std::optional<exporter_status> last_status() {
    std::optional<exporter_status> result;
    while (auto status = next<exporter_status>())
      result = status;
    return result;
  }

  std::shared_ptr<recorder> target;
  exporter_feed_actor feed;
};

memory_options small(std::size_t max_stored, std::size_t log_limit) {
  memory_options result;
  result.max_stored = max_stored;
  result.log_limit = log_limit;
  return result;
}

/// Keeps two traces.
struct small_store : fixture {
  small_store() : fixture(small(2, 1000)) {
    // nop
  }
};

/// Keeps two log entries.
struct small_log : fixture {
  small_log() : fixture(small(1000, 2)) {
    // nop
  }
};

} // namespace

TEST_SUITE_BEGIN("exporter feed");

TEST_CASE_FIXTURE(fixture,
                  "each trace committed from now on is exported once") {
  commit({write("t1"), write("before")});
  start();
  CHECK(target->take_all().empty());
  commit({write("t2"), write("odd")});
  commit({write("t3")});
  CHECK(target->take_all() == lines{"t2 r1: s1", "odd r1: s1", "t3 r1: s1"});
  advance(10s, 500ms);
  CHECK(target->take_all().empty());
  CHECK(counted("exported") == 3);
}

TEST_CASE_FIXTURE(fixture,
                  "an exporter of whole traces gets the last revision") {
  start(true);
  engine->log_broken = true;
  commit({write("t1"), write("t2")});
  commit({write("t1", "s2", 1)});
  engine->log_broken = false;
  advance(3s, 250ms);
  CHECK(target->take_all() == lines{"t2 r1: s1", "t1 r2: s2"});
  CHECK(counted("overtaken") == 0);
}

TEST_CASE_FIXTURE(fixture, "an exporter of spans gets each revision's spans") {
  start(false);
  engine->log_broken = true;
  commit({write("t1"), write("t2")});
  commit({write("t1", "s2", 1)});
  engine->log_broken = false;
  advance(3s, 250ms);
  CHECK(target->take_all() == lines{"t1 r1: s1", "t2 r1: s1", "t1 r2: s2"});
}

TEST_CASE_FIXTURE(fixture, "no more than its limit is in hand") {
  exporter_feed_options options;
  options.page = 2;
  options.most_in_hand = 3;
  start(true, options);
  std::vector<trace_write> batch;
  for (auto id : {"t0", "t1", "t2", "t3", "t4", "t5", "t6", "odd"})
    batch.push_back(write(id));
  commit(std::move(batch));
  for (auto& exported : target->batches)
    CHECK(exported.size() <= 3);
  CHECK(target->take_all().size() == 8);
}

TEST_CASE_FIXTURE(fixture, "what was refused is tried again, ever less often") {
  start();
  target->plan.assign(7, retry_after{0ms, "the target is down"});
  commit({write("t1"), write("t2")});
  advance(120s, 100ms);
  const auto pauses = target->pauses();
  const std::vector expected{1000ms,   2000ms,   4000ms,  8000ms,
                             16'000ms, 30'000ms, 30'000ms};
  REQUIRE(pauses.size() == expected.size());
  for (std::size_t i = 0; i < pauses.size(); ++i) { // a quarter less by chance
    CHECK(pauses[i] >= expected[i] * 3 / 4);
    CHECK(pauses[i] <= expected[i] + 100ms);
  }
  for (auto& batch : target->batches)
    CHECK(batch == lines{"t1 r1: s1", "t2 r1: s1"});
  CHECK(counted("failed") == 7);
  CHECK(counted("retried") == 14);
  CHECK(counted("exported") == 2);
}

TEST_CASE_FIXTURE(fixture, "a target that says when is asked then") {
  start();
  target->plan = {retry_after{5s, "busy"}, retry_after{24h, "busy"}};
  commit({write("t1")});
  advance(600s, 100ms);
  const auto pauses = target->pauses();
  REQUIRE(pauses.size() == 2);
  CHECK(pauses[0] >= 5s);
  CHECK(pauses[0] <= 5100ms);
  CHECK(pauses[1] >= 300s); // nobody may ask for a day
  CHECK(pauses[1] <= 300'100ms);
}

TEST_CASE_FIXTURE(fixture, "what the target has is not sent again") {
  start();
  target->plan = {retry_after{0ms, "full", 2}};
  commit({write("t1"), write("t2"), write("t3")});
  target->batches.clear();
  advance(2s, 100ms);
  CHECK(target->take_all() == lines{"t3 r1: s1"});
  CHECK(counted("exported") == 3);
  CHECK(counted("retried") == 1);
}

TEST_CASE_FIXTURE(fixture, "what is refused for good is counted and left") {
  start();
  target->plan = {reject{{"t1"}, "too odd", 1}, reject{{"t3"}, "too odd"}};
  commit({write("t1"), write("t2"), write("t3")});
  REQUIRE(target->batches.size() == 2);
  CHECK(target->batches[1] == lines{"t2 r1: s1", "t3 r1: s1"});
  commit({write("t4")});
  CHECK(target->batches[2] == lines{"t4 r1: s1"});
  CHECK(counted("rejected") == 2);
  CHECK(counted("exported") == 2);
  CHECK(counted("failed") == 0);
}

TEST_CASE_FIXTURE(small_store, "what was dropped before is counted") {
  start();
  engine->log_broken = true;
  commit({write("t1"), write("t2"), write("t3")});
  engine->log_broken = false;
  advance(3s, 250ms);
  CHECK(target->take_all() == lines{"t2 r1: s1", "t3 r1: s1"});
  CHECK(counted("overtaken") == 1);
}

TEST_CASE_FIXTURE(small_log, "what the log has lost is counted once") {
  start();
  engine->log_broken = true;
  commit({write("t1"), write("t2"), write("t3"), write("t4")});
  engine->log_broken = false;
  engine->find_broken = true;
  advance(3s, 250ms);
  engine->find_broken = false;
  advance(30s, 250ms);
  const auto exported = target->take_all();
  REQUIRE_FALSE(exported.empty());
  REQUIRE(exported.size() < 4);
  CHECK(counted("overtaken") + static_cast<double>(exported.size()) == 4);
}

TEST_CASE_FIXTURE(fixture, "a store that fails costs time and no trace") {
  start();
  last_status();
  engine->find_broken = true;
  commit({write("t1")});
  advance(1s, 250ms);
  auto status = last_status();
  REQUIRE(status);
  CHECK(status->last_error.find("cannot find anything") != std::string::npos);
  CHECK(status->lag_traces == 1);
  engine->find_broken = false;
  engine->log_broken = true;
  advance(5s, 250ms);
  engine->log_broken = false;
  advance(30s, 250ms);
  CHECK(target->take_all() == lines{"t1 r1: s1"});
  status = last_status();
  REQUIRE(status);
  CHECK(status->last_error.empty());
  CHECK(status->lag_traces == 0);
}

TEST_CASE_FIXTURE(fixture, "news that got lost is found all the same") {
  start();
  REQUIRE(engine->commit(std::vector{write("t1")}, 0)); // tells nobody
  advance(1s, 250ms);
  CHECK(target->take_all() == lines{"t1 r1: s1"});
}

TEST_CASE_FIXTURE(fixture, "the board hears of changes, once a second") {
  start();
  auto status = last_status();
  REQUIRE(status);
  CHECK(status->name == "recorder");
  target->plan = {export_ok{}, retry_after{0ms, "the target is down"}};
  commit({write("t1")});
  commit({write("t2")});
  commit({write("t3")});
  CHECK_FALSE(last_status());
  advance(250ms, 250ms);
  CHECK_FALSE(last_status());
  advance(750ms, 250ms);
  status = next<exporter_status>();
  REQUIRE(status);
  CHECK_FALSE(next<exporter_status>());
  CHECK(status->exported_traces >= 1);
  CHECK(status->failed == 1);
  advance(5s, 250ms);
  status = last_status();
  REQUIRE(status);
  CHECK(status->exported_traces == 3);
  CHECK(status->lag_traces == 0);
  CHECK(status->last_error.empty());
  advance(5s, 250ms);
  CHECK_FALSE(last_status());
}

TEST_CASE_FIXTURE(fixture, "a new process goes on where the last one was") {
  start();
  commit({write("t1")});
  advance(2s, 100ms);
  CHECK(target->take_all() == lines{"t1 r1: s1"});
  kill(feed);
  commit({write("t2")});
  start();
  CHECK(target->take_all() == lines{"t2 r1: s1"});
}

TEST_CASE_FIXTURE(fixture, "a crash before the first save exports again what "
                           "came after the start") {
  start();
  commit({write("t1")});
  kill(feed);
  start();
  CHECK(target->take_all() == lines{"t1 r1: s1"});
}

TEST_CASE_FIXTURE(fixture, "the cursor of an exporter that was gone for long "
                           "is dropped") {
  start();
  kill(feed);
  commit({write("t1")});
  exporter_feed_options options;
  options.cursor.life = std::chrono::hours{0};
  start(true, options);
  CHECK(target->take_all().empty());
  commit({write("t2")});
  CHECK(target->take_all() == lines{"t2 r1: s1"});
}

TEST_CASE_FIXTURE(fixture, "a drain saves how far the exporter has come") {
  start();
  commit({write("t1"), write("t2")});
  deliver(feed, drain_atom_v);
  CHECK(next<caf::ok_atom>());
  kill(feed);
  start();
  CHECK(target->take_all().empty());
}

TEST_CASE_FIXTURE(fixture, "a drain answers when all is exported") {
  exporter_feed_options options;
  options.page = 1;
  start(true, options);
  SUBCASE("at once if nothing is left") {
    deliver(feed, drain_atom_v);
    CHECK(next<caf::ok_atom>());
  }
  SUBCASE("also what no news told of") {
    REQUIRE(engine->commit(std::vector{write("t1"), write("t2")}, 0));
    deliver(feed, drain_atom_v);
    CHECK(target->take_all() == lines{"t1 r1: s1", "t2 r1: s1"});
    CHECK(next<caf::ok_atom>());
  }
  SUBCASE("and not before") {
    REQUIRE(engine->commit(std::vector{write("t1")}, 0));
    engine->log_broken = true;
    deliver(feed, drain_atom_v);
    CHECK_FALSE(next<caf::ok_atom>());
    engine->log_broken = false;
    advance(1s, 250ms);
    CHECK(target->take_all() == lines{"t1 r1: s1"});
    CHECK(next<caf::ok_atom>());
  }
  SUBCASE("trying at once what waits for its next time") {
    target->plan = {retry_after{30s, "the target is down"}};
    commit({write("t1")});
    deliver(feed, drain_atom_v);
    CHECK(target->batches.size() == 2);
    CHECK(next<caf::ok_atom>());
  }
  SUBCASE("at its limit if the target takes nothing") {
    target->plan.assign(100, retry_after{0ms, "the target is down"});
    commit({write("t1")});
    deliver(feed, drain_atom_v);
    advance(2900ms, 100ms);
    CHECK_FALSE(next<caf::ok_atom>());
    advance(100ms, 100ms);
    CHECK(next<caf::ok_atom>());
  }
  SUBCASE("at its limit if the store says nothing") {
    engine->log_broken = true;
    commit({write("t1")});
    deliver(feed, drain_atom_v);
    advance(2900ms, 100ms);
    CHECK_FALSE(next<caf::ok_atom>());
    advance(100ms, 100ms);
    CHECK(next<caf::ok_atom>());
  }
}

TEST_CASE_FIXTURE(fixture, "what comes while a batch waits goes with it") {
  start();
  target->delay = 200ms;
  commit({write("t1")});
  advance(150ms, 50ms);
  commit({write("odd")}); // of another partition
  CHECK(target->batches.empty());
  advance(50ms, 50ms);
  REQUIRE(target->batches.size() == 1);
  CHECK(target->take_all() == lines{"t1 r1: s1", "odd r1: s1"});
  commit({write("t2")});
  CHECK(target->batches.empty());
  advance(200ms, 50ms);
  CHECK(target->take_all() == lines{"t2 r1: s1"});
}

TEST_CASE_FIXTURE(fixture, "a full hand and a drain wait for nothing more") {
  exporter_feed_options options;
  options.most_in_hand = 2;
  start(true, options);
  target->delay = 200ms;
  commit({write("t1"), write("odd"), write("t2")});
  REQUIRE(target->batches.size() == 1);
  CHECK(target->batches[0].size() == 2);
  deliver(feed, drain_atom_v);
  CHECK(target->take_all().size() == 3);
  CHECK(next<caf::ok_atom>());
}

TEST_CASE_FIXTURE(fixture, "no more bytes than its limit are in hand") {
  exporter_feed_options options;
  options.most_bytes_in_hand = 1; // so that each trace is too large
  start(true, options);
  commit({write("t1"), write("t2"), write("odd"), write("t3")});
  for (auto& exported : target->batches)
    CHECK(exported.size() == 1);
  auto all = target->take_all();
  std::sort(all.begin(), all.end());
  CHECK(all == lines{"odd r1: s1", "t1 r1: s1", "t2 r1: s1", "t3 r1: s1"});
  CHECK(counted("overtaken") == 0);
}

TEST_CASE_FIXTURE(fixture, "a new exporter begins with the oldest trace if it "
                           "is to") {
  commit({write("t1"), write("odd")});
  exporter_feed_options options;
  options.cursor.from_oldest = true;
  start(true, options);
  auto all = target->take_all();
  std::sort(all.begin(), all.end());
  CHECK(all == lines{"odd r1: s1", "t1 r1: s1"});
  advance(2s, 100ms);
  kill(feed);
  start(true, options); // is not new any more
  CHECK(target->take_all().empty());
}

TEST_CASE_FIXTURE(small_log, "what the log had lost before a new exporter came "
                             "is not counted") {
  commit({write("t1"), write("t2"), write("t3"), write("t4")});
  exporter_feed_options options;
  options.cursor.from_oldest = true;
  start(true, options);
  CHECK(target->take_all().size() == 2);
  CHECK(counted("overtaken") == 0);
}

TEST_CASE_FIXTURE(fixture, "what the target left out is counted") {
  start();
  target->missing = {3, 2, "too old"};
  commit({write("t1")});
  advance(1s, 250ms);
  const auto status = last_status();
  REQUIRE(status);
  CHECK(status->rejected_spans == 3);
  CHECK(status->held_back == 2);
  CHECK(status->last_error == "too old");
  CHECK(counters.exporter("recorder").rejected_spans.Value() == 3);
  CHECK(counters.exporter("recorder").held_back.Value() == 2);
}

TEST_CASE("a cursor goes no further than what is settled") {
  exporter_feed_state state;
  state.start({7, 0});
  state.cursors.note({{0, 1}});
  const auto read = [&](std::vector<log_entry> entries) {
    const auto asked = state.cursors.take(10);
    REQUIRE(asked);
    const auto ids
      = state.take_page(*asked, {asked->partition, std::move(entries), 0});
    traces_found found{{}, ids.size()};
    for (auto& id : ids)
      found.traces.push_back({fixture::write(id).content,
                              {1, completion_reason::root_closed, 0, 0}});
    state.take_traces(found, true);
  };
  // The second entry is of a revision that a newer one replaces.
  read({{8, "t1", 1, {}, {}}, {9, "t2", 2, {}, {}}, {10, "t3", 1, {}, {}}});
  read({{1, "u1", 1, {}, {}}});
  state.cursors.note({{0}});
  read({}); // nothing more while the page is in hand
  CHECK(state.in_hand() == 3);
  state.settle(retry_after{0ms, "full", 1});
  CHECK(decode_cursors(state.cursors.encode())
        == std::vector<std::uint64_t>{8, 0});
  state.settle(retry_after{0ms, "full", 1});
  CHECK(decode_cursors(state.cursors.encode())
        == std::vector<std::uint64_t>{10, 0});
  state.settle(export_ok{});
  CHECK(decode_cursors(state.cursors.encode())
        == std::vector<std::uint64_t>{10, 1});
  CHECK(state.idle());
  CHECK(state.bytes_in_hand() == 0);
}

TEST_CASE("a page whose traces could not be had is read again") {
  exporter_feed_state state;
  state.start({7});
  state.cursors.note({{0}});
  const auto asked = state.cursors.take(10);
  REQUIRE(asked);
  CHECK(state.take_page(*asked, {0, {{8, "t1", 1, {}, {}}}, 0}) == lines{"t1"});
  state.drop_page();
  const auto again = state.cursors.take(10);
  REQUIRE(again);
  CHECK(again->number == 7);
}

TEST_SUITE_END();
