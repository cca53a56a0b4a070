#include "tests/support/trace_maker.hpp"
#include "tests/trace/entries.hpp"
#include "trace/skew.hpp"
#include "trace/trace_json.hpp"

#include <map>

using namespace meshtrace;
using namespace meshtrace::test;

namespace {

constexpr std::int64_t ms = 1'000'000;
constexpr std::int64_t epoch_ms = 1'764'000'000'000;

std::string seconds(std::int64_t time) {
  return std::to_string(epoch_ms + time) + "E-3";
}

/// A span on a host; times are milliseconds.
entry span_of(std::string_view id, std::string_view parent, std::string host,
              std::int64_t start, std::int64_t end) {
  return with(execution(id, parent), {{"agent_ip", std::move(host)},
                                      {"start_time", seconds(start)},
                                      {"end_time", seconds(end)}});
}

/// Corrected starts in milliseconds by span; `!` behind those with a warning.
std::string corrected(const std::vector<entry>& entries, std::int64_t most
                                                         = max_clock_skew) {
  const auto content = joined(entries);
  trace_view view{*content};
  correct_skew(view, most);
  std::map<std::string_view, std::string> by_id;
  for (auto& x : view.spans())
    by_id[x.id]
      = (x.start.has_value() ? std::to_string(*x.start / ms - epoch_ms) : "-")
        + (skew_warning(x).empty() ? "" : "!");
  std::string result;
  for (auto& [id, text] : by_id)
    result += (result.empty() ? "" : " ") + std::string{id} + ':' + text;
  return result;
}

std::string json_of(const trace_view& view) {
  std::string result;
  append_trace_json(result, view, {}, false);
  return result;
}

} // namespace

TEST_SUITE_BEGIN("skew");

TEST_CASE("a shorter span outside of its parent goes to the parent's middle") {
  CHECK(
    corrected({span_of("a", "", "h", 0, 100), span_of("b", "a", "i", 500, 560)})
    == "a:0 b:20!");
  CHECK(
    corrected({span_of("a", "", "h", 0, 100), span_of("b", "a", "i", 50, 101)})
    == "a:0 b:24!");
}

TEST_CASE("a span that fits stays, on the edge too") {
  CHECK(
    corrected({span_of("a", "", "h", 0, 100), span_of("b", "a", "i", 0, 100),
               span_of("c", "b", "h", 99, 100)})
    == "a:0 b:0 c:99");
}

TEST_CASE("a longer span only has to begin no earlier than its parent") {
  CHECK(
    corrected({span_of("a", "", "h", 0, 100), span_of("b", "a", "i", -50, 90),
               span_of("c", "a", "j", 60, 400)})
    == "a:0 b:0! c:60");
}

TEST_CASE("spans below on the same host go with it, those of others are "
          "compared again") {
  CHECK(
    corrected({span_of("a", "", "h", 0, 100), span_of("b", "a", "i", 500, 560),
               span_of("c", "b", "i", 510, 520), span_of("d", "c", "h", 32, 36),
               span_of("e", "c", "h", 900, 904)})
    == "a:0 b:20! c:30! d:32 e:33!");
}

TEST_CASE("on one host nothing moves, however odd") {
  CHECK(
    corrected({span_of("a", "", "h", 0, 100), span_of("b", "a", "h", 500, 560)})
    == "a:0 b:500");
}

TEST_CASE(
  "without an address the agent's id tells hosts apart, then its name") {
  auto a = with(span_of("a", "", "", 0, 100), {{"agent_id", "one-1"}});
  auto b = with(span_of("b", "a", "", 500, 560), {{"agent_id", "one-2"}});
  CHECK(corrected({a, b}) == "a:0 b:20!");
  CHECK(corrected({a, with(b, {{"agent_id", "one-1"}})}) == "a:0 b:500");
  a = without(a, "agent_id");
  b = without(b, "agent_id");
  CHECK(corrected({a, b}) == "a:0 b:500");
  CHECK(corrected({a, with(b, {{"agent_name", "other"}})}) == "a:0 b:20!");
}

TEST_CASE("what would have to move too far stays and says so") {
  const std::vector<entry> spans{span_of("a", "", "h", 0, 100),
                                 span_of("b", "a", "i", 500, 560),
                                 span_of("c", "b", "i", 510, 520)};
  CHECK(corrected(spans, 480 * ms) == "a:0 b:20! c:30!");
  CHECK(corrected(spans, 479 * ms) == "a:0 b:500! c:510!");
  CHECK(corrected({spans[0], span_of("b", "a", "i", 400'000, 400'060)})
        == "a:0 b:400000!");
}

TEST_CASE("orphans and cycles stay and say so") {
  CHECK(corrected(
          {span_of("a", "gone", "h", 0, 100), span_of("b", "a", "i", 500, 560),
           span_of("x", "y", "h", 0, 100), span_of("y", "x", "h", 9, 10)})
        == "a:0! b:20! x:0! y:9");
}

TEST_CASE("below a span without times the next one above is compared with") {
  auto b = execution("b", "a");
  for (auto* name : {"start_time", "end_time"})
    b = without(b, name);
  CHECK(corrected({span_of("a", "", "h", 0, 100), with(b, {{"agent_ip", "i"}}),
                   span_of("c", "b", "i", 500, 560)})
        == "a:0 b:-! c:20!");
}

TEST_CASE("an open parent is no place to put a span in the middle of") {
  auto a = with(event("span_start", "a", seconds(0)), {{"ip_address", "h"}});
  CHECK(corrected(
          {a, span_of("b", "a", "i", 500, 560), span_of("c", "a", "i", -9, 5)})
        == "a:0 b:500 c:0!");
}

TEST_CASE("the view follows: its own times, its order, its root") {
  const auto content
    = joined({span_of("a", "", "h", 0, 100), span_of("b", "a", "i", -500, -440),
              span_of("c", "a", "h", 1, 2)});
  trace_view view{*content};
  CHECK(view.spans().front().id == "b");
  correct_skew(view);
  CHECK(view.adjusted());
  CHECK(view.root() == &view.spans().front());
  CHECK(view.root()->id == "a");
  CHECK(view.spans()[2].id == "b");
  CHECK(*view.duration == 100 * ms);
  CHECK(view.agents().size() == 1);
  const auto json = json_of(view);
  CHECK(json.find(R"("adjusted":true)") != std::string::npos);
  CHECK(
    json.find(R"("clock_skew_ms":520.000,"warnings":["its times were moved)")
    != std::string::npos);
}

// -- whatever the trace -------------------------------------------------------

TEST_CASE("adjusting twice is adjusting once, and no trace is too odd") {
  const auto seed = random_seed();
  CAPTURE(seed);
  trace_maker maker{seed};
  std::size_t moved = 0;
  for (int round = 0; round < 3000; ++round) {
    CAPTURE(round);
    const auto content = maker.make();
    trace_view view{*content};
    const auto raw_errors = view.error_count;
    correct_skew(view);
    const auto once = json_of(view);
    for (auto& x : find_skew(view))
      REQUIRE(x.note != skew_note::moved);
    for (auto& x : view.spans())
      moved += x.note == skew_note::moved;
    correct_skew(view);
    REQUIRE(json_of(view) == once);
    REQUIRE(view.error_count == raw_errors);
  }
  CHECK(moved > 100);
}

TEST_CASE("a tree that fits stays as it is, and one clock that is off is put "
          "right") {
  const auto seed = random_seed();
  CAPTURE(seed);
  trace_maker maker{seed};
  for (int round = 0; round < 500; ++round) {
    CAPTURE(round);
    const auto off = static_cast<std::int64_t>(2000 + maker.below(100'000));
    std::vector<entry> right, wrong;
    std::vector<std::pair<std::int64_t, std::int64_t>> times;
    for (std::size_t i = 0; i < 12; ++i) {
      const auto parent = i == 0 ? 0 : maker.below(i);
      const auto [from, to]
        = i == 0 ? std::pair<std::int64_t, std::int64_t>{0, 1 << 13}
                 : times[parent];
      const auto cut = i == 0 ? 0 : (to - from) / 8; // in the middle
      times.emplace_back(from + cut, to - cut);
      const auto host = i == 0 ? 0 : maker.below(3);
      const auto id = "s" + std::to_string(i);
      const auto above = i == 0 ? "" : "s" + std::to_string(parent);
      const auto name = "h" + std::to_string(host);
      const auto shift = host == 1 ? off * 10 : 0;
      right.push_back(
        span_of(id, above, name, times[i].first, times[i].second));
      wrong.push_back(span_of(id, above, name, times[i].first + shift,
                              times[i].second + shift));
    }
    const auto before = joined(right);
    const trace_view raw{*before};
    for (auto& x : find_skew(raw))
      REQUIRE(x.note == skew_note::none);
    const auto after = joined(wrong);
    trace_view view{*after};
    correct_skew(view, max_clock_skew * 10);
    REQUIRE(view.spans().size() == raw.spans().size());
    for (std::size_t i = 0; i < raw.spans().size(); ++i) {
      REQUIRE(view.spans()[i].id == raw.spans()[i].id);
      REQUIRE(view.spans()[i].start == raw.spans()[i].start);
      REQUIRE(view.spans()[i].end == raw.spans()[i].end);
    }
  }
}

TEST_SUITE_END();
