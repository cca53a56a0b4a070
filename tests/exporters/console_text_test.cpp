#include "exporters/console_text.hpp"
#include "tests/exporters/samples.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace meshtrace;
using namespace meshtrace::test;

TEST_SUITE_BEGIN("console text");

TEST_CASE("the documented example, byte by byte") {
  CHECK(pretty_block(report_trace())
        == "🔗 TRACE a1b2c3d4 (15ms) - SUCCESS (3 spans across 2 agents)\n"
           "  📍 Agent: dependent-service\n"
           "    ✅ tool:generate_report [generate_report] (15ms)\n"
           "  📍 Agent: fastmcp-service\n"
           "    ✅ tool:get_current_time [get_current_time] (2ms)\n"
           "    ✅ tool:validate_data [validate_data] (8ms)\n");
}

TEST_CASE("a later revision says its number") {
  CHECK(pretty_block(report_trace(3))
          .starts_with("🔗 TRACE a1b2c3d4 r3 (15ms) - SUCCESS ("));
}

TEST_CASE("durations are as short as people want them") {
  CHECK(short_duration(0) == "0µs");
  CHECK(short_duration(870'999) == "870µs");
  CHECK(short_duration(999'999) == "999µs");
  CHECK(short_duration(1'000'000) == "1ms");
  CHECK(short_duration(15'129'805) == "15ms");
  CHECK(short_duration(999'999'999) == "999ms");
  CHECK(short_duration(1'000'000'000) == "1.00s");
  CHECK(short_duration(1'525'000'000) == "1.53s");
  CHECK(short_duration(1'524'999'999) == "1.52s");
  CHECK(short_duration(1'999'999'999) == "2.00s");
  CHECK(short_duration(3'661'070'000'000) == "3661.07s");
  CHECK(short_duration(std::numeric_limits<std::int64_t>::max())
        == "9223372036.85s");
}

TEST_CASE("one span and one agent are not many") {
  CHECK(pretty_block(
          stored({done("a1", "one", "op", "1753576434.5", "1753576434.50087")}))
        == "🔗 TRACE a1b2c3d4 (870µs) - SUCCESS (1 span across 1 agent)\n"
           "  📍 Agent: one\n"
           "    ✅ op (870µs)\n");
}

TEST_CASE("a failed span says its error, an open one that it is open") {
  const auto base
    = with(done("a1", "one", "op", "1753576434.5", "1753576434.508"),
           {{"success", "false"}});
  const auto open = entry{{"trace_id", "a1b2c3d4e5f6a7b8a1b2c3d4e5f6a7b8"},
                          {"span_id", "b2"},
                          {"parent_span", "a1"},
                          {"event_type", "span_start"},
                          {"operation", "wait"},
                          {"agent_name", "two"},
                          {"timestamp", "1753576434.501"}};
  const auto error_line = [](const entry& x) {
    const auto block = pretty_block(stored({x}));
    return block.substr(block.find("    "));
  };
  SUBCASE("with type and text") {
    CHECK(error_line(with(base, {{"error_type", "ValueError"},
                                 {"error_message", "no such day"}}))
          == "    ❌ op (8ms): ValueError: no such day\n");
  }
  SUBCASE("with either or none") {
    CHECK(error_line(with(base, {{"error_message", "no such day"}}))
          == "    ❌ op (8ms): no such day\n");
    CHECK(error_line(with(base, {{"error_type", "ValueError"}}))
          == "    ❌ op (8ms): ValueError\n");
    CHECK(error_line(base) == "    ❌ op (8ms)\n");
  }
  SUBCASE("failed comes before incomplete") {
    CHECK(pretty_block(stored({base, open}, 1, completion_reason::timeout))
          == "🔗 TRACE a1b2c3d4 (8ms) - FAILED (2 spans across 2 agents)\n"
             "  📍 Agent: one\n"
             "    ❌ op (8ms)\n"
             "  📍 Agent: two\n"
             "    ⏳ wait (open)\n");
  }
  SUBCASE("a trace without an end leaves its duration out") {
    CHECK(pretty_block(stored({open}, 1, completion_reason::timeout))
          == "🔗 TRACE a1b2c3d4 - INCOMPLETE (timeout) (1 span across 1 "
             "agent)\n"
             "  📍 Agent: two\n"
             "    ⏳ wait (open)\n");
  }
  SUBCASE("a missing parent makes a trace incomplete") {
    const auto orphan
      = with(done("c3", "one", "op", "1753576434.5", "1753576434.508"),
             {{"parent_span", "gone"}});
    CHECK(
      pretty_block(stored({orphan}, 1, completion_reason::parent_missing))
        .starts_with("🔗 TRACE a1b2c3d4 (8ms) - INCOMPLETE (parent_missing) ("));
  }
}

TEST_CASE("a span without agent, operation or time is shown as it is") {
  CHECK(pretty_block(stored(
          {{{"trace_id", "t"}, {"span_id", "s"}, {"event_type", "span_end"}}}))
        == "🔗 TRACE t - SUCCESS (1 span across 1 agent)\n"
           "  📍 Agent: unknown\n"
           "    ✅ unknown\n");
}

TEST_CASE("agents cannot write lines or terminal commands") {
  const std::string nasty = "x\n🔗 TRACE ffffffff\r\x1b[2J\x9b\u202e\u2028\\";
  const auto block = pretty_block(
    stored({with(done("a1", nasty, nasty, "1753576434.5", "1753576434.508"),
                 {{"trace_id", R"(\x1b[2J)"},
                  {"capability", nasty},
                  {"success", "false"},
                  {"error_type", nasty},
                  {"error_message", nasty}})}));
  CHECK(block.starts_with(R"(🔗 TRACE \\x1b[2J (8ms) - FAILED)"));
  CHECK(std::count(block.begin(), block.end(), '\n') == 3);
  for (auto bad : {"\r", "\x1b", "\x9b[", "\u202e", "\u2028"})
    CHECK_MESSAGE(block.find(bad) == std::string::npos, bad);
  CHECK(block.find("x\\n🔗 TRACE ffffffff\\r\\x1b[2J\\x9b\\u202e\\u2028\\\\")
        != std::string::npos);
}

TEST_CASE("JSON is one object on one line") {
  const auto line = json_line(
    stored({done("a1", "a\nb", "op", "1753576434.5", "1753576434.508")}));
  CHECK(std::count(line.begin(), line.end(), '\n') == 1);
  CHECK(line.starts_with(
    R"({"trace_id":"a1b2c3d4e5f6a7b8a1b2c3d4e5f6a7b8","state":"complete",)"));
  CHECK(line.ends_with("}\n"));
}

TEST_SUITE_END();
