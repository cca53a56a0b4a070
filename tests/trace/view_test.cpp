#include "tests/trace/entries.hpp"
#include "trace/view.hpp"

using namespace meshtrace;
using namespace meshtrace::test;

namespace {

std::string ids(const trace_view& view) {
  std::string result;
  for (auto& x : view.spans())
    result += (result.empty() ? "" : " ") + std::string{x.id};
  return result;
}

entry at(std::string_view id, std::string_view parent, std::string_view start,
         std::string_view end) {
  return with(execution(id, parent), {{"start_time", std::string{start}},
                                      {"end_time", std::string{end}}});
}

entry timeless(entry from) {
  return without(without(std::move(from), "start_time"), "end_time");
}

} // namespace

TEST_CASE("spans are in start order, ties by id, no start last") {
  const auto t = joined({timeless(execution("a")),
                         at("d", "", "1753576434.2", "1753576435"),
                         at("c", "", "1753576434.1", "1753576435"),
                         at("b", "", "1753576434.2", "1753576435")});
  CHECK(ids(trace_view{*t}) == "c b d a");
}

TEST_CASE("a trace lasts from its least start to its greatest end") {
  const auto t = joined({at("a", "", "1753576434.2", "1753576436"),
                         at("b", "a", "1753576434.1", "1753576435"),
                         timeless(execution("c", "a"))});
  const trace_view view{*t};
  CHECK(*view.start == 1'753'576'434'100'000'000);
  CHECK(*view.end == 1'753'576'436'000'000'000);
  CHECK(*view.duration == 1'900'000'000);
}

TEST_CASE("derived times count for the trace") {
  const auto t = joined(
    {with(event("span_end", "a", "1753576435"), {{"duration_ms", "2000"}}),
     with(event("span_start", "b", "1753576434"), {{"duration_ms", "3000"}})});
  const trace_view view{*t};
  CHECK(*view.start == 1'753'576'433'000'000'000);
  CHECK(*view.end == 1'753'576'437'000'000'000);
  CHECK(*view.spans()[0].duration == 2'000'000'000);
}

TEST_CASE("a trace without any time is legal") {
  const auto t = joined({timeless(execution("b")), timeless(execution("a"))});
  const trace_view view{*t};
  CHECK(ids(view) == "a b");
  CHECK_FALSE(view.start.has_value());
  CHECK_FALSE(view.end.has_value());
  CHECK_FALSE(view.duration.has_value());
  CHECK(view.state(false) == trace_state::complete);
}

TEST_CASE("an end before every start makes no duration") {
  const auto t = joined({at("a", "", "1753576436", "1753576434")});
  const trace_view view{*t};
  CHECK_FALSE(view.duration.has_value());
  CHECK_FALSE(view.spans()[0].duration.has_value());
}

TEST_CASE("a duration that fits no number is absent instead of wrapped") {
  const auto t = joined({with(event("span_end", "a", "1753576435"),
                              {{"duration_ms", "7000000000000"}}),
                         with(event("span_start", "b", "1753576434"),
                              {{"duration_ms", "7000000000000"}})});
  const trace_view view{*t};
  REQUIRE(view.start.has_value());
  REQUIRE(view.end.has_value());
  CHECK_FALSE(view.duration.has_value());
}

TEST_CASE("one failure fails the trace, one success makes an unknown true") {
  const auto unsaid = without(execution("a"), "success");
  CHECK(trace_view{*joined({unsaid})}.success == outcome::unknown);
  CHECK(trace_view{*joined({unsaid, execution("b")})}.success
        == outcome::success);
  const auto t = joined(
    {unsaid, execution("b"), with(execution("c"), {{"success", "false"}})});
  const trace_view view{*t};
  CHECK(view.success == outcome::failure);
  CHECK(view.error_count == 1);
}

TEST_CASE("the root is the least span without parent") {
  const auto t = joined({at("b", "", "1753576434.2", "1753576435"),
                         at("c", "", "1753576434.1", "1753576435"),
                         at("a", "c", "1753576434.0", "1753576435")});
  const trace_view view{*t};
  REQUIRE(view.root() != nullptr);
  CHECK(view.root()->id == "c");
  CHECK(view.has_root);
  CHECK(view.is_whole());
}

TEST_CASE("without one the root is the least orphan") {
  const auto t = joined({at("b", "gone", "1753576434.2", "1753576435"),
                         at("c", "lost", "1753576434.1", "1753576435"),
                         at("a", "c", "1753576434.0", "1753576435")});
  const trace_view view{*t};
  REQUIRE(view.root() != nullptr);
  CHECK(view.root()->id == "c");
  CHECK(view.orphan_count == 2);
  CHECK_FALSE(view.has_root);
  CHECK(view.state(false) == trace_state::incomplete);
}

TEST_CASE("self-parents and cycles are legal and have no root") {
  const auto self = joined({execution("a", "a")});
  CHECK(trace_view{*self}.root() == nullptr);
  const auto ring
    = joined({execution("a", "b"), execution("b", "c"), execution("c", "a")});
  const trace_view view{*ring};
  CHECK(view.root() == nullptr);
  CHECK(view.orphan_count == 0);
  CHECK(view.spans().size() == 3);
  CHECK(view.state(false) == trace_state::incomplete);
}

TEST_CASE("agents are sorted, each once, absent ones left out") {
  const auto t = joined({with(execution("a"), {{"agent_name", "zoo"}}),
                         with(execution("b"), {{"agent_name", "calc"}}),
                         with(execution("c"), {{"agent_name", "zoo"}}),
                         with(execution("d"), {{"agent_name", "null"}})});
  const std::vector<std::string_view> expected = {"calc", "zoo"};
  CHECK(trace_view{*t}.agents() == expected);
}

TEST_CASE("open spans make a trace incomplete, uncommitted ones active") {
  const auto t = joined({event("span_start", "a", "1753576434")});
  const trace_view view{*t};
  CHECK(view.open_count == 1);
  CHECK(view.state(false) == trace_state::incomplete);
  CHECK(view.state(true) == trace_state::active);
  CHECK(trace_view{trace{"t1"}}.state(false) == trace_state::incomplete);
}

TEST_CASE("of functions under one span id the first shows the plain id") {
  const auto f
    = with(execution("s", {}, "f"), {{"start_time", "1753576434.3"}});
  const auto g
    = with(execution("s", {}, "g"), {{"start_time", "1753576434.2"}});
  const auto h
    = with(execution("s", {}, "h"), {{"start_time", "1753576434.2"}});
  const auto t = joined({f, h, g});
  const trace_view view{*t};
  REQUIRE(view.spans().size() == 3);
  CHECK(view.spans()[0].id == "s");
  CHECK(view.spans()[0].content->function == "g");
  for (std::size_t i : {1U, 2U}) {
    CHECK(view.spans()[i].id.size() == 10);
    CHECK(view.spans()[i].id.substr(0, 2) == "s~");
  }
  CHECK(view.spans()[1].id != view.spans()[2].id);
  const auto alone = joined({f});
  CHECK(ids(trace_view{*alone}) == "s");
}

TEST_CASE("under a shared id three-event parts belong to their operation") {
  const auto f = execution("s", {}, "f");
  const auto g = with(execution("s", {}, "g"), {{"start_time", "1753576434"}});
  const auto start = with(event("span_start", "s", "1753576433"),
                          {{"operation", "f"}, {"capability", "math"}});
  const auto t = joined({g, start, f});
  const trace_view view{*t};
  REQUIRE(view.spans().size() == 2);
  const auto& first = view.spans()[0];
  CHECK(first.content->function == "f");
  CHECK((*first.content)[text_field::capability] == "math");
  CHECK(*first.start == 1'753'576'433'000'000'000);
  CHECK(view.open_count == 0);
  CHECK(view.spans()[1].id == "s"); // g has the least start of a function
}

TEST_CASE("under a shared id a part of no known operation joins the first") {
  const auto t
    = joined({execution("s", {}, "f"),
              with(event("span_end", "s", "1753576440"), {{"success", "no"}})});
  const trace_view view{*t};
  REQUIRE(view.spans().size() == 1);
  CHECK(view.spans()[0].id == "s");
  CHECK(view.success == outcome::failure);
  CHECK(*view.end == 1'753'576'440'000'000'000);
}

TEST_CASE("a span of two parts has the later revision of the two") {
  auto t = joined({execution("s", {}, "f")});
  t->stamp(2);
  const decoding end{event("span_end", "s", "1753576440")};
  t->join(end.event(), {});
  CHECK(trace_view{*t}.spans()[0].content->revision == 0); // uncommitted
  t->stamp(3);
  CHECK(trace_view{*t}.spans()[0].content->revision == 3);
}

TEST_CASE("states and reasons have the names of the API") {
  CHECK(to_string(trace_state::active) == "active");
  CHECK(to_string(trace_state::complete) == "complete");
  CHECK(to_string(trace_state::incomplete) == "incomplete");
  CHECK(to_string(completion_reason::none) == "none");
  CHECK(to_string(completion_reason::root_closed) == "root_closed");
  CHECK(to_string(completion_reason::parent_missing) == "parent_missing");
  CHECK(to_string(completion_reason::timeout) == "timeout");
  CHECK(to_string(completion_reason::memory) == "memory");
}
