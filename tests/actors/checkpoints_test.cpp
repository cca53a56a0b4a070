#include "tests/actors/correlator_fixture.hpp"

using namespace meshtrace;
using namespace meshtrace::test;

namespace {

struct fixture : correlator_fixture {
  fixture() {
    state = correlator_state{};
    configure(options());
  }

  static correlator_options options() {
    correlator_options result;
    result.durable = true;
    return result;
  }

  /// An open trace of one span, read now.
  void open_trace(const std::string& id) {
    read({event(id, "root", "", "span_start")}, *now);
  }
  void close_trace(const std::string& id) {
    read({event(id, "root", "", "span_end")}, *now);
  }
};

} // namespace

TEST_SUITE_BEGIN("checkpoints");

TEST_CASE_FIXTURE(fixture, "an entry is acknowledged with a checkpoint when "
                           "its trace stays active") {
  open_trace("t");
  tick(correlator_state::ticks_to_checkpoint - 1);
  CHECK(saved == 0);
  CHECK(durable.empty());
  tick(1);
  CHECK(saved == 1);
  CHECK(durable.size() == 1);
  CHECK(heads.empty());
  CHECK(state.load().active_traces == 1);
  CHECK(state.load().unacked_entries == 0);
  tick(100); // nothing new, nothing to save
  CHECK(saved == 1);
}

TEST_CASE_FIXTURE(fixture, "an entry is not acknowledged before its "
                           "checkpoint is durable") {
  hold_saves = true;
  open_trace("t");
  tick();
  CHECK(saves.size() == 1);
  CHECK(durable.empty());
  close_trace("t");
  advance(t0 + 10'000);
  CHECK(heads.empty()); // one thing at a time
  hold_saves = false;
  work();
  CHECK(durable.size() >= 1);
  advance(t0 + 11'000);
  REQUIRE(heads.size() == 1);
  CHECK(durable.size() == 2);
  CHECK(checkpoints.empty());
  CHECK(stored("t")->content->spans().size() == 1);
}

TEST_CASE_FIXTURE(fixture, "a repeated event that the checkpoint covers is "
                           "acknowledged at once") {
  open_trace("t");
  tick();
  open_trace("t");
  CHECK(duplicates == 1);
  CHECK(durable.size() == 2);
  CHECK(saved == 1);
}

TEST_CASE_FIXTURE(fixture, "after a restart a checkpoint is an active trace "
                           "again, and completes as if nothing had been") {
  open_trace("t");
  tick();
  restart(options());
  CHECK(state.load().active_traces == 1);
  CHECK(state.load().parked_traces == 0);
  REQUIRE(state.find("t").trace);
  CHECK(state.find("t").trace->head.revision == 0);
  close_trace("t");
  advance(t0 + 500);
  REQUIRE(heads.size() == 1);
  CHECK(heads[0].revision == 1);
  CHECK(heads[0].reason == completion_reason::root_closed);
  CHECK(checkpoints.empty());
  restart(options());
  CHECK(state.load().active_traces == 0);
}

TEST_CASE_FIXTURE(fixture, "what came before a crash times out after it") {
  open_trace("t");
  tick();
  restart(options());
  advance(t0 + 299'999);
  CHECK(heads.empty());
  advance(t0 + 300'000);
  REQUIRE(heads.size() == 1);
  CHECK(heads[0].reason == completion_reason::timeout);
}

TEST_CASE_FIXTURE(fixture, "a late event of a stored trace survives a restart "
                           "as a checkpoint and makes revision 2 once") {
  read({event("t", "root", "")}, *now);
  advance(t0 + 500);
  REQUIRE(heads.size() == 1);
  wall += 2'000'000'000;
  read({event("t", "late", "root")}, t0 + 600);
  tick();
  restart(options());
  CHECK(state.load().active_traces == 1);
  read({event("t", "late", "root")}, t0 + 600); // redelivered
  CHECK(duplicates == 1);
  advance(t0 + 5'000);
  REQUIRE(heads.size() == 2);
  CHECK(heads[1].revision == 2);
  CHECK(stored("t")->content->spans().size() == 2);
  CHECK(checkpoints.empty());
}

TEST_CASE_FIXTURE(fixture, "over the memory budget the quietest leave memory "
                           "and complete from the store in time") {
  auto tight = options();
  tight.max_bytes = 40'000;
  restart(tight);
  for (int i = 0; i < 200; ++i)
    open_trace("t" + std::to_string(i));
  CHECK(heads.empty());
  CHECK(state.load().active_traces == 200);
  CHECK(state.load().parked_traces > 50);
  CHECK(state.load().active_bytes <= tight.max_bytes);
  CHECK(durable.size() == state.load().parked_traces);
  CHECK_FALSE(state.search({}).complete);
  close_trace("t0"); // the quietest of all comes back
  advance(t0 + 500);
  REQUIRE(heads.size() == 1);
  CHECK(heads[0].reason == completion_reason::root_closed);
  advance(t0 + 400'000);
  for (int i = 0; i < 100; ++i) {
    tick(1);
    advance(t0 + 400'001 + i);
  }
  CHECK(heads.size() == 200);
  CHECK(state.load().active_traces == 0);
  CHECK(state.load().active_bytes == 0);
  CHECK(checkpoints.empty());
}

TEST_CASE_FIXTURE(fixture, "too many unacknowledged entries save the quietest "
                           "and leave them in memory") {
  auto tight = options();
  tight.max_unacked = 10;
  restart(tight);
  for (int i = 0; i < 25; ++i)
    open_trace("t" + std::to_string(i));
  CHECK(state.load().unacked_entries <= 10);
  CHECK(durable.size() >= 15);
  CHECK(state.load().parked_traces == 0);
  CHECK(heads.empty());
}

TEST_CASE_FIXTURE(fixture, "more checkpoints than memory has room for stay in "
                           "the store at the start") {
  for (int i = 0; i < 300; ++i)
    open_trace("t" + std::to_string(i));
  tick();
  page_limit = 10;
  auto tight = options();
  tight.max_bytes = 40'000;
  restart(tight);
  CHECK(state.load().active_traces == 300);
  CHECK(state.load().parked_traces > 100);
  CHECK(state.load().active_bytes <= tight.max_bytes);
}

TEST_CASE_FIXTURE(fixture, "batches that come before the checkpoints are "
                           "loaded are joined after, in order") {
  open_trace("t");
  tick();
  state = correlator_state{};
  state.configure(options());
  auto first = state.take_outbox();
  REQUIRE(first.load);
  close_trace("t");
  state.set_now(t0 + 100);
  CHECK(answers == 1); // of the batch before the restart
  state.receive_checkpoints(load(*first.load));
  work();
  CHECK(answers == 2);
  advance(t0 + 600);
  REQUIRE(heads.size() == 1);
  CHECK(heads[0].revision == 1);
  CHECK(stored("t")->content->spans().size() == 1);
}

TEST_CASE_FIXTURE(fixture, "a drain saves what is active and completes "
                           "nothing") {
  open_trace("a");
  read({event("b", "root", "")}, *now);
  state.drain();
  work();
  CHECK(state.settled());
  CHECK(saved == 2);
  CHECK(durable.size() == 2);
  advance(t0 + 500);
  CHECK(heads.empty());
  restart(options());
  advance(t0 + 1000);
  CHECK(heads.size() == 1); // b; a is still open
}

TEST_CASE_FIXTURE(fixture, "a drain during a commit also saves what came "
                           "meanwhile") {
  hold_commits = true;
  read({event("t", "root", "")}, *now);
  advance(t0 + 500);
  read({event("t", "late", "root")}, t0 + 500);
  state.drain();
  work();
  CHECK_FALSE(state.settled());
  hold_commits = false;
  work();
  CHECK(state.settled());
  CHECK(checkpoints.count("t") == 1);
  CHECK(durable.size() == 2);
}

TEST_CASE_FIXTURE(fixture, "a drain while traces are leaving memory saves each "
                           "once") {
  auto tight = options();
  tight.max_bytes = 20'000;
  restart(tight);
  hold_saves = true;
  for (int i = 0; i < 100; ++i)
    open_trace("t" + std::to_string(i));
  REQUIRE_FALSE(saves.empty());
  state.drain();
  hold_saves = false;
  work();
  CHECK(state.settled());
  CHECK(state.load().parked_traces > 0);
  CHECK(saved == 100);
  CHECK(durable.size() == 100);
  CHECK(checkpoints.size() == 100);
}
