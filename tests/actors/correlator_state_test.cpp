#include "tests/actors/correlator_fixture.hpp"

using namespace meshtrace;
using namespace meshtrace::test;
using std::chrono::milliseconds;
using fixture = correlator_fixture;

TEST_SUITE_BEGIN("correlator state");

TEST_CASE_FIXTURE(fixture, "a whole trace is complete half a second after its "
                           "last event, once, as revision 1") {
  read({event("t", "child", "root"), event("t", "root", "")}, t0);
  CHECK(answers == 1);
  advance(t0 + 499);
  CHECK(heads.empty());
  CHECK(durable.empty());
  advance(t0 + 500);
  REQUIRE(heads.size() == 1);
  CHECK(heads[0].revision == 1);
  CHECK(heads[0].reason == completion_reason::root_closed);
  CHECK(durable.size() == 2);
  CHECK(state.load().active_traces == 0);
  CHECK(state.load().active_bytes == 0);
  CHECK(state.load().unacked_entries == 0);
}

TEST_CASE_FIXTURE(fixture, "children at 0 s and their root 45 s later make one "
                           "completion, revision 1") {
  read({event("t", "c1", "root"), event("t", "c2", "root")}, t0);
  for (stream_ms s = 1; s <= 44; ++s)
    advance(t0 + s * 1000);
  CHECK(heads.empty());
  read({event("t", "root", "")}, t0 + 45'000);
  advance(t0 + 45'499);
  CHECK(heads.empty());
  advance(t0 + 45'500);
  advance(t0 + 200'000);
  REQUIRE(heads.size() == 1);
  CHECK(heads[0].revision == 1);
  CHECK(heads[0].reason == completion_reason::root_closed);
  CHECK(stored("t")->content->spans().size() == 3);
}

TEST_CASE_FIXTURE(fixture, "a missing parent ends the wait after a minute, an "
                           "open span after five") {
  read({event("lost", "c", "root"), event("open", "a", "", "span_start")}, t0);
  advance(t0 + 59'999);
  CHECK(heads.empty());
  advance(t0 + 60'000);
  REQUIRE(heads.size() == 1);
  CHECK(heads[0].reason == completion_reason::parent_missing);
  advance(t0 + 299'999);
  CHECK(heads.size() == 1);
  advance(t0 + 300'000);
  REQUIRE(heads.size() == 2);
  CHECK(heads[1].reason == completion_reason::timeout);
}

TEST_CASE_FIXTURE(fixture, "nothing completes while stream time is unknown") {
  now.reset();
  read({event("t", "root", "")}, t0);
  state.set_now(std::nullopt);
  work();
  CHECK(heads.empty());
  CHECK(state.find("t").trace.has_value());
  advance(t0 + 500);
  CHECK(heads.size() == 1);
}

TEST_CASE_FIXTURE(fixture, "a late event makes revision 2 of the same trace, a "
                           "repeated one makes none") {
  read({event("t", "root", "")}, t0);
  advance(t0 + 500);
  wall += 5'000'000'000;
  read({event("t", "root", "")}, t0 + 5000);
  advance(t0 + 10'000);
  CHECK(heads.size() == 1);
  CHECK(duplicates == 1);
  CHECK(durable.size() == 2);
  CHECK(state.load().active_traces == 0);

  read({event("t", "late", "root")}, t0 + 10'000);
  CHECK(state.find("t").trace->content->spans().size() == 2);
  advance(t0 + 10'500);
  REQUIRE(heads.size() == 2);
  CHECK(heads[1].revision == 2);
  CHECK(stored("t")->content->spans().size() == 2);
  CHECK(durable.size() == 3);
}

TEST_CASE_FIXTURE(fixture, "revisions of one trace come at most once a "
                           "second") {
  correlator_options quick;
  quick.waits.root_quiet = milliseconds{10};
  configure(quick);
  read({event("t", "root", "")}, t0);
  advance(t0 + 10);
  REQUIRE(heads.size() == 1);
  wall += 20'000'000; // 20 ms later
  read({event("t", "late", "root")}, t0 + 30);
  advance(t0 + 40);
  advance(t0 + 1000);
  CHECK(heads.size() == 1);
  wall += 980'000'000;
  advance(t0 + 1020);
  CHECK(heads.size() == 2);
}

TEST_CASE_FIXTURE(fixture, "events that come while a commit is on its way wait "
                           "for the next revision") {
  hold_commits = true;
  read({event("t", "root", "")}, t0);
  advance(t0 + 500);
  REQUIRE(commits.size() == 1);
  read({event("t", "late", "root"), event("t", "root", "")}, t0 + 600);
  CHECK(commits.front().second.front().content->spans().size() == 1);
  CHECK(state.find("t").trace->content->spans().size() == 2);
  wall += 1'000'000'000;
  hold_commits = false;
  advance(t0 + 700);
  REQUIRE(heads.size() == 1);
  CHECK(durable.size() == 1);
  wall += 1'000'000'000;
  advance(t0 + 1700);
  REQUIRE(heads.size() == 2);
  CHECK(heads[1].revision == 2);
  CHECK(durable.size() == 3);
  const auto trace = stored("t");
  std::map<std::string_view, std::uint32_t> revisions;
  for (auto& span : trace->content->spans())
    revisions[span.id] = span.revision;
  CHECK(revisions["root"] == 1);
  CHECK(revisions["late"] == 2);
}

TEST_CASE_FIXTURE(fixture, "batches wait for their answer while too much is "
                           "uncommitted") {
  correlator_options narrow;
  narrow.max_uncommitted = 1;
  configure(narrow);
  hold_commits = true;
  read({event("a", "root", ""), event("b", "root", "")}, t0);
  CHECK(answers == 1);
  advance(t0 + 500);
  CHECK(state.load().uncommitted == 2);
  read({event("c", "root", "")}, t0 + 600);
  CHECK(answers == 1);
  hold_commits = false;
  advance(t0 + 601);
  CHECK(answers == 2);
}

TEST_CASE_FIXTURE(fixture, "over the limit of unacknowledged entries the "
                           "quietest traces are completed") {
  correlator_options narrow;
  narrow.max_unacked = 2;
  configure(narrow);
  read({event("quiet", "x", "", "span_start")}, t0);
  read({event("busy", "x", "", "span_start")}, t0 + 1);
  CHECK(heads.empty());
  read({event("busy", "y", "x", "span_start")}, t0 + 2);
  REQUIRE(heads.size() == 1);
  CHECK(heads[0].reason == completion_reason::memory);
  CHECK(stored("quiet").has_value());
  CHECK_FALSE(stored("busy").has_value());
  CHECK(state.load().unacked_entries == 2);
}

TEST_CASE_FIXTURE(fixture, "over the memory limit the quietest traces are "
                           "completed") {
  correlator_options narrow;
  narrow.max_bytes = 64 * 1024;
  configure(narrow);
  for (int i = 0; i < 200; ++i)
    read({event("t" + std::to_string(i), "x", "", "span_start")}, t0 + i);
  CHECK(state.load().active_bytes <= narrow.max_bytes);
  CHECK(heads.size() > 100);
  CHECK_FALSE(stored("t199").has_value());
  CHECK(stored("t0").has_value());
}

TEST_CASE_FIXTURE(fixture, "time does not overtake events that wait for the "
                           "store") {
  read({event("t", "child", "root")}, t0);
  // The root has been read, its batch waits for the lookup of another trace.
  auto batch = std::make_shared<event_batch>();
  decode_counts counts;
  const std::vector<field> root{{"trace_id", "t"}, {"span_id", "root"}};
  const std::vector<field> other{{"trace_id", "u"}, {"span_id", "x"}};
  batch->events.push_back(
    {{0, 0, 2, {t0 + 59'000, 1}}, *decode(root, {}, batch->memory, counts)});
  batch->events.push_back(
    {{0, 0, 2, {t0 + 59'000, 2}}, *decode(other, {}, batch->memory, counts)});
  state.receive({batch, {0, 1}, t0 + 59'000});
  auto out = state.take_outbox();
  CHECK(out.lookups == std::vector<std::string>{"u"});
  state.set_now(t0 + 61'000);
  CHECK(state.take_outbox().timers.now == t0);
  state.receive_bases(out.lookup, {});
  out = state.take_outbox();
  CHECK(out.timers.now == t0 + 61'000);
  CHECK(state.find("t").trace->content->spans().size() == 2);
}

TEST_CASE_FIXTURE(fixture, "questions see active traces and know which stored "
                           "ones are out of date") {
  read({event("done", "root", "")}, t0);
  advance(t0 + 500);
  read({event("done", "late", "root"), event("fresh", "root", "")}, t0 + 600);
  active_query query;
  query.committed = true;
  auto found = state.search(query);
  REQUIRE(found.traces.size() == 1);
  CHECK(found.traces[0].content->id() == "done");
  CHECK(found.traces[0].head.revision == 1);
  REQUIRE(found.stale.size() == 1);
  CHECK(found.stale[0].trace_id == "done");
  CHECK(found.stale[0].stored_whole);
  query.uncommitted = true;
  CHECK(state.search(query).total == 2);
  query.limit = 1;
  CHECK(state.search(query).traces.size() == 1);
  CHECK(state.search(query).total == 2);
  query.filter.min_spans = 2;
  CHECK(state.search(query).total == 1);
}

TEST_CASE_FIXTURE(fixture, "a trace that retention dropped lately is not made "
                           "again") {
  read({event("t", "root", "")}, t0);
  auto batch = std::make_shared<event_batch>();
  decode_counts counts;
  const std::vector<field> late{{"trace_id", "gone"}, {"span_id", "x"}};
  batch->events.push_back(
    {{0, 0, 9, {t0, 9}}, *decode(late, {}, batch->memory, counts)});
  state.receive({batch, {0}, now});
  auto out = state.take_outbox();
  state.receive_bases(out.lookup,
                      {{{"gone", std::nullopt, std::nullopt, true}}});
  out = state.take_outbox();
  CHECK(out.late == 1);
  CHECK(out.durable.size() == 1);
  CHECK(out.answers.size() == 1);
  CHECK_FALSE(state.find("gone").trace.has_value());
  CHECK(state.load().active_traces == 1); // "t"
}

TEST_SUITE_END();
