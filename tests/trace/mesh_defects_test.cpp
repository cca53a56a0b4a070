// One test per defect of the mesh's own tracing that this folder could repeat.
// The numbers are those of the list of defects (mesh-defects.md, section 5).
#include "tests/support/trace_dump.hpp"
#include "tests/trace/entries.hpp"
#include "trace/completion.hpp"
#include "trace/trace_json.hpp"

#include <rapidjson/document.h>

using namespace meshtrace;
using namespace meshtrace::test;

namespace {

entry start_event(std::string_view id, std::string_view at,
                  std::string_view parent = {}) {
  const auto result = event("span_start", id, at);
  return parent.empty() ? result
                        : with(result, {{"parent_span", std::string{parent}}});
}

std::string json(const trace& content) {
  std::string result;
  append_trace_json(result, trace_view{content}, {}, false);
  return result;
}

/// `entries` as a trace that is whole: nothing open, no parent missing.
bool is_whole(const std::vector<entry>& entries) {
  return trace_view{*joined(entries)}.is_whole();
}

} // namespace

TEST_CASE("mesh defect 1: execution events are spans") {
  const auto t = joined({execution("b", "a"), execution("a")});
  CHECK(t->spans().size() == 2);
  CHECK(trace_view{*t}.state(false) == trace_state::complete);
}

TEST_CASE("mesh defect 4: the error text of every SDK is kept") {
  const auto t = joined(
    {with(execution("a"), {{"error", "boom"}, {"error_type", "IOError"}})});
  CHECK(t->spans()[0][text_field::error_message] == "boom");
  CHECK(t->spans()[0][text_field::error_type] == "IOError");
}

TEST_CASE("mesh defect 6: an error event ends its span") {
  const auto t = joined(
    {start_event("a", "1753576434"),
     with(event("error", "a", "1753576436"), {{"error_message", "x"}})});
  const trace_view view{*t};
  CHECK(view.open_count == 0);
  CHECK(*view.end == 1'753'576'436'000'000'000);
  CHECK(pending_reason(*t) == completion_reason::root_closed);
}

TEST_CASE("mesh defect 7: a start after its end loses nothing") {
  const auto start = with(start_event("b", "1753576434", "a"),
                          {{"capability", "math"}, {"target_agent", "calc"}});
  const auto end = event("span_end", "b", "1753576435");
  const auto t = joined({end, start});
  auto& x = t->spans()[0];
  CHECK(x[text_field::parent_span] == "a");
  CHECK(x[text_field::capability] == "math");
  CHECK(x[text_field::target_agent] == "calc");
  CHECK_FALSE(trace_view{*t}.has_root);
  CHECK(dump(*t) == dump(*joined({start, end})));
}

TEST_CASE("mesh defect 8: a trace that timed out is not called complete") {
  const auto open = joined({start_event("a", "1753576434")});
  CHECK(trace_view{*open}.state(false) == trace_state::incomplete);
  const auto orphan = joined({execution("b", "a")});
  CHECK(trace_view{*orphan}.state(false) == trace_state::incomplete);
}

TEST_CASE("mesh defect 10: durations keep what is below a millisecond") {
  const auto t = joined({with(execution("a"), {{"start_time", "1753576434.05"},
                                               {"end_time", "1753576434.05087"},
                                               {"duration_ms", "null"}})});
  const trace_view view{*t};
  CHECK(*view.spans()[0].duration == 870'000);
  CHECK(*view.start == 1'753'576'434'050'000'000);
  CHECK(*decoding{with(execution("a"), {{"duration_ms", "0.87"}})}
           .values()[number_field::duration]
        == 870'000);
}

TEST_CASE("mesh defect 11: an odd success is not a failure") {
  for (const auto* yes : {"TRUE", "1", "true", "True"})
    CHECK(decoding{with(execution("a"), {{"success", yes}})}.values().success
          == outcome::success);
  for (const auto* odd : {"null", "None", "", "perhaps"})
    CHECK(decoding{with(execution("a"), {{"success", odd}})}.values().success
          == outcome::unknown);
}

TEST_CASE("mesh defect 12: a parent named null is no parent") {
  const auto t = joined({with(execution("a"), {{"parent_span", "null"}})});
  const trace_view view{*t};
  CHECK(view.has_root);
  CHECK(view.orphan_count == 0);
}

TEST_CASE("mesh defect 12: functions that share a span id stay apart") {
  const auto t = joined({execution("a", {}, "f"), execution("a", {}, "g")});
  CHECK(trace_view{*t}.spans().size() == 2);
}

TEST_CASE("mesh defect 13: an entry that comes twice is one span") {
  const auto once = joined({execution("a")});
  const auto twice
    = joined({execution("a"), with(execution("a"), {{"published_at", "1"}})});
  CHECK(dump(*twice) == dump(*once));
  CHECK(json(*twice) == json(*once));
}

TEST_CASE("mesh defect 14: an odd time spoils no answer") {
  for (const auto* odd : {"1753576434123", "NaN", "1e300", "-1e300", "Inf",
                          "9223372036854775807", "0", "253402300800"}) {
    const auto t = joined(
      {with(execution("a"), {{"start_time", odd}}),
       with(execution("b", "a"), {{"end_time", odd}, {"duration_ms", odd}})});
    const auto line = json(*t);
    CHECK_FALSE(rapidjson::Document{}.Parse(line.data()).HasParseError());
    const trace_view view{*t};
    for (auto& x : view.spans())
      if (x.start.has_value())
        CHECK(*x.start > 900'000'000'000'000'000);
  }
}

TEST_CASE("mesh defect 15: several roots, none, and cycles are all shown") {
  CHECK(is_whole({execution("a"), execution("b"), execution("c", "b")}));
  CHECK_FALSE(is_whole({execution("b", "a"), execution("c", "b")}));
  const auto ring = joined({execution("a", "b"), execution("b", "a")});
  CHECK(trace_view{*ring}.spans().size() == 2);
  CHECK(pending_reason(*ring) == completion_reason::parent_missing);
}

TEST_CASE("mesh defect 17: short, empty and odd ids harm nothing") {
  for (const auto* id : {"x", "", "-", "null", "\xFF", " "}) {
    const decoding as_trace{with(execution("a"), {{"trace_id", id}})};
    if (as_trace.result)
      CHECK_FALSE(as_trace.event().trace_id.empty());
    const auto t = joined({with(execution(id), {{"parent_span", id}})});
    CHECK_FALSE(t->spans()[0].id.empty());
    CHECK(json(*t).size() > 100);
  }
}

TEST_CASE("mesh defect 23: a negative duration does not wrap") {
  const auto t = joined({with(execution("a"), {{"start_time", "1753576435"},
                                               {"end_time", "1753576434"},
                                               {"duration_ms", "-1000"}})});
  const trace_view view{*t};
  CHECK_FALSE(view.spans()[0].duration.has_value());
  CHECK_FALSE(view.duration.has_value());
  CHECK(json(*t).find(R"("duration":null,"duration_ms":null)")
        != std::string::npos);
}

TEST_CASE("mesh defect 47: a trace begins with its earliest span") {
  const auto t
    = joined({with(execution("b", "a"), {{"start_time", "1753576434.2"}}),
              with(execution("a"), {{"start_time", "1753576434.1"}})});
  CHECK(*trace_view{*t}.start == 1'753'576'434'100'000'000);
  CHECK(trace_view{*t}.root()->id == "a");
}

TEST_CASE("mesh defect 48: start and end of a span are one span") {
  const std::vector<entry> all
    = {start_event("a", "1753576434"), start_event("b", "1753576434.1", "a"),
       event("span_end", "b", "1753576434.2"),
       event("span_end", "a", "1753576435")};
  const auto t = joined(all);
  const trace_view view{*t};
  CHECK(view.spans().size() == 2);
  CHECK(view.root()->id == "a");
  CHECK(*view.duration == 1'000'000'000);
}

TEST_CASE("mesh defect 48: the end of a child closes no trace") {
  const auto t = joined(
    {start_event("a", "1753576434"), event("span_end", "b", "1753576434.2")});
  CHECK(trace_view{*t}.root()->id == "a");
  CHECK(pending_reason(*t) == completion_reason::timeout);
}

TEST_CASE("mesh defect 49: a trace of one wrapper span has a list of spans") {
  const auto t = joined({execution("w", "caller", "proxy_call_wrapper")});
  CHECK(json(*t).find(R"("spans":[{)") != std::string::npos);
  CHECK(json(trace{"t1"}).find(R"("spans":[])") != std::string::npos);
}
