#include "tests/support/trace_maker.hpp"
#include "tests/trace/entries.hpp"
#include "trace/analysis.hpp"

#include <chrono>
#include <set>

using namespace meshtrace;
using namespace meshtrace::test;

namespace {

constexpr std::int64_t ms = 1'000'000;

/// A span of an agent; times are milliseconds.
entry span_of(std::string_view id, std::string_view parent, std::string agent,
              int start, int end, const entry& extra = {}) {
  const auto seconds = [](int time) {
    return std::to_string(1'764'000'000'000 + time) + "E-3";
  };
  return with(execution(id, parent), with({{"agent_name", std::move(agent)},
                                           {"start_time", seconds(start)},
                                           {"end_time", seconds(end)}},
                                          extra));
}

/// A trace with its view and what is said of it.
struct analysed {
  explicit analysed(const std::vector<entry>& entries,
                    const analysis_limits& limits = {})
    : content(joined(entries)), view(*content), found(analyse(view, limits)) {
    // nop
  }

  /// `a:200 b:60`, in milliseconds.
  std::string path() const {
    std::string result;
    for (auto& x : found.path.steps)
      result += (result.empty() ? "" : " ")
                + std::string{view.spans()[x.span].id} + ':'
                + std::to_string(x.self / ms);
    return result;
  }

  std::shared_ptr<trace> content;
  trace_view view;
  trace_analysis found;
};

std::vector<entry> chain(int spans) {
  std::vector<entry> result;
  for (int i = 0; i < spans; ++i)
    result.push_back(span_of("s" + std::to_string(i),
                             i == 0 ? "" : "s" + std::to_string(i - 1),
                             "agent" + std::to_string(i % 7), i, 30'000 - i));
  return result;
}

std::vector<entry> fan(int spans) {
  std::vector<entry> result{span_of("root", "", "a", 0, 30'000)};
  for (int i = 1; i < spans; ++i)
    result.push_back(span_of("s" + std::to_string(i), "root", "b", i, i + 5));
  return result;
}

using names = std::vector<std::string_view>;

} // namespace

TEST_SUITE_BEGIN("analysis");

// -- critical path ------------------------------------------------------------

TEST_CASE("a child that outlives its parent counts as far as the parent goes") {
  const analysed x{{span_of("a", "", "x", 0, 100),
                    span_of("b", "a", "x", 50, 400),
                    span_of("c", "a", "x", 150, 200)}};
  CHECK(x.path() == "a:50 b:50");
  CHECK(x.found.path.length == 100 * ms);
}

TEST_CASE("a child that runs while a later one does is not on the path") {
  const analysed x{{span_of("a", "", "x", 0, 120),
                    span_of("b", "a", "x", 0, 100),
                    span_of("c", "a", "x", 50, 120)}};
  CHECK(x.path() == "a:50 c:70");
}

TEST_CASE("a child that began before its parent counts from there") {
  const analysed x{
    {span_of("a", "", "x", 100, 200), span_of("b", "a", "x", 0, 150)}};
  CHECK(x.path() == "a:50 b:50");
}

TEST_CASE("an open root lasts until the end of the trace") {
  auto open = without(event("span_start", "a", "1764000000"), "none");
  const analysed x{{open, span_of("b", "a", "x", 10, 40)}};
  CHECK(x.view.open_count == 1);
  CHECK(x.path() == "a:10 b:30");
}

TEST_CASE("a root without times has no path and takes nothing down") {
  auto root = event("span_end", "a", "1764000000");
  const analysed x{
    {without(root, "timestamp"), span_of("b", "a", "x", 10, 40)}};
  CHECK(x.found.path.root == span_forest::none);
  CHECK(x.found.path.steps.empty());
  CHECK(x.found.self_times.size() == 1);
  CHECK(analyse(trace_view{trace{"empty"}}).agents.empty());
}

// -- parents ------------------------------------------------------------------

TEST_CASE("each cycle of parents is cut once and what hangs on it stays") {
  const analysed x{
    {span_of("a", "c", "x", 10, 90), span_of("b", "a", "x", 20, 80),
     span_of("c", "b", "x", 5, 70), span_of("d", "b", "x", 30, 60),
     span_of("self", "self", "x", 40, 50)}};
  REQUIRE(x.found.parent_cycles.size() == 2);
  CHECK(x.found.parent_cycles[0]->id == "c"); // the earliest
  CHECK(x.found.parent_cycles[1]->id == "self");
  CHECK(x.path() == "c:5 a:10 b:20 d:30");
}

TEST_CASE("a missing parent is named with those who wait; its agent only where "
          "a proxy tells") {
  const analysed x{{span_of("a", "p", "one", 0, 1),
                    span_of("b", "p", "two", 1, 2),
                    span_of("c", "q", "two", 2, 3,
                            {{"function_name", "proxy_call_wrapper"}})}};
  REQUIRE(x.found.missing_parents.size() == 2);
  const auto& [p, q]
    = std::tie(x.found.missing_parents[0], x.found.missing_parents[1]);
  CHECK(p.id == "p");
  CHECK(p.child_count == 2);
  CHECK(p.agents == names{"one", "two"});
  CHECK(p.likely_agent.empty());
  CHECK(q.id == "q");
  CHECK(q.likely_agent == "two");
}

// -- calls --------------------------------------------------------------------

TEST_CASE("a call without a span of the called side is unanswered") {
  const entry proxy{{"function_name", "proxy_call_wrapper"}};
  const analysed x{
    {span_of("root", "", "a", 0, 100), span_of("p1", "root", "a", 1, 2, proxy),
     span_of("own", "p1", "a", 1, 2),
     span_of("p2", "root", "a", 3, 4,
             with(proxy, {{"dependencies", R"(["http://b:1"])"}})),
     span_of("t1", "root", "a", 5, 6, {{"target_agent", "gone"}}),
     span_of("t2", "root", "a", 7, 8, {{"target_agent", "b"}}),
     span_of("b", "t2", "b", 7, 8),
     span_of("t3", "root", "a", 9, 10, {{"target_agent", "b"}})}};
  REQUIRE(x.found.unanswered_calls.size() == 3);
  CHECK(x.found.unanswered_calls[0].span->id == "p2");
  CHECK(x.found.unanswered_calls[0].endpoint == R"(["http://b:1"])");
  CHECK(x.found.unanswered_calls[1].target_agent == "gone");
  CHECK(x.found.unanswered_calls[2].span->id == "t3");
  CHECK(x.found.never_reported == names{"gone"}); // b has spans
}

TEST_CASE("repeated work is counted by agent and operation, proxies by what "
          "did not answer") {
  const entry proxy{{"function_name", "proxy_call_wrapper"}};
  const analysed x{
    {span_of("root", "", "a", 0, 100), span_of("p1", "root", "a", 0, 10, proxy),
     span_of("b1", "p1", "b", 0, 9), span_of("p2", "root", "a", 10, 20, proxy),
     span_of("b2", "p2", "b", 10, 19),
     span_of("p3", "root", "a", 20, 25, proxy),
     span_of("p4", "root", "a", 25, 30, proxy)}};
  REQUIRE(x.found.repeated_calls.size() == 2);
  const auto& b = x.found.repeated_calls[0];
  CHECK(b.agent == "b");
  CHECK(b.count == 2);
  CHECK(b.total == 18 * ms);
  CHECK(b.under_one_parent == 1);
  CHECK(b.parent.empty());
  const auto& tries = x.found.repeated_calls[1];
  CHECK(tries.operation == "proxy_call_wrapper");
  CHECK(tries.count == 2);
  CHECK(tries.under_one_parent == 2);
  CHECK(tries.parent == "root");
}

TEST_CASE("loops are told apart, counted, and found within loops") {
  const analysed x{{span_of("1", "", "A", 0, 9), span_of("2", "1", "B", 1, 9),
                    span_of("3", "2", "C", 2, 9), span_of("4", "3", "B", 3, 9),
                    span_of("5", "4", "A", 4, 9), span_of("6", "2", "A", 5, 9),
                    span_of("7", "6", "A", 6, 9)}};
  REQUIRE(x.found.loops.size() == 2);
  CHECK(x.found.loops[0].agents == names{"A", "B", "A"});
  CHECK(x.found.loops[0].count == 2);
  CHECK(x.found.loops[0].closed_by->id == "5");
  CHECK(x.found.loops[1].agents == names{"B", "C", "B"});
  CHECK(x.found.loops[1].count == 1);
}

// -- sums ---------------------------------------------------------------------

TEST_CASE("time that two calls wait at once counts once") {
  const analysed x{
    {span_of("root", "", "a", 0, 100), span_of("b", "root", "b", 10, 50),
     span_of("c", "root", "c", 30, 70), span_of("late", "root", "c", 90, 200)}};
  const auto& a = x.found.agents.front();
  CHECK(a.waiting == 70 * ms);
  CHECK(a.busy == 100 * ms);
  CHECK(x.found.agents[2].busy == 150 * ms);
}

TEST_CASE("tokens count where nobody below has some; zeros say nothing") {
  const entry some{{"llm_input_tokens", "7"}, {"llm_output_tokens", "3"}};
  const entry zeros{{"llm_input_tokens", "0"}, {"llm_total_tokens", "0"}};
  const analysed x{{span_of("root", "", "a", 0, 9, some),
                    span_of("mid", "root", "a", 0, 9),
                    span_of("b", "mid", "b", 0, 9, some),
                    span_of("c", "b", "c", 0, 9, zeros)}};
  CHECK(x.found.tokens == token_sums{7, 3, 10});
  CHECK(x.found.agents[0].tokens == token_sums{});
  CHECK(x.found.agents[1].tokens == token_sums{7, 3, 10});
}

TEST_CASE("lists are cut at their limit and say so; sums are not") {
  const analysed x{fan(50), {10, 100}};
  CHECK(x.found.truncated);
  CHECK(x.found.self_times.size() == 10);
  CHECK(x.found.repeated_calls.front().count == 49);
  CHECK_FALSE(analysed{fan(9), {10, 100}}.found.truncated);
  const analysed deep{chain(20), {1000, 3}};
  CHECK(deep.found.truncated); // a loop of seven agents
  CHECK(deep.found.loops.empty());
}

TEST_CASE("10 000 spans take no second, deep or wide") {
  for (auto& entries : {chain(10'000), fan(10'000)}) {
    const auto content = joined(entries);
    const auto before = std::chrono::steady_clock::now();
    const trace_view view{*content};
    const auto found = analyse(view);
    const auto took = std::chrono::steady_clock::now() - before;
    CHECK(took < std::chrono::seconds{1});
    MESSAGE(std::chrono::duration<double, std::milli>{took}.count(), " ms");
    CHECK(found.truncated);
    CHECK(found.path.length == 30'000 * ms);
  }
}

// -- whatever the trace -------------------------------------------------------

TEST_CASE("what holds for every trace") {
  const auto seed = random_seed();
  CAPTURE(seed);
  trace_maker maker{seed};
  for (int round = 0; round < 3000; ++round) {
    const auto content = maker.make();
    const trace_view view{*content};
    const auto found = analyse(view);
    CAPTURE(round);
    std::int64_t sum = 0;
    std::set<std::size_t> on_path;
    for (auto& step : found.path.steps) {
      REQUIRE(step.self >= 0);
      sum += step.self;
      REQUIRE(on_path.insert(step.span).second);
    }
    REQUIRE(sum == found.path.length);
    if (!found.path.steps.empty())
      REQUIRE(found.path.length <= *view.duration);
    for (auto& x : found.self_times)
      REQUIRE((x.self >= 0 && x.self <= x.duration));
    std::size_t spans = 0;
    for (auto& x : found.agents) {
      REQUIRE(x.waiting <= x.busy);
      spans += x.spans;
    }
    REQUIRE(spans == view.spans().size());
    std::size_t orphans = 0;
    for (auto& x : found.missing_parents)
      orphans += x.child_count;
    REQUIRE(orphans == view.orphan_count);
    for (auto& x : found.loops) {
      REQUIRE(x.agents.front() == x.agents.back());
      REQUIRE(std::set(x.agents.begin(), x.agents.end()).size() + 1
              == x.agents.size());
    }
    REQUIRE_FALSE(found.truncated);
  }
}

TEST_SUITE_END();
